//! A bar that grows while something long is transferred.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

/// Name, bar, how much of how much, how fast, and how long it will take.
const LOOK: &str =
    "{msg}{wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";

/// A bar on stderr, gone when this is dropped.
#[derive(Debug)]
pub struct Bar(ProgressBar);

impl Bar {
    /// Whether there should be one: only on a terminal, in a file it would be rubbish.
    pub fn is_wanted(quiet: bool) -> bool {
        !quiet && io::stderr().is_terminal()
    }

    /// A bar for so many bytes. `name` stands before it and has to be printable; it may be empty.
    pub fn new(name: &str, size: u64) -> Self {
        let style = ProgressStyle::with_template(LOOK);
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        let gap = if name.is_empty() { "" } else { " " };
        let bar = ProgressBar::new(size).with_style(style);
        Bar(bar.with_message(format!("{name}{gap}")))
    }

    /// So many bytes have come.
    pub fn set(&self, done: u64) {
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
