//! HTTP/1 (RFC 9112): the first line, how many fields follow, and how much of a body.

use super::lines::text;
use super::{History, Protocol};
use crate::event::Side;
use crate::steps::Message;

pub(super) fn meaning(side: Side, message: &Message, history: &mut History) -> Option<String> {
    let bytes = message.bytes.as_slice();
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let line = &bytes[..end.unwrap_or(bytes.len())];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let is_first_line = match side {
        Side::Client => is_request_line(line),
        Side::Server => line.starts_with(b"HTTP/1.0 ") || line.starts_with(b"HTTP/1.1 "),
    };
    if !is_first_line {
        let known = history.protocol == Some(Protocol::Http);
        return known.then(|| format!("body, {}", bytes_of(message.length)));
    }
    let mut words = text(line);
    if let Some((fields, header)) = header(bytes) {
        words += &match fields {
            1 => " (1 field)".to_owned(),
            fields => format!(" ({fields} fields)"),
        };
        let body = message.length - header as u64;
        if body > 0 {
            words += &format!(" + {} of body", bytes_of(body));
        }
    }
    Some(words)
}

/// A method in capitals, a target, and a version.
fn is_request_line(line: &[u8]) -> bool {
    let mut words = line.split(|byte| *byte == b' ');
    let method = words.next().unwrap_or_default();
    let target = words.next().unwrap_or_default();
    let is_method = !method.is_empty() && method.iter().all(u8::is_ascii_uppercase);
    let version = words.next();
    let is_version = matches!(version, Some(b"HTTP/1.0" | b"HTTP/1.1"));
    is_method && !target.is_empty() && is_version && words.next().is_none()
}

/// How many fields the header has, and how many bytes, with its empty line. `None` if that has not
/// come.
fn header(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut at = 0;
    let mut lines = 0;
    loop {
        let length = bytes[at..].iter().position(|byte| *byte == b'\n')?;
        let is_empty = matches!(&bytes[at..at + length], b"" | b"\r");
        at += length + 1;
        if is_empty {
            return Some((lines - 1, at));
        }
        lines += 1;
    }
}

fn bytes_of(length: u64) -> String {
    match length {
        1 => "1 byte".to_owned(),
        length => format!("{length} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_meanings;
    use Side::{Client, Server};

    use super::*;

    #[test]
    fn requests_and_answers() {
        assert_meanings(&[
            (
                Client,
                b"GET /a HTTP/1.1\r\nHost: b\r\nAccept: */*\r\n\r\n",
                "GET /a HTTP/1.1 (2 fields)",
            ),
            (
                Server,
                b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
                "HTTP/1.1 200 OK (1 field) + 2 bytes of body",
            ),
            (
                Client,
                b"POST /a HTTP/1.1\r\nHost: b\r\n\r\n",
                "POST /a HTTP/1.1 (1 field)",
            ),
            (Client, b"a=1&b=2", "body, 7 bytes"),
            (
                Server,
                b"HTTP/1.0 404 Not Found\r\n",
                "HTTP/1.0 404 Not Found",
            ),
            (Server, b"\r\nx", "body, 3 bytes"),
        ]);
    }

    #[test]
    fn what_only_looks_like_it() {
        assert_meanings(&[
            (Client, b"GET / HTTP/2\r\n", ""),
            (Client, b"get / HTTP/1.1\r\n", ""),
            (Client, b"HTTP/1.1 200 OK\r\n", ""),
            (Server, b"GET / HTTP/1.1\r\n", ""),
        ]);
    }
}
