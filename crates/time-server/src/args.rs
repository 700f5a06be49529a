//! The flags of `time-server` and `time-client`.

use clap::Parser;
use common::address::Address;
use common::args::{ClientArgs, LogArgs, ServerArgs};

use crate::DEFAULT_ADDRESS;
use crate::clock::Format;

/// Tell everyone who connects what time it is
#[derive(Debug, Parser)]
#[command(
    name = "time-server",
    version,
    after_help = "Example: time-server --listen 0.0.0.0:6789 --format rfc3339 --utc\n\
                  Then, elsewhere: time-client HOST:6789, or nc HOST 6789\n\n\
                  Limits: a PATTERN has at most 256 bytes; what a client sends is thrown away, and \
                  after 64 KiB of it the connection is closed.",
    mut_arg("max_connections", |arg| arg.help(
        "Keep at most this many open; the oldest one that was answered makes room for the next"
    )),
    mut_arg("idle_timeout", |arg| arg.default_value("2").help(
        "How long a client that was answered may take to close (0: for ever)"
    )),
)]
pub struct TimeServer {
    /// Where to listen: HOST:PORT (IPv6 in brackets) or unix:/path; port 0 is any free port
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    pub listen: Address,
    /// Answer datagrams instead of connections
    #[arg(long)]
    pub udp: bool,
    /// python (2026-11-21 08:15:30.123456), rfc3339, rfc867, unix, or a strftime PATTERN like '%H:%M'
    #[arg(long, default_value = "python")]
    pub format: Format,
    /// Tell UTC instead of this host's local time
    #[arg(long)]
    pub utc: bool,
    /// Connections and time-outs.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Ask a time server what time it is
#[derive(Debug, Parser)]
#[command(
    name = "time-client",
    version,
    after_help = "Example: time-client 127.0.0.1:6789\n\n\
                  Limits: an answer has at most 8,192 bytes. Over UDP the question is sent again \
                  every second until the time-out."
)]
pub struct TimeClient {
    /// The server: HOST:PORT (IPv6 in brackets) or unix:/path
    #[arg(value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    pub server: Address,
    /// Ask by datagram instead of by connection
    #[arg(long)]
    pub udp: bool,
    /// Time-out.
    #[command(flatten)]
    pub client: ClientArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}
