//! How an answer looks on the wire.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use crate::clock::Clock;
use crate::status::{Refusal, Status};

/// What stands before the date in every answer: it is patched into answers that are kept.
const BEFORE_DATE: &str = "\r\nDate: ";

/// An answer, but for what depends on the connection and the moment.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: Status,
    /// The lines of its header that say what it is.
    fields: Vec<u8>,
    /// What it brings.
    pub body: Content,
}

/// The body of an answer.
#[derive(Debug)]
pub enum Content {
    /// There is none, and nothing is said of its length (304).
    None,
    /// Bytes.
    Bytes(Vec<u8>),
    /// Parts of files, with bytes between them.
    Pieces(Vec<Piece>),
}

/// A piece of a body.
#[derive(Debug)]
pub enum Piece {
    /// Bytes.
    Bytes(Vec<u8>),
    /// A part of a file.
    File {
        /// The file.
        file: Arc<File>,
        /// Where it begins.
        at: u64,
        /// How many bytes it has.
        length: u64,
    },
}

/// What is said of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// It stays open, as HTTP/1.1 has it.
    Stays,
    /// It stays open, and HTTP/1.0 has to be told.
    KeepAlive,
    /// It will be closed.
    Close,
}

impl Connection {
    fn field(self) -> &'static str {
        match self {
            Connection::Stays => "",
            Connection::KeepAlive => "Connection: keep-alive\r\n",
            Connection::Close => "Connection: close\r\n",
        }
    }
}

impl Answer {
    /// An answer without fields so far.
    pub fn new(status: u16, body: Content) -> Self {
        Answer {
            status: Status(status),
            fields: Vec::with_capacity(256),
            body,
        }
    }

    /// A short text that says what the status means.
    pub fn refusing(refusal: Refusal) -> Self {
        let text = format!("{refusal}\n");
        let answer = Answer::new(refusal.status.0, Content::Bytes(text.into_bytes()));
        answer.with("Content-Type", "text/plain; charset=utf-8")
    }

    /// The same with a field.
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        // A vector takes all that is written to it.
        let _ = write!(self.fields, "{name}: {value}\r\n");
        self
    }

    /// How many bytes the body has.
    pub fn length(&self) -> u64 {
        match &self.body {
            Content::None => 0,
            Content::Bytes(bytes) => bytes.len() as u64,
            Content::Pieces(pieces) => pieces.iter().map(Piece::length).sum(),
        }
    }

    /// The header, up to and with the empty line.
    pub fn header(&self, connection: Connection, clock: &Clock) -> Vec<u8> {
        let mut header = Vec::with_capacity(self.fields.len() + 128);
        let _ = write!(header, "HTTP/1.1 {}{BEFORE_DATE}", self.status);
        header.extend_from_slice(clock.date());
        header.extend_from_slice(b"\r\n");
        header.extend_from_slice(&self.fields);
        if !matches!(self.body, Content::None) {
            let _ = write!(header, "Content-Length: {}\r\n", self.length());
        }
        let _ = write!(header, "{}\r\n", connection.field());
        header
    }

    /// Where the date stands in [`Self::header`].
    pub fn date_at(&self) -> usize {
        "HTTP/1.1 ".len() + self.status.to_string().len() + BEFORE_DATE.len()
    }
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::File { length, .. } => *length,
        }
    }
}

/// Puts what is said of the connection into a whole answer whose header ends at `header`, and was
/// made for a connection that stays.
pub fn with_connection(whole: &[u8], header: usize, connection: Connection) -> Vec<u8> {
    let (before, after) = whole.split_at(header - 2);
    [before, connection.field().as_bytes(), after].concat()
}
