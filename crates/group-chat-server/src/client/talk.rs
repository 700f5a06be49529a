//! A connection on which we are in, and what the server has taken of what was said on it.
//!
//! That the kernel took a line from us does not mean that the server has it. The server answers a
//! `ping` with a `pong`, and both keep their place among what is said before and after them: so a
//! pong says that all that went before its ping was taken. One is asked for at the end of the
//! input, when much is on its way, a second after the last line, and after a long silence.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::stream::Stream;

use super::amount::Amount;
use super::event::Due;
use super::frame::send;
use crate::protocol::Request;

/// What may be on its way. A server that holds a sender to its rate lets what is sent wait in
/// the kernel's buffers, where neither side sees it; so this is less than those take.
const MOST_ON_THE_WAY: Amount = Amount {
    lines: 64,
    bytes: 64 << 10,
};

/// From here on a pong is asked for, so that the rest can follow without waiting for it.
const MUCH_ON_THE_WAY: Amount = Amount {
    lines: 32,
    bytes: 32 << 10,
};

/// So long after the last line the server is asked whether it has taken it.
const CONFIRM_AFTER: Duration = Duration::from_secs(1);

/// What a server that has told us to slow down may take for each line: its rates are whole
/// numbers of messages a second.
const SLOWEST: Duration = Duration::from_secs(1);

/// What is known while we are in.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) stream: Arc<Stream>,
    pub(super) since: Instant,
    /// When something came last.
    heard: Instant,
    /// When a line was sent last.
    said: Instant,
    /// What was sent and not confirmed.
    on_the_way: Amount,
    /// The ping whose pong has not come.
    ping: Option<Ping>,
    /// The ping after the last line was sent.
    last_ping: bool,
    /// The server reads more slowly than we write, and has said so.
    slowed: bool,
}

#[derive(Clone, Copy, Debug)]
struct Ping {
    at: Instant,
    /// What its pong will confirm.
    confirms: Amount,
}

impl Talk {
    /// From now on.
    pub(super) fn new(stream: Arc<Stream>) -> Self {
        let now = Instant::now();
        Talk {
            stream,
            since: now,
            heard: now,
            said: now,
            on_the_way: Amount::default(),
            ping: None,
            last_ping: false,
            slowed: false,
        }
    }

    /// Sends a frame that holds a line.
    pub(super) fn say(&mut self, frame: &[u8]) -> io::Result<()> {
        self.stream.send(frame)?;
        self.said = Instant::now();
        self.on_the_way += Amount {
            lines: 1,
            bytes: frame.len(),
        };
        Ok(())
    }

    /// Whether no more may be on the way.
    pub(super) fn is_full(&self) -> bool {
        self.on_the_way.reaches(MOST_ON_THE_WAY)
    }

    /// Whether so much is on the way that a pong should be asked for.
    pub(super) fn wants_ping(&self) -> bool {
        self.ping.is_none() && self.on_the_way.reaches(MUCH_ON_THE_WAY)
    }

    /// How many lines may not have arrived.
    pub(super) fn unconfirmed(&self) -> usize {
        self.on_the_way.lines
    }

    /// Something has come.
    pub(super) fn hears(&mut self) {
        self.heard = Instant::now();
    }

    /// The server has told us to slow down.
    pub(super) fn slow_down(&mut self) {
        self.slowed = true;
    }

    /// Asks for a pong.
    pub(super) fn ping(&mut self) -> anyhow::Result<()> {
        send(&self.stream, &Request::Ping {})?;
        self.ping = Some(Ping {
            at: Instant::now(),
            confirms: self.on_the_way,
        });
        Ok(())
    }

    /// It has come.
    pub(super) fn pong(&mut self) {
        if let Some(ping) = self.ping.take() {
            self.on_the_way -= ping.confirms;
        }
    }

    /// Whether the server has taken all there was to say, the last line too; otherwise asks it.
    pub(super) fn has_taken_all(&mut self) -> anyhow::Result<bool> {
        if self.ping.is_some() {
            return Ok(false);
        }
        if self.last_ping && self.on_the_way == Amount::default() {
            return Ok(true);
        }
        self.last_ping = true;
        self.ping()?;
        Ok(false)
    }

    /// What is due next, where an answer may take `timeout`, and the server is asked whether it is there
    /// after a silence of `ping_after`.
    pub(super) fn due(
        &self,
        timeout: Duration,
        ping_after: Option<Duration>,
    ) -> Option<(Instant, Due)> {
        if let Some(ping) = self.ping {
            // A server with much to say may say all of it before the pong.
            let from = ping.at.max(self.heard);
            let allowed = match self.slowed {
                // The ping is a message too.
                true => SLOWEST * u32::try_from(self.on_the_way.lines + 1).unwrap_or(u32::MAX),
                false => Duration::ZERO,
            };
            return Some((from + timeout + allowed, Due::GiveUp("pong")));
        }
        if self.on_the_way != Amount::default() {
            return Some((self.said + CONFIRM_AFTER, Due::Ping));
        }
        Some((self.heard + ping_after?, Due::Ping))
    }
}
