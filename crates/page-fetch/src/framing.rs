//! Which rule ends the body: the question that a socket alone cannot answer.
//!
//! The order of the rules is that of RFC 9112, section 6.3. Where an answer could be understood in
//! two ways it is refused: a proxy on the way may have understood it in the other, and what one of
//! them takes for the end of a page the other takes for the beginning of the next answer
//! (response splitting, section 11.1).

use common::printable::printable;

use crate::header::Header;
use crate::request::Method;

/// The rule that ends a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is none, for this reason.
    Nothing(NoBody),
    /// After so many bytes.
    Length(u64),
    /// With a chunk of length 0.
    Chunked,
    /// Where the server closes: the oldest rule, and the only one by which a body that was cut
    /// short looks like a complete one.
    Close,
}

/// Why an answer has no body, whatever its header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoBody {
    /// It was not asked for.
    Head,
    /// Answers of this status have none: 204 (no content), 304 (not modified).
    Status(u16),
}

/// Why no rule can be told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FramingError {
    /// Two rules at once.
    #[error("it has both a Content-Length and a Transfer-Encoding, and one of them is a lie")]
    LengthAndEncoding,
    /// One rule, twice.
    #[error("it has two different lengths: {0} and {1}")]
    TwoLengths(u64, u64),
    /// A sign, a letter, nothing at all, or more than 2^64 - 1.
    #[error("its Content-Length is not a length: \"{0}\"")]
    BadLength(String),
    /// Nobody asked for another.
    #[error("its Transfer-Encoding is not chunked but \"{0}\"")]
    OtherEncoding(String),
    /// HTTP/1.0 has no Transfer-Encoding (RFC 9112, section 6.1).
    #[error("it has a Transfer-Encoding, which HTTP/1.0 does not know")]
    EncodingInHttp10,
}

impl Framing {
    /// The rule for the answer to a request by `method`.
    ///
    /// # Errors
    /// See [`FramingError`].
    pub fn of(method: Method, header: &Header) -> Result<Self, FramingError> {
        if method == Method::Head {
            return Ok(Framing::Nothing(NoBody::Head));
        }
        if header.is_interim() || matches!(header.status, 204 | 304) {
            return Ok(Framing::Nothing(NoBody::Status(header.status)));
        }
        let has = |name| header.values(name).next().is_some();
        if has("Transfer-Encoding") {
            if has("Content-Length") {
                return Err(FramingError::LengthAndEncoding);
            }
            return encoding(header);
        }
        Ok(length(header)?.map_or(Framing::Close, Framing::Length))
    }
}

fn encoding(header: &Header) -> Result<Framing, FramingError> {
    if header.minor_version == 0 {
        return Err(FramingError::EncodingInHttp10);
    }
    let encodings: Vec<&[u8]> = header.parts("Transfer-Encoding").collect();
    match encodings.as_slice() {
        [only] if only.eq_ignore_ascii_case(b"chunked") => Ok(Framing::Chunked),
        _ => Err(FramingError::OtherEncoding(
            printable(&encodings.join(b", ".as_slice())).to_string(),
        )),
    }
}

/// The length, if there is one. Some servers say it twice, in two fields or in one; the same
/// number twice does no harm.
fn length(header: &Header) -> Result<Option<u64>, FramingError> {
    let mut length = None;
    for part in header.parts("Content-Length") {
        let found =
            digits(part).ok_or_else(|| FramingError::BadLength(printable(part).to_string()))?;
        match length {
            Some(before) if before != found => {
                return Err(FramingError::TwoLengths(before, found));
            }
            _ => length = Some(found),
        }
    }
    Ok(length)
}

/// `u64::from_str` would take a leading plus sign too.
fn digits(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let all = text.bytes().all(|byte| byte.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(first: &str, fields: &str) -> Result<Framing, FramingError> {
        let header = Header::read(format!("{first}\r\n{fields}\r\n").as_bytes()).unwrap();
        Framing::of(Method::Get, &header)
    }

    #[test]
    fn each_rule_has_its_place() {
        for (fields, rule) in [
            ("", Framing::Close),
            ("Content-Length: 5\r\n", Framing::Length(5)),
            ("content-length:5\r\n", Framing::Length(5)),
            ("Content-Length: 0\r\n", Framing::Length(0)),
            (
                "Content-Length: 5\r\nContent-Length: 5\r\n",
                Framing::Length(5),
            ),
            ("Content-Length: 5, 5\r\n", Framing::Length(5)),
            (
                "Content-Length: 18446744073709551615\r\n",
                Framing::Length(u64::MAX),
            ),
            ("Transfer-Encoding: chunked\r\n", Framing::Chunked),
            ("Transfer-Encoding: Chunked\r\n", Framing::Chunked),
        ] {
            assert_eq!(framing("HTTP/1.1 200 OK", fields), Ok(rule), "{fields:?}");
        }
    }

    #[test]
    fn some_answers_have_no_body_whatever_they_say() {
        for status in [204, 304] {
            let found = framing(&format!("HTTP/1.1 {status} x"), "Content-Length: 5\r\n");
            assert_eq!(found, Ok(Framing::Nothing(NoBody::Status(status))));
        }
        let header = Header::read(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n").unwrap();
        let found = Framing::of(Method::Head, &header);
        assert_eq!(found, Ok(Framing::Nothing(NoBody::Head)));
    }

    #[test]
    fn what_can_be_understood_in_two_ways_is_refused() {
        use FramingError::*;
        for (fields, why) in [
            (
                "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                LengthAndEncoding,
            ),
            (
                "Content-Length: 5\r\nContent-Length: 6\r\n",
                TwoLengths(5, 6),
            ),
            ("Content-Length: 5, 6\r\n", TwoLengths(5, 6)),
            ("Content-Length: +5\r\n", BadLength("+5".into())),
            ("Content-Length: -5\r\n", BadLength("-5".into())),
            ("Content-Length: 0x5\r\n", BadLength("0x5".into())),
            ("Content-Length: 5 5\r\n", BadLength("5 5".into())),
            ("Content-Length: 5\x0c\r\n", BadLength(r"5\x0c".into())),
            ("Content-Length: \x1b5\r\n", BadLength(r"\x1b5".into())),
            ("Content-Length:\r\n", BadLength(String::new())),
            ("Content-Length: 5,\r\n", BadLength(String::new())),
            (
                "Content-Length: 18446744073709551616\r\n",
                BadLength("18446744073709551616".into()),
            ),
            (
                "Transfer-Encoding: gzip, chunked\r\n",
                OtherEncoding("gzip, chunked".into()),
            ),
            (
                "Transfer-Encoding: chunked, chunked\r\n",
                OtherEncoding("chunked, chunked".into()),
            ),
            (
                "Transfer-Encoding: identity\r\n",
                OtherEncoding("identity".into()),
            ),
            ("Transfer-Encoding:\r\n", OtherEncoding(String::new())),
        ] {
            assert_eq!(framing("HTTP/1.1 200 OK", fields), Err(why), "{fields:?}");
        }
        let old = framing("HTTP/1.0 200 OK", "Transfer-Encoding: chunked\r\n");
        assert_eq!(old, Err(EncodingInHttp10));
    }
}
