//! Who asked for what, a line each, in the combined format that every log tool reads.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use common::exit::cause;
use common::printable::printable_path;

use crate::clock::Clock;

/// Lines that wait for the end of the turn are written when there are so many bytes of them.
const ENOUGH: usize = 64 << 10;

/// The most of a request's first line, a referer or a user agent that is logged, in bytes.
const MAX_TEXT: usize = 1024;

/// Between two complaints about a log that cannot be written.
const COMPLAIN_EVERY: Duration = Duration::from_secs(1);

/// A log; clones write to the same place. One of them collects the lines of a turn, and writes them
/// in one go.
#[derive(Clone, Debug)]
pub struct AccessLog {
    to: To,
    lines: String,
    /// The second that it was last, and how it is written.
    time: (u64, String),
    complained: Option<Instant>,
}

#[derive(Clone, Debug)]
enum To {
    Stderr,
    File(Arc<File>),
}

/// What a line is about.
#[derive(Clone, Copy, Debug)]
pub struct Visit<'a> {
    /// The client's address, with its port.
    pub peer: &'a str,
    /// The first line of the request.
    pub request: &'a [u8],
    /// The status of the answer.
    pub status: u16,
    /// How many bytes of body the answer has.
    pub length: u64,
    /// Where the client says it found the link.
    pub referer: Option<&'a [u8]>,
    /// What it says it is.
    pub user_agent: Option<&'a [u8]>,
}

impl AccessLog {
    /// A log on stderr.
    pub fn on_stderr() -> Self {
        AccessLog::new(To::Stderr)
    }

    /// A log at the end of a file, which is made if need be; `-` is stderr.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(AccessLog::on_stderr());
        }
        let file = File::options().append(true).create(true).open(path);
        let file =
            file.with_context(|| format!("cannot write the log {}", printable_path(path)))?;
        Ok(AccessLog::new(To::File(Arc::new(file))))
    }

    fn new(to: To) -> Self {
        AccessLog {
            to,
            lines: String::new(),
            time: (0, String::new()),
            complained: None,
        }
    }

    /// Adds a line.
    pub fn note(&mut self, visit: &Visit<'_>, clock: &Clock) {
        // `127.0.0.1:50000` and `[::1]:50000` without their ports; a Unix socket has no address.
        let host = visit
            .peer
            .rsplit_once(':')
            .map_or("-", |(host, _)| host.trim_matches(['[', ']']));
        if self.time.0 != clock.second() {
            self.time = (clock.second(), clock.log_time());
        }
        let lines = &mut self.lines;
        let _ = write!(lines, "{host} - - [{}] ", self.time.1);
        quote(lines, visit.request);
        let _ = match visit.length {
            0 => write!(lines, " {} - ", visit.status),
            length => write!(lines, " {} {length} ", visit.status),
        };
        quote(lines, visit.referer.unwrap_or(b"-"));
        lines.push(' ');
        quote(lines, visit.user_agent.unwrap_or(b"-"));
        lines.push('\n');
        if lines.len() > ENOUGH {
            self.write();
        }
    }

    /// Writes what was noted.
    pub fn write(&mut self) {
        if self.lines.is_empty() {
            return;
        }
        let written = match &self.to {
            To::Stderr => io::stderr().lock().write_all(self.lines.as_bytes()),
            To::File(file) => (&**file).write_all(self.lines.as_bytes()),
        };
        self.lines.clear();
        let Err(error) = written else { return };
        let now = Instant::now();
        if self
            .complained
            .is_none_or(|last| now - last >= COMPLAIN_EVERY)
        {
            self.complained = Some(now);
            tracing::warn!("cannot write the access log: {}", cause(&error));
        }
    }
}

/// Text from a client between quotes: what could end them, or act on a terminal, is escaped, as in
/// other servers' logs.
fn quote(line: &mut String, text: &[u8]) {
    line.push('"');
    for &byte in text.iter().take(MAX_TEXT) {
        match byte {
            b'"' | b'\\' => {
                line.push('\\');
                line.push(char::from(byte));
            }
            b' '..=b'~' => line.push(char::from(byte)),
            _ => {
                let _ = write!(line, "\\x{byte:02x}");
            }
        }
    }
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_fields_of_the_combined_format() {
        let mut log = AccessLog::on_stderr();
        let visit = Visit {
            peer: "[::1]:50000",
            request: b"GET /\"\x1b[2J HTTP/1.1",
            status: 200,
            length: 12,
            referer: None,
            user_agent: Some("naïve\\".as_bytes()),
        };
        let clock = Clock::default();
        log.note(&visit, &clock);
        let time = clock.log_time();
        let line = format!(
            "::1 - - [{time}] \"GET /\\\"\\x1b[2J HTTP/1.1\" 200 12 \"-\" \"na\\xc3\\xafve\\\\\"\n"
        );
        assert_eq!(log.lines, line);
        log.lines.clear();
    }
}
