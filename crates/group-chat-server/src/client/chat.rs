//! The conversation.
//!
//! Everything that happens is an event in one queue: a line that was typed, a frame that came, a
//! connection made or broken. One thread takes them in turn and so owns all there is to know,
//! without a lock; the process's own thread only waits for the end, so that a signal is heard
//! whatever the other is waiting for.
//!
//! - `hearing`: what the server says
//! - `ending`: the end of a connection, and of the conversation

mod ending;
mod hearing;

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use common::address::Address;
use common::shutdown::{GRACE, Shutdown};
use common::stream::Stream;
use common::terminal::Lines;

use super::amount::{Amount, Gate};
use super::event::{Due, End, Event, News};
use super::frame::{frame, send};
use super::line::Errand;
use super::link;
use super::page::Page;
use super::talk::Talk;
use crate::protocol::{MAX_FRAME, Request};

/// Events that wait to be taken.
const QUEUE: usize = 64;

/// What may wait to be sent; then no more lines are read.
const MOST_WAITING: Amount = Amount {
    lines: 1000,
    bytes: 1 << 20,
};

/// What is said of a server whose first words are not understood.
const STRANGER: &str = "it does not speak the protocol of this chat";

/// What is to be done.
#[derive(Debug)]
pub struct Plan {
    /// Where the server is.
    pub server: Address,
    /// The nickname to come in under.
    pub nick: String,
    /// How long a connection may take, and each answer.
    pub timeout: Duration,
    /// After so long a silence the server is asked whether it is there; `None`: never.
    pub ping_after: Option<Duration>,
    /// Whether to come back after a broken connection.
    pub reconnect: bool,
    /// Whether to listen on after the end of input.
    pub stay: bool,
    /// Whether a person types the lines.
    pub interactive: bool,
}

/// Joins the chat, sends `lines` and shows on `page` what comes, until the lines end (with
/// [`Plan::stay`], longer) or `shutdown` is requested.
///
/// # Errors
/// The server cannot be reached, refuses the nickname, or goes away and [`Plan::reconnect`] is not
/// wanted; a line was not sent, or may not have arrived; stdin or stdout failed.
pub fn talk(plan: Plan, page: Page, lines: Lines, shutdown: &Shutdown) -> anyhow::Result<()> {
    let (happened, events) = mpsc::sync_channel(QUEUE);
    let chat = Chat {
        plan,
        page,
        shutdown: shutdown.clone(),
        happened: happened.clone(),
        lines: Some(lines),
        gate: Arc::new(Gate::new(MOST_WAITING)),
        waiting: VecDeque::new(),
        end: None,
        number: 0,
        link: Link::Away(Instant::now()),
        nicknames: None,
        failures: 0,
        unsent: 0,
        lost: 0,
    };
    let (over, verdict) = mpsc::channel();
    let signalled = over.clone();
    shutdown.calls_back(move || {
        // With a full queue it is awake anyway, and looks.
        let _ = happened.try_send(Event::Shutdown);
        drop(signalled.send(None));
    });
    thread::Builder::new()
        .name("chat".into())
        .spawn(move || drop(over.send(Some(chat.run(&events)))))
        .context("cannot start a thread")?;
    match verdict.recv()? {
        Some(verdict) => verdict,
        // What it is busy with may keep it from ending: a stdout that nobody reads.
        None => match verdict.recv_timeout(GRACE) {
            Ok(Some(verdict)) => verdict,
            _ => Ok(()),
        },
    }
}

/// What is known of the server.
#[derive(Debug)]
enum Link {
    /// We are not connected, and shall try at that time.
    Away(Instant),
    /// We are trying.
    Connecting,
    /// We have asked to be let in, at that time.
    Joining(Arc<Stream>, Instant),
    /// We are in.
    In(Talk),
}

/// Whether to go on.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Wait,
    Leave,
}

struct Chat {
    plan: Plan,
    page: Page,
    shutdown: Shutdown,
    happened: SyncSender<Event>,
    /// What will read the lines, until we are in for the first time: nobody should type before.
    lines: Option<Lines>,
    gate: Arc<Gate>,
    /// What has not been sent.
    waiting: VecDeque<Errand>,
    end: Option<End>,
    /// The number of the connection.
    number: u64,
    link: Link,
    /// Whether the room has nicknames; `None` until we have been in.
    nicknames: Option<bool>,
    /// How often, one after the other, we did not come in, or not for long.
    failures: u32,
    /// Lines that could not be sent.
    unsent: usize,
    /// Lines that may not have arrived.
    lost: usize,
}

impl Chat {
    fn run(mut self, events: &Receiver<Event>) -> anyhow::Result<()> {
        while self.advance()? == Next::Wait {
            let event = match self.due() {
                None => events.recv()?,
                Some((at, due)) => {
                    let left = at.saturating_duration_since(Instant::now());
                    match events.recv_timeout(left) {
                        Ok(event) => event,
                        // Only now: what had come before was taken first, however long that took.
                        Err(RecvTimeoutError::Timeout) => {
                            self.act(due)?;
                            continue;
                        }
                        Err(error) => return Err(error.into()),
                    }
                }
            };
            self.take(event)?;
        }
        self.hang_up(events)?;
        self.verdict()
    }

    fn due(&self) -> Option<(Instant, Due)> {
        match &self.link {
            Link::Away(until) => Some((*until, Due::Dial)),
            Link::Connecting => None,
            Link::Joining(_, since) => Some((*since + self.plan.timeout, Due::GiveUp("welcome"))),
            Link::In(talk) => talk.due(self.plan.timeout, self.plan.ping_after),
        }
    }

    fn act(&mut self, due: Due) -> anyhow::Result<()> {
        match (due, &mut self.link) {
            (Due::Dial, _) => self.dial(),
            (Due::Ping, Link::In(talk)) => match talk.ping() {
                Ok(()) => Ok(()),
                Err(error) => self.over(error),
            },
            (Due::Ping, _) => Ok(()),
            (Due::GiveUp(awaited), _) => {
                let time = self.plan.timeout.as_secs_f64();
                self.over(anyhow!("no {awaited} within {time} s"))
            }
        }
    }

    fn dial(&mut self) -> anyhow::Result<()> {
        self.number += 1;
        self.link = Link::Connecting;
        let happened = self.happened.clone();
        link::open(&self.plan.server, self.plan.timeout, self.number, happened)
    }

    fn take(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Errand(errand) => self.waiting.push_back(errand),
            Event::Ended(end) => self.end = Some(end),
            Event::Link(number, _) if number != self.number => {}
            Event::Link(_, News::Connected(stream)) => {
                let nick = self.plan.nick.clone();
                let joined = send(&stream, &Request::Join { nick });
                self.link = Link::Joining(stream, Instant::now());
                if let Err(error) = joined {
                    self.over(error)?;
                }
            }
            Event::Link(_, News::Frame(frame)) => self.hear(&frame)?,
            Event::Link(_, News::Over(error)) => self.over(error)?,
            Event::Shutdown => {}
        }
        Ok(())
    }

    /// Sends what can be sent, and says whether it is time to leave.
    fn advance(&mut self) -> anyhow::Result<Next> {
        if self.shutdown.is_requested() {
            return Ok(Next::Leave);
        }
        self.send_waiting()?;
        let leaving = match &self.end {
            None => false,
            Some(End::Input) => !self.plan.stay,
            Some(End::Quit | End::Failed(_)) => true,
        };
        if !leaving {
            return Ok(Next::Wait);
        }
        match &mut self.link {
            Link::In(talk) if self.waiting.is_empty() => match talk.has_taken_all() {
                Ok(true) => Ok(Next::Leave),
                Ok(false) => Ok(Next::Wait),
                Err(error) => self.over(error).map(|()| Next::Wait),
            },
            Link::In(_) => Ok(Next::Wait),
            // The end of a script's input is no wish to lose what it said; `/quit` may be one.
            _ if self.nicknames.is_none() => Ok(Next::Wait),
            _ if self.waiting.is_empty() || matches!(self.end, Some(End::Quit)) => Ok(Next::Leave),
            _ => Ok(Next::Wait),
        }
    }

    /// Sends what waits, as far as there may be more on the way.
    fn send_waiting(&mut self) -> anyhow::Result<()> {
        while let Link::In(talk) = &mut self.link {
            if talk.wants_ping()
                && let Err(error) = talk.ping()
            {
                return self.over(error);
            }
            if talk.is_full() {
                break;
            }
            let Some(errand) = self.waiting.front() else {
                break;
            };
            let size = errand.size();
            let frame = frame(&errand.request(self.nicknames == Some(true)))?;
            if frame.len() > MAX_FRAME {
                self.unsent += 1;
                self.page.complaint(&format!(
                    "cannot send a line of {size} bytes: a frame has at most {MAX_FRAME}"
                ))?;
            } else {
                // A frame that was cut short has not been understood either: it stays in front,
                // to be sent once we are back.
                if let Err(error) = talk.say(&frame) {
                    return self.over(error.into());
                }
            }
            self.waiting.pop_front();
            self.gate.leave(size);
        }
        Ok(())
    }
}
