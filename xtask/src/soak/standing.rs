//! A server that stands: started for the whole soak, with a folder of its own, and watched.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use harness::{LIMIT, Launch, Server, Signal, Stream};
use tempfile::TempDir;

use super::figures::Figures;
use super::programs::Programs;
use super::table::Row;
use super::talk::Talk;

/// What is kept of what a server prints, in bytes: it may print for hours.
const KEPT: usize = 1 << 20;

/// How long a server's figures have to stay as they are to be those of a server that does nothing.
/// Nothing that a client leaves behind may take longer to go.
const STILL: Duration = Duration::from_secs(2);

/// How glibc hands out memory. Left to itself it keeps what is given back, in as many arenas as threads
/// have met in, for whoever asks next; how much that is depends on who met whom. So that what is
/// measured is what the program holds, it is told to give back early, and to stay in one arena. (Other
/// libraries do not know these.)
const FRUGAL: [(&str, &str); 3] = [
    ("MALLOC_ARENA_MAX", "1"),
    ("MALLOC_MMAP_THRESHOLD_", "65536"),
    ("MALLOC_TRIM_THRESHOLD_", "65536"),
];

/// A server, and what is known of it.
pub(super) struct Standing<'a> {
    pub(super) row: &'a Row,
    pub(super) server: Server,
    pub(super) programs: &'a Programs,
    folder: TempDir,
    /// What it is a relay to, if it is one.
    _behind: Option<Server>,
    panics: Arc<Mutex<Vec<String>>>,
    /// The one conversation with a server that has only one.
    pub(super) conversation: Mutex<Option<Talk>>,
    pub(super) tally: Tally,
    /// What it held before there were clients.
    pub(super) before: Option<Figures>,
    /// What it held after each spell, when it had got over it.
    pub(super) after: Vec<Figures>,
}

/// What has been counted.
#[derive(Default)]
pub(super) struct Tally {
    /// Exchanges of our own honest client.
    pub(super) exchanges: AtomicU64,
    /// Runs of the real client.
    pub(super) runs: AtomicU64,
    /// Hostile clients.
    pub(super) hostile: AtomicU64,
    /// How often a flood has filled it.
    pub(super) full: AtomicU64,
    /// The longest time between two exchanges, in milliseconds.
    pub(super) longest: AtomicU64,
    /// The first thing that an honest client found wrong.
    pub(super) wrong: Mutex<Option<String>>,
}

impl Tally {
    pub(super) fn add(counter: &AtomicU64, count: u64) {
        counter.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn get(counter: &AtomicU64) -> u64 {
        counter.load(Ordering::Relaxed)
    }

    /// Keeps the first thing that is wrong.
    pub(super) fn is_wrong(&self, what: String) {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.get_or_insert(what);
    }

    pub(super) fn wrong(&self) -> Option<String> {
        let wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.clone()
    }
}

impl<'a> Standing<'a> {
    /// Starts a row's server and waits until it listens.
    pub(super) fn start(row: &'a Row, programs: &'a Programs) -> Result<Standing<'a>> {
        let folder = harness::temp_dir();
        let behind = match row.behind {
            Some((name, args)) => Some(launch(programs, name, args, folder.path()).try_serve()?),
            None => None,
        };
        (row.furnish)(folder.path()).context("cannot furnish its folder")?;
        let panics: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = Arc::clone(&panics);
        let sink = move |stream, line: &str| {
            if stream == Stream::Stderr && line.contains("panicked at") {
                let mut panics = heard.lock().unwrap_or_else(PoisonError::into_inner);
                panics.push(line.to_owned());
            }
        };
        let to = behind.as_ref().map(Server::address).unwrap_or_default();
        let args = row.args.iter().map(|arg| arg.replace("{to}", to));
        let args: Vec<String> = args.collect();
        let server = launch(programs, row.program, &args, folder.path())
            .stdin_pipe()
            .keep_last(KEPT)
            .sink(sink)
            .try_serve()?;
        Ok(Standing {
            row,
            server,
            programs,
            folder,
            _behind: behind,
            panics,
            conversation: Mutex::new(None),
            tally: Tally::default(),
            before: None,
            after: Vec::new(),
        })
    }

    /// Where a client reaches it: one that listens everywhere is reached on loopback.
    pub(super) fn address(&self) -> SocketAddr {
        let address = self.server.socket_addr();
        match address.ip().is_unspecified() {
            true => ([127, 0, 0, 1], address.port()).into(),
            false => address,
        }
    }

    /// A file or folder in its folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn figures(&self) -> Option<Figures> {
        Figures::of(self.server.id())
    }

    /// Whether it has ended.
    pub(super) fn has_ended(&self) -> bool {
        let output = self.server.output();
        output.code.is_some() || output.signal.is_some()
    }

    /// What its threads said when they panicked.
    pub(super) fn panics(&self) -> Vec<String> {
        let panics = self.panics.lock().unwrap_or_else(PoisonError::into_inner);
        panics.clone()
    }

    /// Waits until nothing has changed for a while, and takes that for what it holds without clients.
    pub(super) fn take_stock(&mut self) {
        let idle = |a: &Figures, b: &Figures| (a.files, a.threads) == (b.files, b.threads);
        let mut last = self.figures();
        let mut since = Instant::now();
        while last.is_some() && since.elapsed() < STILL && !crate::interrupt::happened() {
            std::thread::sleep(super::LOOK);
            let now = self.figures();
            if !last.zip(now).is_some_and(|(last, now)| idle(&last, &now)) {
                since = Instant::now();
            }
            last = now;
        }
        self.before = last;
    }

    /// Whether it holds no more than before there were clients.
    pub(super) fn has_settled(&self) -> bool {
        match (self.before, self.figures()) {
            (Some(before), Some(now)) => now.has_let_go(&before),
            // Nothing is known, or it has ended: nothing is worth waiting for.
            _ => true,
        }
    }

    /// What it has open, for a report: `/proc` says it as well as it can be said.
    pub(super) fn open_files(&self) -> Vec<String> {
        let folder = std::fs::read_dir(format!("/proc/{}/fd", self.server.id()));
        let files = folder.into_iter().flatten().flatten();
        let names = files.filter_map(|file| std::fs::read_link(file.path()).ok());
        names.map(|name| name.display().to_string()).collect()
    }

    /// Asks it to end, and says what was not in order.
    pub(super) fn stop(&self) -> Option<String> {
        match self.server.signal(Signal::Terminate) {
            Ok(()) => {}
            // Windows has no such thing: it is killed when it is dropped.
            Err(error) if error.kind() == ErrorKind::Unsupported => return None,
            Err(error) => return Some(format!("cannot send SIGTERM: {error}")),
        }
        match self.server.wait(LIMIT) {
            Ok(output) if output.success() => None,
            Ok(output) => {
                let found = match (output.code, output.signal) {
                    (Some(code), _) => format!("exit code {code}"),
                    (_, Some(signal)) => format!("an end by signal {signal}"),
                    _ => "no exit code".to_owned(),
                };
                Some(format!("expected exit code 0 after SIGTERM, found {found}"))
            }
            Err(_) => Some(format!(
                "expected an end after SIGTERM, found none within {} s",
                LIMIT.as_secs()
            )),
        }
    }
}

fn launch(
    programs: &Programs,
    name: &str,
    args: &[impl AsRef<str>],
    folder: &std::path::Path,
) -> Launch {
    let args = args.iter().map(AsRef::as_ref);
    let launch = programs.launch(name).args(args).dir(folder);
    FRUGAL
        .iter()
        .fold(launch, |launch, (name, value)| launch.env(*name, *value))
}
