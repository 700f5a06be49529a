//! `udp-chat`: a chat in datagrams, between two or in a room. The conversation is in the library.

use std::process::ExitCode;

use anyhow::Context;
use common::budget::Budget;
use common::exit::print_line;
use common::shutdown::Shutdown;
use common::{args, exit, log, terminal};
use udp_chat::args::UdpChat;
use udp_chat::chat::{self, Company};
use udp_chat::pair::Pair;
use udp_chat::room::Room;
use udp_chat::voice::Voice;

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), meet)
}

fn meet() -> anyhow::Result<()> {
    let args: UdpChat = args::parse()?;
    log::start(&args.log);
    let budget = Budget::new(args.timeout);
    let bind = args.bind.as_ref();
    let company = match (args.multicast, args.broadcast) {
        (Some(group), _) => Company::Room(Room::multicast(group, bind, &budget)?),
        (_, Some(port)) => Company::Room(Room::broadcast(port, bind, &budget)?),
        _ => Company::Pair(Pair::open(bind, args.peer.as_ref(), &budget)?),
    };
    // Not before: the look-up of a name is ended by a signal as the system does it.
    let shutdown = Shutdown::on_signals()?;
    let address = company.address().context("cannot tell the address")?;
    print_line(&format!("listening on udp {address}"))?;
    let voice = Voice {
        name: args.name,
        charset: args.charset,
    };
    let hello = args.peer.is_some().then_some(args.hello);
    let (terminal, lines) = terminal::open(terminal::PROMPT, &shutdown)?;
    chat::talk(
        company, voice, hello, args.stay, lines, &terminal, &shutdown,
    )
}
