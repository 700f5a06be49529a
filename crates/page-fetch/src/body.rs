//! The body of an answer, by whichever rule ends it. No I/O: a [`Decoder`] is fed what has come,
//! cut anywhere, and hands back what belongs to the page.
//!
//! A chunked body is made of chunks, each with its length before it, in hexadecimal
//! (RFC 9112, section 7.1):
//!
//! ```text
//! 5;name=value CR LF      an extension may follow the length; nobody needs it
//! Hello CR LF
//! 0 CR LF                 the last chunk
//! Name: value CR LF       trailer fields, if any
//! CR LF
//! ```

use memchr::memchr;

use common::args::shown_size;

use crate::framing::Framing;
use crate::header::{HeaderError, MAX_FIELDS, MAX_HEADER, tamed};

/// The longest line that a chunk may begin with, extensions and all, in bytes.
pub const MAX_CHUNK_LINE: usize = 4 << 10;

/// Why a body is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// More than the limit, in bytes.
    #[error("it is larger than {} (see --max-size)", shown_size(*.0))]
    TooLarge(u64),
    /// The server closed early.
    #[error("it was cut short after {got} bytes of {expected}")]
    Short {
        /// So many bytes came.
        got: u64,
        /// So many were announced.
        expected: u64,
    },
    /// The server closed early.
    #[error("it was cut short after {0} bytes, before its last chunk was complete")]
    NoLastChunk(u64),
    /// Letters that are no hexadecimal digits, no digits at all, or more than 2^64 - 1.
    #[error("a chunk has no proper length")]
    ChunkLength,
    /// More than [`MAX_CHUNK_LINE`].
    #[error("a chunk begins with a line of more than {} KiB", MAX_CHUNK_LINE >> 10)]
    ChunkLine,
    /// No CR LF where one has to be.
    #[error("a chunk does not end where its length says")]
    ChunkEnd,
    /// The fields after the last chunk.
    #[error("the trailer after its last chunk cannot be understood: {0}")]
    Trailer(HeaderError),
}

/// Takes the body out of what a server sends.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    limit: u64,
    got: u64,
    chunks: u64,
    trailer: Vec<u8>,
}

#[derive(Debug)]
enum State {
    /// So many bytes are still to come, of so many.
    Length { left: u64, expected: u64 },
    /// All that comes.
    Close,
    /// The line before a chunk, as far as it has come.
    ChunkLine(Vec<u8>),
    /// So many bytes of the chunk are still to come.
    Chunk { left: u64 },
    /// The CR LF behind a chunk, of which so many bytes have come.
    ChunkEnd { seen: usize },
    /// The lines behind the last chunk; the present one begins here in the trailer.
    Trailer { line: usize },
    /// Nothing more belongs to this answer.
    Complete,
}

impl Decoder {
    /// Begins a body of at most `limit` bytes.
    ///
    /// # Errors
    /// [`BodyError::TooLarge`], when that is announced.
    pub fn new(framing: &Framing, limit: u64) -> Result<Self, BodyError> {
        let state = match *framing {
            Framing::Length(length) if length > limit => return Err(BodyError::TooLarge(limit)),
            Framing::Nothing(_) | Framing::Length(0) => State::Complete,
            Framing::Length(length) => State::Length {
                left: length,
                expected: length,
            },
            Framing::Chunked => State::ChunkLine(Vec::new()),
            Framing::Close => State::Close,
        };
        Ok(Decoder {
            state,
            limit,
            got: 0,
            chunks: 0,
            trailer: Vec::new(),
        })
    }

    /// Takes in what has come, and appends what belongs to the page to `page`. Returns how much of
    /// it was used: all, unless the body is complete.
    ///
    /// # Errors
    /// See [`BodyError`].
    pub fn feed(&mut self, bytes: &[u8], page: &mut Vec<u8>) -> Result<usize, BodyError> {
        let mut rest = bytes;
        while !rest.is_empty() && !self.is_complete() {
            let used = self.step(rest, page)?;
            rest = &rest[used..];
        }
        Ok(bytes.len() - rest.len())
    }

    /// Takes in that the server has closed.
    ///
    /// # Errors
    /// [`BodyError::Short`] and [`BodyError::NoLastChunk`].
    pub fn close(&mut self) -> Result<(), BodyError> {
        match self.state {
            State::Complete => Ok(()),
            State::Close => {
                self.state = State::Complete;
                Ok(())
            }
            State::Length { expected, .. } => Err(BodyError::Short {
                got: self.got,
                expected,
            }),
            _ => Err(BodyError::NoLastChunk(self.got)),
        }
    }

    /// Whether the body has come to its end.
    pub fn is_complete(&self) -> bool {
        matches!(self.state, State::Complete)
    }

    /// How many bytes of the page have come.
    pub fn got(&self) -> u64 {
        self.got
    }

    /// In how many chunks they came, not counting the last, which is empty.
    pub fn chunks(&self) -> u64 {
        self.chunks
    }

    /// The fields after the last chunk, line by line, as they came.
    pub fn trailer(&self) -> impl Iterator<Item = &[u8]> {
        let lines = self.trailer.split(|&byte| byte == b'\n');
        lines
            .map(<[u8]>::trim_ascii_end)
            .filter(|line| !line.is_empty())
    }

    /// Uses up some of `bytes`, which are not empty.
    fn step(&mut self, bytes: &[u8], page: &mut Vec<u8>) -> Result<usize, BodyError> {
        match &mut self.state {
            State::Length { left, .. } | State::Chunk { left } => {
                let length = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len());
                *left -= length as u64;
                if *left == 0 {
                    self.state = match self.state {
                        State::Chunk { .. } => State::ChunkEnd { seen: 0 },
                        _ => State::Complete,
                    };
                }
                self.take(&bytes[..length], page)
            }
            State::Close => self.take(bytes, page),
            State::ChunkLine(line) => {
                let end = memchr(b'\n', bytes).map(|at| at + 1);
                let part = &bytes[..end.unwrap_or(bytes.len())];
                if line.len() + part.len() > MAX_CHUNK_LINE {
                    return Err(BodyError::ChunkLine);
                }
                line.extend_from_slice(part);
                if end.is_some() {
                    let length = chunk_length(line).ok_or(BodyError::ChunkLength)?;
                    self.begin_chunk(length)?;
                }
                Ok(part.len())
            }
            State::ChunkEnd { seen } => {
                if bytes[0] != b"\r\n"[*seen] {
                    return Err(BodyError::ChunkEnd);
                }
                self.state = match seen {
                    0 => State::ChunkEnd { seen: 1 },
                    _ => State::ChunkLine(Vec::new()),
                };
                Ok(1)
            }
            State::Trailer { line } => {
                let line = *line;
                let end = memchr(b'\n', bytes).map(|at| at + 1);
                let part = &bytes[..end.unwrap_or(bytes.len())];
                if self.trailer.len() + part.len() > MAX_HEADER {
                    return Err(BodyError::Trailer(HeaderError::TooLong));
                }
                self.trailer.extend_from_slice(part);
                if end.is_some() {
                    self.end_trailer_line(line)?;
                }
                Ok(part.len())
            }
            State::Complete => Ok(0),
        }
    }

    fn take(&mut self, bytes: &[u8], page: &mut Vec<u8>) -> Result<usize, BodyError> {
        let got = self.got + bytes.len() as u64;
        if got > self.limit {
            return Err(BodyError::TooLarge(self.limit));
        }
        self.got = got;
        page.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// A chunk that would be too large is refused before any of it is taken.
    fn begin_chunk(&mut self, length: u64) -> Result<(), BodyError> {
        if length > self.limit - self.got {
            return Err(BodyError::TooLarge(self.limit));
        }
        self.state = match length {
            0 => State::Trailer { line: 0 },
            left => {
                self.chunks += 1;
                State::Chunk { left }
            }
        };
        Ok(())
    }

    fn end_trailer_line(&mut self, line: usize) -> Result<(), BodyError> {
        self.state = if matches!(&self.trailer[line..], b"\r\n" | b"\n") {
            let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
            httparse::parse_headers(&tamed(&self.trailer), &mut fields)
                .map_err(|error| BodyError::Trailer(error.into()))?;
            State::Complete
        } else {
            State::Trailer {
                line: self.trailer.len(),
            }
        };
        Ok(())
    }
}

/// The length in the line before a chunk: hexadecimal digits, then perhaps white space and an
/// extension. The line has to end with CR LF: here, unlike in a header, an LF alone is not
/// forgiven.
fn chunk_length(line: &[u8]) -> Option<u64> {
    let line = line
        .strip_suffix(b"\r\n")
        .filter(|line| !line.contains(&b'\r'))?;
    let length = line.split(|&byte| b"; \t".contains(&byte)).next()?;
    let after = line[length.len()..].trim_ascii_start();
    if !after.is_empty() && !after.starts_with(b";") {
        return None;
    }
    let length = std::str::from_utf8(length).ok()?;
    // `from_str_radix` would take a leading plus sign too.
    let all = length.bytes().all(|byte| byte.is_ascii_hexdigit());
    if all {
        u64::from_str_radix(length, 16).ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
