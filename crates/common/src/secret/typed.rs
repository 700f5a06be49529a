//! A password that is typed at a terminal: asked for, and not shown.

use std::io::{self, IsTerminal, Write};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

/// Ctrl-C, as a byte.
pub(super) const INTERRUPT: u8 = 3;

/// Nothing of what is typed is shown as long as this lives.
#[derive(Debug)]
pub(super) struct Hidden(Termios);

impl Hidden {
    /// Asks for a password, if stdin is a terminal.
    ///
    /// Ctrl-C comes as a byte that ends the line: as a signal it would end us, and leave a terminal
    /// that shows nothing.
    pub(super) fn ask() -> io::Result<Option<Self>> {
        if !io::stdin().is_terminal() {
            return Ok(None);
        }
        let before = tcgetattr(io::stdin())?;
        let mut mode = before.clone();
        mode.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        mode.local_modes.insert(LocalModes::ICANON);
        mode.special_codes[SpecialCodeIndex::VEOL] = INTERRUPT;
        // What has been typed before is thrown away, as everywhere: it was seen.
        tcsetattr(io::stdin(), OptionalActions::Flush, &mode)?;
        let hidden = Hidden(before);
        let _ = write!(io::stderr(), "password: ");
        Ok(Some(hidden))
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // The line end was not shown either.
        let _ = writeln!(io::stderr());
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}
