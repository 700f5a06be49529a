//! As much of HTTP/1.1 as a stand-in needs: requests in, with the bodies that have a length.

use std::io::{self, Read};

use anyhow::{Context, bail};
use common::stream::Stream;

/// The longest header of a request, in bytes.
pub const MAX_HEADER: usize = 8 << 10;

/// The longest body of a request, in bytes.
pub const MAX_BODY: usize = 64 << 10;

/// The most fields of a header.
const MAX_FIELDS: usize = 64;

/// A request.
#[derive(Debug)]
pub struct Request {
    /// `GET`, `POST`, …
    pub method: String,
    /// What is asked for: `/path?query`.
    pub target: String,
    /// The fields of the header, by their names in lower case.
    fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a field; `name` is in lower case.
    pub fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(have, _)| have == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The target without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// What stands behind the question mark.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// The requests that come over a connection, one after the other.
#[derive(Debug)]
pub struct Requests<'a> {
    stream: &'a Stream,
    /// What has come and belongs to no request yet.
    buffer: Vec<u8>,
}

impl<'a> Requests<'a> {
    /// Reads from a connection.
    pub fn new(stream: &'a Stream) -> Self {
        let buffer = Vec::new();
        Requests { stream, buffer }
    }

    /// The next request; `None` when the client has closed.
    ///
    /// # Errors
    /// It is cut short, too long, or none.
    pub fn next_request(&mut self) -> anyhow::Result<Option<Request>> {
        let end = loop {
            if let Some(at) = self.buffer.windows(4).position(|end| end == b"\r\n\r\n") {
                break at + 4;
            }
            if self.buffer.len() > MAX_HEADER {
                bail!("the header of its request is longer than {MAX_HEADER} bytes");
            }
            if !self.read()? {
                if self.buffer.is_empty() {
                    return Ok(None);
                }
                bail!("it closed before its request was complete");
            }
        };
        let mut request = parse(&self.buffer[..end])?;
        let length = match request.field("content-length") {
            Some(length) => length.parse().context("its request has no sound length")?,
            None => 0,
        };
        if length > MAX_BODY {
            bail!("the body of its request is longer than {MAX_BODY} bytes");
        }
        while self.buffer.len() < end + length {
            if !self.read()? {
                bail!("it closed before its request was complete");
            }
        }
        request.body = self.buffer[end..end + length].to_owned();
        self.buffer.drain(..end + length);
        Ok(Some(request))
    }

    /// Whether anything came.
    fn read(&mut self) -> io::Result<bool> {
        let mut piece = [0; 4096];
        let mut socket = self.stream;
        loop {
            match socket.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
                Ok(length) => {
                    self.buffer.extend_from_slice(&piece[..length]);
                    return Ok(length > 0);
                }
            }
        }
    }
}

fn parse(header: &[u8]) -> anyhow::Result<Request> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut request = httparse::Request::new(&mut fields);
    request
        .parse(header)
        .context("what it sent is no request")?;
    let field = |field: &httparse::Header<'_>| {
        let value = String::from_utf8_lossy(field.value).into_owned();
        (field.name.to_ascii_lowercase(), value)
    };
    Ok(Request {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        fields: request.headers.iter().map(field).collect(),
        body: Vec::new(),
    })
}
