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
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: u64 = 1 << 20;

    /// What came of a body: the page, what was left over, and the trailer.
    type Decoded = Result<(Vec<u8>, Vec<u8>, Vec<String>), BodyError>;

    fn decode<'a>(framing: &Framing, parts: impl IntoIterator<Item = &'a [u8]>) -> Decoded {
        let mut decoder = Decoder::new(framing, LIMIT)?;
        let (mut page, mut left) = (Vec::new(), Vec::new());
        for part in parts {
            let used = decoder.feed(part, &mut page)?;
            left.extend_from_slice(&part[used..]);
        }
        decoder.close()?;
        assert_eq!(decoder.got(), page.len() as u64);
        let text = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        let trailer = decoder.trailer().map(text).collect();
        Ok((page, left, trailer))
    }

    fn chunked(text: &str) -> Decoded {
        decode(&Framing::Chunked, [text.as_bytes()])
    }

    fn page(decoded: Decoded) -> String {
        String::from_utf8(decoded.unwrap().0).unwrap()
    }

    #[test]
    fn a_length_ends_a_body_whatever_follows() {
        let (page, left, _) = decode(&Framing::Length(5), [b"Hello, and more".as_slice()]).unwrap();
        assert_eq!(
            (page.as_slice(), left.as_slice()),
            (b"Hello".as_slice(), b", and more".as_slice())
        );
        let short = decode(&Framing::Length(5), [b"Hell".as_slice()]);
        assert_eq!(
            short,
            Err(BodyError::Short {
                got: 4,
                expected: 5
            })
        );
        assert_eq!(page_of_nothing(&Framing::Length(0)), b"");
    }

    fn page_of_nothing(framing: &Framing) -> Vec<u8> {
        decode(framing, []).unwrap().0
    }

    #[test]
    fn without_a_length_the_close_ends_it() {
        assert_eq!(
            page(decode(&Framing::Close, [b"Hel".as_slice(), b"lo"])),
            "Hello"
        );
        assert_eq!(page_of_nothing(&Framing::Close), b"");
    }

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(page(chunked("5\r\nHello\r\n0\r\n\r\n")), "Hello");
        assert_eq!(
            page(chunked(
                "00a;x=\"1\";y \r\n0123456789\r\n1 \r\n!\r\n000\r\n\r\n"
            )),
            "0123456789!"
        );
        assert_eq!(page(chunked("0\r\n\r\n")), "");
        let (page, left, trailer) = chunked("1\r\nx\r\n0;e\r\nA: 1\r\nB: 2\n\r\nmore").unwrap();
        assert_eq!(
            (page.as_slice(), left.as_slice()),
            (b"x".as_slice(), b"more".as_slice())
        );
        assert_eq!(trailer, ["A: 1", "B: 2"]);
    }

    #[test]
    fn chunks_that_are_malformed_are_refused() {
        for text in [
            "\r\n",
            "x\r\n",
            "+5\r\n",
            "-5\r\n",
            "0x5\r\n",
            " 5\r\n",
            ";x\r\n",
            "5\n",
            "5 5\r\n",
            "10000000000000000\r\n",
            "5\r\r\n",
        ] {
            assert_eq!(chunked(text), Err(BodyError::ChunkLength), "{text:?}");
        }
        for text in ["1\r\nxy", "1\r\nx\n", "1\r\nx\rx"] {
            assert_eq!(chunked(text), Err(BodyError::ChunkEnd), "{text:?}");
        }
        let endless = format!("1;{}", "x".repeat(MAX_CHUNK_LINE));
        assert_eq!(chunked(&endless), Err(BodyError::ChunkLine));
    }

    #[test]
    fn a_trailer_has_the_limits_of_a_header() {
        let last = |fields: &str| {
            chunked(&format!("0\r\n{fields}\r\n")).map(|(_, _, trailer)| trailer.len())
        };
        assert_eq!(last(&"A: 1\r\n".repeat(MAX_FIELDS)), Ok(MAX_FIELDS));
        let many = last(&"A: 1\r\n".repeat(MAX_FIELDS + 1));
        assert_eq!(many, Err(BodyError::Trailer(HeaderError::TooManyFields)));
        let long = last(&format!("A: {}\r\n", "x".repeat(MAX_HEADER)));
        assert_eq!(long, Err(BodyError::Trailer(HeaderError::TooLong)));
        assert_eq!(last("A: \x1b[2J\r\n"), Ok(1));
        for (fields, why) in [
            ("A: \0\r\n", HeaderError::FieldValue),
            ("A\x1b: 1\r\n", HeaderError::FieldName),
        ] {
            assert_eq!(last(fields), Err(BodyError::Trailer(why)), "{fields:?}");
        }
    }

    #[test]
    fn a_body_has_a_largest_size() {
        let limit = usize::try_from(LIMIT).unwrap();
        let full = vec![b'x'; limit];
        assert_eq!(
            page(decode(&Framing::Close, [full.as_slice()])).len(),
            limit
        );
        let over = Err(BodyError::TooLarge(LIMIT));
        assert_eq!(decode(&Framing::Close, [full.as_slice(), b"x"]), over);
        assert_eq!(decode(&Framing::Length(LIMIT + 1), []), over);
        assert_eq!(chunked("100001\r\n"), over);
        assert_eq!(chunked("1\r\nx\r\n100000\r\n"), over);
        assert_eq!(chunked("1\r\nx\r\nffffffffffffffff\r\n"), over);
    }

    #[test]
    fn a_chunked_body_is_complete_with_its_last_line_and_not_before() {
        let whole = "5;x\r\nHello\r\n3\r\n123\r\n0\r\nA: 1\r\n\r\n";
        for cut in 0..whole.len() {
            let error = chunked(&whole[..cut]).unwrap_err();
            assert!(matches!(error, BodyError::NoLastChunk(_)), "{cut}: {error}");
        }
        assert_eq!(page(chunked(whole)), "Hello123");
    }

    fn any_framing() -> impl Strategy<Value = Framing> {
        prop_oneof![
            Just(Framing::Chunked),
            Just(Framing::Close),
            (0u64..40).prop_map(Framing::Length),
        ]
    }

    proptest! {
        /// A reader that gets the bytes otherwise must not understand them otherwise.
        #[test]
        fn any_cut_gives_the_same(
            framing in any_framing(),
            text in "([0-9a-f]{0,2}(;[a-z]{0,3})?\r?\n|[a-z]{0,12}|\r\n|1\r\nx\r\n|0\r\n\r\n|A: b\r\n){0,8}",
            size in 1usize..9,
        ) {
            let whole = decode(&framing, [text.as_bytes()]);
            prop_assert_eq!(&whole, &decode(&framing, text.as_bytes().chunks(1)));
            prop_assert_eq!(&whole, &decode(&framing, text.as_bytes().chunks(size)));
        }

        #[test]
        fn what_is_cut_into_chunks_comes_back(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..50), 0..10),
            size in 1usize..60,
        ) {
            let mut sent = Vec::new();
            for part in &parts {
                sent.extend(format!("{:X}\r\n", part.len()).bytes());
                sent.extend(part);
                sent.extend(b"\r\n");
            }
            sent.extend(b"0\r\n\r\n");
            let (page, left, _) = decode(&Framing::Chunked, sent.chunks(size)).unwrap();
            prop_assert_eq!(page, parts.concat());
            prop_assert!(left.is_empty());
        }

        #[test]
        fn nothing_makes_it_panic(bytes in any::<Vec<u8>>(), framing in any_framing()) {
            let _ = decode(&framing, [bytes.as_slice()]);
        }
    }
}
