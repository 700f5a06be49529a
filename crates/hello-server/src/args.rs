//! The flags of `hello-server` and `hello-client`.

use std::time::Duration;

use clap::Parser;
use common::address::Address;
use common::args::{ClientArgs, LogArgs, ServerArgs, seconds};
use common::framing::Framing;

use crate::reply::Reply;
use crate::{DEFAULT_ADDRESS, DEFAULT_EXIT_WORD};

/// Welcome everyone who connects, and say hello to every name
#[derive(Debug, Parser)]
#[command(
    name = "hello-server",
    version,
    after_help = "Example: hello-server --listen 0.0.0.0:9999\n\
                  Then, elsewhere: hello-client HOST:9999 Rose, or nc HOST 9999\n\n\
                  The tutorials' other servers:\n  \
                  echo      hello-server --greeting '' --reply 'Your msg = {}' --exit-word quit\n  \
                  line      hello-server --greeting '' --reply 'hello {}'\n  \
                  one-shot  hello-server --greeting '' --reply hahahaha --once\n  \
                  session   hello-server --listen 127.0.0.1:1234 --delay 1\n\n\
                  Limits: a message has at most 1 MiB; a longer one ends its connection."
)]
pub struct HelloServer {
    /// Where to listen: HOST:PORT (IPv6 in brackets) or unix:/path; port 0 is any free port
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    pub listen: Address,
    /// What a client hears first; '' for nothing
    #[arg(long, value_name = "TEXT", default_value = "Welcome!")]
    pub greeting: String,
    /// The answer to a message, which takes the place of {}
    #[arg(long, value_name = "TEXT", default_value = "Hello, {}!")]
    pub reply: Reply,
    /// The message that closes the connection; '' for none
    #[arg(long, value_name = "WORD", default_value = DEFAULT_EXIT_WORD)]
    pub exit_word: String,
    /// Seconds of "work" before each answer
    #[arg(long, value_name = "SECS", default_value = "0", allow_negative_numbers = true, value_parser = seconds)]
    pub delay: Duration,
    /// Serve one client and one message, and end
    #[arg(long)]
    pub once: bool,
    /// How messages are told apart
    #[arg(long, default_value = "text")]
    pub framing: Framing,
    /// Connections and time-outs.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Send names to a hello server, and print its greeting and its answers
#[derive(Debug, Parser)]
#[command(
    name = "hello-client",
    version,
    after_help = "Example: hello-client 127.0.0.1:9999 Rose Think Babala\n\n\
                  Limits: an answer has at most 1 MiB. Under text framing, answers without a \
                  newline are told apart by a pause of 0.2 s."
)]
pub struct HelloClient {
    /// The server: HOST:PORT (IPv6 in brackets) or unix:/path
    #[arg(value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    pub server: Address,
    /// The names to send
    #[arg(value_name = "NAME", default_values = ["Michael", "Tracy", "Sarah"])]
    pub names: Vec<String>,
    /// How messages are told apart
    #[arg(long, default_value = "text")]
    pub framing: Framing,
    /// The last message, after which the server closes
    #[arg(long, value_name = "WORD", default_value = DEFAULT_EXIT_WORD)]
    pub exit_word: String,
    /// Do not wait for a greeting: the server sends none
    #[arg(long)]
    pub no_greeting: bool,
    /// End each name with a newline, for servers that read lines (text framing)
    #[arg(long)]
    pub newline: bool,
    /// Send everything at once, then read all answers; no exit word
    #[arg(long)]
    pub pipeline: bool,
    /// Send the list of names so many times
    #[arg(
        long,
        value_name = "N",
        default_value = "1",
        allow_negative_numbers = true,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub repeat: u32,
    /// Time-out.
    #[command(flatten)]
    pub client: ClientArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}
