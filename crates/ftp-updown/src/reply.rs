//! Replies of a server, put together from the lines that come over the control connection.

use std::fmt;

use common::printable::printable;
use common::secret::Secret;

/// The longest reply, in bytes, with all its lines. Real ones have a few hundred; a greeting, a few
/// thousand.
pub const MAX_REPLY: usize = 64 << 10;

/// As much of a reply's text as is shown in an error, in characters.
const MAX_SHOWN: usize = 300;

/// A complete reply: `250 Done`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Three digits; the first says how it went.
    pub code: u16,
    /// What stands behind the code, line by line, as the server said it.
    pub text: String,
    /// What is masked where the reply is shown. The text itself has to stay as it is: a password of
    /// one digit is in every size and every port.
    pub secret: Option<Secret>,
}

impl Reply {
    /// More will come (1xx): the data connection is about to be used.
    pub fn is_preliminary(&self) -> bool {
        self.code / 100 == 1
    }

    /// It is done (2xx).
    pub fn is_success(&self) -> bool {
        self.code / 100 == 2
    }

    /// It needs the next command to be complete (3xx).
    pub fn is_intermediate(&self) -> bool {
        self.code / 100 == 3
    }

    /// The text, without what must not be seen.
    pub fn masked_text(&self) -> String {
        match &self.secret {
            Some(secret) => secret.masked_in(&self.text),
            None => self.text.clone(),
        }
    }

    /// The server does not know the command (500, 502), or not with such an argument (501, 504).
    pub fn is_unknown_command(&self) -> bool {
        matches!(self.code, 500 | 501 | 502 | 504)
    }
}

/// The code and the last line, which is the one that says it, safe for a terminal.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.masked_text();
        let line = text.lines().last().unwrap_or_default().trim();
        let shown: String = line.chars().take(MAX_SHOWN).collect();
        write!(f, "{} {}", self.code, printable(&shown))
    }
}

/// Why what a server sends is no reply.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplyError {
    /// Three digits and a space or a hyphen have to come first.
    #[error("it does not speak FTP: its answer has no code")]
    NoCode,
    /// See [`MAX_REPLY`].
    #[error("its answer is longer than {MAX_REPLY} bytes")]
    TooLong,
}

/// A reply in the making.
#[derive(Debug, Default)]
pub struct Assembly {
    /// Of the first line, when more are to come.
    code: Option<u16>,
    text: String,
    length: usize,
}

impl Assembly {
    /// Takes the next line, without its end. Returns the reply when that was the last.
    ///
    /// A reply of several lines begins with `230-` and ends with `230 `: with the same code. Anything
    /// may stand between them, another code as well (RFC 959, section 4.2).
    ///
    /// # Errors
    /// See [`ReplyError`].
    pub fn take(&mut self, line: &[u8]) -> Result<Option<Reply>, ReplyError> {
        self.length += line.len() + 1;
        if self.length > MAX_REPLY {
            return Err(ReplyError::TooLong);
        }
        let (code, last) = match (code(line), self.code) {
            (Some((code, last)), None) => (code, last),
            (Some((code, last)), Some(first)) if code == first => (code, last),
            (_, Some(first)) => {
                self.add(line);
                self.code = Some(first);
                return Ok(None);
            }
            (None, None) => return Err(ReplyError::NoCode),
        };
        self.add(line.get(4..).unwrap_or_default());
        if !last {
            self.code = Some(code);
            return Ok(None);
        }
        let (text, secret) = (std::mem::take(self).text, None);
        Ok(Some(Reply { code, text, secret }))
    }

    fn add(&mut self, line: &[u8]) {
        if self.code.is_some() {
            self.text.push('\n');
        }
        self.text += &String::from_utf8_lossy(line);
    }
}

/// The code at the beginning of a line, and whether a line with it ends the reply.
fn code(line: &[u8]) -> Option<(u16, bool)> {
    let digits = line.get(..3)?;
    let last = match line.get(3) {
        Some(b'-') => false,
        Some(b' ') | None => true,
        Some(_) => return None,
    };
    if !digits.iter().all(u8::is_ascii_digit) || !(b'1'..=b'5').contains(&digits[0]) {
        return None;
    }
    let code = digits
        .iter()
        .fold(0, |code, digit| code * 10 + u16::from(digit - b'0'));
    Some((code, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assemble(lines: &[&str]) -> Result<Option<Reply>, ReplyError> {
        let mut assembly = Assembly::default();
        let (last, before) = lines.split_last().unwrap();
        for line in before {
            assert_eq!(assembly.take(line.as_bytes())?, None, "{line}");
        }
        assembly.take(last.as_bytes())
    }

    fn reply(code: u16, text: &str) -> Result<Option<Reply>, ReplyError> {
        let (text, secret) = (text.to_owned(), None);
        Ok(Some(Reply { code, text, secret }))
    }

    #[test]
    fn one_line_is_a_reply() {
        assert_eq!(assemble(&["220 ready"]), reply(220, "ready"));
        assert_eq!(assemble(&["226"]), reply(226, ""));
        assert_eq!(assemble(&["200 "]), reply(200, ""));
    }

    #[test]
    fn several_lines_end_with_the_code_of_the_first() {
        for (lines, text) in [
            (&["230-Welcome", "230 Logged in"][..], "Welcome\nLogged in"),
            (&["230-a", "230-b", "230 c"], "a\nb\nc"),
            (
                &["230-a", "", " 230 b", "550 c", "23", "230 d"],
                "a\n\n 230 b\n550 c\n23\nd",
            ),
        ] {
            assert_eq!(assemble(lines), reply(230, text));
        }
    }

    #[test]
    fn what_has_no_code_is_no_reply() {
        for line in [
            "",
            "22",
            "HTTP/1.1 400 Bad Request",
            "2x0 ready",
            "220ready",
            "020 ",
            "620 x",
        ] {
            assert_eq!(assemble(&[line]), Err(ReplyError::NoCode), "{line}");
        }
    }

    #[test]
    fn a_reply_has_a_limit() {
        let mut assembly = Assembly::default();
        assembly.take(b"220-").unwrap();
        let mut lines = 0;
        while assembly.take(b"more").is_ok() {
            lines += 1;
        }
        assert_eq!(lines, (MAX_REPLY - 5) / 5);
    }

    #[test]
    fn what_is_shown_is_the_last_line_without_escapes() {
        let reply = assemble(&["550-No.", "550 \x1b[2Jno such file "])
            .unwrap()
            .unwrap();
        assert_eq!(reply.to_string(), r"550 \x1b[2Jno such file");
    }
}
