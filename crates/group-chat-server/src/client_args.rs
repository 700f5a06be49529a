//! The flags of `group-chat-client`.

use std::time::Duration;

use clap::Parser;
use common::address::Address;
use common::args::{ClientArgs, LogArgs, seconds};

use crate::DEFAULT_ADDRESS;

/// Talk in a group chat: at a terminal, or from a script
#[derive(Debug, Parser)]
#[command(
    name = "group-chat-client",
    version,
    after_help = "Example: group-chat-client 127.0.0.1:8888 --nick Rose\n\
                  From a script: echo 'Rose:it is done' | group-chat-client --nick bot\n\n\
                  What a line means:\n  \
                  TEXT      to everyone\n  \
                  NAME:TEXT to NAME alone\n  \
                  :TEXT     to everyone, whatever colons are in it; so is text with a space\n  \
                  \u{20}         before its first colon\n  \
                  /who      who is there\n  \
                  /help     this list\n  \
                  /quit     leave; so does the end of input (Ctrl-D)\n  \
                  //TEXT    to everyone, beginning with one slash\n\n\
                  Without a terminal a message is a line FROM:TEXT on stdout, and what the server \
                  refuses is said on stderr. In a room without nicknames (a server with --open) \
                  every line goes to everyone as it stands.\n\n\
                  Limits: a frame from or to the server has at most 1 MiB (the server's own limit \
                  for a message is lower). At most 64 lines, or 64 KiB, are on their way without \
                  the server's word that it has taken them; at most 1,000, or 1 MiB, wait behind \
                  them or for the connection to come back, then no more are read. --reconnect \
                  pauses for 0.5 s, then for twice as long each time, up to 30 s; the first \
                  connection has to succeed."
)]
pub struct GroupChatClient {
    /// The server: HOST:PORT (IPv6 in brackets) or unix:/path
    #[arg(value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    pub server: Address,
    /// The nickname to come in under
    #[arg(long, value_name = "NAME")]
    pub nick: String,
    /// Print all that the server says as one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// Come back when the connection breaks or the server restarts
    #[arg(long)]
    pub reconnect: bool,
    /// Go on listening after the end of input, until Ctrl-C
    #[arg(long)]
    pub stay: bool,
    /// Ask a server that has been silent for so long whether it is there (0: never)
    #[arg(long, value_name = "SECS", default_value = "60", allow_negative_numbers = true, value_parser = seconds)]
    pub ping_after: Duration,
    /// Time-out.
    #[command(flatten)]
    pub client: ClientArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}
