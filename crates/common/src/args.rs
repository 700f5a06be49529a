//! The flags that programs share, and how any program reads its own.

use std::time::Duration;

use clap::error::ErrorKind;
use clap::{ArgAction, Args, Parser, ValueEnum};

use crate::exit::Usage;

/// What every program takes.
#[derive(Args, Clone, Debug)]
pub struct LogArgs {
    /// Say more on stderr: -v each connection, -vv each message
    #[arg(short, long, action = ArgAction::Count, global = true, help_heading = "Logging")]
    pub verbose: u8,
    /// Say nothing on stderr but errors
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "verbose",
        help_heading = "Logging"
    )]
    pub quiet: bool,
    /// How a log line looks
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        default_value = "text",
        help_heading = "Logging"
    )]
    pub log_format: LogFormat,
}

/// The shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Time, level, thread name and message on a line
    Text,
    /// The same as one JSON object a line
    Json,
}

/// What every client takes.
#[derive(Args, Clone, Debug)]
pub struct ClientArgs {
    /// How long to wait for a connection, and for a silent server
    #[arg(long, global = true, value_name = "SECS", default_value = "10", allow_negative_numbers = true, value_parser = positive_seconds)]
    pub timeout: Duration,
}

/// What every server with a thread a connection takes, besides the address to listen at.
#[derive(Args, Clone, Debug)]
pub struct ServerArgs {
    /// Serve at most this many at once; whoever comes then waits in the backlog
    #[arg(long, value_name = "N", default_value = "1024", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,
    /// Close a connection that has been silent for so long (0: never)
    #[arg(long, value_name = "SECS", default_value = "300", allow_negative_numbers = true, value_parser = seconds)]
    pub idle_timeout: Duration,
}

/// Reads the command line. `--help` and `--version` are printed here and end the process.
///
/// # Errors
/// [`Usage`], as one line.
pub fn parse<P: Parser>() -> anyhow::Result<P> {
    match P::try_parse() {
        Ok(args) => Ok(args),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            ) =>
        {
            error.exit()
        }
        Err(error) => Err(Usage(one_line(&error.to_string())).into()),
    }
}

/// clap explains a mistake in paragraphs (what, tips, usage); our errors are one line each, and
/// `--help` is where the rest is.
fn one_line(explanation: &str) -> String {
    let explanation = explanation.strip_prefix("error: ").unwrap_or(explanation);
    let lines = explanation
        .lines()
        .map(str::trim)
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .filter(|line| !line.is_empty());
    let mut text = String::new();
    for line in lines {
        let joint = match line {
            _ if text.is_empty() => "",
            tip if tip.starts_with("tip:") => "; ",
            _ => " ",
        };
        text += joint;
        text += line;
    }
    text + " (see --help)"
}

/// Reads a time in seconds, with or without a fraction; 0 is allowed.
///
/// # Errors
/// Not a number, not finite, negative, or longer than 100 years.
pub fn seconds(text: &str) -> Result<Duration, String> {
    const CENTURY: f64 = 100.0 * 365.25 * 86_400.0;
    let seconds: f64 = text
        .parse()
        .map_err(|_| "not a number of seconds".to_owned())?;
    // NaN is in no range.
    if !(0.0..=CENTURY).contains(&seconds) {
        return Err("a time in seconds is a number from 0 up".into());
    }
    match Duration::from_secs_f64(seconds) {
        // Too short to be told from 0, which often means something else.
        time if time.is_zero() && seconds > 0.0 => Err("at least a nanosecond, or 0".into()),
        time => Ok(time),
    }
}

/// Like [`seconds`], but not 0.
///
/// # Errors
/// As [`seconds`], and for less than a millisecond.
pub fn positive_seconds(text: &str) -> Result<Duration, String> {
    match seconds(text)? {
        time if time < Duration::from_millis(1) => Err("at least 0.001 seconds".into()),
        time => Ok(time),
    }
}

/// The units of [`size`], the largest first.
const UNITS: [(&str, u64); 4] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
];

/// Reads a size in bytes: `4096`, `16KiB`, `64MiB`, `1GiB`, `2TiB`. A whole number; capitals do
/// not matter.
///
/// # Errors
/// No number, another unit, or more than 2^64 - 1 bytes.
pub fn size(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start();
    let known = |(name, _): &&(&str, u64)| name.eq_ignore_ascii_case(unit);
    let factor = match UNITS.iter().find(known) {
        Some((_, factor)) => *factor,
        None if unit.is_empty() || unit.eq_ignore_ascii_case("B") => 1,
        None => return Err("a size is a whole number, alone or with KiB, MiB, GiB or TiB".into()),
    };
    if number.is_empty() {
        return Err("a size begins with a number, like 64MiB".into());
    }
    let bytes = number
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(factor));
    bytes.ok_or_else(|| "that is larger than any size".into())
}

/// A size as [`size`] reads it, with the largest unit that leaves a whole number: `64 MiB`,
/// `5123 bytes`.
pub fn shown_size(bytes: u64) -> String {
    let whole = |(_, factor): &&(&str, u64)| bytes > 0 && bytes.is_multiple_of(*factor);
    match UNITS.iter().find(whole) {
        Some((name, factor)) => format!("{} {name}", bytes / factor),
        None if bytes == 1 => "1 byte".into(),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows_sizes() {
        for (text, bytes, shown) in [
            ("0", 0, "0 bytes"),
            ("1", 1, "1 byte"),
            ("5123", 5123, "5123 bytes"),
            ("5123B", 5123, "5123 bytes"),
            ("64MiB", 64 << 20, "64 MiB"),
            ("64 mib", 64 << 20, "64 MiB"),
            ("1024GiB", 1 << 40, "1 TiB"),
            (
                "18446744073709551615",
                u64::MAX,
                "18446744073709551615 bytes",
            ),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
            assert_eq!(shown_size(bytes), shown);
        }
        for nonsense in [
            "",
            "MiB",
            "-1",
            "+1",
            "1.5MiB",
            "1MB",
            "1x",
            "99999999999TiB",
        ] {
            assert!(size(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn reads_seconds() {
        assert_eq!(seconds("0"), Ok(Duration::ZERO));
        assert_eq!(seconds("1.5"), Ok(Duration::from_millis(1500)));
        for nonsense in ["", "ten", "-1", "NaN", "inf", "1e300", "-0.1"] {
            assert!(seconds(nonsense).is_err(), "{nonsense}");
        }
        for nonsense in ["0", "-0", "0.0000001"] {
            assert!(positive_seconds(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn a_mistake_is_one_line() {
        let explained = "error: unexpected argument '--lisen' found\n\n  tip: a similar argument \
                         exists: '--listen'\n\nUsage: x [OPTIONS]\n\nFor more information, try '--help'.\n";
        assert_eq!(
            one_line(explained),
            "unexpected argument '--lisen' found; tip: a similar argument exists: '--listen' (see --help)"
        );
    }
}
