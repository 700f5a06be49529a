//! A room: everybody on the local network who uses the same multicast group, or the same
//! broadcast port.
//!
//! One socket hears the room, bound to the room's port at every address and shared with whoever
//! else on this host is in the room. For each interface another socket speaks, from the
//! interface's own address: left to itself the system would send by one interface only, the one
//! of the default route, and loopback would never be among them.
//!
//! The speaking sockets have a port that is ours alone, the same on every interface. By it we
//! know our own messages when they come back; and by it a message that reaches us twice, from a
//! host that is on two networks with us, is known to be one.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::time::Instant;

use anyhow::{Context, bail};
use common::address::Address;
use common::budget::Budget;
use common::exit::cause;
use socket2::{Domain, Protocol, Socket, Type};

use crate::copies::Copies;
use crate::ear::{Datagram, Ear};
use crate::interfaces::{self, Interface, is_every};
use crate::pair::first_address;

/// How often a common port is looked for.
const PORTS_TRIED: usize = 20;

/// Everybody within reach.
#[derive(Debug)]
pub struct Room {
    hearing: UdpSocket,
    ways: Vec<Way>,
    copies: Copies,
}

/// One interface, and how everybody on it is reached.
#[derive(Debug)]
struct Way {
    interface: Interface,
    speaking: UdpSocket,
    from: SocketAddr,
    to: SocketAddr,
}

/// What kind of room.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Multicast(IpAddr),
    Broadcast,
}

impl Room {
    /// Joins a multicast group on every interface; with `bind`, on the interface with that
    /// address, and speaks from that port unless it is the room's.
    ///
    /// # Errors
    /// The port is taken by a program that does not share it, or the group can be joined nowhere.
    pub fn multicast(
        group: SocketAddr,
        bind: Option<&Address>,
        budget: &Budget,
    ) -> anyhow::Result<Self> {
        let interfaces = match group {
            SocketAddr::V4(_) => interfaces::with_ipv4()?,
            SocketAddr::V6(_) => interfaces::with_ipv6()?,
        };
        Room::open(
            Kind::Multicast(group.ip()),
            group.port(),
            interfaces,
            bind,
            budget,
        )
    }

    /// Speaks to everyone on every network of this host (IPv4: IPv6 has no broadcast); with
    /// `bind`, as [`Room::multicast`].
    ///
    /// # Errors
    /// As there.
    pub fn broadcast(port: u16, bind: Option<&Address>, budget: &Budget) -> anyhow::Result<Self> {
        let mut interfaces = interfaces::with_ipv4()?;
        interfaces.retain(|interface| interface.broadcast.is_some());
        Room::open(Kind::Broadcast, port, interfaces, bind, budget)
    }

    fn open(
        kind: Kind,
        port: u16,
        mut interfaces: Vec<Interface>,
        bind: Option<&Address>,
        budget: &Budget,
    ) -> anyhow::Result<Self> {
        let bind = bind.map(|bind| first_address(bind, budget)).transpose()?;
        if let Some(bind) = bind.filter(|bind| !is_every(bind.ip())) {
            interfaces.retain(|interface| interface.ip == bind.ip());
            if interfaces.is_empty() {
                bail!("cannot use {bind} for a room: no interface has that address");
            }
        }
        let hearing =
            hear(kind, port).with_context(|| format!("cannot listen on udp port {port}"))?;
        let task = || match kind {
            Kind::Multicast(group) => format!("cannot join {group}"),
            Kind::Broadcast => "cannot broadcast".to_owned(),
        };
        let port = hearing.local_addr().with_context(task)?.port();
        // The port to speak from is ours alone, and so never the room's, which our own hearing
        // socket holds already.
        let source_port = bind.map(|bind| bind.port()).filter(|own| *own != port);
        let source_port = source_port.unwrap_or(0);
        let ways = find_ways(kind, port, &hearing, &interfaces, source_port).with_context(task)?;
        for way in &ways {
            tracing::debug!("speaks on {} from {}", way.interface.name, way.from);
        }
        Ok(Room {
            hearing,
            ways,
            copies: Copies::default(),
        })
    }

    /// Where the room is heard.
    ///
    /// # Errors
    /// Those of `getsockname(2)`; none in practice.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.hearing.local_addr()
    }

    /// Listens to the room, and to those who answer one of our sockets alone.
    ///
    /// # Errors
    /// As [`Ear::listen`].
    pub fn listen(&self, ear: &Ear) -> anyhow::Result<()> {
        ear.listen(&self.hearing)?;
        self.ways
            .iter()
            .try_for_each(|way| ear.listen(&way.speaking))
    }

    /// Whether a datagram is news: neither our own nor a copy of one that was heard before.
    pub fn is_news(&mut self, datagram: &Datagram) -> bool {
        let from = datagram.from;
        let ours = |way: &Way| (way.from.ip(), way.from.port()) == (from.ip(), from.port());
        !self.ways.iter().any(ours) && self.copies.is_first(datagram, Instant::now())
    }

    /// Says it on every interface.
    ///
    /// # Errors
    /// It could be sent on none of them; the first one's reason.
    pub fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let mut failure = None;
        let mut sent = false;
        for way in &self.ways {
            match way.speaking.send_to(bytes, way.to) {
                Ok(_) => sent = true,
                Err(error) => {
                    tracing::debug!("cannot send on {}: {}", way.interface.name, cause(&error));
                    failure = failure.or(Some(error));
                }
            }
        }
        match failure {
            Some(error) if !sent => Err(error),
            _ => Ok(()),
        }
    }
}

/// The socket that hears the room.
fn hear(kind: Kind, port: u16) -> io::Result<UdpSocket> {
    let (domain, every): (_, SocketAddr) = match kind {
        Kind::Multicast(IpAddr::V6(_)) => (Domain::IPV6, (Ipv6Addr::UNSPECIFIED, port).into()),
        _ => (Domain::IPV4, (Ipv4Addr::UNSPECIFIED, port).into()),
    };
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    // Whatever is sent to a group or to everyone is delivered to each of the sockets that share
    // the port; what is sent to this host alone, to one of them.
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    if domain == Domain::IPV6 {
        socket.set_only_v6(true)?;
    }
    // Linux also delivers groups that only others on this host have joined, unless told not to.
    #[cfg(target_os = "linux")]
    match domain {
        Domain::IPV6 => socket.set_multicast_all_v6(false)?,
        _ => socket.set_multicast_all_v4(false)?,
    }
    socket.bind(&every.into())?;
    Ok(socket.into())
}

/// Joins on each interface and opens a socket to speak there. An interface on which either fails
/// is left out (a network card without a cable, a tunnel that knows no groups).
fn find_ways(
    kind: Kind,
    port: u16,
    hearing: &UdpSocket,
    interfaces: &[Interface],
    source_port: u16,
) -> io::Result<Vec<Way>> {
    let mut failure = None;
    let mut usable = Vec::new();
    for interface in interfaces {
        let joined = probe(kind, port, interface).and_then(|()| join(kind, hearing, interface));
        match joined {
            Ok(()) => usable.push(interface),
            Err(error) => {
                tracing::debug!("leaves out {}: {}", interface.name, cause(&error));
                failure = failure.or(Some(error));
            }
        }
    }
    // With loopback in the room, that is how the others on this host are reached, and a copy of
    // what goes out by the other interfaces would only reach them a second time.
    let on_loopback = usable.iter().any(|interface| interface.ip.is_loopback());
    for _ in 0..PORTS_TRIED {
        let mut common_port = source_port;
        let mut ways = Vec::new();
        for interface in &usable {
            let looped = interface.ip.is_loopback() || !on_loopback;
            match speak(kind, port, interface, common_port, looped) {
                Ok(way) => {
                    common_port = way.from.port();
                    ways.push(way);
                }
                // Free on one interface and taken on another: look for another port.
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    failure = Some(error);
                    ways.clear();
                    break;
                }
                Err(error) => {
                    tracing::debug!("leaves out {}: {}", interface.name, cause(&error));
                    failure = failure.or(Some(error));
                }
            }
        }
        if !ways.is_empty() {
            return Ok(ways);
        }
    }
    Err(failure.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()))
}

fn join(kind: Kind, hearing: &UdpSocket, interface: &Interface) -> io::Result<()> {
    match (kind, interface.ip) {
        (Kind::Multicast(IpAddr::V4(group)), IpAddr::V4(ip)) => {
            hearing.join_multicast_v4(&group, &ip)
        }
        (Kind::Multicast(IpAddr::V6(group)), _) => {
            hearing.join_multicast_v6(&group, interface.index)
        }
        (Kind::Multicast(IpAddr::V4(_)), IpAddr::V6(_)) => Err(io::ErrorKind::Unsupported.into()),
        (Kind::Broadcast, _) => Ok(()),
    }
}

/// Whether the room can be reached by an interface. Connecting a UDP socket sends nothing; it only
/// has the kernel look up the way, and it may know none: IPv6 groups, as a rule, on loopback.
fn probe(kind: Kind, port: u16, interface: &Interface) -> io::Result<()> {
    let (socket, to) = socket_towards(kind, port, interface)?;
    socket.bind(&interface.address(0).into())?;
    socket.connect(&to.into())
}

/// The socket that speaks on one interface. `looped`: programs on this host that have joined there
/// hear it too.
fn speak(
    kind: Kind,
    port: u16,
    interface: &Interface,
    source_port: u16,
    looped: bool,
) -> io::Result<Way> {
    let (socket, to) = socket_towards(kind, port, interface)?;
    match kind {
        Kind::Multicast(IpAddr::V4(_)) => socket.set_multicast_loop_v4(looped)?,
        Kind::Multicast(IpAddr::V6(_)) => socket.set_multicast_loop_v6(looped)?,
        // Whether a broadcast comes back to its host cannot be chosen.
        Kind::Broadcast => {}
    }
    socket.bind(&interface.address(source_port).into())?;
    let speaking = UdpSocket::from(socket);
    Ok(Way {
        interface: interface.clone(),
        from: speaking.local_addr()?,
        speaking,
        to,
    })
}

/// A socket that sends by one interface, and whom it sends to.
fn socket_towards(
    kind: Kind,
    port: u16,
    interface: &Interface,
) -> io::Result<(Socket, SocketAddr)> {
    let domain = Domain::for_address(interface.address(0));
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    let to = match (kind, interface.ip) {
        (Kind::Multicast(IpAddr::V4(group)), IpAddr::V4(ip)) => {
            socket.set_multicast_if_v4(&ip)?;
            (group, port).into()
        }
        (Kind::Multicast(IpAddr::V6(group)), _) => {
            socket.set_multicast_if_v6(interface.index)?;
            SocketAddrV6::new(group, port, 0, interface.index).into()
        }
        _ => {
            // A precaution of the system: nobody speaks to everyone by mistake.
            socket.set_broadcast(true)?;
            let everyone = interface.broadcast.ok_or(io::ErrorKind::Unsupported)?;
            (everyone, port).into()
        }
    };
    Ok((socket, to))
}
