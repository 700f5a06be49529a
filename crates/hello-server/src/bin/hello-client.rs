//! `hello-client`: sends names to a hello server and prints what it answers. The protocol is in
//! the library.

use std::process::ExitCode;

use anyhow::{Context, ensure};
use common::budget::Budget;
use common::connect::connect;
use common::framing::{Ending, Framing};
use common::printable::printable;
use common::{args, exit, log};
use hello_server::args::HelloClient;
use hello_server::client::{self, Talk};

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), talk)
}

fn talk() -> anyhow::Result<()> {
    let args: HelloClient = args::parse()?;
    log::start(&args.log);
    let talk = Talk {
        names: args.names,
        repeat: args.repeat,
        exit_word: args.exit_word,
        greeting: !args.no_greeting,
        framing: args.framing,
        // Sent all at once, only a newline can part them.
        ending: if args.newline || args.pipeline {
            Ending::Newline
        } else {
            Ending::Nothing
        },
        timeout: args.client.timeout,
    };
    talk.check()?;
    let stream = connect(&args.server, &Budget::new(args.client.timeout))?;
    tracing::debug!("connected to {}", stream.peer());
    let task = || format!("cannot talk to {}", args.server);
    let show = |message: &[u8]| exit::print_line(&printable(message).to_string());
    if args.pipeline {
        let counts = client::all_at_once(&stream, &talk, show).with_context(task)?;
        tracing::info!(
            "sent {} messages, received {}",
            counts.sent,
            counts.received
        );
        // Under `raw`, fewer is what is to be seen.
        ensure!(
            counts.received >= counts.sent || talk.framing == Framing::Raw,
            "{} closed before it had answered every name",
            args.server
        );
        Ok(())
    } else {
        client::one_by_one(&stream, &talk, show).with_context(task)
    }
}
