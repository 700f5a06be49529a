//! What is printed: headers on stdout, or on stderr when stdout is for the page; everything else
//! on stderr. Whatever the server has said goes through `printable`.

use std::io::{self, Write};

use common::exit;
use common::printable::printable;

/// Prints what is to be seen of the exchange.
#[derive(Debug, Default)]
pub struct Show {
    /// Nothing but errors on stderr.
    pub quiet: bool,
    /// The request, too.
    pub request: bool,
    /// The page goes to stdout, so headers go to stderr.
    pub page_on_stdout: bool,
    /// A header was shown already: the next one comes after an empty line.
    pub begun: bool,
}

impl Show {
    /// Shows what is about to be sent, each line behind a `>`.
    pub fn request(&self, request: &str) {
        if self.request {
            for line in request.lines() {
                self.line('>', line.as_bytes());
            }
        }
    }

    /// Shows a header as it came, line by line, without the empty line at its end.
    ///
    /// It is printed in one piece: `page-fetch URL | head -1` reads the first line and closes,
    /// and the lines after it must not find that out while the page is still to be saved.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn header(&mut self, raw: &[u8]) -> anyhow::Result<()> {
        let again = std::mem::replace(&mut self.begun, true);
        let mut lines = raw.strip_suffix(b"\n").unwrap_or(raw);
        lines = lines.strip_suffix(b"\r").unwrap_or(lines);
        lines = lines.strip_suffix(b"\n").unwrap_or(lines);
        let lines = lines
            .split(|&byte| byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        if self.page_on_stdout {
            if again {
                self.line('<', b"");
            }
            lines.for_each(|line| self.line('<', line));
            return Ok(());
        }
        let mut text = String::from(if again { "\n" } else { "" });
        for line in lines {
            text += &format!("{}\n", printable(line));
        }
        exit::print(text.as_bytes())
    }

    /// Shows a field that came after the body.
    pub fn trailer(&self, line: &[u8]) {
        self.note(&format!("trailer: {}", printable(line)));
    }

    /// Says something on stderr, unless nothing is to be said.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            // That nobody can read it changes nothing.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    fn line(&self, mark: char, line: &[u8]) {
        self.note(format!("{mark} {}", printable(line)).trim_end());
    }
}
