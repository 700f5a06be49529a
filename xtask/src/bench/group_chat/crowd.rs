//! The clients.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::WINDOW;
use super::arrivals::Arrivals;
use super::dialect::{Dialect, sender_name, sender_of, text};
use super::room::Room;
use crate::bench::peer::Stopwatch;
use crate::bench::rounds::{Sample, Tally};

/// How long the senders talk before the measurement begins.
const WARM_UP: Duration = Duration::from_millis(300);

/// How long nothing at all may arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much is read at once; more than can be on its way to one client.
const READ: usize = 64 << 10;

/// All the clients of one server, and the event loop that plays them: the listeners, then the
/// senders.
pub(super) struct Crowd {
    dialect: Dialect,
    poll: Poll,
    pub(super) clients: Vec<Client>,
    listeners: usize,
    senders: Vec<Sender>,
    /// How long one message is, as it is heard.
    each: usize,
    arrivals: Arrivals,
    /// What the first listener has heard and not compared: the beginning of a message.
    heard: Vec<u8>,
    /// Whose the messages are that the first listener has, and somebody else has not.
    order: VecDeque<usize>,
    buffer: Box<[u8]>,
}

/// One connection.
pub(super) struct Client {
    stream: TcpStream,
    /// How much has come of a message that has not ended.
    open: usize,
    /// How many messages it has heard.
    heard: u64,
}

/// What a sender has said.
#[derive(Clone, Default)]
struct Sender {
    said: u64,
    /// How many the first listener has heard.
    heard: u64,
}

/// What was done since the beginning.
#[derive(Clone, Copy)]
pub(super) struct Done {
    /// Messages, each to each listener and sender that hears it.
    pub(super) deliveries: u64,
    /// Messages that everybody has heard.
    pub(super) arrived: u64,
}

impl Crowd {
    /// Connects everybody, one after the other, so that no backlog overflows; and lets everybody
    /// hear a message, which ends what a server has to say at first.
    pub(super) fn join(room: &Room, listeners: usize, senders: usize) -> Result<Crowd> {
        let dialect = room.dialect;
        let mut streams = Vec::with_capacity(listeners + senders);
        for number in 0..listeners + senders {
            let name = match number.checked_sub(listeners) {
                Some(sender) => sender_name(sender),
                None => format!("listener-{number:04}"),
            };
            let (say, answer) = dialect.join(&name, number < listeners);
            let mut stream =
                std::net::TcpStream::connect(room.address).context("cannot connect")?;
            stream.set_nodelay(true)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(say.as_bytes())?;
            read_up_to(&mut stream, answer.as_bytes()).with_context(|| name)?;
            streams.push(stream);
        }

        // The second sender talks too, so that the first hears something.
        let talkers = if dialect.senders_hear() { 2 } else { 1 };
        let mut each = 0;
        for talker in 0..talkers.min(senders) {
            let message = text(talker, 0);
            let heard = dialect.hear(&sender_name(talker), &message);
            each = heard.len();
            streams[listeners + talker].write_all(dialect.say(&message).as_bytes())?;
            let hearers = listeners + if dialect.senders_hear() { senders } else { 0 };
            for (number, stream) in streams[..hearers].iter_mut().enumerate() {
                if number != listeners + talker {
                    read_up_to(stream, heard.as_bytes())
                        .with_context(|| format!("client {number} and the first message"))?;
                }
            }
        }

        let poll = Poll::new()?;
        let mut clients = Vec::with_capacity(streams.len());
        for (number, stream) in streams.into_iter().enumerate() {
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry()
                .register(&mut stream, Token(number), Interest::READABLE)?;
            clients.push(Client {
                stream,
                open: 0,
                heard: 0,
            });
        }
        Ok(Crowd {
            dialect,
            poll,
            clients,
            listeners,
            senders: vec![Sender::default(); senders],
            each,
            arrivals: Arrivals::new(listeners, senders * WINDOW),
            heard: Vec::new(),
            order: VecDeque::new(),
            buffer: vec![0; READ].into_boxed_slice(),
        })
    }

    /// Keeps `window` messages of each sender on their way for `time`; `what` of what was done
    /// meanwhile counts.
    pub(super) fn talk(
        &mut self,
        room: &Room,
        window: usize,
        time: Duration,
        what: impl Fn(Done) -> u64,
    ) -> Result<Sample> {
        for sender in 0..self.senders.len() {
            self.say(sender, window)?;
        }
        let warm = self.turn(Some(Instant::now() + WARM_UP))?;
        let watch = Stopwatch::start(&room.process);
        let done = self.turn(Some(Instant::now() + time))?;
        let sample = watch.stop(Tally::of(what(done) - what(warm)));
        self.turn(None)?;
        Ok(sample)
    }

    /// Turns the event loop until then, each message that has arrived being followed by a new one;
    /// or without new ones until all that should be heard has been.
    fn turn(&mut self, until: Option<Instant>) -> Result<Done> {
        let mut events = Events::with_capacity(1024);
        let mut next = vec![0; self.senders.len()];
        loop {
            let over = match until {
                Some(end) => Instant::now() >= end,
                None => self.all_heard()?,
            };
            if over {
                return Ok(self.done());
            }
            match self.poll.poll(&mut events, Some(PATIENCE)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other.context("cannot wait")?,
            }
            let seconds = PATIENCE.as_secs();
            ensure!(!events.is_empty(), "nothing came for {seconds} s");
            for event in &events {
                let Token(number) = event.token();
                self.hear(number)
                    .with_context(|| format!("client {number}"))?;
            }
            while self.arrivals.next() {
                let sender = self.order.pop_front().context("a message of nobody")?;
                next[sender] += 1;
            }
            if until.is_some() {
                for (sender, count) in next.iter_mut().enumerate() {
                    self.say(sender, std::mem::take(count))?;
                }
            }
        }
    }

    /// Sends this many messages in one write.
    fn say(&mut self, sender: usize, count: usize) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let said = &mut self.senders[sender].said;
        let mut bytes = String::new();
        for _ in 0..count {
            *said += 1;
            bytes += &self.dialect.say(&text(sender, *said));
        }
        let stream = &mut self.clients[self.listeners + sender].stream;
        // Little is on its way to a server at any time: there is always room.
        let sent = stream.write(bytes.as_bytes()).context("cannot send")?;
        ensure!(sent == bytes.len(), "sent only {sent} bytes of many");
        Ok(())
    }

    /// Takes what has arrived for one client.
    fn hear(&mut self, number: usize) -> Result<()> {
        let client = &mut self.clients[number];
        let length = match client.stream.read(&mut self.buffer) {
            Ok(0) => bail!("the server closed the connection"),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error).context("cannot receive"),
        };
        ensure!(length < READ, "more has come than can be on its way");
        if number >= self.listeners && !self.dialect.senders_hear() {
            // Redis' replies: to how many it was sent.
            return Ok(());
        }
        let bytes = &self.buffer[..length];
        let (count, open) = self.dialect.count(client.open, self.each, bytes);
        client.open = open;
        let before = client.heard;
        client.heard += count as u64;
        if number < self.listeners {
            self.arrivals.count(before, client.heard);
        }
        if number == 0 {
            self.heard.extend_from_slice(bytes);
            self.compare()?;
        }
        Ok(())
    }

    /// Compares what the first listener has heard with what was said, and finds out who said it.
    fn compare(&mut self) -> Result<()> {
        let mut rest = self.heard.as_slice();
        loop {
            let end = match self.dialect {
                Dialect::Ncat => rest.iter().position(|&byte| byte == b'\n').map(|at| at + 1),
                _ => (rest.len() >= self.each).then_some(self.each),
            };
            let Some(end) = end else { break };
            let (message, behind) = rest.split_at(end);
            rest = behind;
            let fits = |sender: usize| {
                let text = text(sender, self.senders[sender].heard + 1);
                message.ends_with(self.dialect.hear(&sender_name(sender), &text).as_bytes())
            };
            let sender = sender_of(message)
                .filter(|&sender| sender < self.senders.len() && fits(sender))
                .with_context(|| format!("heard {}", message.escape_ascii()))?;
            self.senders[sender].heard += 1;
            self.order.push_back(sender);
        }
        let left = rest.len();
        self.heard.drain(..self.heard.len() - left);
        Ok(())
    }

    fn all_said(&self) -> u64 {
        self.senders.iter().map(|sender| sender.said).sum()
    }

    /// Whether everybody has heard all that was said, to the byte.
    fn all_heard(&self) -> Result<bool> {
        let all = self.all_said();
        let mut complete = true;
        for (number, client) in self.clients.iter().enumerate() {
            let due = match number.checked_sub(self.listeners) {
                None => all,
                Some(_) if !self.dialect.senders_hear() => continue,
                Some(sender) => all - self.senders[sender].said,
            };
            let heard = client.heard;
            ensure!(
                heard <= due,
                "client {number} heard {heard} instead of {due}"
            );
            complete &= heard == due && client.open == 0;
        }
        Ok(complete)
    }

    fn done(&self) -> Done {
        Done {
            deliveries: self.clients.iter().map(|client| client.heard).sum(),
            arrived: self.arrivals.at_all,
        }
    }
}

/// Reads until what has come ends like this.
fn read_up_to(stream: &mut std::net::TcpStream, end: &[u8]) -> Result<()> {
    let mut come = Vec::new();
    let mut buffer = [0; 4096];
    while !come.ends_with(end) {
        match stream.read(&mut buffer) {
            Ok(0) => bail!("the server closed the connection"),
            Ok(length) => come.extend_from_slice(&buffer[..length]),
            Err(error) => {
                let come = come.escape_ascii();
                return Err(error).with_context(|| format!("only {come} came"));
            }
        }
    }
    Ok(())
}
