//! Answers, and how they are sent: well, or spoiled.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::thread;
use std::time::Duration;

use common::stream::Stream;

use super::ways::Picture;
use crate::http::Request;

/// How much of a picture is sent at once by a slow server.
const PIECE: usize = 2 << 10;

/// What is spoiled about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoiled {
    No,
    /// A rest after every piece.
    Slow(Duration),
    /// A close after one half.
    Half,
    /// A close after all; but one byte more was announced.
    OneShort,
    /// A range is not heard of.
    NoRanges,
    /// A range begins one byte later than asked for.
    Displaced,
    /// No range will do.
    Unsatisfiable,
    /// Only the close ends it.
    ByClose,
    /// In chunks.
    Chunked,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    status: String,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// The entity tag, where there may be ranges.
    tag: Option<String>,
    spoiled: Spoiled,
}

impl Answer {
    /// Only a status.
    pub(super) fn status(status: &str) -> Self {
        Answer {
            status: status.to_owned(),
            fields: Vec::new(),
            body: Vec::new(),
            tag: None,
            spoiled: Spoiled::No,
        }
    }

    /// JSON.
    pub(super) fn json(value: serde_json::Value) -> Self {
        let body = value.to_string().into_bytes();
        let answer = Answer {
            body,
            ..Answer::status("200 OK")
        };
        answer.with("Content-Type", "application/json")
    }

    /// A page.
    pub(super) fn page(page: &str) -> Self {
        let body = page.as_bytes().to_vec();
        let answer = Answer {
            body,
            ..Answer::status("200 OK")
        };
        answer.with("Content-Type", "text/html")
    }

    /// A picture, or the range of it that is asked for.
    pub(super) fn picture(picture: Picture) -> Self {
        let mut hasher = DefaultHasher::new();
        picture.bytes.hash(&mut hasher);
        let tag = format!("\"{:x}\"", hasher.finish());
        let kind = match picture.name.rsplit('.').next() {
            Some("bmp") => "image/bmp",
            Some("jpg" | "jpeg") => "image/jpeg",
            Some("png") => "image/png",
            _ => "application/octet-stream",
        };
        let answer = Answer {
            body: picture.bytes,
            tag: Some(tag.clone()),
            ..Answer::status("200 OK")
        };
        answer
            .with("Content-Type", kind)
            .with("ETag", &tag)
            .with("Accept-Ranges", "bytes")
    }

    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.fields.push((name, value.to_owned()));
        self
    }

    pub(super) fn spoiled(self, spoiled: Spoiled) -> Self {
        Answer { spoiled, ..self }
    }

    /// Sends it. Returns whether the connection can be used for another.
    pub(super) fn send(mut self, stream: &Stream, request: &Request) -> anyhow::Result<bool> {
        self.cut_to_range(request);
        let announced = match self.spoiled {
            Spoiled::OneShort => self.body.len() + 1,
            _ => self.body.len(),
        };
        match self.spoiled {
            Spoiled::ByClose => {}
            Spoiled::Chunked => self = self.with("Transfer-Encoding", "chunked"),
            _ => self = self.with("Content-Length", &announced.to_string()),
        }
        let goes_on = !matches!(
            self.spoiled,
            Spoiled::Half | Spoiled::OneShort | Spoiled::ByClose
        ) && !request
            .field("connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if !goes_on {
            self = self.with("Connection", "close");
        }
        let mut bytes = format!("HTTP/1.1 {}\r\n", self.status).into_bytes();
        for (name, value) in &self.fields {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        if request.method == "HEAD" {
            stream.send(&bytes)?;
            return Ok(goes_on);
        }
        match self.spoiled {
            Spoiled::Slow(rest) => {
                stream.send(&bytes)?;
                for piece in self.body.chunks(PIECE) {
                    stream.send(piece)?;
                    thread::sleep(rest);
                }
                return Ok(goes_on);
            }
            Spoiled::Half => bytes.extend_from_slice(&self.body[..self.body.len() / 2]),
            Spoiled::Chunked => {
                for piece in self.body.chunks(PIECE) {
                    bytes.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
                    bytes.extend_from_slice(piece);
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(b"0\r\n\r\n");
            }
            _ => bytes.extend_from_slice(&self.body),
        }
        stream.send(&bytes)?;
        Ok(goes_on)
    }

    /// Leaves of the body what was asked for, if it was: `bytes=N-` or `bytes=N-M`, of this entity.
    fn cut_to_range(&mut self, request: &Request) {
        let Some(tag) = self.tag.take() else { return };
        let same = request.field("if-range").is_none_or(|wanted| wanted == tag);
        if self.spoiled == Spoiled::NoRanges || !same {
            return;
        }
        let size = self.body.len();
        let Some((first, last)) = request.field("range").and_then(|range| parse(range, size))
        else {
            return;
        };
        if first >= size || self.spoiled == Spoiled::Unsatisfiable {
            self.status = "416 Range Not Satisfiable".into();
            self.fields
                .push(("Content-Range", format!("bytes */{size}")));
            self.body.clear();
            return;
        }
        let first = match self.spoiled {
            Spoiled::Displaced => (first + 1).min(last),
            _ => first,
        };
        self.status = "206 Partial Content".into();
        self.fields
            .push(("Content-Range", format!("bytes {first}-{last}/{size}")));
        self.body = self.body[first..=last].to_vec();
    }
}

/// The first and the last byte of a range.
fn parse(range: &str, size: usize) -> Option<(usize, usize)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = size.checked_sub(1)?;
    let last = match last {
        "" => end,
        last => last.parse::<usize>().ok()?.min(end),
    };
    let first: usize = first.parse().ok()?;
    (first > end || first <= last).then_some((first, last))
}
