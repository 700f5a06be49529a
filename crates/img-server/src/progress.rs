//! The bar that grows while a picture comes.

use std::cell::RefCell;
use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

use crate::album::Picture;

/// Name, bar, how much of how much, and how long it will take.
const LOOK: &str = "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {eta}";

/// A bar on stderr, if that is a terminal: in a file it would be rubbish.
#[derive(Debug)]
pub struct Progress {
    wanted: bool,
    bar: RefCell<Option<ProgressBar>>,
}

impl Progress {
    /// Shows nothing if `quiet`, or if stderr is not a terminal.
    pub fn new(quiet: bool) -> Self {
        Progress {
            wanted: !quiet && io::stderr().is_terminal(),
            bar: RefCell::default(),
        }
    }

    /// Shows how far a picture has come, if it is known how far it has to go.
    pub fn show(&self, picture: &Picture<'_>) {
        if !self.wanted {
            return;
        }
        let Some(size) = picture.size() else { return };
        let mut bar = self.bar.borrow_mut();
        let bar = bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template(LOOK);
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(size)
                .with_style(style)
                .with_message(picture.shown())
        });
        bar.set_position(picture.length());
    }

    /// Takes the bar away, so that something else can be printed.
    pub fn end(&self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
