//! `demo-peers`: stand-in servers. What each of them does is in the library.

use std::process::ExitCode;

use common::listen::Listener;
use common::server::{self, Limits};
use common::shutdown::Shutdown;
use common::stream::Stream;
use common::{args, exit, log};
use demo_peers::args::{At, DemoPeers, Peer};
use demo_peers::listing::Listing;
use demo_peers::smtp::Smtp;
use demo_peers::{ftp, page, sms};

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), serve)
}

fn serve() -> anyhow::Result<()> {
    let args: DemoPeers = args::parse()?;
    log::start(&args.log);
    let shutdown = Shutdown::on_signals()?;
    match args.peer {
        Peer::Ftp(args) => {
            let site = ftp::Site::new(&args)?;
            answer(&args.at, &shutdown, move |stream| site.answer(stream))
        }
        Peer::Page { at } => answer(&at, &shutdown, page::answer),
        Peer::Listing { pictures, at } => {
            let listing = Listing::new(pictures)?;
            answer(&at, &shutdown, move |stream| listing.serve(stream))
        }
        Peer::Sms { gateway, at } => {
            let gateway = sms::Gateway::new(gateway)?;
            answer(&at, &shutdown, move |stream| gateway.answer(stream))
        }
        Peer::Smtp { smtp, at } => {
            let smtp = Smtp::new(smtp)?;
            answer(&at, &shutdown, move |stream| smtp.answer(stream))
        }
    }
}

/// Serves each connection by `handler`, in a thread of its own.
fn answer(
    at: &At,
    shutdown: &Shutdown,
    handler: impl Fn(&Stream) -> anyhow::Result<()> + Send + Sync + 'static,
) -> anyhow::Result<()> {
    let listener = Listener::bind(&at.listen)?;
    listener.announce()?;
    server::serve(listener, Limits::from(&at.server), shutdown, handler)
}
