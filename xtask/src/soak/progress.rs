//! A line that says how far a soak has come, on a terminal only.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Goes to the beginning of the line, and clears it.
const CLEAR: &str = "\r\x1b[K";

/// The line.
pub(super) struct Progress {
    title: String,
    shown: bool,
}

impl Progress {
    /// Nothing is shown yet.
    pub(super) fn of(title: &str) -> Progress {
        Progress {
            title: title.to_owned(),
            shown: io::stderr().is_terminal(),
        }
    }

    /// Shows how far it is.
    pub(super) fn show(&self, what: &impl Display) {
        self.write(&format!("{CLEAR}{}: {what}", self.title));
    }

    /// Takes the line away.
    pub(super) fn end(self) {
        self.write(CLEAR);
    }

    fn write(&self, text: &str) {
        if self.shown {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "{text}").and_then(|()| stderr.flush());
        }
    }
}
