//! `bench hello`: requests a second of hello-server with 64 clients, against the same service in
//! Python's `socketserver.ThreadingTCPServer`.
//!
//! Two rows. With one request on its way, a client asks, waits, and asks again: what counts is how
//! fast a server wakes up, and the kernel does most of the work for either. With 16 on their way,
//! many requests arrive together, and a server that answers them together does two system calls for
//! 16 requests, where Python's natural code does 17.
//!
//! One thread with an event loop plays all 64 clients. It has to be cheaper than the servers, or
//! else it would be the limit: its requests and the replies it expects are prepared beforehand, it
//! compares bytes, and it asks anew with one write for all replies that one read brought. Every
//! byte is checked.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use harness::Server;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use super::peer::{self, Stopwatch};
use super::rounds::{Plan, Row, Sample, Tally};
use super::table::Table;

/// How many clients ask at the same time.
const CLIENTS: usize = 64;

/// What a server says first, without a newline.
const GREETING: &[u8] = b"Welcome!";

/// How many different names each client uses, one after the other. A reply that went to the wrong
/// client, or came in the wrong order, then has the wrong bytes.
const NAMES: usize = 10;

/// How long the clients ask before the measurement begins: the time for a server to start its
/// threads.
const WARM_UP: Duration = Duration::from_millis(200);

/// How long all clients may be without a reply.
const PATIENCE: Duration = Duration::from_secs(10);

/// The rows: what each is called, how many requests a client has on their way, and the wanted
/// ratio.
const ROWS: [(&str, usize, f64); 2] = [("1 on its way", 1, 1.2), ("16 on their way", 16, 5.0)];

/// Runs the benchmark.
pub(super) fn bench(plan: &Plan) -> Result<Vec<Table>> {
    let mut table = Table::new("hello-server, 64 clients", "requests", "Python's threads");

    let Some(python) = peer::python("hello_server", include_str!("peers/hello_server.py"))? else {
        for (what, ..) in ROWS {
            table.leave_out(what, "there is no python3");
        }
        return Ok(vec![table]);
    };
    let ours = peer::our_server("hello-server")?;
    let python = peer::start(python)?;
    for (what, window, wanted) in ROWS {
        let servers = [&ours, &python];
        let measure = |server: &Server| ask(server, window, plan.each);
        table.push(Row::measure(plan, what, wanted, servers, measure)?);
    }
    Ok(vec![table])
}

/// Keeps `window` requests of each client on their way for `time`, and counts the replies.
fn ask(server: &Server, window: usize, time: Duration) -> Result<Sample> {
    let mut crowd = Crowd::connect(server.socket_addr(), window)?;
    crowd.turn(Stage::Until(Instant::now() + WARM_UP))?;
    let watch = Stopwatch::start(server);
    let done = crowd.turn(Stage::Until(Instant::now() + time))?;
    let sample = watch.stop(Tally::of(done));
    // So that the server sees an orderly end, instead of 64 resets.
    crowd.turn(Stage::LastReplies)?;
    Ok(sample)
}

/// What the event loop is turning for.
#[derive(Clone, Copy)]
enum Stage {
    /// Each reply is followed by a new request until this time.
    Until(Instant),
    /// No more requests, until the last reply is there.
    LastReplies,
}

/// All the clients, and the event loop that plays them.
struct Crowd {
    clients: Vec<Client>,
    poll: Poll,
    events: Events,
}

impl Crowd {
    /// Connects all clients, and sends the first `window` requests of each.
    fn connect(address: SocketAddr, window: usize) -> Result<Crowd> {
        let poll = Poll::new()?;
        let mut clients = Vec::with_capacity(CLIENTS);
        for number in 0..CLIENTS {
            let mut client = Client::connect(address, number, window)?;
            poll.registry()
                .register(&mut client.stream, Token(number), Interest::READABLE)?;
            client.request(window)?;
            clients.push(client);
        }
        let events = Events::with_capacity(CLIENTS);
        Ok(Crowd {
            clients,
            poll,
            events,
        })
    }

    /// Turns the event loop through one stage, and returns how many replies came.
    fn turn(&mut self, stage: Stage) -> Result<u64> {
        let mut done = 0;
        loop {
            let over = match stage {
                Stage::Until(end) => Instant::now() >= end,
                Stage::LastReplies => self.clients.iter().all(|client| client.expected == 0),
            };
            if over {
                return Ok(done);
            }
            match self.poll.poll(&mut self.events, Some(PATIENCE)) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other.context("cannot wait for replies")?,
            }
            let seconds = PATIENCE.as_secs();
            ensure!(!self.events.is_empty(), "no reply within {seconds} s");
            for event in &self.events {
                let Token(number) = event.token();
                let replies = self.clients[number]
                    .turn(stage)
                    .with_context(|| format!("client {number}"))?;
                done += replies as u64;
            }
        }
    }
}

/// One client: a connection, what it is going to say, and what it should hear.
struct Client {
    stream: TcpStream,
    requests: Tape,
    answers: Tape,
    /// How many bytes of replies are still to come for what has been asked.
    expected: usize,
    buffer: Vec<u8>,
}

impl Client {
    /// Connects, and takes the greeting. That is done blocking, because it is not measured.
    fn connect(address: SocketAddr, number: usize, window: usize) -> Result<Client> {
        let mut stream = std::net::TcpStream::connect(address).context("cannot connect")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut greeting = [0; GREETING.len()];
        stream.read_exact(&mut greeting).context("no greeting")?;
        ensure!(
            greeting == GREETING,
            "greeted with {}",
            greeting.escape_ascii()
        );
        stream.set_nonblocking(true)?;

        let name = |which: usize| format!("guest-{number:02}-{which}");
        let answers = Tape::new(window, |which| format!("Hello, {}!\n", name(which)));
        Ok(Client {
            stream: TcpStream::from_std(stream),
            requests: Tape::new(window, |which| format!("{}\n", name(which))),
            expected: 0,
            // One byte more than is ever expected, so that too much is noticed, and so that a read
            // never fills the buffer: it has then taken all there was, and the next arrival is a
            // new event.
            buffer: vec![0; window * answers.each + 1],
            answers,
        })
    }

    /// Takes the replies that have come, asks as many new requests if there are to be any, and
    /// returns how many came.
    fn turn(&mut self, stage: Stage) -> Result<usize> {
        let replies = self.replies()?;
        if replies > 0 && matches!(stage, Stage::Until(_)) {
            self.request(replies)?;
        }
        Ok(replies)
    }

    /// Sends this many requests in one write.
    fn request(&mut self, count: usize) -> Result<()> {
        let bytes = self.requests.next(count * self.requests.each);
        // At most 176 bytes are on their way to a server at any time: there is always room.
        let sent = self.stream.write(bytes).context("cannot send")?;
        ensure!(
            sent == bytes.len(),
            "sent only {sent} bytes of {}",
            bytes.len()
        );
        self.expected += count * self.answers.each;
        Ok(())
    }

    /// Takes and checks what has arrived, and returns how many replies that completed.
    fn replies(&mut self) -> Result<usize> {
        let length = match self.stream.read(&mut self.buffer) {
            Ok(0) => bail!("the server closed the connection"),
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
            Err(error) => return Err(error).context("cannot receive"),
        };
        let arrived = &self.buffer[..length];
        ensure!(
            length <= self.expected,
            "more than was asked for: {}",
            arrived.escape_ascii()
        );
        let right = self.answers.next(length);
        ensure!(
            arrived == right,
            "received {} instead of {}",
            arrived.escape_ascii(),
            right.escape_ascii()
        );
        let missing_before = self.expected.div_ceil(self.answers.each);
        self.expected -= length;
        Ok(missing_before - self.expected.div_ceil(self.answers.each))
    }
}

/// An endless text that repeats, of which any stretch is at hand without copying.
struct Tape {
    /// The text once, and as much again as the longest stretch needs.
    bytes: Vec<u8>,
    /// How long one message is.
    each: usize,
    /// Where the next stretch begins, within the first [`NAMES`] messages.
    at: usize,
}

impl Tape {
    /// The messages 0 to [`NAMES`] – 1 in turn, all of one length, for stretches of up to `window`
    /// of them.
    fn new(window: usize, message: impl Fn(usize) -> String) -> Tape {
        let messages = (0..NAMES + window).map(|which| message(which % NAMES));
        Tape {
            bytes: messages.collect::<String>().into_bytes(),
            each: message(0).len(),
            at: 0,
        }
    }

    /// The next `length` bytes.
    fn next(&mut self, length: usize) -> &[u8] {
        let stretch = &self.bytes[self.at..self.at + length];
        self.at = (self.at + length) % (NAMES * self.each);
        stretch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tape_cut_anywhere_gives_the_same_text() {
        let mut whole = Tape::new(16, |which| format!("name-{which}\n"));
        let mut cut = Tape::new(16, |which| format!("name-{which}\n"));
        for length in (1..=112).chain([112, 3, 50]) {
            let pieces = [
                cut.next(length / 2).to_vec(),
                cut.next(length - length / 2).to_vec(),
            ];
            assert_eq!(pieces.concat(), whole.next(length));
        }
    }
}
