//! What a peer sent, on a terminal: to be read there, and not obeyed.
//!
//! In a pipe or a file it stays what it is, byte for byte. A terminal would take an escape
//! sequence in it for a command, so there it is shown as everything else that a server says.

use crate::exit;
use crate::printable::printable;

/// A line is shown when it is complete, or when it is longer than this, in bytes: a character of
/// several bytes must not be cut where one read ended and the next began.
const LONG_LINE: usize = 64 << 10;

/// Shows a page as it comes.
#[derive(Debug, Default)]
pub struct Screen {
    /// What has come of the last line.
    line: Vec<u8>,
}

impl Screen {
    /// Shows what has become complete.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn write(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.line.extend_from_slice(bytes);
        let lines = match self.line.iter().rposition(|&byte| byte == b'\n') {
            Some(last) => last + 1,
            None if self.line.len() > LONG_LINE => self.line.len(),
            None => return Ok(()),
        };
        let text = readable(&self.line[..lines]);
        self.line.drain(..lines);
        exit::print(text.as_bytes())
    }

    /// Shows the rest. A line end is added where there is none, for the prompt that follows.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn finish(self) -> anyhow::Result<()> {
        match self.line.as_slice() {
            [] => Ok(()),
            rest => exit::print_line(&readable(rest)),
        }
    }
}

/// The text with everything that acts on a terminal escaped, but for line ends and tabs.
fn readable(text: &[u8]) -> String {
    let mut shown = String::new();
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let (line, end) = match line {
            [line @ .., b'\r', b'\n'] | [line @ .., b'\n'] => (line, "\n"),
            line => (line, ""),
        };
        let cells: Vec<_> = line.split(|&byte| byte == b'\t').collect();
        let cells = cells.iter().map(|cell| printable(cell).to_string());
        shown += &cells.collect::<Vec<_>>().join("\t");
        shown += end;
    }
    shown
}

/// How many columns and rows the terminal at stdout has, if there is one and it says so.
pub fn window_size() -> Option<(u16, u16)> {
    #[cfg(unix)]
    {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
        (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
    }
    #[cfg(not(unix))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_tabs_stay_and_escapes_do_not_act() {
        let page = "<p>\t你好\r\n\x1b[2J\r\u{9b}1A\n\n".as_bytes();
        assert_eq!(readable(page), "<p>\t你好\n\\x1b[2J\\r\\u{9b}1A\n\n");
        assert_eq!(readable(b"\xff"), "\\xff");
        assert_eq!(readable(b""), "");
    }
}
