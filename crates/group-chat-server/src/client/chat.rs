//! The conversation.
//!
//! Everything that happens is an event in one queue: a line that was typed, a frame that came, a
//! connection made or broken. One thread takes them in turn and so owns all there is to know,
//! without a lock; the process's own thread only waits for the end, so that a signal is heard
//! whatever the other is waiting for.
//!
//! # What the server has taken
//!
//! That the kernel took a line from us does not mean that the server has it. The server answers a
//! `ping` with a `pong`, and both keep their place among what is said before and after them: so a
//! pong says that all that went before its ping was taken. One is asked for at the end of the
//! input, when much is on its way, a second after the last line, and after a long silence. What a
//! broken connection leaves unconfirmed is neither sent again (it may have arrived, and would be
//! said twice) nor forgotten: it is counted and told.

use std::collections::VecDeque;
use std::net::Shutdown as Direction;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use common::address::Address;
use common::exit::one_line;
use common::framing::{Ending, Framing};
use common::incoming::IncomingError;
use common::printable::printable;
use common::shutdown::{GRACE, Shutdown};
use common::stream::Stream;
use common::terminal::Lines;
use serde::Deserialize;
use serde_json::Value;

use super::amount::{Amount, Gate};
use super::line::{Errand, HELP, Line};
use super::link::{self, News};
use super::page::Page;
use super::pauses::Pauses;
use crate::protocol::{ErrorCode, MAX_FRAME, Reply, Request};

/// Events that wait to be taken.
const QUEUE: usize = 64;

/// What may wait to be sent; then no more lines are read.
const MOST_WAITING: Amount = Amount {
    lines: 1000,
    bytes: 1 << 20,
};

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

/// A connection that lasts for so long was a good one: the pauses begin again.
const STEADY: Duration = Duration::from_secs(10);

/// What is said of a server whose first words are not understood.
const STRANGER: &str = "it does not speak the protocol of this chat";

/// How much of a frame that is not understood is shown, in bytes.
const SAMPLE: usize = 80;

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

/// What can happen.
#[derive(Debug)]
pub(super) enum Event {
    /// Something for the server was typed.
    Errand(Errand),
    /// No more lines will come.
    Ended(End),
    /// News of the connection with that number.
    Link(u64, News),
    /// A signal asks for the end.
    Shutdown,
}

/// Why no more lines will come.
#[derive(Debug)]
pub(super) enum End {
    /// There are none.
    Input,
    /// `/quit`.
    Quit,
    /// One could not be read.
    Failed(anyhow::Error),
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
        pauses: Pauses::new(),
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

/// What is known while we are in.
#[derive(Debug)]
struct Talk {
    stream: Arc<Stream>,
    since: Instant,
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

/// What is to be done when the time has come and nothing has happened.
#[derive(Clone, Copy, Debug)]
enum Due {
    Dial,
    GiveUp(&'static str),
    Ping,
}

impl Talk {
    fn new(stream: Arc<Stream>) -> Self {
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

    fn ping(&mut self) -> anyhow::Result<()> {
        send(&self.stream, &Request::Ping {})?;
        self.ping = Some(Ping {
            at: Instant::now(),
            confirms: self.on_the_way,
        });
        Ok(())
    }

    fn due(&self, plan: &Plan) -> Option<(Instant, Due)> {
        if let Some(ping) = self.ping {
            // A server with much to say may say all of it before the pong.
            let from = ping.at.max(self.heard);
            let allowed = match self.slowed {
                // The ping is a message too.
                true => SLOWEST * u32::try_from(self.on_the_way.lines + 1).unwrap_or(u32::MAX),
                false => Duration::ZERO,
            };
            return Some((from + plan.timeout + allowed, Due::GiveUp("pong")));
        }
        if self.on_the_way != Amount::default() {
            return Some((self.said + CONFIRM_AFTER, Due::Ping));
        }
        Some((self.heard + plan.ping_after?, Due::Ping))
    }
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
    pauses: Pauses,
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
            Link::In(talk) => talk.due(&self.plan),
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
            Link::In(talk) if talk.ping.is_none() && self.waiting.is_empty() => {
                if talk.last_ping && talk.on_the_way == Amount::default() {
                    return Ok(Next::Leave);
                }
                talk.last_ping = true;
                if let Err(error) = talk.ping() {
                    self.over(error)?;
                }
                Ok(Next::Wait)
            }
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
            if talk.ping.is_none()
                && talk.on_the_way.reaches(MUCH_ON_THE_WAY)
                && let Err(error) = talk.ping()
            {
                return self.over(error);
            }
            if talk.on_the_way.reaches(MOST_ON_THE_WAY) {
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
                if let Err(error) = talk.stream.send(&frame) {
                    return self.over(error.into());
                }
                talk.said = Instant::now();
                talk.on_the_way += Amount {
                    lines: 1,
                    bytes: frame.len(),
                };
            }
            self.waiting.pop_front();
            self.gate.leave(size);
        }
        Ok(())
    }

    fn hear(&mut self, frame: &[u8]) -> anyhow::Result<()> {
        tracing::trace!("received {} bytes", frame.len());
        if let Link::In(talk) = &mut self.link {
            talk.heard = Instant::now();
        }
        let Some((json, value)) = object(frame) else {
            let sample = printable(&frame[..frame.len().min(SAMPLE)]).to_string();
            if let Link::Joining(..) = &self.link {
                return self.over(anyhow!(sample).context(STRANGER));
            }
            tracing::warn!("passed over what is not understood: {sample}");
            return Ok(());
        };
        let reply = Reply::deserialize(&value);
        if !matches!(reply, Ok(Reply::Pong {})) {
            self.page.frame(json)?;
        }
        match reply {
            Ok(reply) => self.understand(reply),
            // A newer server may say more than we know.
            Err(error) => {
                let error = error.to_string();
                tracing::warn!("passed over what is not understood: {}", printable(&error));
                Ok(())
            }
        }
    }

    fn understand(&mut self, reply: Reply) -> anyhow::Result<()> {
        match (reply, &mut self.link) {
            (Reply::Welcome { nick, online }, Link::Joining(stream, _)) => {
                let talk = Talk::new(Arc::clone(stream));
                self.link = Link::In(talk);
                self.come_in(&nick, online)
            }
            (Reply::Error { code, text }, Link::Joining(..)) if code != ErrorCode::SlowDown => {
                // After a broken connection the server may not have noticed yet that we have
                // gone, and keep our nickname for who we were.
                let by_ourselves = code == ErrorCode::NickTaken && self.nicknames.is_some();
                match by_ourselves {
                    true => self.over(anyhow!(text)),
                    false => Err(anyhow!(text).context(self.joining())),
                }
            }
            (Reply::Pong {}, Link::In(talk)) => {
                if let Some(ping) = talk.ping.take() {
                    talk.on_the_way -= ping.confirms;
                }
                Ok(())
            }
            (reply, link) => {
                if let (Reply::Error { code, .. }, Link::In(talk)) = (&reply, link) {
                    talk.slowed |= *code == ErrorCode::SlowDown;
                }
                self.page.reply(&reply)
            }
        }
    }

    fn come_in(&mut self, nick: &str, online: usize) -> anyhow::Result<()> {
        let nicknames = nick.to_lowercase() == self.plan.nick.to_lowercase();
        let name = printable(nick);
        match self.nicknames {
            // What waits for one person must not be told to everyone.
            Some(had) if had && !nicknames => {
                bail!(
                    "cannot come back to {}: it has no nicknames now",
                    self.plan.server
                )
            }
            Some(_) => self.page.status(&format!("back again as {name}"))?,
            None => self
                .page
                .status(&format!("in as {name}, {online} online"))?,
        }
        if !nicknames && self.nicknames.is_none() {
            self.page
                .status("there are no nicknames here: each line goes to everyone")?;
        }
        self.nicknames = Some(nicknames);
        match self.lines.take() {
            Some(lines) => self.read(lines),
            None => Ok(()),
        }
    }

    /// Has the lines read, in a thread of their own, which nobody waits for.
    fn read(&self, mut lines: Lines) -> anyhow::Result<()> {
        let (page, gate) = (self.page.clone(), Arc::clone(&self.gate));
        let happened = self.happened.clone();
        let interactive = self.plan.interactive;
        thread::Builder::new()
            .name("lines".into())
            .spawn(move || {
                let end = loop {
                    let line = match lines.next_line() {
                        // Nobody means to say nothing by pressing Enter.
                        Ok(Some(line)) if line.is_empty() && interactive => continue,
                        Ok(Some(line)) => line,
                        Ok(None) => break End::Input,
                        Err(error) => break End::Failed(error),
                    };
                    match Line::read(&line) {
                        Line::For(errand) => {
                            gate.enter(errand.size());
                            if happened.send(Event::Errand(errand)).is_err() {
                                return;
                            }
                        }
                        Line::Quit => break End::Quit,
                        local => {
                            if let Err(error) = answer(&page, &local) {
                                break End::Failed(error);
                            }
                        }
                    }
                };
                let _ = happened.send(Event::Ended(end));
            })
            .context("cannot start a thread")?;
        Ok(())
    }

    /// The connection is over, for whatever reason; or could not be made.
    fn over(&mut self, why: anyhow::Error) -> anyhow::Result<()> {
        let link = std::mem::replace(&mut self.link, Link::Away(Instant::now()));
        // News of it that are still under way are no news any more.
        self.number += 1;
        if let Link::Joining(stream, _) | Link::In(Talk { stream, .. }) = &link {
            let _ = stream.shutdown(Direction::Both);
        }
        if let Link::In(talk) = &link {
            let lines = talk.on_the_way.lines;
            self.lost += lines;
            if lines > 0 {
                let last = counted(lines, "the last line", "the last # lines");
                self.page.status(&format!("{last} may not have arrived"))?;
            }
            if talk.since.elapsed() >= STEADY {
                self.pauses.reset();
            }
        }
        // What we connect to says itself that and to whom.
        let why = match link {
            Link::Connecting | Link::Away(_) => why,
            Link::Joining(..) => match why.downcast_ref() {
                // What it sent is no frame.
                Some(IncomingError::Frame(_)) => why.context(STRANGER).context(self.joining()),
                _ => why.context(self.joining()),
            },
            Link::In(_) if self.plan.reconnect => why.context("connection lost"),
            Link::In(_) => why.context(format!("cannot go on talking to {}", self.plan.server)),
        };
        if self.shutdown.is_requested() {
            // We were about to leave.
            return Ok(());
        }
        if !self.plan.reconnect || self.nicknames.is_none() {
            return Err(why);
        }
        let pause = self.pauses.draw();
        self.link = Link::Away(Instant::now() + pause);
        let (why, pause) = (one_line(&why), pause.as_secs_f64());
        self.page
            .status(&format!("{why}; trying again in {pause:.1} s"))
    }

    /// What could not be done when we are not let in.
    fn joining(&self) -> String {
        format!("cannot join {} as {}", self.plan.server, self.plan.nick)
    }

    /// Says that we have finished, and shows what still comes until the server closes too, for at
    /// most [`GRACE`]. A socket that was simply closed could take with it what the server has not
    /// read yet.
    fn hang_up(&mut self, events: &Receiver<Event>) -> anyhow::Result<()> {
        let Link::In(talk) = &self.link else {
            return Ok(());
        };
        if talk.stream.shutdown(Direction::Write).is_err() {
            return Ok(());
        }
        let end = Instant::now() + GRACE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match events.recv_timeout(left) {
                Ok(Event::Link(number, News::Over(_))) if number == self.number => return Ok(()),
                Ok(Event::Link(number, News::Frame(frame))) if number == self.number => {
                    self.hear(&frame)?;
                }
                Ok(_) if !left.is_zero() => {}
                _ => return Ok(()),
            }
        }
    }

    /// Whether all went well, at the end.
    fn verdict(self) -> anyhow::Result<()> {
        let unsent = self.unsent + self.waiting.len();
        let lost = self.lost;
        if self.shutdown.is_requested() {
            if unsent > 0 {
                let lines = counted(unsent, "one line was", "# lines were");
                self.page.status(&format!("{lines} not sent"))?;
            }
            return Ok(());
        }
        match self.end {
            Some(End::Failed(error)) => Err(error),
            _ if unsent > 0 => bail!(
                "{} not sent",
                counted(unsent, "one line was", "# lines were")
            ),
            _ if lost > 0 => bail!(
                "{} not have arrived",
                counted(lost, "one line may", "# lines may")
            ),
            _ => Ok(()),
        }
    }
}

/// Answers a line that is not for the server.
fn answer(page: &Page, line: &Line) -> anyhow::Result<()> {
    match line {
        Line::Help => HELP.iter().try_for_each(|line| page.status(line)),
        Line::Unknown(command) => page.complaint(&format!(
            "there is no command {} (/help; //TEXT to say it)",
            printable(command)
        )),
        Line::For(_) | Line::Quit => Ok(()),
    }
}

fn frame(request: &Request) -> anyhow::Result<Vec<u8>> {
    let json = serde_json::to_vec(request)?;
    let mut frame = Vec::with_capacity(json.len() + 4);
    Framing::Length.encode(&json, Ending::Nothing, &mut frame);
    Ok(frame)
}

fn send(stream: &Stream, request: &Request) -> anyhow::Result<()> {
    Ok(stream.send(&frame(request)?)?)
}

/// A frame as JSON, if it is an object.
fn object(frame: &[u8]) -> Option<(&str, Value)> {
    let json = std::str::from_utf8(frame).ok()?;
    let value: Value = serde_json::from_str(json).ok()?;
    value.is_object().then_some((json, value))
}

/// The words for one or for many; `#` stands for the number.
fn counted(number: usize, one: &str, many: &str) -> String {
    match number {
        1 => one.to_owned(),
        _ => many.replace('#', &number.to_string()),
    }
}
