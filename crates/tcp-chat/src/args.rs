//! The flags of `tcp-chat`.

use std::time::Duration;

use clap::{Parser, Subcommand};
use common::address::Address;
use common::args::{LogArgs, positive_seconds};
use common::framing::Framing;

use crate::DEFAULT_ADDRESS;

/// Chat with one other person, both directions at once
#[derive(Debug, Parser)]
#[command(
    name = "tcp-chat",
    version,
    arg_required_else_help = false,
    disable_help_subcommand = true,
    after_help = "Example: tcp-chat listen 0.0.0.0:12345\n\
                  Then, elsewhere: tcp-chat connect HOST:12345, or nc HOST 12345\n\n\
                  A line q or quit, Ctrl-D or the end of input ends it, and so does the other \
                  side's leaving. While nobody has come to listen, only Ctrl-C does: what is \
                  typed waits for whoever comes.\n\n\
                  Limits: a message has at most 1 MiB, a longer one ends the chat. Who has ended \
                  a chat waits for the other side to end it too, until nothing has come for 2 s. \
                  Once the other side has left, what was typed is still sent, until there has \
                  been nothing to send for 0.2 s."
)]
pub struct TcpChat {
    /// Who waits, and who comes.
    #[command(subcommand)]
    pub side: Side,
    /// How messages are told apart
    #[arg(long, global = true, default_value = "text")]
    pub framing: Framing,
    /// How long to wait for a connection (connect)
    #[arg(long, global = true, value_name = "SECS", default_value = "10", allow_negative_numbers = true, value_parser = positive_seconds)]
    pub timeout: Duration,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// The two sides of a connection.
#[derive(Debug, Subcommand)]
pub enum Side {
    /// Wait for one other side, and chat with it
    Listen {
        /// Where to listen: HOST:PORT (IPv6 in brackets) or unix:/path; port 0 is any free port
        #[arg(value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
        address: Address,
    },
    /// Connect to one that listens
    Connect {
        /// The other side: HOST:PORT (IPv6 in brackets) or unix:/path
        #[arg(value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
        address: Address,
    },
}
