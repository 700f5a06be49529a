//! The conversation: a thread that reads the connection, a thread that reads the lines, and the
//! one that decides when it is over.
//!
//! Two threads because each direction has a wait of its own: with one, nobody could speak before
//! the other has answered, which is how the tutorials' programs take turns.
//!
//! # The end
//!
//! Whoever ends the chat closes only its sending side (a half-close): so everything it has said
//! arrives, followed by the end of the stream, and what the other side is still saying is still
//! shown. It then waits for the other side's end, as long as something comes at least every
//! [`GRACE`]; the tutorials' programs, which never close by themselves, are left after that. A
//! socket that was simply closed would answer anything that arrives later with a reset, and the
//! reset could take with it what the other side has not read yet.
//!
//! So the end of the other side's stream does not mean that nobody listens there any more (that
//! looks the same): what has been typed so far is still sent. A pipe that stays open may never
//! end, though, so it is over once nothing has been there to send for 200 ms.

use std::io;
use std::net::Shutdown as Direction;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Once};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use common::framing::{Ending, Framing, MAX_MESSAGE};
use common::incoming::{Incoming, IncomingError};
use common::printable::printable;
use common::shutdown::{GRACE, Shutdown};
use common::stream::Stream;
use common::terminal::{Lines, QUIT, Screen, Terminal};

/// How long somebody who goes on talking after our end is listened to.
const LAST_WORDS: Duration = Duration::from_secs(30);

/// How long a line of ours is waited for once the other side has said its last.
const QUIET: Duration = Duration::from_millis(200);

/// What can happen, whichever thread sees it.
enum Event {
    /// A message was shown.
    Shown,
    /// The other side has ended its stream, and all it said was shown.
    Left,
    /// The same, and it cannot hear us any more: the connection was reset.
    Gone,
    /// The connection cannot be read any further, or nothing can be shown any more.
    Deaf(anyhow::Error),
    /// All lines so far were sent, and the next one is waited for.
    Waiting,
    /// A line is there, and is being sent.
    Sending,
    /// No more lines will come.
    InputEnded,
    /// A line could not be read.
    InputFailed(anyhow::Error),
    /// A line could not be sent.
    Mute(io::Error),
    /// A signal asks for the end.
    Shutdown,
}

/// Sends `lines` and shows what comes, until either side ends it or `shutdown` is requested. A
/// peer that leaves is no error, nor is it if it has not read everything; that is said.
///
/// # Errors
/// The connection broke, the other side sent what cannot be understood, a line could not be sent,
/// or stdin or stdout failed.
pub fn talk(
    stream: Stream,
    framing: Framing,
    lines: Lines,
    terminal: &Terminal,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    let peer = stream.peer();
    tracing::info!("talking to {peer}");
    let (happened, events) = mpsc::channel();
    let line = Arc::new(Line {
        stream,
        framing,
        newlines: AtomicBool::new(true),
        loss: Once::new(),
    });
    start("incoming", &line, &happened, {
        let screen = terminal.screen();
        move |line, happened| listen(line, &screen, happened)
    })?;
    start("lines", &line, &happened, |line, happened| {
        speak(line, lines, happened)
    })?;
    shutdown.calls_back(move || drop(happened.send(Event::Shutdown)));

    let mut sending = true;
    loop {
        // A sender lives in `shutdown`, so the channel outlives the threads.
        match events.recv()? {
            Event::Shown => {}
            Event::Waiting => sending = false,
            Event::Sending => sending = true,
            Event::Left => return line.send_the_rest(&events, sending, &peer),
            Event::Gone => {
                line.tell_loss(&peer);
                return Ok(());
            }
            Event::Deaf(error) => {
                return Err(error.context(format!("cannot go on talking to {peer}")));
            }
            Event::InputEnded => return line.finish(&events, LAST_WORDS, &peer),
            Event::InputFailed(error) => {
                line.finish(&events, GRACE, &peer)?;
                return Err(error);
            }
            Event::Mute(error) => {
                // What it said before it went may still be on its way to the screen.
                line.finish(&events, GRACE, &peer)?;
                return line.mute(error, &peer);
            }
            Event::Shutdown => return line.finish(&events, GRACE, &peer),
        }
    }
}

/// Starts one of the threads. Nobody waits for them: a read from a terminal cannot be called
/// off, so they end with the process.
fn start(
    name: &str,
    line: &Arc<Line>,
    happened: &Sender<Event>,
    body: impl FnOnce(&Line, &Sender<Event>) + Send + 'static,
) -> anyhow::Result<()> {
    let (line, happened) = (Arc::clone(line), happened.clone());
    thread::Builder::new()
        .name(name.into())
        .spawn(move || body(&line, &happened))
        .context("cannot start a thread")?;
    Ok(())
}

/// The connection, and how the other side likes its messages.
struct Line {
    stream: Stream,
    framing: Framing,
    /// Whether the other side ends its messages with newlines, as far as it has shown.
    newlines: AtomicBool,
    /// Whoever notices it first says it: the thread that sends, or the one that reads.
    loss: Once,
}

impl Line {
    fn ending(&self) -> Ending {
        if self.newlines.load(Ordering::Relaxed) {
            Ending::Newline
        } else {
            Ending::Nothing
        }
    }

    /// Says that not everything was read: a socket that is closed with something unread in it, or
    /// is sent something after it was closed, answers with a reset.
    fn tell_loss(&self, peer: &str) {
        self.loss.call_once(|| {
            tracing::warn!("{peer} has left, perhaps without having read everything");
        });
    }

    /// What comes of a line that could not be sent: whoever has left may do so.
    fn mute(&self, error: io::Error, peer: &str) -> anyhow::Result<()> {
        if is_reset(&error) {
            self.tell_loss(peer);
            return Ok(());
        }
        Err(error).with_context(|| format!("cannot send to {peer}"))
    }

    /// The other side has said its last: sends what there still is to send.
    fn send_the_rest(
        &self,
        events: &mpsc::Receiver<Event>,
        mut sending: bool,
        peer: &str,
    ) -> anyhow::Result<()> {
        tracing::info!("{peer} has left");
        let outcome = loop {
            let event = match sending {
                true => events.recv().map_err(RecvTimeoutError::from),
                false => events.recv_timeout(QUIET),
            };
            match event {
                Ok(Event::Waiting) => sending = false,
                Ok(Event::Sending) => sending = true,
                Ok(Event::InputFailed(error)) => break Err(error),
                Ok(Event::Mute(error)) => break self.mute(error, peer),
                Ok(Event::InputEnded | Event::Shutdown) => break Ok(()),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break Ok(()),
                // The thread that reads has ended.
                Ok(Event::Shown | Event::Left | Event::Gone | Event::Deaf(_)) => {}
            }
        };
        if self.stream.shutdown(Direction::Write).is_err() {
            self.tell_loss(peer);
        }
        outcome
    }

    /// Ends our side, and waits for the end of the other: at most for `limit`, and for [`GRACE`]
    /// without a word. A signal ends the waiting.
    fn finish(
        &self,
        events: &mpsc::Receiver<Event>,
        limit: Duration,
        peer: &str,
    ) -> anyhow::Result<()> {
        if self.stream.shutdown(Direction::Write).is_err() {
            self.tell_loss(peer);
        }
        let end = Instant::now() + limit;
        let mut patience = Instant::now() + GRACE;
        loop {
            let left = patience.min(end).saturating_duration_since(Instant::now());
            match events.recv_timeout(left) {
                Ok(Event::Shown) => patience = Instant::now() + GRACE,
                Ok(Event::Left) => {
                    tracing::debug!("{peer} has left");
                    return Ok(());
                }
                Ok(Event::Gone) => {
                    self.tell_loss(peer);
                    return Ok(());
                }
                Ok(Event::Deaf(error)) => {
                    return Err(error.context(format!("cannot go on talking to {peer}")));
                }
                Ok(Event::Shutdown) => return Ok(()),
                // That nothing more can be sent is how we want it.
                Ok(Event::Waiting | Event::Sending) => {}
                Ok(Event::InputEnded | Event::InputFailed(_) | Event::Mute(_)) => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    tracing::debug!("left {peer}, which did not close");
                    return Ok(());
                }
            }
        }
    }
}

/// Shows every message until the other side closes.
fn listen(line: &Line, screen: &Screen, happened: &Sender<Event>) {
    // Nobody hears an event once the end is decided.
    let _ = happened.send(match show_all(line, screen, happened) {
        Ok(()) => Event::Left,
        Err(error) => match error.downcast_ref() {
            Some(IncomingError::Io(broken)) if is_reset(broken) => Event::Gone,
            _ => Event::Deaf(error),
        },
    });
}

/// Whether a connection broke because the other side closed it altogether.
fn is_reset(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}

fn show_all(line: &Line, screen: &Screen, happened: &Sender<Event>) -> anyhow::Result<()> {
    let mut incoming = Incoming::new(&line.stream, line.framing, MAX_MESSAGE, None)?;
    while let Some(message) = incoming.next_message()? {
        tracing::trace!("received {} bytes", message.bytes.len());
        line.newlines
            .store(message.ending == Ending::Newline, Ordering::Relaxed);
        screen.print(&printable(message.bytes).to_string())?;
        let _ = happened.send(Event::Shown);
    }
    Ok(())
}

/// Sends every line until one says that this was all.
fn speak(line: &Line, mut lines: Lines, happened: &Sender<Event>) {
    let mut outgoing = Vec::new();
    let tell = |event| drop(happened.send(event));
    let end = loop {
        tell(Event::Waiting);
        let text = match lines.next_line() {
            Ok(Some(text)) if !QUIT.contains(&text.as_str()) => text,
            Ok(_) => break Event::InputEnded,
            Err(error) => break Event::InputFailed(error),
        };
        tell(Event::Sending);
        outgoing.clear();
        line.framing
            .encode(text.as_bytes(), line.ending(), &mut outgoing);
        tracing::trace!("sending {} bytes", outgoing.len());
        if let Err(error) = line.stream.send(&outgoing) {
            break Event::Mute(error);
        }
    };
    tell(end);
}
