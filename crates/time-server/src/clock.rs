//! The time as text, in the format asked for.

use std::fmt::Write;
use std::str::FromStr;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Local, TimeZone, Utc};

/// The longest pattern, in bytes. No directive writes more than 20 times its own length, so an
/// answer stays below [`crate::MAX_ANSWER`].
const MAX_PATTERN: usize = 256;

/// What `print(datetime.now())` shows, but always with six decimals: Python leaves them out once
/// in a million.
const PYTHON: &str = "%Y-%m-%d %H:%M:%S%.6f";
/// RFC 3339, the Internet's profile of ISO 8601.
const RFC_3339: &str = "%Y-%m-%dT%H:%M:%S%.6f%:z";
/// The first form that RFC 867 suggests. It asks for one line, and lines on the wire end with CR
/// LF. The zone is an offset: names of zones are not unique.
const RFC_867: &str = "%A, %B %-d, %Y %H:%M:%S%:z\r\n";
/// Seconds since 1970-01-01 00:00 UTC.
const UNIX: &str = "%s";

/// How the time is written.
#[derive(Clone, Debug)]
pub struct Format(Vec<Item<'static>>);

/// Why a text is not a [`Format`].
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// A word that names no format, or nothing.
    #[error("write python, rfc3339, rfc867, unix, or a strftime pattern such as '%H:%M:%S'")]
    Unknown,
    /// A directive that strftime does not have.
    #[error("that is not a strftime pattern")]
    BadPattern,
    /// More than 256 bytes.
    #[error("a pattern has at most {MAX_PATTERN} bytes")]
    TooLong,
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let pattern = match text {
            "python" => PYTHON,
            "rfc3339" => RFC_3339,
            "rfc867" => RFC_867,
            "unix" => UNIX,
            pattern if !pattern.contains('%') => return Err(FormatError::Unknown),
            pattern => pattern,
        };
        if pattern.len() > MAX_PATTERN {
            return Err(FormatError::TooLong);
        }
        let items = StrftimeItems::new(&with_microseconds(pattern)).parse_to_owned();
        let format = Format(items.map_err(|_| FormatError::BadPattern)?);
        // What parses can still have no text (a directive for parsing only): better found out
        // now than at the first client.
        let mut text = String::new();
        match format.write(Utc::now(), &mut text) {
            Ok(()) if !text.is_empty() => Ok(format),
            _ => Err(FormatError::BadPattern),
        }
    }
}

/// Python's `%f` is six digits, chrono's nine: the tutorials' readers know the former.
fn with_microseconds(pattern: &str) -> String {
    let parts = pattern.split("%%").map(|part| part.replace("%f", "%6f"));
    parts.collect::<Vec<_>>().join("%%")
}

impl Format {
    fn write<Zone: TimeZone>(&self, time: DateTime<Zone>, text: &mut String) -> std::fmt::Result
    where
        Zone::Offset: std::fmt::Display,
    {
        write!(text, "{}", time.format_with_items(self.0.iter()))
    }
}

/// A clock that can be read as text.
#[derive(Clone, Debug)]
pub struct Clock {
    format: Format,
    utc: bool,
}

impl Clock {
    /// A clock for the local time zone (`TZ`, else `/etc/localtime`) or for UTC.
    pub fn new(format: Format, utc: bool) -> Self {
        Clock { format, utc }
    }

    /// The time now.
    pub fn now(&self) -> String {
        let mut text = String::with_capacity(32);
        let written = if self.utc {
            self.format.write(Utc::now(), &mut text)
        } else {
            self.format.write(Local::now(), &mut text)
        };
        written.expect("a format that wrote the time when it was read");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: &str) -> String {
        let time = Utc.with_ymd_and_hms(2026, 1, 2, 3, 4, 5).unwrap();
        let mut text = String::new();
        let format: Format = format.parse().unwrap();
        format.write(time, &mut text).unwrap();
        text
    }

    #[test]
    fn writes_every_format() {
        assert_eq!(written("python"), "2026-01-02 03:04:05.000000");
        assert_eq!(written("rfc3339"), "2026-01-02T03:04:05.000000+00:00");
        assert_eq!(
            written("rfc867"),
            "Friday, January 2, 2026 03:04:05+00:00\r\n"
        );
        assert_eq!(written("unix"), "1767323045");
        assert_eq!(written("%d/%m %H:%M"), "02/01 03:04");
        assert_eq!(written("%S.%f %%f"), "05.000000 %f");
    }

    #[test]
    fn refuses_what_is_no_format() {
        for (text, why) in [
            ("", FormatError::Unknown),
            ("rfc999", FormatError::Unknown),
            ("%", FormatError::BadPattern),
            ("%!", FormatError::BadPattern),
            ("%H:%Q", FormatError::BadPattern),
        ] {
            assert_eq!(text.parse::<Format>().unwrap_err(), why, "{text}");
        }
        let long = "%H".repeat(200);
        assert_eq!(long.parse::<Format>().unwrap_err(), FormatError::TooLong);
    }

    #[test]
    fn the_longest_pattern_fits_an_answer() {
        for directive in ["%+", "%c", "%A", "%B", "%.9f", "%s", "%D", "%x", "%:z"] {
            let format: Format = directive
                .repeat(MAX_PATTERN / directive.len())
                .parse()
                .unwrap();
            assert!(
                Clock::new(format, true).now().len() < crate::MAX_ANSWER,
                "{directive}"
            );
        }
    }
}
