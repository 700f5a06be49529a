//! Why a download fails, and whether another try may help.

use std::fmt;
use std::io;
use std::time::Duration;

use common::exit::{cause, one_line};
use common::printable::printable;

use crate::web::for_header;

/// Why something was not downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why, as the end of a sentence.
    pub why: String,
    /// Whether another try may help.
    pub hope: Hope,
    /// Whether it is about a file of ours, which it names, and not about the server.
    pub is_local: bool,
}

/// Whether another try may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hope {
    /// It will not.
    None,
    /// It may; after this time, if the server has said so.
    Later(Option<Duration>),
}

impl Failure {
    /// Another try will not help.
    pub fn lasting(why: impl Into<String>) -> Self {
        Failure {
            why: why.into(),
            hope: Hope::None,
            is_local: false,
        }
    }

    /// Another try may help.
    pub fn passing(why: impl Into<String>) -> Self {
        Failure {
            hope: Hope::Later(None),
            ..Failure::lasting(why)
        }
    }

    /// Whether another try may help.
    pub fn is_passing(&self) -> bool {
        matches!(self.hope, Hope::Later(_))
    }

    /// A file of ours cannot be written. The error says which.
    pub fn local(error: &anyhow::Error) -> Self {
        Failure {
            is_local: true,
            ..Failure::lasting(one_line(error))
        }
    }

    /// What the answer's status says, if that is no success.
    pub fn of_status(status: u16, words: &str, after: Option<Duration>) -> Self {
        let why = match words {
            "" => format!("{status}"),
            words => format!("{status} {}", printable(words)),
        };
        // 425 is "too early": the server fears a replay.
        let hope = match status {
            408 | 425 | 429 | 500..=599 => Hope::Later(after),
            _ => Hope::None,
        };
        Failure {
            hope,
            ..Failure::lasting(why)
        }
    }

    /// What the library says went wrong. `patience` is the time-out.
    pub fn of(error: ureq::Error, patience: Duration) -> Self {
        let seconds = patience.as_secs_f64();
        match error {
            ureq::Error::Timeout(ureq::Timeout::Connect) => {
                Failure::passing(format!("no connection within {seconds} s"))
            }
            ureq::Error::Timeout(ureq::Timeout::PerWrite) => {
                Failure::passing("it does not read what it is sent")
            }
            ureq::Error::Timeout(ureq::Timeout::RecvResponse) => Failure::passing(format!(
                "the header of its answer did not end within {} s",
                for_header(patience).as_secs_f64()
            )),
            ureq::Error::Timeout(_) => Failure::passing(format!("nothing came for {seconds} s")),
            ureq::Error::Io(error) => Self::of_io(&error),
            ureq::Error::Other(other) => match other.downcast::<Failure>() {
                Ok(failure) => *failure,
                Err(other) => Failure::lasting(printable(&other.to_string()).to_string()),
            },
            ureq::Error::Protocol(error) => {
                let error = error.to_string();
                Failure::lasting(format!(
                    "its answer cannot be understood: {}",
                    printable(&error)
                ))
            }
            ureq::Error::LargeResponseHeader(_, most) => Failure::lasting(format!(
                "the header of its answer is longer than {most} bytes"
            )),
            other => Failure::lasting(printable(&other.to_string()).to_string()),
        }
    }

    /// An I/O error of the connection. Connections break, and most of the time the next one does
    /// not.
    pub fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Failure::passing("the connection was closed too early"),
            _ => Failure::passing(cause(error)),
        }
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_pass_is_told_from_what_will_not() {
        for status in [408, 425, 429, 500, 502, 503, 504] {
            assert!(
                Failure::of_status(status, "", None).is_passing(),
                "{status}"
            );
        }
        for status in [204, 304, 400, 401, 403, 404, 410, 416, 600] {
            assert!(
                !Failure::of_status(status, "", None).is_passing(),
                "{status}"
            );
        }
        let failure = Failure::of_status(404, "Not\x1b[2J Found", None);
        assert_eq!(failure.to_string(), r"404 Not\x1b[2J Found");
    }
}
