//! Two who talk to each other, one of whom may not know the other's address before it writes.
//!
//! Two sockets share our address. One is open to everybody; without it a stranger would go
//! unseen, and nobody could write first. The other is connected to the peer: it is how the kernel
//! knows whom to tell that an ICMP error came back ("port unreachable": nobody listens there).
//! The kernel hands a datagram to the socket that fits it best, and we read both.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use anyhow::Context;
use common::address::Address;
use common::budget::Budget;
use common::exit::Usage;
use common::listen::first_that_works;
use common::udp::look_up;
use socket2::{Domain, Protocol, Socket, Type};

use crate::DEFAULT_ADDRESS;
use crate::ear::{Ear, is_refusal, plain};

/// The two, as far as they are known.
#[derive(Debug)]
pub struct Pair {
    open: UdpSocket,
    /// Connected to the peer, once there is one. Without it (some systems do not let two sockets
    /// share an address) the open socket does it all, and ICMP errors go unheard.
    connected: Option<UdpSocket>,
    peer: Option<SocketAddr>,
}

/// What became of a datagram.
#[derive(Debug)]
pub enum Sent {
    /// It is on its way. Whether it arrives is another matter.
    Gone,
    /// The same, and an earlier one came back: nobody listened.
    AfterRefusal,
}

impl Pair {
    /// Opens our end: at `bind`, or, without, at [`DEFAULT_ADDRESS`]; with a peer but no `bind`,
    /// at any free port of the address from which the peer is reached.
    ///
    /// # Errors
    /// An address cannot be meant ([`Usage`]), a name is unknown, the address is in use or not ours, or there is no way to the peer; the
    /// message names the address.
    pub fn open(
        bind: Option<&Address>,
        peer: Option<&Address>,
        budget: &Budget,
    ) -> anyhow::Result<Self> {
        let Some(peer) = peer else {
            let default = DEFAULT_ADDRESS.parse()?;
            let open = bind_to_any(bind.unwrap_or(&default), budget)?;
            return Ok(Pair {
                open,
                connected: None,
                peer: None,
            });
        };
        let task = || format!("cannot reach udp {peer}");
        if matches!(peer, Address::Inet { port: 0, .. }) {
            return Err(Usage(format!("{}: nothing can be sent to port 0", task())).into());
        }
        let open = bind.map(|bind| bind_to_any(bind, budget)).transpose()?;
        let mut failure = io::ErrorKind::AddrNotAvailable.into();
        for address in look_up(peer, budget)? {
            let attempt = match &open {
                Some(open) => open.try_clone(),
                None => near(address).and_then(bind_to),
            };
            match attempt.and_then(|open| reach(&open, address).map(|()| open)) {
                Ok(open) => {
                    let mut pair = Pair {
                        open,
                        connected: None,
                        peer: None,
                    };
                    pair.meet(address);
                    return Ok(pair);
                }
                Err(error) => failure = error,
            }
        }
        Err(failure).with_context(task)
    }

    /// Where we are.
    ///
    /// # Errors
    /// Those of `getsockname(2)`; none in practice.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.open.local_addr()
    }

    /// The other side, if it is known.
    pub fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// From now on this is the other side.
    fn meet(&mut self, peer: SocketAddr) {
        self.peer = Some(plain(peer));
        match connected_twin(&self.open, peer) {
            Ok(twin) => self.connected = Some(twin),
            Err(error) => tracing::debug!("no second socket for {peer}: {error}"),
        }
    }

    /// Listens at all sockets.
    ///
    /// # Errors
    /// As [`Ear::listen`].
    pub fn listen(&self, ear: &Ear) -> anyhow::Result<()> {
        ear.listen(&self.open)?;
        match &self.connected {
            Some(connected) => ear.listen(connected),
            None => Ok(()),
        }
    }

    /// Takes the sender of a datagram for the peer if there is none yet; true if so.
    ///
    /// # Errors
    /// As [`Ear::listen`].
    pub fn heard(&mut self, from: SocketAddr, ear: &Ear) -> anyhow::Result<bool> {
        // No datagram can be sent to port 0, so nobody can be answered there.
        if self.peer.is_some() || from.port() == 0 {
            return Ok(false);
        }
        self.meet(from);
        if let Some(connected) = &self.connected {
            ear.listen(connected)?;
        }
        Ok(true)
    }

    /// Sends one datagram to the peer, which has to be known.
    ///
    /// # Errors
    /// The network does not take it, or there is no peer.
    pub fn send(&self, bytes: &[u8]) -> io::Result<Sent> {
        match self.send_once(bytes) {
            // The error belongs to an earlier datagram, and took this one's turn.
            Err(error) if is_refusal(&error) => self.send_once(bytes).map(|_| Sent::AfterRefusal),
            sent => sent.map(|_| Sent::Gone),
        }
    }

    fn send_once(&self, bytes: &[u8]) -> io::Result<usize> {
        match (&self.connected, self.peer) {
            (Some(connected), _) => connected.send(bytes),
            (None, Some(peer)) => self.open.send_to(bytes, for_socket(&self.open, peer)?),
            (None, None) => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

/// The first address that `bind` means.
///
/// # Errors
/// The name is unknown, or the address is a Unix socket ([`Usage`]).
pub(crate) fn first_address(bind: &Address, budget: &Budget) -> anyhow::Result<SocketAddr> {
    let found = look_up(bind, budget)?;
    let first = found.first().copied();
    first.with_context(|| format!("cannot listen on udp {bind}: it has no address"))
}

fn bind_to_any(at: &Address, budget: &Budget) -> anyhow::Result<UdpSocket> {
    first_that_works(&look_up(at, budget)?, bind_to)
        .with_context(|| format!("cannot listen on udp {at}"))
}

fn bind_to(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = new_socket(address)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn new_socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    if address.is_ipv6() {
        // `[::]` means every address of the host, IPv4 included, on every system.
        socket.set_only_v6(false)?;
    }
    Ok(socket)
}

/// Our address on the way to `peer`, with port 0. Connecting a UDP socket sends nothing; it only
/// has the kernel look up the way.
fn near(peer: SocketAddr) -> io::Result<SocketAddr> {
    let every: IpAddr = match peer {
        SocketAddr::V4(_) => [0; 4].into(),
        SocketAddr::V6(_) => [0; 16].into(),
    };
    let probe = UdpSocket::bind((every, 0))?;
    probe.connect(peer)?;
    let mut found = probe.local_addr()?;
    found.set_port(0);
    Ok(found)
}

/// Whether there is a way from a socket's address to `peer`.
fn reach(open: &UdpSocket, peer: SocketAddr) -> io::Result<()> {
    let mut from = open.local_addr()?;
    from.set_port(0);
    bind_to(from)?.connect(for_socket(open, peer)?)
}

/// A socket with the same address as `open`, connected to `peer`.
///
/// Sharing is allowed for this one moment only: so nobody else can have our address.
fn connected_twin(open: &UdpSocket, peer: SocketAddr) -> io::Result<UdpSocket> {
    let address = open.local_addr()?;
    let first = socket2::SockRef::from(open);
    let twin = new_socket(address)?;
    share(&first, true)?;
    share(&twin, true)?;
    let made = twin
        .bind(&address.into())
        .and_then(|()| twin.connect(&for_socket(open, peer)?.into()));
    share(&first, false)?;
    share(&twin, false)?;
    made.map(|()| twin.into())
}

#[cfg(unix)]
fn share(socket: &Socket, shared: bool) -> io::Result<()> {
    socket.set_reuse_address(shared)?;
    // BSD and macOS ask for this one; Linux is content with either.
    if cfg!(not(target_os = "linux")) {
        socket.set_reuse_port(shared)?;
    }
    Ok(())
}

/// On Windows it is not said which of two sockets at one address gets a datagram; there is only
/// one, and it hears of ICMP errors without being connected.
#[cfg(not(unix))]
fn share(_socket: &Socket, _shared: bool) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// `to` as a socket of this family is given it: one for both families wants an IPv4 address as
/// `::ffff:127.0.0.1`.
fn for_socket(socket: &UdpSocket, to: SocketAddr) -> io::Result<SocketAddr> {
    Ok(match (socket.local_addr()?, to) {
        (SocketAddr::V6(_), SocketAddr::V4(to)) => (to.ip().to_ipv6_mapped(), to.port()).into(),
        (_, to) => to,
    })
}
