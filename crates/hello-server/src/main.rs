//! `hello-server`: welcomes everyone and says hello to every name. The protocol is in the
//! library.

use std::process::ExitCode;

use common::listen::Listener;
use common::server::Limits;
use common::shutdown::Shutdown;
use common::{args, exit, log};
use hello_server::args::HelloServer;
use hello_server::server::{self, Manners};

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), serve)
}

fn serve() -> anyhow::Result<()> {
    let args: HelloServer = args::parse()?;
    log::start(&args.log);
    let shutdown = Shutdown::on_signals()?;
    let listener = Listener::bind(&args.listen)?;
    listener.announce()?;
    let manners = Manners {
        greeting: args.greeting,
        reply: args.reply,
        exit_word: args.exit_word,
        delay: args.delay,
        once: args.once,
        framing: args.framing,
    };
    server::serve(listener, Limits::from(&args.server), &shutdown, manners)
}
