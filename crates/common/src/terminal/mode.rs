//! The terminal's mode, kept to be restored.
//!
//! While a line is edited the terminal hands over every key at once and shows none by itself
//! ("raw mode"), and it stays so until somebody changes it back: a program that ends without
//! doing so leaves its user with a shell that shows nothing of what is typed.

use std::io;
use std::thread;
use std::time::Duration;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// How often, a millisecond apart, the mode is looked at before it is restored.
const LOOKS: usize = 20;

/// The mode that stdin's terminal was found in.
#[derive(Clone, Debug)]
pub(super) struct SavedMode(Termios);

impl SavedMode {
    pub(super) fn of_stdin() -> io::Result<Self> {
        Ok(SavedMode(tcgetattr(io::stdin())?))
    }

    /// Restores it.
    pub(super) fn restore(&self) {
        // Not even with a terminal that has gone can anything be done about a failure.
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }

    /// Restores it while an editor works, or is just about to: one that has said it will begin,
    /// but has not set its own mode yet, would undo it.
    pub(super) fn restore_behind_editor(&self) {
        for _ in 0..LOOKS {
            match tcgetattr(io::stdin()) {
                Ok(now) if now.local_modes == self.0.local_modes => {
                    thread::sleep(Duration::from_millis(1));
                }
                _ => break,
            }
        }
        self.restore();
    }
}
