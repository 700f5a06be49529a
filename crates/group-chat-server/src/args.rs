//! The flags of `group-chat-server`.

use clap::{Parser, ValueEnum};
use common::address::Address;
use common::args::{LogArgs, ServerArgs, size};

use crate::DEFAULT_ADDRESS;

/// A chat room for nc, for the tutorials' clients and for group-chat-client, all in one
#[derive(Debug, Parser)]
#[command(
    name = "group-chat-server",
    version,
    after_help = "Example: group-chat-server --listen 0.0.0.0:8888 --history 20\n\
                  Then, elsewhere: group-chat-client HOST:8888 --nick Ann, or nc HOST 8888\n\n\
                  Lines typed here are notices to everyone; who lists who is there, quit ends.\n\n\
                  Limits: a nickname has 1 to 32 characters; a third refused one closes the \
                  connection; a dead connection is found within two minutes. A SIZE is in bytes, or with \
                  KiB, MiB, GiB, TiB; --max-message is at most 1MiB.",
    mut_arg("max_connections", |arg| arg.default_value("10000")),
    mut_arg("idle_timeout", |arg| arg.default_value("0")),
)]
pub struct GroupChatServer {
    /// Where to listen: HOST:PORT (IPv6 in brackets) or unix:/path; port 0 is any free port
    #[arg(long, value_name = "ADDR", default_value = DEFAULT_ADDRESS)]
    pub listen: Address,
    /// No nicknames: everything goes to everyone, the sender included; quit leaves
    #[arg(long)]
    pub open: bool,
    /// Tell those who join the last N messages to all
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(..=10_000))]
    pub history: u32,
    /// The longest message; a longer line is thrown away, a longer frame closes its connection
    #[arg(long, value_name = "SIZE", default_value = "16KiB", value_parser = message_size)]
    pub max_message: usize,
    /// What may wait for a client that does not read, before it is cut off
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = queue_size)]
    pub queue: usize,
    /// Messages a second from each client, and as many at once; a faster one is read more slowly (0: no limit)
    #[arg(long, value_name = "N", default_value = "50", allow_negative_numbers = true, value_parser = clap::value_parser!(u32).range(..=1_000_000))]
    pub rate: u32,
    /// The charset that text clients are sent; auto: GBK to those who send it, or no newlines
    #[arg(long, value_name = "CHARSET", default_value = "auto")]
    pub text_charset: TextCharset,
    /// Tell of joins and leaves while fewer than N are online
    #[arg(
        long,
        value_name = "N",
        default_value = "100",
        allow_negative_numbers = true
    )]
    pub announce_below: u32,
    /// Connections and time-outs.
    #[command(flatten)]
    pub server: ServerArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// The charset that text clients are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TextCharset {
    /// As the client shows
    Auto,
    /// UTF-8
    #[value(name = "utf-8")]
    Utf8,
    /// GBK
    Gbk,
}

fn message_size(text: &str) -> Result<usize, String> {
    size_between(text, 1 << 6, 1 << 20)
}

fn queue_size(text: &str) -> Result<usize, String> {
    size_between(text, 1 << 10, 1 << 30)
}

fn size_between(text: &str, least: u64, most: u64) -> Result<usize, String> {
    let size = size(text)?;
    match usize::try_from(size) {
        Ok(small) if (least..=most).contains(&size) => Ok(small),
        _ => Err(format!("a size from {least} to {most} bytes")),
    }
}
