//! What the tasks print, and its colours.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether nothing is to be printed.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Does something whose lines nobody wants to read.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> T {
    QUIET.store(true, Ordering::Relaxed);
    let done = work();
    QUIET.store(false, Ordering::Relaxed);
    done
}

/// Prints a line on stdout. When nobody reads it any more (`cargo xtask demo | head`), the task still
/// runs to its end: its exit code may be what is wanted.
pub(crate) fn say(line: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        let _ = writeln!(io::stdout().lock(), "{line}");
    }
}

/// Prints a line on stderr, with the name of the program.
pub(crate) fn complain(line: &str) {
    let _ = writeln!(io::stderr().lock(), "xtask: {line}");
}

/// The colours in use, by the numbers of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Magenta = 35,
    Cyan = 36,
}

/// Puts colours on, or leaves them out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// Colours only where they can be seen and are not unwanted (<https://no-color.org>).
    pub(crate) fn for_stdout() -> Paint {
        let unwanted = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Paint {
            on: !unwanted && io::stdout().is_terminal(),
        }
    }

    #[cfg(test)]
    pub(crate) fn none() -> Paint {
        Paint { on: false }
    }

    /// `text` in `colour`.
    pub(crate) fn colour(self, colour: Colour, text: &str) -> String {
        self.with(colour as u8, text)
    }

    /// `text` in bold.
    pub(crate) fn bold(self, text: &str) -> String {
        self.with(1, text)
    }

    /// `text` less bright.
    pub(crate) fn dim(self, text: &str) -> String {
        self.with(2, text)
    }

    fn with(self, code: u8, text: &str) -> String {
        if self.on {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
