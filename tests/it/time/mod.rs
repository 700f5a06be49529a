//! The time exercise: `time-server`, `time-client`, and what the tutorial's programs would say to
//! either.

mod client;
mod formats;
mod server;
mod udp;

/// The default format: what `print(datetime.now())` shows.
const PYTHON: &str = "0000-00-00 00:00:00.000000";
