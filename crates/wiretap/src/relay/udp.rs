//! Datagrams. Each client, known by its address, has a socket of its own towards the server, so
//! that the server's answers find their way back.
//!
//! One thread does it all: a datagram is passed on or lost, and nothing ever waits for room.

mod dice;
mod listening;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use common::budget::Budget;
use common::exit::cause;
use common::server::allow_files;
use common::shutdown::{GRACE, Shutdown};
use common::udp;
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Token, Waker};

use super::Settings;
use crate::event::{Side, What};
use crate::recorder::Recorder;
use dice::Dice;
pub use listening::Datagrams;

const SOCKET: Token = Token(0);
const WAKE: Token = Token(1);
/// From here on, the clients' sockets.
const CLIENTS: usize = 2;

/// The longest datagram there is, and one byte more.
const LONGEST: usize = 65_536;

/// Bytes that may be held back by a delay. What comes beyond that is lost, as on any full line.
const MOST_DELAYED: usize = 64 << 20;

/// Relays datagrams until `shutdown` is requested; what is held back then is still passed on, for at
/// most [`GRACE`].
///
/// # Errors
/// The server's name is unknown, or the system cannot wait for sockets.
pub fn serve(
    socket: Datagrams,
    settings: &Settings,
    recorder: &Recorder,
    shutdown: &Shutdown,
) -> anyhow::Result<()> {
    allow_files(settings.max_connections);
    let to = udp::look_up(&settings.to, &Budget::new(settings.timeout))?;
    let mut relay =
        Relay::new(socket, settings, to, recorder).context("cannot wait for datagrams")?;
    shutdown.wakes(&Arc::new(Waker::new(relay.poll.registry(), WAKE)?));
    let task = "cannot wait for datagrams";
    while !shutdown.is_requested() {
        relay.turn(None).context(task)?;
    }
    // What is held back is in flight.
    let end = Instant::now() + GRACE;
    while !relay.delayed.is_empty() && Instant::now() < end {
        relay.turn(Some(end)).context(task)?;
    }
    Ok(())
}

struct Relay<'a> {
    settings: &'a Settings,
    /// The server's addresses; where nobody is at the first, the next is tried.
    to: Vec<SocketAddr>,
    recorder: &'a Recorder,
    poll: Poll,
    socket: UdpSocket,
    /// By the numbers of their connections.
    clients: HashMap<u64, Client>,
    numbers: HashMap<SocketAddr, u64>,
    last_number: u64,
    delayed: VecDeque<Delayed>,
    delayed_bytes: usize,
    dice: Dice,
    buffer: Box<[u8]>,
}

/// A client, and the socket that stands for it towards the server.
struct Client {
    address: SocketAddr,
    socket: UdpSocket,
    /// Which of the server's addresses.
    tried: usize,
    answered: bool,
    /// What it sent last, while nobody has answered.
    last: Arc<[u8]>,
    heard: Instant,
}

struct Delayed {
    due: Instant,
    number: u64,
    from: Side,
    bytes: Arc<[u8]>,
}

impl<'a> Relay<'a> {
    fn new(
        socket: Datagrams,
        settings: &'a Settings,
        to: Vec<SocketAddr>,
        recorder: &'a Recorder,
    ) -> io::Result<Self> {
        let mut socket = UdpSocket::from_std(socket.socket);
        let poll = Poll::new()?;
        poll.registry()
            .register(&mut socket, SOCKET, Interest::READABLE)?;
        Ok(Relay {
            settings,
            to,
            recorder,
            poll,
            socket,
            clients: HashMap::new(),
            numbers: HashMap::new(),
            last_number: 0,
            delayed: VecDeque::new(),
            delayed_bytes: 0,
            dice: Dice::new(),
            buffer: vec![0; LONGEST].into_boxed_slice(),
        })
    }

    /// Waits, and does what there is to do, at most until `end`.
    fn turn(&mut self, end: Option<Instant>) -> io::Result<()> {
        let mut events = Events::with_capacity(256);
        let next = [
            self.delayed.front().map(|first| first.due),
            self.next_silence(),
            end,
        ];
        let next = next.into_iter().flatten().min();
        let patience = next.map(|due| due.saturating_duration_since(Instant::now()));
        match self.poll.poll(&mut events, patience) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => other?,
        }
        for event in &events {
            match event.token() {
                SOCKET => self.hear_clients(),
                WAKE => {}
                Token(at) => self.hear_server((at - CLIENTS) as u64),
            }
        }
        let now = Instant::now();
        while self.delayed.front().is_some_and(|first| first.due <= now) {
            if let Some(delayed) = self.delayed.pop_front() {
                self.delayed_bytes -= delayed.bytes.len();
                self.send(delayed.number, delayed.from, &delayed.bytes);
            }
        }
        if let Some(most) = self.settings.idle_timeout {
            let silent = |client: &Client| now - client.heard >= most;
            let silent: Vec<u64> = self
                .clients
                .iter()
                .filter(|(_, client)| silent(client))
                .map(|(number, _)| *number)
                .collect();
            silent.into_iter().for_each(|number| self.forget(number));
        }
        Ok(())
    }

    fn next_silence(&self) -> Option<Instant> {
        let most = self.settings.idle_timeout?;
        self.clients
            .values()
            .map(|client| client.heard + most)
            .min()
    }

    fn hear_clients(&mut self) {
        loop {
            match self.socket.recv_from(&mut self.buffer) {
                Ok((length, client)) => {
                    let bytes: Arc<[u8]> = self.buffer[..length].into();
                    match self.number_of(client) {
                        Ok(number) => self.take(number, Side::Client, bytes),
                        Err(error) => {
                            tracing::warn!("lost a datagram from {client}: {}", cause(&error));
                        }
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // Of something sent earlier; which client it was for is not said.
                Err(error) => tracing::debug!("a client has gone: {}", cause(&error)),
            }
        }
    }

    fn hear_server(&mut self, number: u64) {
        loop {
            let Some(client) = self.clients.get_mut(&number) else {
                return;
            };
            match client.socket.recv(&mut self.buffer) {
                Ok(length) => {
                    let bytes: Arc<[u8]> = self.buffer[..length].into();
                    client.answered = true;
                    self.take(number, Side::Server, bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.refused(number, &error),
            }
        }
    }

    /// The number of a client; a new one gets a socket.
    fn number_of(&mut self, address: SocketAddr) -> io::Result<u64> {
        if let Some(number) = self.numbers.get(&address) {
            return Ok(*number);
        }
        if self.clients.len() >= self.settings.max_connections {
            let silent = self.clients.iter().min_by_key(|(_, client)| client.heard);
            if let Some(number) = silent.map(|(number, _)| *number) {
                self.forget(number);
            }
        }
        let number = self.last_number + 1;
        let socket = self.connect(number, 0)?;
        self.last_number = number;
        tracing::debug!("client {number} is {address}");
        let client = Client {
            address,
            socket,
            tried: 0,
            answered: false,
            last: Arc::new([]),
            heard: Instant::now(),
        };
        self.clients.insert(number, client);
        self.numbers.insert(address, number);
        Ok(number)
    }

    /// A socket that hears only the server, and its ICMP errors.
    fn connect(&self, number: u64, tried: usize) -> io::Result<UdpSocket> {
        let to = self.to.get(tried).ok_or(io::ErrorKind::AddrNotAvailable)?;
        let any: SocketAddr = match to {
            SocketAddr::V4(_) => ([0; 4], 0).into(),
            SocketAddr::V6(_) => ([0; 16], 0).into(),
        };
        let mut socket = UdpSocket::bind(any)?;
        socket.connect(*to)?;
        let token = Token(CLIENTS + number as usize);
        self.poll
            .registry()
            .register(&mut socket, token, Interest::READABLE)?;
        Ok(socket)
    }

    fn forget(&mut self, number: u64) {
        if let Some(client) = self.clients.remove(&number) {
            self.numbers.remove(&client.address);
            tracing::debug!("client {number} is forgotten");
        }
    }

    /// Records a datagram, and passes it on, now or later, or not at all.
    fn take(&mut self, number: u64, from: Side, bytes: Arc<[u8]>) {
        if let Some(client) = self.clients.get_mut(&number) {
            client.heard = Instant::now();
            if from == Side::Client && !client.answered && self.to.len() > 1 {
                client.last = Arc::clone(&bytes);
            }
        }
        let is_full = self.delayed_bytes + bytes.len() > MOST_DELAYED;
        let dropped = is_full || self.dice.falls_below(self.settings.spoiling.drop);
        let what = What::Datagram {
            bytes: Arc::clone(&bytes),
            dropped,
        };
        self.recorder.record(number, from, what);
        if dropped {
            return;
        }
        let delay = self.settings.spoiling.delay;
        if delay.is_zero() {
            self.send(number, from, &bytes);
            return;
        }
        self.delayed_bytes += bytes.len();
        self.delayed.push_back(Delayed {
            due: Instant::now() + delay,
            number,
            from,
            bytes,
        });
    }

    fn send(&mut self, number: u64, from: Side, bytes: &[u8]) {
        let Some(client) = self.clients.get(&number) else {
            return;
        };
        let sent = match from {
            Side::Client => client.socket.send(bytes),
            Side::Server => self.socket.send_to(bytes, client.address),
        };
        match sent {
            Ok(_) => {}
            // The error is that of a datagram before this one; this one is sent again where that
            // can help.
            Err(error)
                if from == Side::Client && error.kind() == io::ErrorKind::ConnectionRefused =>
            {
                self.refused(number, &error);
                if let Some(client) = self.clients.get(&number) {
                    let _ = client.socket.send(bytes);
                }
            }
            Err(error) => tracing::warn!("lost a datagram of client {number}: {}", cause(&error)),
        }
    }

    /// Nobody listens at the server's address. A name may have another one (`localhost` is `::1`
    /// too): while nobody has answered, that is tried, with what was sent last.
    fn refused(&mut self, number: u64, error: &io::Error) {
        let Some(client) = self.clients.get(&number) else {
            return;
        };
        let next = client.tried + 1;
        if !client.answered
            && next < self.to.len()
            && let Ok(socket) = self.connect(number, next)
            && let Some(client) = self.clients.get_mut(&number)
        {
            client.tried = next;
            client.socket = socket;
            let last = Arc::clone(&client.last);
            self.send(number, Side::Client, &last);
            return;
        }
        if error.kind() == io::ErrorKind::ConnectionRefused {
            self.recorder.record(number, Side::Server, What::Reset);
        }
        tracing::info!(
            "client {number}: nothing gets to {}: {}",
            self.settings.to,
            cause(error)
        );
    }
}
