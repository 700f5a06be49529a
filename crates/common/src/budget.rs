//! One time budget for a task of several steps: a look-up, a few attempts to connect, an answer.
//!
//! A time-out for each step alone adds up to more than anybody meant to wait.

use std::fmt;
use std::io;
use std::time::{Duration, Instant};

/// A time budget that steps of one task share.
#[derive(Clone, Debug)]
pub struct Budget {
    total: Duration,
    end: Instant,
}

impl Budget {
    /// A budget that begins to run now.
    pub fn new(total: Duration) -> Self {
        let now = Instant::now();
        Budget {
            total,
            end: now + total,
        }
    }

    /// What is left; `None` once nothing is.
    pub fn left(&self) -> Option<Duration> {
        let left = self.end.checked_duration_since(Instant::now());
        left.filter(|left| !left.is_zero())
    }

    /// The error of a step that found nothing left: `no answer within 10 s`.
    pub fn exceeded(&self) -> io::Error {
        io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {self}"))
    }
}

/// The whole budget in seconds, as it was given: `10 s`, `0.5 s`.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.total.as_secs_f64())
    }
}
