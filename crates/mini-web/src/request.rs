//! The header of a request, read strictly: what two programs could understand in two ways is
//! refused, because a proxy in front of us may have understood it in the other (RFC 9112, section
//! 11.2).
//!
//! First the lines are found, and their ends and lengths checked (`lines`); then `httparse` takes
//! them apart.

mod lines;

use std::mem::MaybeUninit;

use httparse::Header;

use crate::MAX_FIELDS;
use crate::status::Refusal;
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

/// Fields that decide what is answered, each as it was sent first.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    /// `Accept-Encoding`
    pub accept_encoding: Option<&'a [u8]>,
    /// `Range`
    pub range: Option<&'a [u8]>,
    /// `If-Range`
    pub if_range: Option<&'a [u8]>,
    /// `If-Match`
    pub if_match: Option<&'a [u8]>,
    /// `If-None-Match`
    pub if_none_match: Option<&'a [u8]>,
    /// `If-Modified-Since`
    pub if_modified_since: Option<&'a [u8]>,
    /// `If-Unmodified-Since`
    pub if_unmodified_since: Option<&'a [u8]>,
    /// `Referer`, for the log
    pub referer: Option<&'a [u8]>,
    /// `User-Agent`, for the log
    pub user_agent: Option<&'a [u8]>,
}

impl Fields<'_> {
    /// None of them.
    pub const NONE: Self = Fields {
        accept_encoding: None,
        range: None,
        if_range: None,
        if_match: None,
        if_none_match: None,
        if_modified_since: None,
        if_unmodified_since: None,
        referer: None,
        user_agent: None,
    };

    /// Whether the answer depends on what the client has already, or wants of it.
    pub fn are_conditional(&self) -> bool {
        let decide = [
            self.range,
            self.if_match,
            self.if_none_match,
            self.if_modified_since,
            self.if_unmodified_since,
        ];
        decide.iter().any(Option::is_some)
    }
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

impl Default for Fields<'_> {
    fn default() -> Self {
        Fields::NONE
    }
}

/// What the fields say.
#[derive(Default)]
struct Collected<'a> {
    has_host: bool,
    length: Option<u64>,
    is_chunked: bool,
    closes: bool,
    keeps: bool,
    expects_continue: bool,
    fields: Fields<'a>,
}

impl<'a> Collected<'a> {
    fn add(&mut self, field: &Header<'a>) -> Result<(), Refusal> {
        let is = |name: &str| field.name.eq_ignore_ascii_case(name);
        let value = field.value;
        let keep = |place: &mut Option<&'a [u8]>| {
            place.get_or_insert(value);
        };
        let fields = &mut self.fields;
        // Comparing lengths first leaves one name to compare for most fields, and none for many.
        match field.name.len() {
            4 if is("Host") => return self.host(value),
            5 if is("Range") => keep(&mut fields.range),
            6 if is("Expect") => return self.expect(value),
            7 if is("Referer") => keep(&mut fields.referer),
            8 if is("If-Range") => keep(&mut fields.if_range),
            8 if is("If-Match") => keep(&mut fields.if_match),
            10 if is("Connection") => self.connection(value),
            10 if is("User-Agent") => keep(&mut fields.user_agent),
            13 if is("If-None-Match") => keep(&mut fields.if_none_match),
            14 if is("Content-Length") => return self.content_length(value),
            15 if is("Accept-Encoding") => keep(&mut fields.accept_encoding),
            17 if is("Transfer-Encoding") => return self.transfer_encoding(value),
            17 if is("If-Modified-Since") => keep(&mut fields.if_modified_since),
            19 if is("If-Unmodified-Since") => keep(&mut fields.if_unmodified_since),
            _ => {}
        }
        Ok(())
    }

    fn host(&mut self, value: &[u8]) -> Result<(), Refusal> {
        let stands_in_hosts =
            |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+,;=".contains(byte);
        if std::mem::replace(&mut self.has_host, true) {
            return Err(Refusal::bad("two Host fields"));
        }
        if !value.iter().all(stands_in_hosts) {
            return Err(Refusal::bad("not the name of a host"));
        }
        Ok(())
    }

    fn connection(&mut self, value: &[u8]) {
        for word in value.split(|&byte| byte == b',') {
            let word = word.trim_ascii();
            self.closes |= word.eq_ignore_ascii_case(b"close");
            self.keeps |= word.eq_ignore_ascii_case(b"keep-alive");
        }
    }

    fn expect(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if !value.eq_ignore_ascii_case(b"100-continue") {
            return Err(Refusal::new(417, "only 100-continue can be expected"));
        }
        self.expects_continue = true;
        Ok(())
    }

    fn content_length(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.length.is_some() {
            return Err(Refusal::bad("two lengths"));
        }
        self.length = Some(number(value).ok_or(Refusal::bad("not a length"))?);
        Ok(())
    }

    fn transfer_encoding(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if std::mem::replace(&mut self.is_chunked, true) {
            return Err(Refusal::bad("two transfer encodings"));
        }
        if !value.eq_ignore_ascii_case(b"chunked") {
            return Err(Refusal::bad("a transfer encoding other than chunked"));
        }
        Ok(())
    }

    fn request(self, method: &str, target: &'a str, is_1_1: bool) -> Result<Request<'a>, Refusal> {
        if !self.has_host && is_1_1 {
            return Err(Refusal::bad("no Host"));
        }
        let body = match (self.length, self.is_chunked) {
            (Some(_), true) => return Err(Refusal::bad("a length and a transfer encoding")),
            (None, true) if !is_1_1 => {
                return Err(Refusal::bad("a transfer encoding in HTTP/1.0"));
            }
            (None, true) => Framing::Chunked,
            (length, false) => Framing::Length(length.unwrap_or(0)),
        };
        Ok(Request {
            method: match method {
                "GET" => Method::Get,
                "HEAD" => Method::Head,
                _ => Method::Other,
            },
            target,
            is_1_1,
            keep_alive: !self.closes && (is_1_1 || self.keeps),
            body,
            expects_continue: self.expects_continue && is_1_1,
            fields: self.fields,
        })
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
