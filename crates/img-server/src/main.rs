//! `img-server`: sends pictures to everyone who connects. What it sends is in the library.

use std::process::ExitCode;

use common::listen::Listener;
use common::server::{self, Limits};
use common::shutdown::Shutdown;
use common::{args, exit, log};
use img_server::args::ImgServer;
use img_server::prepared::Prepared;

/// How many bytes may wait in the kernel for their turn to be sent. With 128 KiB, half as many
/// pictures again leave over loopback in a second as without a limit: the client finds them in the
/// processor's cache.
const UNSENT: u32 = 128 << 10;

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), serve)
}

fn serve() -> anyhow::Result<()> {
    let args: ImgServer = args::parse()?;
    log::start(&args.log);
    let pictures = Prepared::read(&args.files)?;
    let shutdown = Shutdown::on_signals()?;
    let listener = Listener::bind(&args.listen)?;
    listener.announce()?;
    let limits = Limits::from(&args.server);
    server::serve(listener, limits, &shutdown, move |client| {
        client.limit_unsent(UNSENT)?;
        Ok(client.send_last(pictures.bytes())?)
    })
}
