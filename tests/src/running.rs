//! What is known of one child, and the threads that learn it.
//!
//! Three threads serve a child: one for each of its two output pipes, so that neither ever fills up
//! and stops it, and one that waits for its end. They write what they learn into [`State`], and a
//! condition variable wakes whoever waits for it.
//!
//! Two traps lie around a child's end:
//!
//! * A process number is the child's own only until the child is reaped. So the waiting thread first
//!   waits *without* reaping, and then reaps under the lock under which every signal is sent: none can
//!   go to a stranger who has been given the number since.
//! * The end of a child is not the end of its pipes: a grandchild may have inherited them. Each child
//!   leads a process group, and what is left of the group is killed when its leader ends. A grandchild
//!   that left the group too can only delay the end of the output, by [`DRAIN_LIMIT`] at most.

use std::io::{self, ErrorKind, Read};
use std::process::{Child, ChildStdin, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::output::code_and_signal;
use crate::{Output, Signal, Stream, lock, registry, signals};

/// How long after a child's end its pipes may stay open before what has come is taken for all.
pub(crate) const DRAIN_LIMIT: Duration = Duration::from_secs(2);

/// Is called with each line, as it comes, on the thread that read it.
pub(crate) type Sink = Arc<dyn Fn(Stream, &str) + Send + Sync>;

/// What the threads around one child share.
pub(crate) struct Running {
    id: u32,
    name: String,
    started: Instant,
    state: Mutex<State>,
    changed: Condvar,
    /// How much of either stream is kept, in bytes; `None` is all.
    keep: Option<usize>,
}

/// How far a child has come.
pub(crate) struct State {
    child: Child,
    end: Option<End>,
    stdout: Captured,
    stderr: Captured,
}

struct End {
    at: Instant,
    status: Option<ExitStatus>,
}

/// What has come from one stream, as bytes and as lines.
pub(crate) struct Captured {
    bytes: Vec<u8>,
    pub(crate) lines: Vec<String>,
    /// How many lines came before those that are kept.
    pub(crate) forgotten: usize,
    /// Whether more may come.
    pub(crate) open: bool,
}

impl Running {
    /// Starts `command`, and the threads that look after it. Its input, if it is a pipe, is handed
    /// out.
    pub(crate) fn start(
        mut command: Command,
        name: String,
        sink: Option<Sink>,
        keep: Option<usize>,
    ) -> io::Result<(Arc<Running>, Option<ChildStdin>)> {
        let running = registry::enter(|| Ok(Arc::new(Running::new(command.spawn()?, name, keep))))?;
        let mut state = lock(&running.state);
        let stdin = state.child.stdin.take();
        if let Some(pipe) = state.child.stdout.take() {
            running.drain_on_thread(pipe, Stream::Stdout, sink.clone());
        }
        if let Some(pipe) = state.child.stderr.take() {
            running.drain_on_thread(pipe, Stream::Stderr, sink);
        }
        drop(state);
        let reaping = Arc::clone(&running);
        thread::spawn(move || reaping.reap());
        Ok((running, stdin))
    }

    fn new(child: Child, name: String, keep: Option<usize>) -> Running {
        let captured = |open| Captured {
            bytes: Vec::new(),
            lines: Vec::new(),
            forgotten: 0,
            open,
        };
        let stdout = captured(child.stdout.is_some());
        let stderr = captured(child.stderr.is_some());
        Running {
            id: child.id(),
            name,
            started: Instant::now(),
            state: Mutex::new(State {
                child,
                end: None,
                stdout,
                stderr,
            }),
            changed: Condvar::new(),
            keep,
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.id
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Sends `signal` to the child, unless it has ended.
    pub(crate) fn signal(&self, signal: Signal) -> io::Result<()> {
        let state = lock(&self.state);
        if state.end.is_some() {
            Ok(())
        } else {
            signals::send(self.id, signal)
        }
    }

    /// Kills the child with its process group, unless it has ended.
    pub(crate) fn kill(&self) {
        let mut state = lock(&self.state);
        if state.end.is_none() {
            signals::kill_group(self.id);
            // Where there are no groups; elsewhere it does nothing new.
            let _ = state.child.kill();
        }
    }

    /// Waits until the child has been reaped, or until `deadline`.
    pub(crate) fn wait_for_end(&self, deadline: Instant) {
        self.wait_until(deadline, |state| state.end.is_some().then_some(()));
    }

    /// Waits until `look` finds something in the state, or until `deadline`.
    pub(crate) fn wait_until<T>(
        &self,
        deadline: Instant,
        mut look: impl FnMut(&State) -> Option<T>,
    ) -> Option<T> {
        let mut state = lock(&self.state);
        loop {
            let now = Instant::now();
            if let Some(found) = look(&state) {
                return Some(found);
            }
            if now >= deadline {
                return None;
            }
            // Time alone changes the state once: when a pipe has stayed open for too long.
            let drained = state
                .end
                .as_ref()
                .map(|end| end.at + DRAIN_LIMIT)
                .filter(|&at| at > now);
            let until = drained.map_or(deadline, |at| at.min(deadline));
            state = self
                .changed
                .wait_timeout(state, until - now)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Looks at the state as it is.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&lock(&self.state))
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut lock(&self.state));
        self.changed.notify_all();
    }

    /// What there is to report.
    pub(crate) fn output(&self) -> Output {
        let state = lock(&self.state);
        let (code, signal) = code_and_signal(state.end.as_ref().and_then(|end| end.status));
        Output {
            command: self.name.clone(),
            code,
            signal,
            stdout: state.stdout.bytes.clone(),
            stderr: state.stderr.bytes.clone(),
            elapsed: state.end.as_ref().map_or_else(Instant::now, |end| end.at) - self.started,
        }
    }

    /// Waits for the child's end and reaps it. Runs on a thread of its own.
    fn reap(&self) {
        self.wait_without_reaping();
        let at = Instant::now();
        // From here until it is reaped the child is a zombie, and its number is still its own.
        signals::kill_group(self.id);
        registry::forget(self.id);
        self.change(|state| {
            let status = state.child.wait().ok();
            state.end = Some(End { at, status });
        });
    }

    #[cfg(unix)]
    fn wait_without_reaping(&self) {
        signals::wait_without_reaping(self.id);
    }

    /// Windows names a child by a handle, which no stranger gets; but std has no way to wait for it
    /// while another thread may kill it, but to ask again and again.
    #[cfg(not(unix))]
    fn wait_without_reaping(&self) {
        while matches!(lock(&self.state).child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn drain_on_thread(
        self: &Arc<Running>,
        pipe: impl Read + Send + 'static,
        stream: Stream,
        sink: Option<Sink>,
    ) {
        let running = Arc::clone(self);
        thread::spawn(move || running.drain(pipe, stream, sink));
    }

    /// Keeps what comes from `pipe` until it ends. A line is passed to the sink before it is kept, so
    /// that it has been shown when somebody who waited for it goes on.
    fn drain(&self, mut pipe: impl Read, stream: Stream, sink: Option<Sink>) {
        let mut chunk = [0; 16 * 1024];
        let mut unfinished = Vec::new();
        loop {
            let bytes = match pipe.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => &chunk[..count],
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => break,
            };
            let mut lines = Vec::new();
            for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
                unfinished.extend_from_slice(piece);
                if piece.ends_with(b"\n") {
                    lines.push(line_text(&unfinished));
                    unfinished.clear();
                }
            }
            if let Some(sink) = &sink {
                lines.iter().for_each(|line| sink(stream, line));
            }
            self.change(|state| {
                let captured = state.captured_mut(stream);
                captured.bytes.extend_from_slice(bytes);
                captured.lines.append(&mut lines);
                if let Some(keep) = self.keep {
                    captured.forget_all_but(keep);
                }
            });
        }
        let last = (!unfinished.is_empty()).then(|| line_text(&unfinished));
        if let (Some(sink), Some(line)) = (&sink, &last) {
            sink(stream, line);
        }
        self.change(|state| {
            let captured = state.captured_mut(stream);
            captured.lines.extend(last);
            captured.open = false;
        });
    }
}

impl Captured {
    /// Forgets what came first once there is twice as much as is to be kept: not with every line, as
    /// all that is kept has to be moved.
    fn forget_all_but(&mut self, keep: usize) {
        if self.bytes.len() <= keep.saturating_mul(2) {
            return;
        }
        self.bytes.drain(..self.bytes.len() - keep);
        let mut length = 0;
        let fits = |line: &&String| {
            length += line.len() + 1;
            length <= keep
        };
        let kept = self.lines.iter().rev().take_while(fits).count();
        let gone = self.lines.len() - kept;
        self.lines.drain(..gone);
        self.forgotten += gone;
    }
}

impl State {
    pub(crate) fn captured(&self, stream: Stream) -> &Captured {
        match stream {
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        }
    }

    fn captured_mut(&mut self, stream: Stream) -> &mut Captured {
        match stream {
            Stream::Stdout => &mut self.stdout,
            Stream::Stderr => &mut self.stderr,
        }
    }

    /// Whether the child has ended and nothing more is expected from its pipes.
    pub(crate) fn is_settled(&self) -> bool {
        let drained = !self.stdout.open && !self.stderr.open;
        self.end
            .as_ref()
            .is_some_and(|end| drained || end.at.elapsed() >= DRAIN_LIMIT)
    }
}

/// The text of a line without its line end.
fn line_text(line: &[u8]) -> String {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    String::from_utf8_lossy(line).into_owned()
}
