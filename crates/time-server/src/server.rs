//! The time over TCP.
//!
//! No threads here: an answer of a few bytes always fits into the send buffer of a fresh
//! connection, so no client can make the server wait, and accept, write, close is all there is
//! to do for it. Only the closing needs care, see `Leaving` below.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::time::{Duration, Instant};

use anyhow::Context;
use common::accept::{Acceptor, Turn};
use common::exit::cause;
use common::listen::Listener;
use common::server::{Limits, allow_files};
use common::shutdown::Shutdown;
use common::stream::Stream;

use crate::clock::Clock;

/// How often those who are leaving are looked at while nobody comes.
const LOOK: Duration = Duration::from_millis(50);

/// While others come without a pause: after how many of them.
const LOOK_AFTER: usize = 64;

/// How much of what a client sends is read away before it is cut off, in bytes.
const SCRAP: usize = 64 << 10;

/// Answers every connection with the time and closes it, until `shutdown` is requested.
///
/// # Errors
/// The system cannot wait for connections at all.
pub fn serve(
    listener: Listener,
    limits: Limits,
    clock: &Clock,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    allow_files(limits.max_connections);
    let task = "cannot wait for connections";
    let mut acceptor = Acceptor::new(listener, shutdown).context(task)?;
    let mut leaving = Leaving::new(limits);
    loop {
        match acceptor.next(true, leaving.next_look()).context(task)? {
            Turn::Connection(stream) => match answer(&stream, clock) {
                Ok(()) => leaving.enter(stream),
                Err(error) => tracing::info!("dropped {}: {}", stream.peer(), cause(&error)),
            },
            Turn::Woken => leaving.look(),
            Turn::Shutdown => return Ok(()),
        }
    }
}

fn answer(stream: &Stream, clock: &Clock) -> io::Result<()> {
    tracing::debug!("{} connected", stream.peer());
    stream.send_last(clock.now().as_bytes())
}

/// Connections that have been answered and wait for their client to close.
///
/// To close at once would be wrong when the client has sent something: a socket that is closed
/// with unread bytes in it answers with a reset, and the reset makes the client throw the time
/// away (RFC 1122, section 4.2.2.13). So we only end our side, and close when the client has
/// closed, or when its time is up, or to make room for others.
struct Leaving {
    queue: VecDeque<Leaver>,
    /// How many have entered since the last look.
    entered: usize,
    most: usize,
    patience: Option<Duration>,
}

struct Leaver {
    stream: Stream,
    /// When its time is up; `None` is never.
    until: Option<Instant>,
    scrap: usize,
}

impl Leaving {
    fn new(limits: Limits) -> Self {
        Leaving {
            queue: VecDeque::new(),
            entered: 0,
            most: limits.max_connections,
            patience: limits.idle_timeout,
        }
    }

    fn enter(&mut self, stream: Stream) {
        self.entered += 1;
        if self.entered >= LOOK_AFTER {
            self.look_at_first();
        }
        if self.queue.len() >= self.most {
            self.queue.pop_front();
        }
        self.queue.push_back(Leaver {
            stream,
            until: self.patience.map(|patience| Instant::now() + patience),
            scrap: SCRAP,
        });
    }

    fn next_look(&self) -> Option<Duration> {
        (!self.queue.is_empty()).then_some(LOOK)
    }

    /// Closes those who came first, up to one whose client has not closed yet: clients leave in
    /// about the order in which they came, so this finds most of them at little cost.
    fn look_at_first(&mut self) {
        self.entered = 0;
        let now = Instant::now();
        while self
            .queue
            .front_mut()
            .is_some_and(|first| first.is_gone(now))
        {
            self.queue.pop_front();
        }
    }

    /// Closes all whose client has closed, or whose time is up.
    fn look(&mut self) {
        let now = Instant::now();
        self.queue.retain_mut(|leaver| !leaver.is_gone(now));
    }
}

impl Leaver {
    fn is_gone(&mut self, now: Instant) -> bool {
        let mut buffer = [0; 4096];
        while self.scrap > 0 {
            match (&self.stream).read(&mut buffer) {
                Ok(0) => return true,
                Ok(length) => self.scrap = self.scrap.saturating_sub(length),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return self.until.is_some_and(|until| until <= now);
                }
                Err(_) => return true,
            }
        }
        true
    }
}
