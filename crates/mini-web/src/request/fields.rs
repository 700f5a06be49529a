//! The fields of a header: those that say where the request ends, and those that say what is wanted.

use httparse::Header;

use super::{Framing, Method, Request, number};
use crate::status::Refusal;

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

impl Default for Fields<'_> {
    fn default() -> Self {
        Fields::NONE
    }
}

/// What the fields say.
#[derive(Default)]
pub(super) struct Collected<'a> {
    has_host: bool,
    length: Option<u64>,
    is_chunked: bool,
    closes: bool,
    keeps: bool,
    expects_continue: bool,
    fields: Fields<'a>,
}

impl<'a> Collected<'a> {
    /// Takes a field in.
    pub(super) fn add(&mut self, field: &Header<'a>) -> Result<(), Refusal> {
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

    /// The request that they make up.
    pub(super) fn request(
        self,
        method: &str,
        target: &'a str,
        is_1_1: bool,
    ) -> Result<Request<'a>, Refusal> {
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
