//! The flags of `udp-chat`.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use common::address::Address;
use common::args::{LogArgs, positive_seconds};

use crate::charset::Charset;

/// Chat in datagrams, with one other person or with everyone on the local network
#[derive(Debug, Parser)]
#[command(
    name = "udp-chat",
    version,
    after_help = "Example: udp-chat --bind 0.0.0.0:40000\n\
                  Then, elsewhere: udp-chat --peer HOST:40000 --name Rose\n\n\
                  Rooms, the same command on each host:\n  \
                  udp-chat --multicast 239.7.7.7:40000 --name Rose\n  \
                  udp-chat --broadcast 40000 --name Rose\n\n\
                  A line q or quit, Ctrl-D or the end of input ends it.\n\n\
                  Limits: a message has at most 65,507 bytes. While nobody has written yet, 100 \
                  lines are kept. Datagrams get lost, and change their order: that is UDP."
)]
pub struct UdpChat {
    /// Where to wait, and to send from: HOST:PORT (IPv6 in brackets); port 0 is any free port
    /// [default: 127.0.0.1:40000; with --peer, any free port; in a room, every interface]
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<Address>,
    /// The other side; without it, whoever writes first
    #[arg(long, value_name = "HOST:PORT")]
    pub peer: Option<Address>,
    /// What the other side is sent first, so that it learns our address
    #[arg(long, value_name = "TEXT", default_value = "hello", requires = "peer", conflicts_with_all = ["multicast", "broadcast"])]
    pub hello: String,
    /// Talk to everyone who has joined the group, such as 239.7.7.7:40000 (IPv6 in brackets)
    #[arg(long, value_name = "GROUP:PORT", conflicts_with_all = ["peer", "broadcast"], value_parser = group)]
    pub multicast: Option<SocketAddr>,
    /// Talk to everyone on the local networks who listens at the port
    #[arg(long, value_name = "PORT", conflicts_with = "peer")]
    pub broadcast: Option<u16>,
    /// Put `NAME: ` before each text that is sent
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub name: Option<String>,
    /// How text is written in bytes
    #[arg(long, default_value = "utf-8")]
    pub charset: Charset,
    /// Go on listening after the end of input, until Ctrl-C
    #[arg(long)]
    pub stay: bool,
    /// How long the look-up of a host's name may take
    #[arg(long, value_name = "SECS", default_value = "10", allow_negative_numbers = true, value_parser = positive_seconds)]
    pub timeout: Duration,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Reads the address of a multicast group.
fn group(text: &str) -> Result<SocketAddr, String> {
    match text.parse::<SocketAddr>() {
        Ok(group) if group.ip().is_multicast() => Ok(group),
        Ok(_) => {
            Err("not a multicast group: those are 224.0.0.0 to 239.255.255.255 and ff…".into())
        }
        Err(_) => Err("write GROUP:PORT, like 239.7.7.7:40000 or [ff02::7777]:40000".into()),
    }
}

/// Reads a name. It is shown in other people's terminals, and must not look like several lines.
fn name(text: &str) -> Result<String, String> {
    match text.contains(char::is_control) {
        true => Err("a name has no control characters".into()),
        false => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_told_from_other_addresses() {
        for text in ["224.0.0.1:1", "239.255.255.255:65535", "[ff02::1]:0"] {
            assert_eq!(group(text).unwrap().to_string(), text);
        }
        for text in [
            "223.255.255.255:1",
            "240.0.0.0:1",
            "[fe80::1]:1",
            "239.7.7.7",
            ":1",
            "",
        ] {
            assert!(group(text).is_err(), "{text}");
        }
    }
}
