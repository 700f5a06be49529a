//! What is told while files come, and what is told in the end.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use common::exit::{Temporary, complain, print_line, stdout_was_closed};
use common::printable::{printable, printable_path};
use common::progress::{Bar, Bars};

use crate::failure::Failure;

/// What is shorter than this, and comes within this time, is here before its bar could be read.
const SHORT: u64 = 1 << 20;
const SOON: Duration = Duration::from_millis(200);

/// Tells the user what has become of each file. Shared by all who download.
#[derive(Debug)]
pub struct Report {
    /// How many files there are to be.
    total: usize,
    bars: Option<Bars>,
    so_far: Mutex<SoFar>,
}

#[derive(Debug, Default)]
struct SoFar {
    saved: usize,
    bytes: u64,
    kept: usize,
    failed: usize,
    /// Of those, how many will fail again.
    for_good: usize,
    /// A line about the last one.
    last_failure: String,
    /// Stdout could not be written to.
    unheard: Option<anyhow::Error>,
}

impl Report {
    /// For so many files; with bars if they are wanted and there is a terminal.
    pub fn new(total: usize, quiet: bool) -> Self {
        let wanted = total > 0 && Bar::is_wanted(quiet);
        Report {
            total,
            bars: wanted.then(|| Bars::new("files", total as u64)),
            so_far: Mutex::default(),
        }
    }

    /// A file is there.
    pub fn saved(&self, path: &Path, size: u64, promise_broken: bool) {
        let shown = printable_path(path);
        self.count(|so_far| {
            so_far.saved += 1;
            so_far.bytes += size;
        });
        let unit = if size == 1 { "byte" } else { "bytes" };
        self.print(&format!("saved {shown} ({size} {unit})"));
        if promise_broken {
            self.aside(|| tracing::warn!("{shown} is no picture, whatever its name says"));
        }
    }

    /// A file was there, and stays.
    pub fn kept(&self, path: &Path) {
        self.count(|so_far| so_far.kept += 1);
        self.print(&format!(
            "kept {} (it is there already)",
            printable_path(path)
        ));
    }

    /// A file cannot be had. The line says which, and why.
    pub fn failed(&self, line: String, passing: bool) {
        // The only one is told at the end, where it is the error.
        if self.total > 1 {
            self.aside(|| complain(env!("CARGO_PKG_NAME"), &line));
        }
        self.count(|so_far| {
            so_far.failed += 1;
            so_far.for_good += usize::from(!passing);
            so_far.last_failure = line;
        });
    }

    /// Something that the user may want to know.
    pub fn note(&self, text: &str) {
        self.aside(|| tracing::info!("{text}"));
    }

    /// How far a file has come, for somebody to see.
    pub fn progress<'a>(&'a self, name: &'a str, size: Option<u64>) -> Progress<'a> {
        Progress {
            bars: self.bars.as_ref(),
            name,
            size,
            began: Instant::now(),
            bar: None,
        }
    }

    /// The summary. Nothing more comes.
    ///
    /// # Errors
    /// What has failed, as the program's error.
    pub fn finish(&self, interrupted: bool) -> anyhow::Result<()> {
        let mut so_far = self.lock();
        if let Some(bars) = &self.bars {
            bars.clear();
        }
        let files = |count| match count {
            1 => "1 file".to_owned(),
            count => format!("{count} files"),
        };
        let mut summary = format!("{} saved, {} bytes", files(so_far.saved), so_far.bytes);
        if so_far.kept > 0 {
            summary += &format!("; {} kept", files(so_far.kept));
        }
        if so_far.failed > 0 {
            summary += &format!("; {} failed", files(so_far.failed));
        }
        if let Err(error) = print_line(&summary)
            && !stdout_was_closed(&error)
        {
            return Err(error);
        }
        if let Some(error) = so_far.unheard.take() {
            return Err(error);
        }
        if interrupted {
            anyhow::bail!("interrupted (the same with --resume goes on from here)");
        }
        let told = so_far.saved + so_far.kept + so_far.failed;
        anyhow::ensure!(
            told == self.total,
            "{} downloads were given up",
            self.total - told
        );
        let line = match (so_far.failed, self.total) {
            (0, _) => return Ok(()),
            (_, 1) => so_far.last_failure.clone(),
            (failed, total) => format!("{failed} of {total} downloads failed"),
        };
        match so_far.for_good {
            0 => Err(Temporary(line).into()),
            _ => Err(anyhow::anyhow!(line)),
        }
    }

    fn lock(&self) -> MutexGuard<'_, SoFar> {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line on stdout. If nobody reads it, the files are still wanted.
    fn print(&self, line: &str) {
        match self.aside(|| print_line(line)) {
            Err(error) if !stdout_was_closed(&error) => {
                self.lock().unheard.get_or_insert(error);
            }
            _ => {}
        }
    }

    /// Counts one more. Not while something is printed: the others need not wait for the terminal.
    fn count(&self, change: impl FnOnce(&mut SoFar)) {
        let mut so_far = self.lock();
        change(&mut so_far);
        let done = so_far.saved + so_far.kept + so_far.failed;
        drop(so_far);
        if let Some(bars) = &self.bars {
            bars.set(done as u64);
        }
    }

    /// Takes the bars out of the way of a line.
    fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bars {
            Some(bars) => bars.aside(print),
            None => print(),
        }
    }
}

/// How far a file has come.
#[derive(Debug)]
pub struct Progress<'a> {
    bars: Option<&'a Bars>,
    name: &'a str,
    size: Option<u64>,
    began: Instant,
    bar: Option<Bar>,
}

impl Progress<'_> {
    /// So many bytes have come. If it is or takes long, and there is a terminal, there is a bar.
    pub fn set(&mut self, length: u64) {
        let Some(bars) = self.bars else { return };
        let is_long = self.size.is_some_and(|size| size >= SHORT);
        if self.bar.is_none() && (is_long || self.began.elapsed() > SOON) {
            let name = printable(self.name).to_string();
            self.bar = Some(bars.add(&name, self.size, length));
        }
        if let Some(bar) = &self.bar {
            bar.set(length);
        }
    }
}

/// The line about a URL that was not downloaded.
pub fn failure_line(link: &crate::link::Link, failure: &Failure) -> String {
    format!("cannot download {link}: {failure}")
}
