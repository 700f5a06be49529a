//! One running child, as its owner sees it: input to it, lines from it, signals, and its end.
//!
//! Nothing here polls, and nothing sleeps for a guessed time: whoever waits is woken by the threads in
//! `running.rs`, which learn of everything first.

use std::io::{self, ErrorKind, Write};
use std::process::{ChildStdin, Command};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::registry::KILL_LIMIT;
use crate::running::{Captured, DRAIN_LIMIT, Running, Sink, State};
use crate::{Failure, Output, Signal, lock};

/// One of the two streams that a program writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// For results.
    Stdout,
    /// For everything else.
    Stderr,
}

/// A child started by a [`Launch`](crate::Launch). Dropping it kills and reaps it.
pub struct Process {
    running: Arc<Running>,
    stdin: Mutex<Option<ChildStdin>>,
}

impl Process {
    /// Starts `command`; `name` is what reports call it, `input` is written to it as it takes it.
    pub(crate) fn start(
        command: Command,
        name: String,
        input: Option<Vec<u8>>,
        sink: Option<Sink>,
        keep: Option<usize>,
    ) -> Result<Process, Failure> {
        let cannot = format!("cannot start `{name}`");
        let (running, mut stdin) = Running::start(command, name, sink, keep)
            .map_err(|error| Failure::new(format!("{cannot}: {error}")))?;
        if let Some(input) = input
            && let Some(mut pipe) = stdin.take()
        {
            // A child need not read its input; that it closed the pipe is no error of the test's.
            thread::spawn(move || drop(pipe.write_all(&input)));
        }
        Ok(Process {
            running,
            stdin: Mutex::new(stdin),
        })
    }

    /// The number of the process. It is the child's only while the child lives.
    pub fn id(&self) -> u32 {
        self.running.id()
    }

    /// The command line, quoted where a shell would want it.
    pub fn command(&self) -> &str {
        self.running.name()
    }

    /// Writes `bytes` to the child's input, which has to be a pipe
    /// ([`Launch::stdin_pipe`](crate::Launch::stdin_pipe)). Waits while the pipe is full.
    ///
    /// # Errors
    /// When the input is no pipe, or either end of it is closed.
    pub fn write_stdin(&self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        match &mut *lock(&self.stdin) {
            Some(pipe) => pipe.write_all(bytes.as_ref()),
            None => Err(ErrorKind::NotConnected.into()),
        }
    }

    /// Ends the child's input.
    pub fn close_stdin(&self) {
        lock(&self.stdin).take();
    }

    /// Waits until the child has printed a line on `stream` for which `wanted` is true, and returns the
    /// first such line. Lines that came before the call count too.
    ///
    /// # Errors
    /// When `limit` has passed, or the stream has ended without such a line.
    pub fn wait_for_line(
        &self,
        stream: Stream,
        mut wanted: impl FnMut(&str) -> bool,
        limit: Duration,
    ) -> Result<String, Failure> {
        let mut seen = 0_usize;
        self.wait_for_captured(stream, limit, |captured| {
            let new = seen.saturating_sub(captured.forgotten);
            let found = captured.lines[new..].iter().find(|line| wanted(line));
            seen = captured.forgotten + captured.lines.len();
            found.cloned()
        })
    }

    /// Waits until `look` finds what it wants in the lines printed so far, all of them each time.
    ///
    /// # Errors
    /// When `limit` has passed, or the stream has ended and `look` has still found nothing.
    pub fn wait_for_lines<T>(
        &self,
        stream: Stream,
        limit: Duration,
        mut look: impl FnMut(&[String]) -> Option<T>,
    ) -> Result<T, Failure> {
        self.wait_for_captured(stream, limit, |captured| look(&captured.lines))
    }

    fn wait_for_captured<T>(
        &self,
        stream: Stream,
        limit: Duration,
        mut look: impl FnMut(&Captured) -> Option<T>,
    ) -> Result<T, Failure> {
        let deadline = Instant::now() + limit;
        // An answer is what was found, or `None` when it can no longer be; no answer yet goes on waiting.
        let answer = self.running.wait_until(deadline, |state| {
            let captured = state.captured(stream);
            match look(captured) {
                Some(found) => Some(Some(found)),
                None if !captured.open || state.is_settled() => Some(None),
                None => None,
            }
        });
        match answer {
            Some(Some(found)) => Ok(found),
            None => {
                let limit = limit.as_secs_f64();
                Err(self.failure(&format!(
                    "the line waited for did not come within {limit:.1} s from"
                )))
            }
            Some(None) => {
                // It is most likely about to end; how, and what it says on the way, tells why.
                let soon = deadline.min(Instant::now() + DRAIN_LIMIT);
                self.running
                    .wait_until(soon, |state| state.is_settled().then_some(()));
                Err(self.failure("the line waited for can no longer come from"))
            }
        }
    }

    /// The lines printed on `stream` so far.
    pub fn lines(&self, stream: Stream) -> Vec<String> {
        self.running
            .look(|state| state.captured(stream).lines.clone())
    }

    /// Sends `signal`; to a child that has ended, nothing.
    ///
    /// # Errors
    /// When the system has no such signals (Windows), or does not allow it.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        self.running.signal(signal)
    }

    /// Kills the child and what is left of its process group, without asking. Does not wait.
    pub fn kill(&self) {
        self.running.kill();
    }

    /// Waits for the child's end, and for the end of what it printed. The child goes on living when
    /// `limit` has passed; it may be waited for again.
    ///
    /// # Errors
    /// When it has not ended within `limit`.
    pub fn wait(&self, limit: Duration) -> Result<Output, Failure> {
        let settled = |state: &State| state.is_settled().then_some(());
        match self.running.wait_until(Instant::now() + limit, settled) {
            Some(()) => Ok(self.output()),
            None => {
                let limit = limit.as_secs_f64();
                Err(self.failure(&format!("this has not ended within {limit:.1} s:")))
            }
        }
    }

    /// Does what Ctrl-C does, and waits for the end as [`Process::wait`] does.
    ///
    /// # Errors
    /// When it has not ended within `limit`, or cannot be sent a signal.
    pub fn interrupt_and_wait(&self, limit: Duration) -> Result<Output, Failure> {
        self.signal(Signal::Interrupt)
            .map_err(|error| self.failure(&format!("cannot interrupt ({error}):")))?;
        self.wait(limit)
    }

    /// What is known of the child so far. Before its end, with neither a code nor a signal.
    pub fn output(&self) -> Output {
        self.running.output()
    }

    /// A failure that says `what` and reports on the child.
    pub(crate) fn failure(&self, what: &str) -> Failure {
        Failure::new(format!("{what} {}", self.output()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        self.running.wait_for_end(Instant::now() + KILL_LIMIT);
        // What a server printed is half of the story of a failed test. This is the test's own thread,
        // so cargo shows it with the test's other output, and hides it for tests that pass.
        if thread::panicking() {
            eprintln!("when the test failed, {}", self.output());
        }
    }
}
