//! `time-client`: asks a time server what time it is. The protocol is in the library.

use std::process::ExitCode;

use common::printable::printable;
use common::{args, exit, log};
use time_server::args::TimeClient;
use time_server::client;

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), ask)
}

fn ask() -> anyhow::Result<()> {
    let args: TimeClient = args::parse()?;
    log::start(&args.log);
    let answer = if args.udp {
        client::ask_by_datagram(&args.server, args.client.timeout)?
    } else {
        client::ask(&args.server, args.client.timeout)?
    };
    exit::print_line(&printable(answer.trim_ascii_end()).to_string())
}
