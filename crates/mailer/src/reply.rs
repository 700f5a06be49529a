//! What a server answers: a code, and text for people. No I/O.
//!
//! ```text
//! 250-mail.example.org        a line that is followed by others
//! 250 SIZE 1000000            the last line
//! ```
//!
//! A server may say anything, and a line without end is not an answer. So lines have a length, and
//! replies have lines, that are many times what a server needs.

use std::fmt;

use common::printable::printable;

/// The longest line of a reply, in bytes. RFC 5321 allows 512.
pub const MAX_REPLY_LINE: usize = 2048;

/// The most lines of a reply.
pub const MAX_REPLY_LINES: usize = 100;

/// One reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Three digits: 2xx is yes, 3xx go on, 4xx not now, 5xx no.
    pub code: u16,
    /// The text of each line. Some servers in China write GBK, so this is what is left of it in UTF-8.
    pub lines: Vec<String>,
}

/// Why what came is no reply.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// No line end in sight.
    #[error("a line of its reply is longer than {MAX_REPLY_LINE} bytes")]
    LongLine,
    /// No last line in sight.
    #[error("its reply has more than {MAX_REPLY_LINES} lines")]
    ManyLines,
    /// It does not begin with a code. The line as it came: what must not be seen has to be taken out
    /// of it before it is cut short.
    #[error("it does not speak SMTP: {}", said(.0))]
    NoCode(String),
    /// The lines disagree.
    #[error("the lines of its reply have different codes")]
    TwoCodes,
}

impl Reply {
    /// Whether it is a yes.
    pub fn is_yes(&self) -> bool {
        self.code / 100 == 2
    }

    /// Whether it is a no that may be a yes later.
    pub fn is_temporary(&self) -> bool {
        self.code / 100 == 4
    }
}

/// The code and the text on one line, safe for a terminal.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.lines.join(" ");
        match text.trim() {
            "" => write!(f, "{}", self.code),
            text => write!(f, "{} {}", self.code, printable(text)),
        }
    }
}

/// Bytes in, replies out.
#[derive(Debug, Default)]
pub struct Replies {
    /// What has come and belongs to no reply yet.
    buffer: Vec<u8>,
    /// The lines so far of the reply that is coming, and their code.
    code: Option<u16>,
    lines: Vec<String>,
}

impl Replies {
    /// Takes what has come.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether nothing is there behind the last reply.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty() && self.code.is_none()
    }

    /// The next reply, if it is complete. A bare LF ends a line too.
    ///
    /// # Errors
    /// See [`ReplyError`]. There is no way on from it.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, ReplyError> {
        loop {
            let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') else {
                return match self.buffer.len() > MAX_REPLY_LINE {
                    true => Err(ReplyError::LongLine),
                    false => Ok(None),
                };
            };
            let line: Vec<u8> = self.buffer.drain(..=end).collect();
            if line.len() > MAX_REPLY_LINE {
                return Err(ReplyError::LongLine);
            }
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\r', '\n']);
            let (code, is_last, text) =
                parts(line).ok_or_else(|| ReplyError::NoCode(line.to_owned()))?;
            if self.code.is_some_and(|before| before != code) {
                return Err(ReplyError::TwoCodes);
            }
            if self.lines.len() == MAX_REPLY_LINES {
                return Err(ReplyError::ManyLines);
            }
            self.code = Some(code);
            self.lines.push(text.to_owned());
            if is_last {
                self.code = None;
                let lines = std::mem::take(&mut self.lines);
                return Ok(Some(Reply { code, lines }));
            }
        }
    }
}

/// The code, whether the line is the last one, and the text.
fn parts(line: &str) -> Option<(u16, bool, &str)> {
    let digits = line.get(..3)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let code = digits
        .parse()
        .ok()
        .filter(|code| (200..600).contains(code))?;
    match line.as_bytes().get(3) {
        None => Some((code, true, "")),
        Some(b' ') => Some((code, true, &line[4..])),
        Some(b'-') => Some((code, false, &line[4..])),
        Some(_) => None,
    }
}

/// The beginning of a line, safe for a terminal.
fn said(line: &str) -> String {
    const SHOWN: usize = 60;
    let start: String = line.chars().take(SHOWN).collect();
    match start.trim() {
        "" => "it says nothing".to_owned(),
        start => format!("it says {}", printable(start)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], piece: usize) -> Result<Vec<Reply>, ReplyError> {
        let mut replies = Replies::default();
        let mut found = Vec::new();
        for piece in bytes.chunks(piece) {
            replies.feed(piece);
            while let Some(reply) = replies.next_reply()? {
                found.push(reply);
            }
        }
        Ok(found)
    }

    #[test]
    fn replies_come_whole_however_they_are_cut() {
        let bytes = b"220 hi\r\n250-a\r\n250-b c\r\n250 d\r\n354\n550 \xc4\xe3\r\n421-x\r\n";
        for piece in 1..bytes.len() {
            let found = read(bytes, piece).unwrap();
            let shown: Vec<_> = found.iter().map(Reply::to_string).collect();
            let expected = ["220 hi", "250 a b c d", "354", "550 \u{fffd}\u{fffd}"];
            assert_eq!(shown, expected, "{piece}");
            assert_eq!(found[1].lines, ["a", "b c", "d"]);
        }
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        use ReplyError::*;
        assert_eq!(read(b"250-a\r\n251 b\r\n", 1), Err(TwoCodes));
        for nonsense in [
            "HTTP/1.1 400 Bad Request",
            "",
            "25",
            "2500",
            "999 x",
            "100 x",
            "+25 x",
            "25\u{661} x",
            "SSH-2.0-\x1b[2J",
        ] {
            let found = read(format!("{nonsense}\r\n").as_bytes(), 100);
            assert!(matches!(found, Err(NoCode(_))), "{nonsense}");
        }
        let long = vec![b'2'; MAX_REPLY_LINE + 1];
        assert_eq!(read(&long, 100), Err(LongLine));
        let many = "250-x\r\n".repeat(MAX_REPLY_LINES + 1);
        assert_eq!(read(many.as_bytes(), 1000), Err(ManyLines));
    }

    #[test]
    fn what_is_left_behind_a_reply_is_known() {
        let mut replies = Replies::default();
        replies.feed(b"220 go ahead\r\n");
        replies.next_reply().unwrap().unwrap();
        assert!(replies.is_empty());
        replies.feed(b"220 go ahead\r\n250");
        replies.next_reply().unwrap().unwrap();
        assert!(!replies.is_empty());
    }

    #[test]
    fn a_server_cannot_write_on_our_terminal() {
        let reply = read(b"550 \x1b[2J\r\n", 100).unwrap().remove(0);
        assert_eq!(reply.to_string(), r"550 \x1b[2J");
    }
}
