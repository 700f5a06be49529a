//! `time-server`: tells everyone who connects what time it is. The protocol is in the library.

use std::process::ExitCode;

use common::listen::Listener;
use common::server::Limits;
use common::shutdown::Shutdown;
use common::udp::DatagramServer;
use common::{args, exit, log};
use time_server::args::TimeServer;
use time_server::clock::Clock;
use time_server::{datagram_server, server};

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), serve)
}

fn serve() -> anyhow::Result<()> {
    let args: TimeServer = args::parse()?;
    log::start(&args.log);
    let shutdown = Shutdown::on_signals()?;
    let clock = Clock::new(args.format, args.utc);
    if args.udp {
        let socket = DatagramServer::bind(&args.listen)?;
        socket.announce()?;
        datagram_server::serve(socket, &clock, &shutdown)
    } else {
        let listener = Listener::bind(&args.listen)?;
        listener.announce()?;
        server::serve(listener, Limits::from(&args.server), &clock, &shutdown)
    }
}
