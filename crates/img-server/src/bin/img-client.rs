//! `img-client`: receives the pictures that a server sends, and saves them. What arrives, and what
//! becomes of it, is in the library.

use std::net;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use common::budget::Budget;
use common::connect::connect;
use common::printable::printable_path;
use common::shutdown::Shutdown;
use common::{args, exit, log};
use img_server::album::{Album, Saved};
use img_server::args::ImgClient;
use img_server::progress::Progress;
use img_server::{client, view};

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), receive)
}

fn receive() -> anyhow::Result<()> {
    let args: ImgClient = args::parse()?;
    log::start(&args.log);
    let show = args.show && view::can_draw();
    if args.show && !show {
        tracing::warn!("pictures are not shown: stdout is not a terminal");
    }
    let stream = Arc::new(connect(&args.server, &Budget::new(args.client.timeout))?);
    tracing::debug!("connected to {}", stream.peer());

    // Only from here on is there anything to clean up when the end is asked for.
    let shutdown = Shutdown::on_signals()?;
    let connection = Arc::clone(&stream);
    shutdown.calls_back(move || {
        // Fails where the server has gone, and then nobody waits for it.
        let _ = connection.shutdown(net::Shutdown::Both);
    });
    let album = Album::new(args.output, args.on_conflict, args.max_size);
    let progress = Progress::new(args.log.quiet);
    let saved = |saved: &Saved| tell(saved, show);
    client::receive(
        &stream,
        args.client.timeout,
        &album,
        &shutdown,
        &progress,
        saved,
    )
    .with_context(|| format!("cannot receive from {}", args.server))
}

fn tell(saved: &Saved, show: bool) -> anyhow::Result<()> {
    let path = printable_path(&saved.path).to_string();
    exit::print_line(&format!("saved {path} ({} bytes)", saved.size))?;
    if show && let Err(error) = view::draw(&saved.path) {
        // It is saved all the same.
        tracing::warn!("cannot show {path}: {}", exit::one_line(&error));
    }
    Ok(())
}
