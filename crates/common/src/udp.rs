//! UDP sockets: datagrams instead of a stream. Each arrives whole or not at all, in no promised
//! order, and from anybody.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use anyhow::Context;
use mio::{Events, Interest, Poll, Token, Waker};

use crate::address::{Address, resolve};
use crate::budget::Budget;
use crate::exit::{Usage, cause, print_line};
use crate::listen::{LOOK_UP, first_that_works};
use crate::shutdown::Shutdown;

const SOCKET: Token = Token(0);
const WAKE: Token = Token(1);

/// A server's UDP socket: it waits for datagrams until it is asked to end.
#[derive(Debug)]
pub struct DatagramServer {
    socket: mio::net::UdpSocket,
    poll: Poll,
    events: Events,
}

impl DatagramServer {
    /// Binds the first address of `at` that can be bound.
    ///
    /// # Errors
    /// `at` is a Unix socket ([`Usage`]), or its name is unknown, or the address cannot be bound.
    pub fn bind(at: &Address) -> anyhow::Result<Self> {
        let addresses = look_up(at, &Budget::new(LOOK_UP))?;
        let socket = first_that_works(&addresses, UdpSocket::bind)
            .with_context(|| format!("cannot listen on udp {at}"))?;
        let ready = |socket: UdpSocket| {
            socket.set_nonblocking(true)?;
            let mut socket = mio::net::UdpSocket::from_std(socket);
            let poll = Poll::new()?;
            poll.registry()
                .register(&mut socket, SOCKET, Interest::READABLE)?;
            let events = Events::with_capacity(2);
            io::Result::Ok(Self {
                socket,
                poll,
                events,
            })
        };
        ready(socket).context("cannot wait for datagrams")
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Those of `getsockname(2)`; none in practice.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Prints `listening on udp ADDRESS` on stdout.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn announce(&self) -> anyhow::Result<()> {
        print_line(&format!("listening on udp {}", self.address()?))
    }

    /// Hands every datagram to `answer`, with the socket to answer by, until `shutdown` is
    /// requested. A datagram longer than `buffer` is cut to it; on Windows it is lost. `answer`'s errors
    /// are its own.
    ///
    /// # Errors
    /// The system cannot wait for sockets any more.
    pub fn serve(
        mut self,
        shutdown: &Shutdown,
        buffer: &mut [u8],
        mut answer: impl FnMut(&mio::net::UdpSocket, SocketAddr, &[u8]),
    ) -> anyhow::Result<()> {
        shutdown.wakes(&Arc::new(Waker::new(self.poll.registry(), WAKE)?));
        while !shutdown.is_requested() {
            match self.socket.recv_from(buffer) {
                Ok((length, peer)) => answer(&self.socket, peer, &buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    wait(&mut self.poll, &mut self.events)?;
                }
                // An ICMP error for something we sent earlier; it says nothing about this peer.
                Err(error) => {
                    tracing::debug!("a datagram could not be received: {}", cause(&error))
                }
            }
        }
        Ok(())
    }
}

fn wait(poll: &mut Poll, events: &mut Events) -> anyhow::Result<()> {
    match poll.poll(events, None) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => {
            Err(error).context("cannot wait for datagrams")
        }
        _ => Ok(()),
    }
}

/// A client's UDP sockets, one for each address of `to`, connected: each can send without naming
/// the peer, hears only that peer, and learns of its ICMP errors (port unreachable is "connection
/// refused"). Nothing has been sent: whether anybody is there shows when something is.
///
/// # Errors
/// `to` is a Unix socket ([`Usage`]), its name is unknown, or the system knows no way to any of
/// its addresses.
pub fn connect(to: &Address, budget: &Budget) -> anyhow::Result<Vec<UdpSocket>> {
    let attempt = |address: &SocketAddr| {
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => ([0; 4], 0).into(),
            SocketAddr::V6(_) => ([0; 16], 0).into(),
        };
        let socket = UdpSocket::bind(any)?;
        socket.connect(address)?;
        Ok(socket)
    };
    let attempts: Vec<io::Result<_>> = look_up(to, budget)?.iter().map(attempt).collect();
    if attempts.iter().any(Result::is_ok) {
        return Ok(attempts.into_iter().flatten().collect());
    }
    let sockets: io::Result<_> = attempts.into_iter().collect();
    sockets.with_context(|| format!("cannot reach udp {to}"))
}

/// Every address that `address` means.
///
/// # Errors
/// It is a Unix socket ([`Usage`]), or its name is unknown.
pub fn look_up(address: &Address, budget: &Budget) -> anyhow::Result<Vec<SocketAddr>> {
    match address {
        Address::Inet { host, port } => resolve(host, *port, budget),
        Address::Unix(_) => {
            Err(Usage(format!("cannot use {address} for UDP: write HOST:PORT")).into())
        }
    }
}
