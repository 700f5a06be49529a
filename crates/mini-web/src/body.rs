//! The body of a request: nothing here wants one, but the next request begins behind it. So it is
//! read to its end, as strictly as the header, and thrown away.

use crate::request::Framing;
use crate::status::Refusal;
use crate::{MAX_BODY, MAX_LINE};

/// A body of which some is still to come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    state: State,
    /// The bytes of the body so far.
    length: u64,
    /// The bytes of the line that is being read, or of all trailer fields.
    line: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// So many bytes are left, and then nothing.
    Rest(u64),
    /// The length of a chunk, of which there is so much, in so many digits.
    Size(u64, u8),
    /// What may follow the length.
    Extension(u64),
    /// The LF behind the line with the length.
    SizeEnd(u64),
    /// So many bytes of a chunk are left.
    Data(u64),
    /// The CR and the LF behind a chunk.
    DataEnd,
    DataEndLf,
    /// The beginning of a line behind the last chunk, or the middle of one.
    Trailer {
        begins: bool,
    },
    TrailerLf {
        is_last: bool,
    },
    Done,
}

/// What may not be longer.
const TOO_LARGE: Refusal = Refusal::new(413, "the body is too long");

impl Body {
    /// A body that begins.
    ///
    /// # Errors
    /// It will be too long.
    pub fn new(framing: Framing) -> Result<Self, Refusal> {
        let state = match framing {
            Framing::Length(0) => State::Done,
            Framing::Length(length) if length > MAX_BODY => return Err(TOO_LARGE),
            Framing::Length(length) => State::Rest(length),
            Framing::Chunked => State::Size(0, 0),
        };
        Ok(Body {
            state,
            length: 0,
            line: 0,
        })
    }

    /// Whether all of it has come.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes what belongs to it from the beginning of `bytes`, and returns how much that is.
    ///
    /// # Errors
    /// A chunk that is none, or too long a body.
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        let mut at = 0;
        while at < bytes.len() && !self.is_done() {
            at += match self.state {
                State::Rest(left) => {
                    let taken = left.min((bytes.len() - at) as u64);
                    self.state = match left - taken {
                        0 => State::Done,
                        left => State::Rest(left),
                    };
                    taken as usize
                }
                State::Data(left) => {
                    let taken = left.min((bytes.len() - at) as u64);
                    self.state = match left - taken {
                        0 => State::DataEnd,
                        left => State::Data(left),
                    };
                    taken as usize
                }
                _ => {
                    self.step(bytes[at])?;
                    1
                }
            };
        }
        Ok(at)
    }

    /// One byte of a line.
    fn step(&mut self, byte: u8) -> Result<(), Refusal> {
        const BAD: Refusal = Refusal::bad("not a chunk");
        self.line += 1;
        if self.line > MAX_LINE {
            return Err(BAD);
        }
        self.state = match (&self.state, byte) {
            (&State::Size(size, digits), b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                let digit = char::from(byte).to_digit(16).ok_or(BAD)?;
                // 15 digits cannot overflow, and are far more than a body may have.
                if digits == 15 {
                    return Err(BAD);
                }
                State::Size(size * 16 + u64::from(digit), digits + 1)
            }
            (State::Size(_, 0), _) => return Err(BAD),
            (&State::Size(size, _), b'\r') => State::SizeEnd(size),
            (&State::Size(size, _), b';') => State::Extension(size),
            (&State::Extension(size), b'\r') => State::SizeEnd(size),
            (State::Extension(_), b'\n') => return Err(BAD),
            (&State::Extension(size), _) => State::Extension(size),
            (State::SizeEnd(0), b'\n') => {
                self.line = 0;
                State::Trailer { begins: true }
            }
            (&State::SizeEnd(size), b'\n') => {
                self.expect_chunk(size)?;
                self.length += size;
                self.line = 0;
                State::Data(size)
            }
            (State::DataEnd, b'\r') => State::DataEndLf,
            (State::DataEndLf, b'\n') => {
                self.line = 0;
                State::Size(0, 0)
            }
            (&State::Trailer { begins }, b'\r') => State::TrailerLf { is_last: begins },
            (State::Trailer { .. }, b'\n') => return Err(BAD),
            (State::Trailer { .. }, _) => State::Trailer { begins: false },
            (State::TrailerLf { is_last: true }, b'\n') => State::Done,
            (State::TrailerLf { is_last: false }, b'\n') => State::Trailer { begins: true },
            _ => return Err(BAD),
        };
        Ok(())
    }

    fn expect_chunk(&self, size: u64) -> Result<(), Refusal> {
        if size > MAX_BODY - self.length.min(MAX_BODY) {
            return Err(TOO_LARGE);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunked(text: &str) -> Result<(usize, bool), Refusal> {
        let mut body = Body::new(Framing::Chunked)?;
        // Byte by byte, so that every state sees its end.
        let mut taken = 0;
        for byte in text.as_bytes() {
            taken += body.take(&[*byte])?;
        }
        Ok((taken, body.is_done()))
    }

    #[test]
    fn a_length_ends_a_body() {
        let mut body = Body::new(Framing::Length(5)).unwrap();
        assert_eq!(body.take(b"123"), Ok(3));
        assert!(!body.is_done());
        assert_eq!(body.take(b"45GET"), Ok(2));
        assert!(body.is_done());
        assert!(Body::new(Framing::Length(0)).unwrap().is_done());
        assert_eq!(Body::new(Framing::Length(MAX_BODY + 1)), Err(TOO_LARGE));
    }

    #[test]
    fn the_empty_chunk_and_an_empty_line_end_a_body() {
        for text in [
            "0\r\n\r\n",
            "3\r\nabc\r\n0\r\n\r\n",
            "a;x=\"y\"\r\n0123456789\r\n000\r\nA: b\r\nC: d\r\n\r\n",
        ] {
            assert_eq!(chunked(text), Ok((text.len(), true)), "{text:?}");
            let more = format!("{text}GET");
            assert_eq!(chunked(&more), Ok((text.len(), true)), "{text:?}");
        }
    }

    #[test]
    fn a_bad_chunk_is_refused() {
        for text in [
            "\r\n",
            "+3\r\n",
            "0x3\r\n",
            " 3\r\n",
            "3 \r\n",
            "3\n",
            "3;x\n",
            "3\r\nabcd",
            "3\r\nabc\n",
            "g\r\n",
            "10000000000000000\r\n",
            "0\r\n\n",
            "0\r\nA: b\n",
        ] {
            assert_eq!(chunked(text).unwrap_err().status.0, 400, "{text:?}");
        }
        assert_eq!(chunked("100001\r\n"), Err(TOO_LARGE));
        let endless = format!("3;{}", "x".repeat(MAX_LINE));
        assert!(chunked(&endless).is_err());
    }
}
