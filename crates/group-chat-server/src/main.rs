//! `group-chat-server`: one room for every kind of client. The room is in the library.

use std::process::ExitCode;

use common::listen::Listener;
use common::server::Limits;
use common::shutdown::Shutdown;
use common::{args, exit, log};
use group_chat_server::args::GroupChatServer;
use group_chat_server::person::Manners;
use group_chat_server::room::Rules;
use group_chat_server::server;

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), serve)
}

fn serve() -> anyhow::Result<()> {
    let args: GroupChatServer = args::parse()?;
    log::start(&args.log);
    let shutdown = Shutdown::on_signals()?;
    let listener = Listener::bind(&args.listen)?;
    listener.announce()?;
    let rules = Rules {
        manners: Manners {
            open: args.open,
            charset: args.text_charset,
            max_message: args.max_message,
            rate: args.rate,
        },
        history: args.history as usize,
        announce_below: args.announce_below as usize,
    };
    let limits = Limits::from(&args.server);
    server::serve(listener, limits, args.queue, rules, &shutdown)
}
