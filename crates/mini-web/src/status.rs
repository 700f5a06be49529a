//! Status codes, and requests that are refused.

use std::fmt;

/// A status that we answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u16);

impl Status {
    /// What it is called.
    pub fn reason(self) -> &'static str {
        match self.0 {
            100 => "Continue",
            200 => "OK",
            206 => "Partial Content",
            301 => "Moved Permanently",
            304 => "Not Modified",
            400 => "Bad Request",
            403 => "Forbidden",
            404 => "Not Found",
            405 => "Method Not Allowed",
            408 => "Request Timeout",
            412 => "Precondition Failed",
            413 => "Content Too Large",
            414 => "URI Too Long",
            416 => "Range Not Satisfiable",
            417 => "Expectation Failed",
            431 => "Request Header Fields Too Large",
            500 => "Internal Server Error",
            501 => "Not Implemented",
            503 => "Service Unavailable",
            _ => "",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, self.reason())
    }
}

/// Why a request is not answered with what it asked for; the client is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {why}")]
pub struct Refusal {
    /// The status of the answer.
    pub status: Status,
    /// In a few words.
    pub why: &'static str,
}

impl Refusal {
    /// A refusal with this status.
    pub const fn new(status: u16, why: &'static str) -> Self {
        Refusal {
            status: Status(status),
            why,
        }
    }

    /// A request that is wrong in itself.
    pub const fn bad(why: &'static str) -> Self {
        Refusal::new(400, why)
    }
}
