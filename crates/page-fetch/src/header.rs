//! The header of an answer: everything before the first empty line.
//!
//! Where it ends is found here, byte by byte as it comes; what its lines say is read by
//! `httparse`, once it is complete.

use memchr::memchr_iter;

/// The longest header, in bytes.
pub const MAX_HEADER: usize = 64 << 10;

/// The most fields in a header.
pub const MAX_FIELDS: usize = 100;

/// The most interim answers (1xx) before the real one.
pub const MAX_INTERIM: usize = 16;

/// What an answer of HTTP/1 begins with.
const BEGINNING: &[u8] = b"HTTP/";

/// The header of an answer.
#[derive(Debug)]
pub struct Header {
    /// What became of the request: 200, 404.
    pub status: u16,
    /// HTTP/1.0 or HTTP/1.1.
    pub minor_version: u8,
    fields: Vec<(String, Vec<u8>)>,
}

/// Why a header is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// Another protocol, or HTTP/0.9, which had no header.
    #[error("that is not HTTP/1.0 or 1.1: it does not begin with HTTP/1")]
    NotHttp,
    /// No empty line within [`MAX_HEADER`].
    #[error("it is longer than {} KiB", MAX_HEADER >> 10)]
    TooLong,
    /// More than [`MAX_FIELDS`].
    #[error("it has more than {MAX_FIELDS} fields")]
    TooManyFields,
    /// More than [`MAX_INTERIM`].
    #[error("more than {MAX_INTERIM} interim answers came, and no final one")]
    TooManyInterim,
    /// A 101, which only an `Upgrade` in the request could have asked for.
    #[error("the server changes to another protocol, which was not asked for")]
    Switched,
    /// The first line is not version, number, reason.
    #[error("its first line is malformed")]
    StatusLine,
    /// A control character, or a space before the colon.
    #[error("the name of a field holds a character that it must not have, or no colon follows")]
    FieldName,
    /// It could end a text or a line for somebody else (RFC 9110, section 5.5).
    #[error("the value of a field holds a NUL or a CR")]
    FieldValue,
    /// A CR without LF.
    #[error("a line has a bad end")]
    LineEnd,
}

impl From<httparse::Error> for HeaderError {
    fn from(error: httparse::Error) -> Self {
        match error {
            httparse::Error::HeaderName => HeaderError::FieldName,
            httparse::Error::HeaderValue => HeaderError::FieldValue,
            httparse::Error::NewLine => HeaderError::LineEnd,
            httparse::Error::TooManyHeaders => HeaderError::TooManyFields,
            httparse::Error::Version => HeaderError::NotHttp,
            httparse::Error::Status | httparse::Error::Token => HeaderError::StatusLine,
        }
    }
}

impl Header {
    /// Reads a complete header, empty line and all.
    ///
    /// # Errors
    /// It is malformed, or has too many fields.
    pub fn read(raw: &[u8]) -> Result<Self, HeaderError> {
        let tame = tamed(raw);
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut response = httparse::Response::new(&mut fields);
        // A value may go on in the next line if that begins with a space: obsolete, and to be
        // understood by whoever reads an answer (RFC 9112, section 5.2).
        let parsed = httparse::ParserConfig::default()
            .allow_obsolete_multiline_headers_in_responses(true)
            .parse_response(&mut response, &tame)?;
        let (Some(status), Some(minor_version)) = (response.code, response.version) else {
            return Err(HeaderError::StatusLine);
        };
        if parsed.is_partial() {
            return Err(HeaderError::LineEnd);
        }
        let field = |field: &httparse::Header| {
            let at = field.value.as_ptr() as usize - tame.as_ptr() as usize;
            let value = &raw[at..][..field.value.len()];
            (field.name.to_owned(), unfolded(value))
        };
        Ok(Header {
            status,
            minor_version,
            fields: response.headers.iter().map(field).collect(),
        })
    }

    /// The values of all fields of this name, in their order. Names are told apart without regard
    /// to case (RFC 9110, section 5.1).
    pub fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.fields
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_slice())
    }

    /// The parts of all fields of this name, which stand between commas (RFC 9110, section 5.6.1).
    /// An empty part counts.
    pub fn parts(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.values(name)
            .flat_map(|value| value.split(|&byte| byte == b','))
            .map(trimmed)
    }

    /// Whether this comes before the real answer.
    pub fn is_interim(&self) -> bool {
        (100..200).contains(&self.status)
    }

    /// Where the server would rather have us look, if it says so.
    pub fn redirect(&self) -> Option<&[u8]> {
        match self.status {
            301 | 302 | 303 | 307 | 308 => self.values("Location").next(),
            _ => None,
        }
    }
}

/// A value without the line ends inside it, and without the white space around it.
fn unfolded(value: &[u8]) -> Vec<u8> {
    let plain = |&byte: &u8| match byte {
        b'\r' | b'\n' => b' ',
        byte => byte,
    };
    trimmed(value).iter().map(plain).collect()
}

/// Without what HTTP calls white space, and line ends. A form feed is neither: whoever wrote it into
/// a length has not written a length.
fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = value {
        value = rest;
    }
    while let [rest @ .., b' ' | b'\t' | b'\r' | b'\n'] = value {
        value = rest;
    }
    value
}

/// Fields of the same lengths, fit for `httparse`, which refuses every control character.
///
/// In a value most of them harm nobody who does not print them, and a recipient may let them be
/// (RFC 9110, section 5.5). A letter beyond ASCII stands in for them; in the name of a field that is
/// refused as well. NUL and a CR without LF stay, to be refused.
pub(crate) fn tamed(raw: &[u8]) -> Vec<u8> {
    let tame = |&byte: &u8| match byte {
        b'\0' | b'\t' | b'\n' | b'\r' => byte,
        byte if byte.is_ascii_control() => 0xff,
        byte => byte,
    };
    raw.iter().map(tame).collect()
}

/// What has arrived of an answer, up to the end of its header. No I/O: it is fed bytes.
#[derive(Debug, Default)]
pub struct Arriving {
    bytes: Vec<u8>,
    /// Up to where no header ends.
    searched: usize,
}

impl Arriving {
    /// Takes in what has come.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The first header that is complete, up to and with its empty line, as it came. What follows
    /// it stays.
    ///
    /// The lines should end with CR LF; an LF alone does (RFC 9112, section 2.2).
    ///
    /// # Errors
    /// It is not HTTP, or goes on for more than [`MAX_HEADER`].
    pub fn next_header(&mut self) -> Result<Option<Vec<u8>>, HeaderError> {
        let begun = self.bytes.len().min(BEGINNING.len());
        if self.bytes[..begun] != BEGINNING[..begun] {
            return Err(HeaderError::NotHttp);
        }
        match self.end() {
            Some(end) if end <= MAX_HEADER => {
                self.searched = 0;
                let rest = self.bytes.split_off(end);
                Ok(Some(std::mem::replace(&mut self.bytes, rest)))
            }
            None if self.bytes.len() < MAX_HEADER => Ok(None),
            _ => Err(HeaderError::TooLong),
        }
    }

    /// How many bytes wait here.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing does.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What came after the last header: the beginning of the body.
    pub fn into_rest(self) -> Vec<u8> {
        self.bytes
    }

    /// The end of the first empty line. What was searched before is not searched again, or a
    /// header that comes byte by byte would take time in the square of its length.
    fn end(&mut self) -> Option<usize> {
        let from = self.searched;
        for at in memchr_iter(b'\n', &self.bytes[from..]).map(|at| from + at) {
            let line = match &self.bytes[..at] {
                [before @ .., b'\r'] => before,
                before => before,
            };
            if line.ends_with(b"\n") {
                return Some(at + 1);
            }
        }
        self.searched = self.bytes.len();
        None
    }
}

#[cfg(test)]
mod tests;
