//! Data connections: one for each file and each listing, to where the server listens (passive) or
//! from it to us (active).

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use common::budget::Budget;
use common::exit::cause;
use common::stream::Stream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket, Type};

use crate::control::{Control, Refused};
use crate::interrupt::{Interrupt, Interrupted, Which};
use crate::passive;

/// How many strangers may knock in place of the server, in active mode.
const MAX_STRANGERS: usize = 16;

/// What the two sides have agreed on: a connection that is there already, or one that the server is
/// about to make.
#[derive(Debug)]
pub enum Opening {
    /// We have connected to where the server listens.
    Passive(Arc<Stream>),
    /// We listen for the server.
    Active(Box<Waiting>),
}

/// How data connections are made, as far as the server's answers have told.
#[derive(Clone, Copy, Debug)]
pub enum Manner {
    /// `EPSV`, and `PASV` if the server does not know that.
    Passive,
    /// `PASV`.
    ClassicPassive,
    /// `EPRT` or `PORT`.
    Active,
}

impl Opening {
    /// Agrees with the server on the next data connection. It has `budget` to connect.
    ///
    /// # Errors
    /// The server refuses, answers nonsense, or cannot be connected to.
    pub fn agree(
        control: &mut Control,
        manner: &mut Manner,
        budget: &Budget,
        interrupt: &Interrupt,
    ) -> anyhow::Result<Self> {
        if let Manner::Passive = manner {
            match extended(control, budget, interrupt)? {
                Some(stream) => return Ok(Opening::Passive(stream)),
                None => *manner = Manner::ClassicPassive,
            }
        }
        match manner {
            Manner::Active => Waiting::begin(control).map(Box::new).map(Opening::Active),
            _ => classic(control, budget, interrupt).map(Opening::Passive),
        }
    }

    /// The connection, once the server has said that it begins.
    ///
    /// # Errors
    /// The server does not connect within the budget, or until Ctrl-C.
    pub fn connected(self, budget: &Budget, interrupt: &Interrupt) -> anyhow::Result<Arc<Stream>> {
        match self {
            Opening::Passive(stream) => Ok(stream),
            Opening::Active(waiting) => waiting.accept(budget, interrupt).map(Arc::new),
        }
    }
}

/// `EPSV`: a port, and the address is the one we talk to (RFC 2428). `None` if the server does not
/// know the command, or names a port where nobody is; there are boxes on the way that take one
/// command for the other.
fn extended(
    control: &mut Control,
    budget: &Budget,
    interrupt: &Interrupt,
) -> anyhow::Result<Option<Arc<Stream>>> {
    let (_, peer) = control.addresses()?;
    let reply = control.ask("EPSV", "")?;
    if reply.code != 229 {
        if !control.is_alive() || reply.code / 100 == 4 {
            bail!(Refused(reply));
        }
        tracing::debug!("the server has no EPSV ({reply}): PASV then");
        return Ok(None);
    }
    let Some(port) = passive::extended(&reply.text) else {
        bail!("its answer to EPSV names no port: {reply}");
    };
    match dial(peer, port, budget, interrupt) {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if peer.is_ipv4() && budget.left().is_some() => {
            tracing::debug!("{error:#}: PASV then");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// `PASV`: an address and a port. The address is not used. A server behind a translating router
/// (NAT) names one that nobody outside can reach, and a malicious one would have us connect to
/// whatever it likes on our own network (CVE-2020-8284).
fn classic(
    control: &mut Control,
    budget: &Budget,
    interrupt: &Interrupt,
) -> anyhow::Result<Arc<Stream>> {
    let (_, peer) = control.addresses()?;
    let reply = control.ask("PASV", "")?;
    if reply.code != 227 {
        bail!(Refused(reply));
    }
    let Some((said, port)) = passive::classic(&reply.text) else {
        bail!("its answer to PASV names no address: {reply}");
    };
    let real = peer.ip().to_canonical();
    if said != real {
        tracing::debug!(
            "PASV said {said}, the server is at {real}: it seems to be behind NAT and not to know \
             it; connecting to {real}"
        );
    }
    dial(peer, port, budget, interrupt)
}

/// The server's address is taken as it is: with the interface, where it is one of a link.
fn dial(
    mut server: SocketAddr,
    port: u16,
    budget: &Budget,
    interrupt: &Interrupt,
) -> anyhow::Result<Arc<Stream>> {
    server.set_port(port);
    let connect = || {
        let left = budget.left().ok_or_else(|| budget.exceeded())?;
        let socket = Socket::new(Domain::for_address(server), Type::STREAM, None)?;
        let stream = Arc::new(Stream::Tcp(socket.try_clone()?.into(), server));
        // Before it is connected: where packets are swallowed, this is where one waits.
        interrupt.ends(Which::Data, &stream);
        let connected = socket.connect_timeout(&server.into(), left);
        connected.map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => budget.exceeded(),
            _ => error,
        })?;
        stream.send_at_once()?;
        Ok::<_, io::Error>(stream)
    };
    connect().with_context(|| format!("no data connection: cannot connect to {server}"))
}

/// A socket at which the server is to connect.
#[derive(Debug)]
pub struct Waiting {
    listener: TcpListener,
    server: IpAddr,
}

impl Waiting {
    /// Listens on the address that the server sees us at, and tells it the port.
    fn begin(control: &mut Control) -> anyhow::Result<Self> {
        let (mut ours, peer) = control.addresses()?;
        ours.set_port(0);
        let listener = TcpListener::bind(ours).context("cannot listen for the server")?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let reply = match ours.ip().to_canonical() {
            IpAddr::V4(ip) => {
                let [a, b, c, d] = ip.octets();
                let [high, low] = port.to_be_bytes();
                control.ask("PORT", &format!("{a},{b},{c},{d},{high},{low}"))?
            }
            IpAddr::V6(ip) => control.ask("EPRT", &format!("|2|{ip}|{port}|"))?,
        };
        if !reply.is_success() {
            return Err(Refused(reply)).context("no active data connection");
        }
        let server = peer.ip();
        Ok(Waiting { listener, server })
    }

    /// Whoever reaches the port may connect first; only the server is let in.
    fn accept(self, budget: &Budget, interrupt: &Interrupt) -> anyhow::Result<Stream> {
        let task =
            "the server has not connected to us (behind NAT or a firewall, leave out --active)";
        // A socket that listens is woken by its end as any other.
        let ours = Socket::from(self.listener.try_clone()?);
        let ours = Stream::Tcp(ours.into(), self.listener.local_addr()?);
        interrupt.ends(Which::Data, &Arc::new(ours));
        let mut listener = mio::net::TcpListener::from_std(self.listener);
        let mut poll = Poll::new()?;
        let registry = poll.registry();
        registry.register(&mut listener, Token(0), Interest::READABLE)?;
        let mut events = Events::with_capacity(1);
        let mut strangers = 0;
        while strangers < MAX_STRANGERS {
            if interrupt.is_requested() {
                bail!(Interrupted);
            }
            match listener.accept() {
                Ok((stream, peer)) if peer.ip().to_canonical() == self.server.to_canonical() => {
                    let stream = Stream::Tcp(stream.into(), peer);
                    stream.set_nonblocking(false)?;
                    stream.send_at_once()?;
                    return Ok(stream);
                }
                Ok((_, peer)) => {
                    strangers += 1;
                    tracing::warn!("{peer} connected in the server's place, and was turned away");
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let left = budget.left().unwrap_or(Duration::ZERO);
                    match poll.poll(&mut events, Some(left)) {
                        Err(error) if error.kind() != io::ErrorKind::Interrupted => bail!(error),
                        _ if budget.left().is_none() => {
                            return Err(budget.exceeded()).context(task);
                        }
                        _ => {}
                    }
                }
                Err(error) => tracing::debug!("cannot accept: {}", cause(&error)),
            }
            if budget.left().is_none() {
                return Err(budget.exceeded()).context(task);
            }
        }
        bail!("{task}, but {strangers} others have")
    }
}
