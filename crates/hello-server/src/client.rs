//! The client's side: names out, greeting and answers in.

use std::io;
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use common::exit::{Usage, cause};
use common::framing::{Ending, Framing, MAX_MESSAGE};
use common::incoming::Incoming;
use common::printable::printable;
use common::stream::Stream;

/// Messages are sent in writes of about this many bytes.
const BATCH: usize = 64 << 10;

/// What the client says, and how.
#[derive(Clone, Debug)]
pub struct Talk {
    /// Sent one by one, each after the answer to the one before.
    pub names: Vec<String>,
    /// How often the list is sent.
    pub repeat: u32,
    /// Sent last. Nothing follows it, not even a newline: the tutorial's server compares all it
    /// has read.
    pub exit_word: String,
    /// Whether the server speaks first.
    pub greeting: bool,
    /// How messages are told apart.
    pub framing: Framing,
    /// How a name ends under `Text` framing.
    pub ending: Ending,
    /// How long the server may be silent, or leave what we send unread.
    pub timeout: Duration,
}

impl Talk {
    /// Makes sure that the server can tell the names apart.
    ///
    /// # Errors
    /// [`Usage`]: a name that would be none, or several, on the wire.
    pub fn check(&self) -> Result<(), Usage> {
        let text = self.framing == Framing::Text;
        for name in &self.names {
            if text && name.contains('\n') {
                let name = printable(name);
                return Err(Usage(format!(
                    "the name {name} would be two messages: use --framing length"
                )));
            }
            let is_nothing = name.is_empty() && !(text && self.ending == Ending::Newline);
            if is_nothing && self.framing != Framing::Length {
                return Err(Usage(
                    "an empty name cannot be sent: use --newline or --framing length".into(),
                ));
            }
        }
        Ok(())
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let list = || self.names.iter().map(String::as_str);
        (0..self.repeat).flat_map(move |_| list())
    }

    fn incoming<'a>(&self, stream: &'a Stream) -> io::Result<Incoming<'a>> {
        stream.set_write_timeout(Some(self.timeout))?;
        Incoming::new(stream, self.framing, MAX_MESSAGE, Some(self.timeout))
    }
}

/// Sends each name when the one before was answered, then the exit word. `show` is handed the
/// greeting and every answer.
///
/// # Errors
/// The server was silent for too long, closed too early, or sent what cannot be understood; and
/// what `show` returns.
pub fn one_by_one(
    stream: &Stream,
    talk: &Talk,
    mut show: impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut incoming = talk.incoming(stream)?;
    if talk.greeting {
        show_greeting(&mut incoming, &mut show)?;
    }
    let mut outgoing = Vec::new();
    for name in talk.names() {
        outgoing.clear();
        talk.framing
            .encode(name.as_bytes(), talk.ending, &mut outgoing);
        let task = || format!("cannot read the answer to {}", printable(name));
        stream
            .send(&outgoing)
            .with_context(|| format!("cannot send {}", printable(name)))?;
        tracing::trace!("sent {}", printable(name));
        match incoming.next_message().with_context(task)? {
            Some(answer) => show(answer.bytes)?,
            None => bail!("{}: the server closed", task()),
        }
    }
    if talk.exit_word.is_empty() {
        return Ok(());
    }
    outgoing.clear();
    talk.framing
        .encode(talk.exit_word.as_bytes(), Ending::Nothing, &mut outgoing);
    // A server that has closed by itself has no need of it.
    match stream.send(&outgoing) {
        Ok(()) => tracing::trace!("sent {}", printable(&talk.exit_word)),
        Err(error) => tracing::debug!("the exit word was not sent: {}", cause(&error)),
    }
    Ok(())
}

fn show_greeting(
    incoming: &mut Incoming,
    show: &mut impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let task = "cannot read the greeting";
    match incoming.next_message().context(task)? {
        Some(greeting) => show(greeting.bytes),
        None => bail!("{task}: the server closed without a word"),
    }
}

/// How many messages went out and how many came back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Names sent.
    pub sent: usize,
    /// Answers received, without the greeting.
    pub received: usize,
}

/// Sends all names without waiting, closes its side, and reads until the server closes too.
///
/// Under `Raw` framing this is where messages run together: one read of the server takes many
/// names, and it answers them as one.
///
/// # Errors
/// As [`one_by_one`].
pub fn all_at_once(
    stream: &Stream,
    talk: &Talk,
    mut show: impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<Counts> {
    let mut incoming = talk.incoming(stream)?;
    if talk.greeting {
        show_greeting(&mut incoming, &mut show)?;
    }
    // Two threads, because each side sends while it is sent to: if both only wrote, the buffers
    // between them would fill up and both would wait for the other to read.
    thread::scope(|scope| {
        let sender = scope.spawn(|| send_all(stream, talk));
        let received = show_all(&mut incoming, &mut show);
        if received.is_err() {
            // The sender may be waiting for a server that waits for us to read.
            let _ = stream.shutdown(Shutdown::Both);
        }
        let sent = match sender.join() {
            Ok(sent) => sent,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let received = received?;
        let sent = sent.context("cannot send the names")?;
        Ok(Counts { sent, received })
    })
}

fn show_all(
    incoming: &mut Incoming,
    show: &mut impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<usize> {
    let mut received = 0;
    while let Some(answer) = incoming.next_message().context("cannot read the answers")? {
        show(answer.bytes)?;
        received += 1;
    }
    Ok(received)
}

fn send_all(stream: &Stream, talk: &Talk) -> io::Result<usize> {
    let mut outgoing = Vec::with_capacity(BATCH);
    let mut sent = 0;
    for name in talk.names() {
        talk.framing
            .encode(name.as_bytes(), talk.ending, &mut outgoing);
        tracing::trace!("sent {}", printable(name));
        sent += 1;
        if outgoing.len() >= BATCH {
            stream.send(&outgoing)?;
            outgoing.clear();
        }
    }
    stream.send(&outgoing)?;
    stream.shutdown(Shutdown::Write)?;
    Ok(sent)
}
