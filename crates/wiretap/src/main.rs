//! `wiretap`: a relay that shows, records and spoils what passes. What it does is in the library.

use std::process::ExitCode;

use common::exit::Usage;
use common::listen::Listener;
use common::shutdown::Shutdown;
use common::{args, exit, log};
use wiretap::args::{Command, Draw, Show, Wiretap};
use wiretap::recorder::Recording;
use wiretap::relay::udp::Datagrams;
use wiretap::relay::{self, Settings, Spoiling};
use wiretap::tape::Header;
use wiretap::tape::write::Tape;
use wiretap::view::{Scene, View, hex, json, ladder, text};

fn main() -> ExitCode {
    exit::run(env!("CARGO_BIN_NAME"), || {
        let args: Wiretap = args::parse()?;
        args.check()?;
        log::start(&args.log);
        match args.command {
            Some(Command::Draw(Draw { tape, view })) => wiretap::draw::draw(&tape, view),
            None => relay(args),
        }
    })
}

fn relay(args: Wiretap) -> anyhow::Result<()> {
    let settings = settings(&args)?;
    let shutdown = Shutdown::on_signals()?;
    let line = match args.udp {
        true => Line::Datagrams(Datagrams::bind(&args.listen)?),
        false => Line::Streams(Listener::bind(&args.listen)?),
    };
    let mut tape = match &args.tape {
        Some(path) => Some(Tape::create(path, args.on_conflict)?),
        None => None,
    };
    let header = Header::new(&line.address()?, &settings.to.to_string());
    if let Some(tape) = &mut tape {
        tape.begin(&header)?;
    }
    line.announce()?;
    let recording = Recording::start(tape, view(args.show, &header), &shutdown)?;
    let relayed = match line {
        Line::Streams(listener) => {
            relay::tcp::serve(listener, settings, &recording.recorder(), &shutdown)
        }
        Line::Datagrams(socket) => {
            relay::udp::serve(socket, &settings, &recording.recorder(), &shutdown)
        }
    };
    // Whatever ended it, the tape is written to its end.
    recording.finish()?;
    relayed
}

fn settings(args: &Wiretap) -> anyhow::Result<Settings> {
    let Some(to) = args.to.clone() else {
        return Err(Usage("--to is missing (see --help)".to_owned()).into());
    };
    Ok(Settings {
        to,
        ftp: args.ftp,
        spoiling: Spoiling {
            chunk: args.chunk.map(|bytes| bytes as usize),
            delay: std::time::Duration::from_millis(args.delay),
            drop: args.drop.unwrap_or_default() / 100.0,
            reset_after: args.reset_after,
        },
        timeout: args.timeout,
        max_connections: args.max_connections as usize,
        idle_timeout: Some(args.idle_timeout).filter(|timeout| !timeout.is_zero()),
    })
}

/// What is relayed.
enum Line {
    Streams(Listener),
    Datagrams(Datagrams),
}

impl Line {
    fn address(&self) -> anyhow::Result<String> {
        Ok(match self {
            Line::Streams(listener) => listener.address().to_owned(),
            Line::Datagrams(socket) => socket.address().to_string(),
        })
    }

    fn announce(&self) -> anyhow::Result<()> {
        match self {
            Line::Streams(listener) => listener.announce(),
            Line::Datagrams(socket) => socket.announce(),
        }
    }
}

fn view(show: Show, header: &Header) -> Option<Box<dyn View>> {
    let scene = Scene::of(header);
    match show {
        Show::Ladder => Some(Box::new(ladder::Ladder::for_stdout(scene, true))),
        Show::Hex => Some(Box::new(hex::Hex)),
        Show::Text => Some(Box::new(text::Text)),
        Show::Json => Some(Box::new(json::Json)),
        Show::None => None,
    }
}
