//! The flags of `wiretap`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use clap::{Parser, Subcommand, ValueEnum};
use common::address::Address;
use common::args::{LogArgs, positive_seconds, seconds};
use common::exit::Usage;
use common::received::OnConflict;

/// The longest `--delay`, in milliseconds.
const MAX_DELAY: u64 = 60_000;

/// See what really goes over the wire: a relay that shows, records and spoils what passes
#[derive(Debug, Parser)]
#[command(
    name = "wiretap",
    version,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true,
    after_help = "Example: wiretap --to 127.0.0.1:9999 --tape hello.tape\n\
                  Then, elsewhere: hello-client ADDR, with the address that it prints; and at the end: \
                  wiretap draw hello.tape --as html > hello.html\n\n\
                  The tape holds everything as it was, passwords too; the views mask them.\n\n\
                  Limits: 256 KiB wait on their way in each direction (64 MiB with --delay); nothing more is \
                  read meanwhile. A datagram has at most 65,507 bytes. With --ftp, 8 data connections of one \
                  client may be announced and not yet opened. A tape's line has at most 16 MiB; a page shows \
                  5,000 rows and 2 MiB of bytes, a picture 2,000 arrows, a Mermaid diagram 500."
)]
pub struct Wiretap {
    /// What is to be done with a tape.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Where to pass everything on to: HOST:PORT (IPv6 in brackets) or unix:/path
    #[arg(long, value_name = "ADDR", required = true)]
    pub to: Option<Address>,
    /// Where to listen: HOST:PORT (IPv6 in brackets) or unix:/path; port 0 is any free port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: Address,
    /// Relay datagrams instead of connections
    #[arg(long)]
    pub udp: bool,
    /// Follow FTP's data connections: the answers to EPSV and PASV are rewritten
    #[arg(long, conflicts_with = "udp")]
    pub ftp: bool,
    /// How to show what passes, on stdout
    #[arg(long, value_name = "VIEW", default_value = "ladder")]
    pub show: Show,
    /// Record everything in this file, to be drawn later
    #[arg(long, value_name = "FILE")]
    pub tape: Option<PathBuf>,
    /// What to do when the tape's file is there already
    #[arg(long, value_name = "WHAT", default_value = "refuse")]
    pub on_conflict: OnConflict,
    /// Spoil the line: pass on this many bytes at a time, 1 ms apart
    #[arg(long, value_name = "BYTES", conflicts_with = "udp", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub chunk: Option<u32>,
    /// Spoil the line: hold each direction back by so many milliseconds (60,000 at most)
    #[arg(long, value_name = "MS", default_value = "0", allow_negative_numbers = true, value_parser = RangedU64ValueParser::<u64>::new().range(..=MAX_DELAY))]
    pub delay: u64,
    /// Spoil the line: lose so many of 100 datagrams
    #[arg(long, value_name = "PERCENT", requires = "udp", allow_negative_numbers = true, value_parser = percent)]
    pub drop: Option<f64>,
    /// Spoil the line: reset each connection once so many bytes have passed, both directions together
    #[arg(
        long,
        value_name = "BYTES",
        conflicts_with = "udp",
        allow_negative_numbers = true
    )]
    pub reset_after: Option<u64>,
    /// How long connecting to --to may take
    #[arg(long, value_name = "SECS", default_value = "10", allow_negative_numbers = true, value_parser = positive_seconds)]
    pub timeout: Duration,
    /// Relay at most this many connections at once; whoever comes then waits in the backlog. With
    /// --udp, at most this many clients; the one that was silent longest is forgotten
    #[arg(long, value_name = "N", default_value = "1024", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub max_connections: u32,
    /// Reset a connection that has been silent for so long (0: never)
    #[arg(long, value_name = "SECS", default_value = "0", allow_negative_numbers = true, value_parser = seconds)]
    pub idle_timeout: Duration,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// What can be done besides relaying.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Draw a tape, on stdout
    Draw(Draw),
}

/// The arguments of `wiretap draw`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: wiretap draw hello.tape --as html > hello.html")]
pub struct Draw {
    /// The tape; - is standard input
    #[arg(value_name = "TAPE")]
    pub tape: PathBuf,
    /// As what to draw it
    #[arg(long = "as", value_name = "VIEW", default_value = "ladder")]
    pub view: DrawAs,
}

/// How to show what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Show {
    /// Two life lines, an arrow for each message
    Ladder,
    /// Every byte, with its offset
    Hex,
    /// What is text, line by line
    Text,
    /// A JSON object for each message
    Json,
    /// Nothing
    None,
}

/// As what to draw a tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DrawAs {
    /// Two life lines, an arrow for each message, as text
    Ladder,
    /// The same as a picture
    Svg,
    /// The same as a page that needs nothing else, with all bytes
    Html,
    /// The same as a diagram for Markdown
    Mermaid,
    /// A JSON object for each message
    Json,
    /// Every byte, with its offset
    Hex,
    /// What is text, line by line
    Text,
}

impl Wiretap {
    /// Checks what clap cannot.
    ///
    /// # Errors
    /// [`Usage`].
    pub fn check(&self) -> Result<(), Usage> {
        let is_unix = |address: &Address| matches!(address, Address::Unix(_));
        let over_unix = is_unix(&self.listen) || self.to.as_ref().is_some_and(is_unix);
        let wrong = if self.command.is_some() && self.to.is_some() {
            "either a tape is drawn or a line relayed: draw and --to cannot be used together"
        } else if self.udp && over_unix {
            "a unix socket cannot be relayed with --udp: write HOST:PORT"
        } else if self.ftp && over_unix {
            "--ftp needs HOST:PORT on both sides: data connections go to a port"
        } else {
            return Ok(());
        };
        Err(Usage(format!("{wrong} (see --help)")))
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.parse::<f64>().ok();
    percent
        .filter(|percent| (0.0..=100.0).contains(percent))
        .ok_or_else(|| "a number from 0 to 100".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Wiretap::command().debug_assert();
    }
}
