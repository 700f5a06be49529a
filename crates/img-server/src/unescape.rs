//! The inside of a JSON string, a byte at a time: what its escapes mean, and where it ends.

use crate::json::JsonError;

/// What a byte of a string turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Itself: a byte of UTF-8.
    Byte(u8),
    /// The last one of an escape that means this character.
    Char(char),
    /// A part of an escape that is not complete.
    Unfinished,
    /// The quote that ends the string.
    End,
}

/// How far an escape has come.
#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Plain,
    /// After the backslash.
    Backslash,
    /// After `\u` and so many digits.
    Hex { digits: u8, value: u16 },
}

/// Reads a string behind its opening quote.
///
/// A character beyond U+FFFF is escaped as two: `\ud83d\ude00` is one picture of a face (JSON took
/// this from UTF-16). The first half is kept until the second comes.
#[derive(Clone, Debug, Default)]
pub struct Unescape {
    state: State,
    high: Option<u16>,
}

impl Unescape {
    /// Whether the next byte is a plain one, or begins something: none of an escape is pending.
    pub fn is_plain(&self) -> bool {
        matches!(self.state, State::Plain) && self.high.is_none()
    }

    /// Takes the next byte.
    ///
    /// # Errors
    /// An escape that JSON does not have, half of a pair without the other, a control character
    /// (they have to be escaped).
    pub fn next(&mut self, byte: u8) -> Result<Piece, JsonError> {
        match self.state {
            State::Plain => match byte {
                b'\\' => {
                    self.state = State::Backslash;
                    Ok(Piece::Unfinished)
                }
                _ if self.high.is_some() => Err(JsonError::BadEscape),
                b'"' => Ok(Piece::End),
                0..0x20 => Err(JsonError::ControlCharacter),
                _ => Ok(Piece::Byte(byte)),
            },
            State::Backslash if byte == b'u' => {
                self.state = State::Hex {
                    digits: 0,
                    value: 0,
                };
                Ok(Piece::Unfinished)
            }
            State::Backslash => {
                self.state = State::Plain;
                let meant = match byte {
                    b'"' | b'\\' | b'/' => char::from(byte),
                    b'b' => '\x08',
                    b'f' => '\x0c',
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    _ => return Err(JsonError::BadEscape),
                };
                match self.high {
                    Some(_) => Err(JsonError::BadEscape),
                    None => Ok(Piece::Char(meant)),
                }
            }
            State::Hex { digits, value } => {
                let digit = char::from(byte).to_digit(16).ok_or(JsonError::BadEscape)?;
                let value = value << 4 | digit as u16;
                if digits < 3 {
                    let digits = digits + 1;
                    self.state = State::Hex { digits, value };
                    return Ok(Piece::Unfinished);
                }
                self.state = State::Plain;
                self.unit(value)
            }
        }
    }

    /// Takes what an escape `\uXXXX` stands for: a character or half of one.
    fn unit(&mut self, value: u16) -> Result<Piece, JsonError> {
        if self.high.is_none() && (0xd800..0xdc00).contains(&value) {
            self.high = Some(value);
            return Ok(Piece::Unfinished);
        }
        let units = self.high.take().into_iter().chain([value]);
        let mut chars = char::decode_utf16(units);
        match (chars.next(), chars.next()) {
            (Some(Ok(c)), None) => Ok(Piece::Char(c)),
            _ => Err(JsonError::BadEscape),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, JsonError> {
        let mut unescape = Unescape::default();
        let mut read = String::new();
        for byte in text.bytes() {
            match unescape.next(byte)? {
                Piece::Byte(byte) => read.push(char::from(byte)),
                Piece::Char(c) => read.push(c),
                Piece::Unfinished => {}
                Piece::End => return Ok(read),
            }
        }
        panic!("{text} has no end")
    }

    #[test]
    fn every_escape_means_its_character() {
        assert_eq!(
            read(r#"a\"\\\/\b\f\n\r\tz""#).unwrap(),
            "a\"\\/\x08\x0c\n\r\tz"
        );
        assert_eq!(read(r#"\u56fe\u7247.jpg""#).unwrap(), "图片.jpg");
        assert_eq!(read(r#"\ud83D\uDe00""#).unwrap(), "😀");
    }

    #[test]
    fn what_is_no_escape_is_refused() {
        for text in [
            r#"\x41""#,
            r#"\u12g4""#,
            r#"\ud83d""#,
            r#"\ud83dx""#,
            r#"\ud83d\n""#,
            r#"\ud83d\u0041""#,
            r#"\ude00""#,
        ] {
            assert_eq!(read(text), Err(JsonError::BadEscape), "{text}");
        }
        assert_eq!(read("a\nb\""), Err(JsonError::ControlCharacter));
    }
}
