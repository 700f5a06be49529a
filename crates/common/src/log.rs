//! Logging to stderr: time, level, thread name and message, the four fields of the tutorials'
//! `logging.basicConfig`.
//!
//! What a program says at which level:
//! - error: it cannot go on, or a bug (`-q` shows only these);
//! - warn: something that its operator should mend (no more file descriptors);
//! - info, the default: a peer that was cut off, and why;
//! - debug (`-v`): each connection coming and going;
//! - trace (`-vv`): each message.

use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::time::ChronoLocal;

use crate::args::{LogArgs, LogFormat};

/// Local time with milliseconds and the offset from UTC (RFC 3339, with a space for the `T`).
const TIME: &str = "%F %T%.3f%:z";

/// Starts logging as the flags ask. Call it once, first thing.
pub fn start(args: &LogArgs) {
    let level = match (args.quiet, args.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::INFO,
        (false, 1) => LevelFilter::DEBUG,
        (false, _) => LevelFilter::TRACE,
    };
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let builder = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(level)
        .with_timer(ChronoLocal::new(TIME.to_owned()))
        .with_ansi(io::stderr().is_terminal() && !no_color)
        .with_target(false)
        .with_thread_names(true)
        // A stderr that cannot be written to is no reason to write to it about that.
        .log_internal_errors(false);
    match args.log_format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
}
