//! The conversation.
//!
//! Everything that happens is an event in one queue: a datagram, an ICMP error, a line that was
//! typed. One thread takes them in turn and so owns all there is to know, without a lock; the
//! process's own thread only waits for the end, so that a signal is heard whatever the other is
//! waiting for.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use common::exit::one_line;
use common::shutdown::Shutdown;
use common::terminal::{Lines, QUIT, Screen, Terminal};

use crate::ear::{Datagram, Ear};
use crate::pair::{Pair, Sent};
use crate::room::Room;
use crate::voice::Voice;
use crate::{MAX_DATAGRAM, MAX_KEPT};

/// Events that wait to be taken.
const QUEUE: usize = 64;

/// After the last line: so long an ICMP error may take to come back and be shown.
const LAST_LOOK: Duration = Duration::from_millis(100);

/// What can happen.
#[derive(Debug)]
pub enum Event {
    /// A datagram arrived.
    Heard(Datagram),
    /// One of ours came back: nobody listens there.
    Refused,
    /// One of ours came back for another reason, or a socket has failed.
    Unreachable(io::Error),
    /// A line was typed.
    Line(String),
    /// No more lines will come.
    InputEnded,
    /// A line could not be read.
    InputFailed(anyhow::Error),
    /// A line says that this was all.
    Quit,
}

/// Those we talk to.
#[derive(Debug)]
pub enum Company {
    /// One other.
    Pair(Pair),
    /// Everybody.
    Room(Room),
}

impl Company {
    /// Where we are heard.
    ///
    /// # Errors
    /// Those of `getsockname(2)`; none in practice.
    pub fn address(&self) -> io::Result<SocketAddr> {
        match self {
            Company::Pair(pair) => pair.address(),
            Company::Room(room) => room.address(),
        }
    }
}

/// Says `hello` if there is somebody to say it to, sends `lines` and shows what comes, until the
/// lines end (with `stay`, longer) or `shutdown` is requested.
///
/// # Errors
/// Stdin or stdout failed, or a line could not be sent and its writer may not have seen why.
pub fn talk(
    company: Company,
    voice: Voice,
    hello: Option<String>,
    stay: bool,
    lines: Lines,
    terminal: &Terminal,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let (happened, events) = mpsc::sync_channel(QUEUE);
    let ear = Ear::new(happened.clone());
    match &company {
        Company::Pair(pair) => pair.listen(&ear)?,
        Company::Room(room) => room.listen(&ear)?,
    }
    let mut session = Session {
        company,
        voice,
        stay,
        ear,
        screen: terminal.screen(),
        kept: VecDeque::new(),
        unsent: 0,
    };
    if let Some(hello) = hello {
        session.say(&hello);
    }
    let (over, end) = mpsc::channel();
    let task = "cannot start a thread";
    thread::Builder::new()
        .name("lines".into())
        .spawn(move || read(lines, &happened))
        .context(task)?;
    thread::Builder::new()
        .name("chat".into())
        .spawn({
            let over = over.clone();
            // Nobody waits for it any more after a signal.
            move || drop(over.send(session.run(&events)))
        })
        .context(task)?;
    // Nothing is in flight: a datagram that was sent is out of our hands.
    shutdown.calls_back(move || drop(over.send(Ok(()))));
    end.recv()?
}

/// Queues every line.
fn read(mut lines: Lines, happened: &SyncSender<Event>) {
    loop {
        let event = match lines.next_line() {
            Ok(Some(line)) if QUIT.contains(&line.as_str()) => Event::Quit,
            Ok(Some(line)) => Event::Line(line),
            Ok(None) => Event::InputEnded,
            Err(error) => Event::InputFailed(error),
        };
        let last = !matches!(event, Event::Line(_));
        if happened.send(event).is_err() || last {
            return;
        }
    }
}

struct Session {
    company: Company,
    voice: Voice,
    stay: bool,
    ear: Ear,
    screen: Screen,
    /// Lines for a peer that is not known yet.
    kept: VecDeque<String>,
    /// How many texts could not be sent.
    unsent: usize,
}

impl Session {
    fn run(mut self, events: &Receiver<Event>) -> anyhow::Result<()> {
        loop {
            // Our own ear holds the queue open.
            match events.recv()? {
                Event::Line(line) => self.say(&line),
                Event::InputEnded if self.stay => {}
                Event::InputEnded | Event::Quit => break,
                Event::InputFailed(error) => return Err(error),
                other => self.hear(other)?,
            }
        }
        self.look_around(events)?;
        match self.unsent + self.kept.len() {
            0 => Ok(()),
            1 => bail!("one line was not sent"),
            unsent => bail!("{unsent} lines were not sent"),
        }
    }

    /// Shows what comes in the moment after the last line.
    fn look_around(&mut self, events: &Receiver<Event>) -> anyhow::Result<()> {
        if matches!(&self.company, Company::Room(_)) {
            return Ok(());
        }
        let end = Instant::now() + LAST_LOOK;
        loop {
            match events.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(event) => self.hear(event)?,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    fn hear(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Heard(datagram) => self.show(&datagram),
            Event::Refused => {
                self.tell_refusal();
                Ok(())
            }
            Event::Unreachable(error) => {
                let error = anyhow::Error::new(error).context("a datagram did not arrive");
                tracing::info!("{}", one_line(&error));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn show(&mut self, datagram: &Datagram) -> anyhow::Result<()> {
        let from = datagram.from;
        let mut marks = Vec::new();
        let mut is_new_peer = false;
        match &mut self.company {
            Company::Room(room) => {
                if !room.is_news(datagram) {
                    return Ok(());
                }
            }
            Company::Pair(pair) => {
                is_new_peer = pair.heard(from, &self.ear)?;
                if pair.peer() != Some(from) {
                    marks.push("not your peer".to_owned());
                }
            }
        }
        if datagram.cut {
            marks.push(format!("cut to {MAX_DATAGRAM} bytes"));
        }
        let marks = match marks.is_empty() {
            true => String::new(),
            false => format!(" ({})", marks.join(", ")),
        };
        let text = self.voice.charset.show(&datagram.bytes);
        self.screen.print(&format!("{from}{marks}: {text}"))?;
        if is_new_peer {
            tracing::info!("talking to {from}");
            while let Some(line) = self.kept.pop_front() {
                self.say(&line);
            }
        }
        Ok(())
    }

    /// Sends a text, or keeps it; what cannot be sent is said, and ends nothing.
    fn say(&mut self, text: &str) {
        if let Err(error) = self.try_say(text) {
            self.unsent += 1;
            tracing::error!("{}", one_line(&error));
        }
    }

    fn try_say(&mut self, text: &str) -> anyhow::Result<()> {
        let task = "cannot send the line";
        let datagram = self.voice.datagram(text).context(task)?;
        match &self.company {
            Company::Room(room) => room.send(&datagram).context(task),
            Company::Pair(pair) => match pair.peer() {
                None if self.kept.len() >= MAX_KEPT => {
                    bail!("{task}: nobody has written yet, and {MAX_KEPT} lines are kept already")
                }
                None => {
                    self.kept.push_back(text.to_owned());
                    Ok(())
                }
                Some(peer) => {
                    let sent = pair.send(&datagram);
                    match sent.with_context(|| format!("cannot send to {peer}"))? {
                        Sent::Gone => {}
                        Sent::AfterRefusal => self.tell_refusal(),
                    }
                    Ok(())
                }
            },
        }
    }

    fn tell_refusal(&self) {
        match &self.company {
            Company::Pair(pair) => match pair.peer() {
                Some(peer) => tracing::info!("nobody listens at {peer}"),
                None => tracing::debug!("a refusal for nobody"),
            },
            Company::Room(_) => tracing::debug!("a refusal in a room"),
        }
    }
}
