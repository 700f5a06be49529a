//! One client of the server, from the greeting to the exit word.

use std::thread;
use std::time::Duration;

use common::framing::{Ending, Framing, MAX_MESSAGE};
use common::incoming::Incoming;
use common::listen::Listener;
use common::printable::printable;
use common::server::{self, Limits};
use common::shutdown::Shutdown;
use common::stream::Stream;

use crate::reply::Reply;

/// Answers are sent when nothing more has arrived, or when there are so many bytes of them.
const BATCH: usize = 64 << 10;

/// What the server says, and when.
#[derive(Clone, Debug)]
pub struct Manners {
    /// Said first; nothing if empty.
    pub greeting: String,
    /// Said to each message.
    pub reply: Reply,
    /// The message that ends a connection; none if empty.
    pub exit_word: String,
    /// How long the "work" for each answer takes.
    pub delay: Duration,
    /// One client, one message, and the server ends.
    pub once: bool,
    /// How messages are told apart.
    pub framing: Framing,
}

/// Serves clients, each in its own thread, until `shutdown` is requested (or, with
/// [`Manners::once`], until the first has been served).
///
/// # Errors
/// The system cannot wait for connections at all.
pub fn serve(
    listener: Listener,
    mut limits: Limits,
    shutdown: &Shutdown,
    manners: Manners,
) -> anyhow::Result<()> {
    if manners.once {
        limits.max_connections = 1;
    }
    let end = shutdown.clone();
    server::serve(listener, limits, shutdown, move |stream| {
        let talked = talk(stream, &manners, limits.idle_timeout);
        if manners.once {
            stream.close_gently();
            end.request();
        }
        talked
    })
}

fn talk(stream: &Stream, manners: &Manners, idle: Option<Duration>) -> anyhow::Result<()> {
    let framing = manners.framing;
    let mut incoming = Incoming::new(stream, framing, MAX_MESSAGE, idle)?;
    let mut answer = Vec::new();
    let mut outgoing = Vec::new();
    if !manners.greeting.is_empty() {
        framing.encode(manners.greeting.as_bytes(), Ending::Nothing, &mut outgoing);
    }
    loop {
        // Requests that arrived together are answered together: one write for all of them.
        send(stream, &mut outgoing)?;
        if !incoming.wait()? {
            return Ok(());
        }
        loop {
            let message = match incoming.arrived() {
                Ok(Some(message)) => message,
                Ok(None) => break,
                Err(error) => {
                    send(stream, &mut outgoing)?;
                    return Err(error.into());
                }
            };
            tracing::trace!("received {}", printable(message.bytes));
            if !manners.exit_word.is_empty() && message.bytes == manners.exit_word.as_bytes() {
                return send(stream, &mut outgoing);
            }
            if !manners.delay.is_zero() {
                send(stream, &mut outgoing)?;
                thread::sleep(manners.delay);
            }
            answer.shrink_to(BATCH);
            manners.reply.write(message.bytes, &mut answer);
            framing.encode(&answer, message.ending, &mut outgoing);
            if manners.once {
                return send(stream, &mut outgoing);
            }
            if outgoing.len() >= BATCH {
                send(stream, &mut outgoing)?;
            }
        }
    }
}

fn send(stream: &Stream, outgoing: &mut Vec<u8>) -> anyhow::Result<()> {
    if !outgoing.is_empty() {
        stream.send(outgoing)?;
        outgoing.clear();
        // A client that has had one long answer may be idle for long.
        outgoing.shrink_to(BATCH);
    }
    Ok(())
}
