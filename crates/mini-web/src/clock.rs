//! The time, read once a turn of the loop, and written down once a second: as HTTP writes it for the
//! answers, and as the log does.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Local, Utc};

/// How long `Sun, 06 Nov 1994 08:49:37 GMT` is.
pub const DATE_LENGTH: usize = 29;

/// The time now, to the second.
#[derive(Clone, Debug)]
pub struct Clock {
    second: u64,
    date: [u8; DATE_LENGTH],
}

impl Default for Clock {
    fn default() -> Self {
        let mut clock = Clock {
            second: 0,
            date: [b' '; DATE_LENGTH],
        };
        clock.look();
        clock
    }
}

impl Clock {
    /// Reads the system's clock.
    pub fn look(&mut self) {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let second = since.unwrap_or_default().as_secs();
        if second != self.second {
            self.second = second;
            let date = http_date(second);
            if let Ok(date) = date.as_bytes().try_into() {
                self.date = date;
            }
        }
    }

    /// Seconds since 1970.
    pub fn second(&self) -> u64 {
        self.second
    }

    /// The value of `Date`.
    pub fn date(&self) -> &[u8; DATE_LENGTH] {
        &self.date
    }

    /// The time as the combined log format has it, in local time.
    pub fn log_time(&self) -> String {
        let seconds = i64::try_from(self.second).unwrap_or(0);
        let time = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
        let time = time.with_timezone(&Local);
        time.format("%d/%b/%Y:%H:%M:%S %z").to_string()
    }
}

/// A time as HTTP writes it.
pub fn http_date(second: u64) -> String {
    /// The last second of the year 9999: HTTP's dates have four digits for the year.
    const LAST: u64 = 253_402_300_799;
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(second.min(LAST)))
}
