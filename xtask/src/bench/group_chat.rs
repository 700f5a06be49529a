//! `bench group-chat`: deliveries a second of group-chat-server, against the pub/sub of Redis and
//! against `ncat --chat`, and how soon a message has reached everybody.
//!
//! Ten senders talk to 100, 1,000 or 8,000 listeners, each with 16 messages of 64 bytes on their way
//! to all of them: a message has arrived when every listener has it, and only then the next one of
//! its sender goes out. So a server cannot look fast by serving the nearest and letting the rest
//! wait.
//!
//! One thread with an event loop plays all clients of either server, and differs only in what is
//! said ([`Dialect`]). It has to be cheaper than the servers: the first listener compares every
//! byte, of the others the first message is compared and after that bytes are counted, which at the
//! end have to be exactly those that were sent.
//!
//! What is counted is what a server has delivered. In a chat room the senders hear each other, and
//! these deliveries are work like any other: they are read and counted. With Redis a connection
//! that publishes is not subscribed; it has a number in reply to each message, which is read and
//! not counted. What a delivery is made of is each server's own affair: our line has 74 bytes,
//! Redis' array 98.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::ops::Deref;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use harness::{Launch, Process, Server};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::peer::{self, Stopwatch};
use super::rounds::{Plan, Row, Sample, Table, Tally};

/// How many clients talk.
const SENDERS: usize = 10;

/// How many messages of each sender are on their way.
const WINDOW: usize = 16;

/// How many clients listen, in a row of the table each.
const LISTENERS: [usize; 3] = [100, 1_000, 8_000];

/// How many listeners a message that is alone on its way has to reach.
const LISTENERS_OF_ONE: usize = 1_000;

/// `ncat` cannot have more: it waits with `select`, whose sets end at 1,024 files.
const LISTENERS_OF_NCAT: usize = 100;

/// The length of what is said, in bytes.
const TEXT: usize = 64;

/// How many times as fast as a peer we should be.
const WANTED: f64 = 1.0;

/// The most memory that a client should cost the server, in bytes.
const MEMORY: u64 = 4096;

/// How long the senders talk before the measurement begins.
const WARM_UP: Duration = Duration::from_millis(300);

/// How long nothing at all may arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much is read at once; more than can be on its way to one client.
const READ: usize = 64 << 10;

const NO_REDIS: &str = "there is no redis-server";

/// Runs the benchmark.
pub(super) fn bench(plan: &Plan) -> Result<Vec<Table>> {
    let files = harness::open_file_limit();
    Ok(vec![
        against_redis(plan, files)?,
        one_message(plan)?,
        against_ncat(plan)?,
    ])
}

/// Several senders, and listeners in numbers.
fn against_redis(plan: &Plan, files: u64) -> Result<Table> {
    let title =
        format!("group-chat-server, {SENDERS} senders, {WINDOW} messages of each on their way");
    let mut table = Table::new(&title, "deliveries", "Redis pub/sub");
    for listeners in LISTENERS {
        let what = format!("{listeners} listeners");
        // We have a file for each connection, and so has the server, and a few for ourselves.
        if files < (listeners + SENDERS + 100) as u64 {
            let why = format!("a process may have only {files} files open");
            table.leave_out(&what, &why);
            continue;
        }
        let ours = Room::ours()?;
        let Some(redis) = Room::redis()? else {
            table.leave_out(&what, NO_REDIS);
            continue;
        };
        let measure = |room: &Room| deliveries(room, listeners, plan.each);
        table.push(Row::measure(plan, &what, WANTED, [&ours, &redis], measure)?);
        if listeners == LISTENERS[LISTENERS.len() - 1] {
            // New ones, which have no memory left over from the measurement.
            for (who, room) in [("netdozen", Some(Room::ours()?)), ("Redis", Room::redis()?)] {
                let Some(room) = room else { continue };
                if let Some(bytes) = memory(&room, listeners)? {
                    table.remark(format!("memory of {who} for each client: {bytes} bytes"));
                }
            }
            table.remark(format!("(wanted: at most {MEMORY} bytes)"));
        }
    }
    Ok(table)
}

/// One message alone on its way: its time is one second divided by how many of them there are.
fn one_message(plan: &Plan) -> Result<Table> {
    let title = format!("group-chat-server, one message at a time to {LISTENERS_OF_ONE} listeners");
    let mut table = Table::new(&title, "messages", "Redis pub/sub");
    let what = "one on its way";
    let ours = Room::ours()?;
    let Some(redis) = Room::redis()? else {
        table.leave_out(what, NO_REDIS);
        return Ok(table);
    };
    let measure = |room: &Room| {
        Crowd::join(room, LISTENERS_OF_ONE, 1)?.talk(room, 1, plan.each, |done| done.arrived)
    };
    table.push(Row::measure(plan, what, WANTED, [&ours, &redis], measure)?);
    Ok(table)
}

fn against_ncat(plan: &Plan) -> Result<Table> {
    let title =
        format!("group-chat-server, {SENDERS} senders, {WINDOW} messages of each on their way");
    let mut table = Table::new(&title, "deliveries", "ncat --chat");
    let what = format!("{LISTENERS_OF_NCAT} listeners");
    let ours = Room::ours()?;
    let Some(ncat) = Room::ncat()? else {
        table.leave_out(&what, "there is no ncat");
        return Ok(table);
    };
    let measure = |room: &Room| deliveries(room, LISTENERS_OF_NCAT, plan.each);
    table.push(Row::measure(plan, &what, WANTED, [&ours, &ncat], measure)?);
    Ok(table)
}

/// Lets all senders talk to so many listeners for `time`, and counts deliveries.
fn deliveries(room: &Room, listeners: usize, time: Duration) -> Result<Sample> {
    Crowd::join(room, listeners, SENDERS)?.talk(room, WINDOW, time, |done| done.deliveries)
}

/// How much memory the server has for each client more than without them, in bytes, once each has
/// heard something.
fn memory(room: &Room, listeners: usize) -> Result<Option<u64>> {
    let before = peer::memory(&room.process);
    let crowd = Crowd::join(room, listeners, 1)?;
    let after = peer::memory(&room.process);
    let clients = crowd.clients.len() as u64;
    Ok(before
        .zip(after)
        .map(|(before, after)| after.saturating_sub(before) / clients))
}

/// A server in which everybody hears what anybody says.
struct Room {
    process: Running,
    address: SocketAddr,
    dialect: Dialect,
}

/// What stops a server when it is dropped.
enum Running {
    Ours(Server),
    Peer(Process),
}

impl Deref for Running {
    type Target = Process;

    fn deref(&self) -> &Process {
        match self {
            Running::Ours(server) => server.process(),
            Running::Peer(process) => process,
        }
    }
}

impl Room {
    /// Our server, without the limits and the courtesies that the others do not have either.
    fn ours() -> Result<Room> {
        let program = Launch::command(peer::our_program("group-chat-server")?);
        let server = peer::start(program.args([
            "--listen",
            "127.0.0.1:0",
            "--rate",
            "0",
            "--announce-below",
            "0",
        ]))?;
        Ok(Room {
            address: server.socket_addr(),
            process: Running::Ours(server),
            dialect: Dialect::Ours,
        })
    }

    /// Redis, which is to save nothing and to cut nobody off. None where it is not installed.
    fn redis() -> Result<Option<Room>> {
        const SETTINGS: &str = "--bind 127.0.0.1 --save '' --appendonly no --loglevel warning \
            --client-output-buffer-limit 'pubsub 0 0 0' --port";
        if !peer::is_there("redis-server") {
            return Ok(None);
        }
        let folder = peer::folder()?;
        let settings = shell_words::split(SETTINGS)?;
        Room::peer(Dialect::Redis, |port| {
            let redis = Launch::command("redis-server").dir(&folder);
            redis.args(&settings).arg(port.to_string())
        })
    }

    /// `ncat`. None where it is not installed.
    fn ncat() -> Result<Option<Room>> {
        const SETTINGS: &str = "--listen --chat --max-conns 1000 127.0.0.1";
        if !peer::is_there("ncat") {
            return Ok(None);
        }
        Room::peer(Dialect::Ncat, |port| {
            let settings = SETTINGS.split_ascii_whitespace();
            Launch::command("ncat").args(settings).arg(port.to_string())
        })
    }

    fn peer(dialect: Dialect, program: impl Fn(u16) -> Launch) -> Result<Option<Room>> {
        let (process, address) = peer::start_on_port(program)?;
        Ok(Some(Room {
            process: Running::Peer(process),
            address,
            dialect,
        }))
    }
}

/// What is said to a server, and what is heard from it.
#[derive(Clone, Copy)]
enum Dialect {
    /// As from nc: the first line is the nickname, each further one is said to all, who hear
    /// `NAME:TEXT`.
    Ours,
    /// `SUBSCRIBE room`, `PUBLISH room TEXT`, and arrays of strings with their lengths.
    Redis,
    /// Whatever arrives together is sent to the others, with `<userN> ` before it.
    Ncat,
}

impl Dialect {
    /// What a client says first, and how the answer ends that shows that it is in.
    fn join(self, name: &str, listens: bool) -> (String, String) {
        match self {
            // A new name has no answer; what one says to oneself has.
            Dialect::Ours => (format!("{name}\n{name}:in\n"), format!("{name}:in\n")),
            Dialect::Redis if listens => ("SUBSCRIBE room\r\n".into(), ":1\r\n".into()),
            Dialect::Redis => ("PING\r\n".into(), "+PONG\r\n".into()),
            // It greets everyone with a list of everyone.
            Dialect::Ncat => (String::new(), "\n".into()),
        }
    }

    fn say(self, text: &str) -> String {
        match self {
            Dialect::Ours | Dialect::Ncat => format!("{text}\n"),
            Dialect::Redis => format!(
                "*3\r\n$7\r\nPUBLISH\r\n$4\r\nroom\r\n${}\r\n{text}\r\n",
                text.len()
            ),
        }
    }

    /// What a listener hears when this one says this; for ncat, how it ends.
    fn hear(self, name: &str, text: &str) -> String {
        match self {
            Dialect::Ours => format!("{name}:{text}\n"),
            Dialect::Redis => format!(
                "*3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n${}\r\n{text}\r\n",
                text.len()
            ),
            Dialect::Ncat => format!("{text}\n"),
        }
    }

    /// How many messages end in these bytes, of which `open` have come before of a message that
    /// has not ended; and how many there are then.
    fn count(self, open: usize, each: usize, bytes: &[u8]) -> (usize, usize) {
        match self {
            Dialect::Ours | Dialect::Redis => {
                let length = open + bytes.len();
                (length / each, length % each)
            }
            Dialect::Ncat => (bytes.iter().filter(|&&byte| byte == b'\n').count(), 0),
        }
    }

    /// Whether the senders hear each other.
    fn senders_hear(self) -> bool {
        !matches!(self, Dialect::Redis)
    }
}

/// What a sender says, the `count`-th time.
fn text(sender: usize, count: u64) -> String {
    let text = format!("message {count:010} of sender {sender:02} ");
    format!("{text:.<TEXT$}")
}

fn sender_name(sender: usize) -> String {
    format!("sender-{sender:02}")
}

/// All the clients of one server, and the event loop that plays them: the listeners, then the
/// senders.
struct Crowd {
    dialect: Dialect,
    poll: Poll,
    clients: Vec<Client>,
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
struct Client {
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
struct Done {
    /// Messages, each to each listener and sender that hears it.
    deliveries: u64,
    /// Messages that everybody has heard.
    arrived: u64,
}

impl Crowd {
    /// Connects everybody, one after the other, so that no backlog overflows; and lets everybody
    /// hear a message, which ends what a server has to say at first.
    fn join(room: &Room, listeners: usize, senders: usize) -> Result<Crowd> {
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
    fn talk(
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

/// The number of the sender in its [`text`].
fn sender_of(message: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(message).ok()?;
    let (_, number) = text.rsplit_once("sender ")?;
    number.get(..2)?.parse().ok()
}

/// Which messages have arrived at all listeners: of any message it is known how many listeners have
/// heard no more than that.
struct Arrivals {
    /// So many messages have arrived at all.
    at_all: u64,
    /// How many listeners have heard so many messages, modulo the length of this.
    listeners: Vec<usize>,
}

impl Arrivals {
    /// Nobody has heard anything. At most `ahead` messages are on their way.
    fn new(listeners: usize, ahead: usize) -> Arrivals {
        let mut all = vec![0; ahead + 1];
        all[0] = listeners;
        Arrivals {
            at_all: 0,
            listeners: all,
        }
    }

    fn at(&mut self, heard: u64) -> &mut usize {
        let place = heard % self.listeners.len() as u64;
        &mut self.listeners[place as usize]
    }

    /// A listener that had heard so many messages has now heard so many.
    fn count(&mut self, before: u64, now: u64) {
        *self.at(before) -= 1;
        *self.at(now) += 1;
    }

    /// Takes one more message that has arrived at all.
    fn next(&mut self) -> bool {
        let first = self.at_all;
        // Nobody is ahead of a window, so that somebody is here or further on.
        let arrived = *self.at(first) == 0;
        self.at_all += u64::from(arrived);
        arrived
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_arrived_when_the_last_listener_has_it() {
        let mut arrivals = Arrivals::new(3, 4);
        let mut taken = |listener: (u64, u64)| {
            arrivals.count(listener.0, listener.1);
            std::iter::from_fn(|| arrivals.next().then_some(())).count()
        };
        assert_eq!(taken((0, 4)), 0);
        assert_eq!(taken((0, 2)), 0);
        assert_eq!(taken((0, 1)), 1);
        assert_eq!(taken((1, 4)), 1);
        assert_eq!(taken((2, 4)), 2);
        assert_eq!(taken((4, 6)), 0);
    }

    #[test]
    fn a_text_has_its_length_and_its_sender() {
        let text = text(7, 12);
        assert_eq!(text.len(), TEXT);
        assert_eq!(sender_of(text.as_bytes()), Some(7));
    }
}
