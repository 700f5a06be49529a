//! The bar that grows while a long page comes.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

use crate::framing::Framing;

/// A body of fewer bytes is here before a bar could be read.
const LONG: u64 = 1 << 20;

/// Bar, how much of how much, how fast, and how long it will take.
const LOOK: &str = "{wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}";

/// A bar on stderr, gone when this is dropped.
#[derive(Debug)]
pub struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar, if the body is long and says how long, and stderr is a terminal: in a file it would
    /// be rubbish.
    pub fn of(framing: &Framing, quiet: bool) -> Self {
        let bar = match *framing {
            Framing::Length(length) if length >= LONG && !quiet && io::stderr().is_terminal() => {
                let style = ProgressStyle::with_template(LOOK);
                let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
                Some(ProgressBar::new(length).with_style(style))
            }
            _ => None,
        };
        Progress(bar)
    }

    /// So many bytes have come.
    pub fn set(&self, got: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(got);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
