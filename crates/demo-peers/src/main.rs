//! `demo-peers`: stand-in servers. What each of them does is in the library.

use std::process::ExitCode;

use common::listen::Listener;
use common::server::{self, Limits};
use common::shutdown::Shutdown;
use common::{args, exit, log};
use demo_peers::args::{DemoPeers, Peer};
use demo_peers::page;

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), serve)
}

fn serve() -> anyhow::Result<()> {
    let args: DemoPeers = args::parse()?;
    log::start(&args.log);
    let shutdown = Shutdown::on_signals()?;
    let Peer::Page { at } = args.peer;
    let listener = Listener::bind(&at.listen)?;
    listener.announce()?;
    server::serve(listener, Limits::from(&at.server), &shutdown, page::answer)
}
