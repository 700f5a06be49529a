//! The header of a request, read strictly: what two programs could understand in two ways is
//! refused, because a proxy in front of us may have understood it in the other (RFC 9112, section
//! 11.2).
//!
//! First the lines are found, and their ends and lengths checked (`lines`); then `httparse` takes
//! them apart.

mod fields;
mod lines;

use std::mem::MaybeUninit;

use httparse::Header;

use crate::MAX_FIELDS;
use crate::status::Refusal;
use fields::Collected;
pub use fields::Fields;
use lines::Lines;

/// A request, in the bytes that arrived.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What is to be done.
    pub method: Method,
    /// What is asked for, as it was sent.
    pub target: &'a str,
    /// Whether it is HTTP/1.1, not 1.0.
    pub is_1_1: bool,
    /// Whether the connection may be used again.
    pub keep_alive: bool,
    /// What follows the header.
    pub body: Framing,
    /// The client waits for `100 Continue` before it sends the body.
    pub expects_continue: bool,
    /// The other fields that matter here.
    pub fields: Fields<'a>,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The file.
    Get,
    /// The header of the answer to GET.
    Head,
    /// Anything else; it is not done.
    Other,
}

/// What ends the body of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// So many bytes follow; 0 if nothing was said.
    Length(u64),
    /// Chunks follow.
    Chunked,
}

/// What the bytes so far are.
#[derive(Debug)]
pub enum Parsed<'a> {
    /// The beginning of a header.
    Incomplete,
    /// A header of so many bytes.
    Complete(Request<'a>, usize),
    /// Nothing that we answer; where the next request begins cannot be told.
    Refused(Refusal),
}

/// Reads the header at the beginning of what has arrived.
pub fn parse(bytes: &[u8]) -> Parsed<'_> {
    match lines::find(bytes) {
        Ok(Lines::Incomplete) => Parsed::Incomplete,
        Ok(Lines::End(length)) => match read(&bytes[..length]) {
            Ok(request) => Parsed::Complete(request, length),
            Err(refusal) => Parsed::Refused(refusal),
        },
        Err(refusal) => Parsed::Refused(refusal),
    }
}

/// Reads a whole header.
fn read(header: &[u8]) -> Result<Request<'_>, Refusal> {
    let mut fields = [const { MaybeUninit::<Header<'_>>::uninit() }; MAX_FIELDS];
    let mut parsed = httparse::Request::new(&mut []);
    let status = parsed.parse_with_uninit_headers(header, &mut fields);
    match status {
        Ok(httparse::Status::Complete(length)) if length == header.len() => {}
        Ok(_) => return Err(Refusal::bad("not a request")),
        Err(error) => return Err(Refusal::bad(said_of(error))),
    }
    let (Some(method), Some(target), Some(version)) = (parsed.method, parsed.path, parsed.version)
    else {
        return Err(Refusal::bad("not a request"));
    };
    let mut collected = Collected::default();
    for field in parsed.headers.iter() {
        collected.add(field)?;
    }
    collected.request(method, target, version == 1)
}

fn said_of(error: httparse::Error) -> &'static str {
    match error {
        httparse::Error::Version => "not HTTP/1.1 or HTTP/1.0",
        httparse::Error::HeaderName => "not the name of a field",
        httparse::Error::HeaderValue => "not the value of a field",
        httparse::Error::TooManyHeaders => "too many fields",
        httparse::Error::NewLine => "a line that does not end with CR LF",
        _ => "not a request",
    }
}

/// A number as HTTP writes it: digits and nothing else.
pub(crate) fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(header: &str) -> Refusal {
        match parse(header.as_bytes()) {
            Parsed::Refused(refusal) => refusal,
            other => panic!("{other:?} of {header:?}"),
        }
    }

    #[test]
    fn reads_a_request() {
        let text = b"GET /a?b HTTP/1.1\r\nHost: x:80\r\nrange: bytes=0-1\r\n\r\nrest";
        let Parsed::Complete(request, length) = parse(text) else {
            panic!("not complete");
        };
        assert_eq!(&text[length..], b"rest");
        assert_eq!(request.method, Method::Get);
        assert_eq!(request.target, "/a?b");
        assert_eq!(request.body, Framing::Length(0));
        assert_eq!(request.fields.range, Some(&b"bytes=0-1"[..]));
        assert!(request.keep_alive && request.is_1_1);
    }

    #[test]
    fn every_beginning_of_a_request_is_incomplete() {
        let text = b"HEAD / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n";
        for length in 0..text.len() {
            let parsed = parse(&text[..length]);
            assert!(matches!(parsed, Parsed::Incomplete), "{parsed:?}, {length}");
        }
    }

    #[test]
    fn keeps_a_connection_as_its_version_has_it() {
        for (version, field, keeps) in [
            ("1.1", "", true),
            ("1.1", "Connection: close\r\n", false),
            ("1.1", "Connection: x, CLOSE\r\n", false),
            ("1.0", "", false),
            ("1.0", "Connection: Keep-Alive\r\n", true),
        ] {
            let text = format!("GET / HTTP/{version}\r\nHost: x\r\n{field}\r\n");
            match parse(text.as_bytes()) {
                Parsed::Complete(request, _) => assert_eq!(request.keep_alive, keeps, "{text}"),
                other => panic!("{other:?} of {text}"),
            }
        }
    }

    #[test]
    fn refuses_what_could_be_understood_in_two_ways() {
        for (text, why) in [
            ("GET / HTTP/1.1\r\n\r\n", "no Host"),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
                "two Host fields",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
                "not the name of a host",
            ),
            (
                "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
                "not HTTP/1.1 or HTTP/1.0",
            ),
            ("GET / HTTP/1.1\nHost: a\r\n\r\n", "an LF without a CR"),
            ("GET / HTTP/1.1\r\nHost: a\n\n", "an LF without a CR"),
            ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", "a CR without an LF"),
            (
                "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                "not the name of a field",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n",
                "not the name of a field",
            ),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
                "not the value of a field",
            ),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "not a request"),
        ] {
            assert_eq!(refused(text), Refusal::bad(why), "{text:?}");
        }
        for fields in [
            "Content-Length: 0\r\nTransfer-Encoding: chunked",
            "Content-Length: 1\r\nContent-Length: 1",
            "Content-Length: 1, 1",
            "Content-Length: +5",
            "Content-Length: -5",
            "Content-Length: ",
            "Content-Length: 18446744073709551616",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        ] {
            let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
            assert_eq!(refused(&text).status.0, 400, "{text:?}");
        }
    }
}
