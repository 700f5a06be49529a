//! `tcp-chat`: a chat between two, both directions at once. The conversation is in the library.

use std::process::ExitCode;

use common::budget::Budget;
use common::connect::connect;
use common::listen::Listener;
use common::shutdown::Shutdown;
use common::{args, exit, log, terminal};
use tcp_chat::args::{Side, TcpChat};
use tcp_chat::{chat, host};

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), meet)
}

fn meet() -> anyhow::Result<()> {
    let args: TcpChat = args::parse()?;
    log::start(&args.log);
    let (stream, shutdown) = match args.side {
        Side::Listen { address } => {
            let shutdown = Shutdown::on_signals()?;
            let listener = Listener::bind(&address)?;
            listener.announce()?;
            match host::first_guest(listener, &shutdown)? {
                Some(stream) => (stream, shutdown),
                None => return Ok(()),
            }
        }
        Side::Connect { address } => {
            // Until there is somebody to take leave of, a signal ends us as the system does it.
            let stream = connect(&address, &Budget::new(args.timeout))?;
            (stream, Shutdown::on_signals()?)
        }
    };
    let (terminal, lines) = terminal::open(terminal::PROMPT, &shutdown)?;
    chat::talk(stream, args.framing, lines, &terminal, &shutdown)
}
