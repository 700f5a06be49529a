//! Logging to stderr: time, level, thread name and message, the four fields of the tutorials'
//! `logging.basicConfig`.
//!
//! What a program says at which level:
//! - error: it cannot go on, or a bug (`-q` shows only these);
//! - warn: something that its operator should mend (no more file descriptors);
//! - info, the default: a peer that was cut off, and why;
//! - debug (`-v`): each connection coming and going;
//! - trace (`-vv`): each message.

use std::io::{self, IsTerminal, Write};
#[cfg(feature = "terminal")]
use std::sync::OnceLock;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::time::ChronoLocal;

use crate::args::{LogArgs, LogFormat};

/// Local time with milliseconds and the offset from UTC (RFC 3339, with a space for the `T`).
const TIME: &str = "%F %T%.3f%:z";

/// Takes a line, or leaves it to stderr by returning false.
#[cfg(feature = "terminal")]
type Diversion = Box<dyn Fn(&str) -> bool + Send + Sync>;

#[cfg(feature = "terminal")]
static DIVERSION: OnceLock<Diversion> = OnceLock::new();

/// Offers every log line to `to` from now on, before it goes to stderr: where somebody types at
/// the terminal, a line written past the line editor would land in the middle of theirs. The
/// first caller keeps it.
#[cfg(feature = "terminal")]
pub(crate) fn divert(to: impl Fn(&str) -> bool + Send + Sync + 'static) {
    let _ = DIVERSION.set(Box::new(to));
}

/// Stderr, or where its lines are diverted to. The logger writes one whole line at a time.
struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        #[cfg(feature = "terminal")]
        if let (Some(take), Ok(text)) = (DIVERSION.get(), std::str::from_utf8(line))
            && take(text.trim_end_matches('\n'))
        {
            return Ok(line.len());
        }
        io::stderr().write_all(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Whether colours may be shown at a terminal: unless `NO_COLOR` says otherwise (no-color.org).
pub fn colours_are_wanted() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Starts logging as the flags ask. Call it once, first thing.
pub fn start(args: &LogArgs) {
    let level = match (args.quiet, args.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::INFO,
        (false, 1) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let builder = tracing_subscriber::fmt()
        .with_writer(|| LogWriter)
        .with_max_level(level)
        .with_timer(ChronoLocal::new(TIME.to_owned()))
        .with_ansi(io::stderr().is_terminal() && colours_are_wanted())
        .with_target(false)
        .with_thread_names(true)
        // A stderr that cannot be written to is no reason to write to it about that.
        .log_internal_errors(false);
    match args.log_format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}
