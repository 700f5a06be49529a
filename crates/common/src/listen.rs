//! Binding a listening socket and saying so.
//!
//! Who accepts from it is in [`crate::accept`].

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use mio::event::Source;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::address::{Address, resolve};
use crate::budget::Budget;
use crate::exit::print_line;
use crate::nonblocking::{INHERITED, NonBlocking, prepare};
use crate::stream::Stream;

/// Connections that the kernel completes and keeps for us until they are accepted. Linux caps it
/// at `net.core.somaxconn` (4,096 since 5.4); a burst beyond it is not refused, but its clients
/// have to send their SYN again, after 1 s, 2 s, 4 s…
const BACKLOG: i32 = 4096;

/// How long the look-up of a name to listen at may take.
pub(crate) const LOOK_UP: Duration = Duration::from_secs(10);

/// A listening socket, non-blocking. A Unix socket's file is removed when this is dropped.
#[derive(Debug)]
pub struct Listener {
    socket: ListenerSocket,
    /// Where it really listens: `127.0.0.1:6789`, `unix:/path`.
    address: String,
}

#[derive(Debug)]
enum ListenerSocket {
    Tcp(mio::net::TcpListener),
    #[cfg(unix)]
    Unix {
        socket: mio::net::UnixListener,
        /// Held only to be dropped with the socket; by the first of several listeners.
        _file: Option<unix::SocketFile>,
    },
}

impl Listener {
    /// Listens at the first address of `at` that can be bound.
    ///
    /// # Errors
    /// The name is unknown, the address is in use or not ours, or the port is not allowed to us;
    /// the message names the address.
    pub fn bind(at: &Address) -> anyhow::Result<Self> {
        let task = || format!("cannot listen on {at}");
        match at {
            Address::Inet { host, port } => {
                let addresses = resolve(host, *port, &Budget::new(LOOK_UP))?;
                let socket = first_that_works(&addresses, bind_tcp).with_context(task)?;
                let address = socket.local_addr().with_context(task)?.to_string();
                let socket = ListenerSocket::Tcp(socket);
                Ok(Listener { socket, address })
            }
            #[cfg(unix)]
            Address::Unix(path) => {
                let (socket, _file) = unix::bind(path).with_context(task)?;
                let _file = Some(_file);
                let socket = ListenerSocket::Unix { socket, _file };
                let address = at.to_string();
                Ok(Listener { socket, address })
            }
            #[cfg(not(unix))]
            Address::Unix(_) => Err(crate::address::AddressError::NoUnixSockets.into()),
        }
    }

    /// `count` listeners at one address, for a loop each. Where the system can, each has a queue of
    /// its own, and the kernel deals connections out to them (SO_REUSEPORT of Linux). Elsewhere, and
    /// for Unix sockets, they share one queue.
    ///
    /// # Errors
    /// As [`Self::bind`].
    pub fn bind_several(at: &Address, count: usize) -> anyhow::Result<Vec<Self>> {
        let mut all = vec![Self::bind(at)?];
        for _ in 1..count {
            let another = all[0].another();
            all.push(another.with_context(|| format!("cannot listen on {at} once more"))?);
        }
        Ok(all)
    }

    fn another(&self) -> io::Result<Self> {
        let address = self.address.clone();
        let socket = match &self.socket {
            ListenerSocket::Tcp(socket) => ListenerSocket::Tcp(another_tcp(socket)?),
            #[cfg(unix)]
            ListenerSocket::Unix { socket, .. } => {
                let socket = SockRef::from(socket).try_clone()?;
                ListenerSocket::Unix {
                    socket: mio::net::UnixListener::from_std(socket.into()),
                    _file: None,
                }
            }
        };
        Ok(Listener { socket, address })
    }

    /// Sets what all connections of an event loop are to have, where they inherit it from here.
    pub(crate) fn prepare_for_loop(&self) -> io::Result<()> {
        match &self.socket {
            ListenerSocket::Tcp(socket) if INHERITED => prepare(&SockRef::from(socket)),
            _ => Ok(()),
        }
    }

    /// Where it listens; with the real port when port 0 was asked for.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Prints `listening on ADDRESS` on stdout. Whoever reads that line can connect: it comes
    /// after `listen(2)`, and from there on the kernel completes connections by itself.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn announce(&self) -> anyhow::Result<()> {
        print_line(&format!("listening on {}", self.address))
    }

    /// One connection that waits in the backlog, as a non-blocking stream.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when none waits; else what `accept(2)` says.
    pub(crate) fn accept(&self) -> io::Result<Stream> {
        match &self.socket {
            ListenerSocket::Tcp(socket) => {
                let (stream, peer) = socket.accept()?;
                Ok(Stream::Tcp(stream.into(), peer))
            }
            #[cfg(unix)]
            ListenerSocket::Unix { socket, .. } => Ok(Stream::Unix(socket.accept()?.0.into())),
        }
    }

    /// The same for an event loop.
    pub(crate) fn accept_for_loop(&self) -> io::Result<NonBlocking> {
        match &self.socket {
            ListenerSocket::Tcp(socket) => {
                let (stream, peer) = socket.accept()?;
                Ok(NonBlocking::Tcp(stream, peer))
            }
            #[cfg(unix)]
            ListenerSocket::Unix { socket, .. } => Ok(NonBlocking::Unix(socket.accept()?.0)),
        }
    }

    /// The socket as `mio` polls it.
    pub(crate) fn source(&mut self) -> &mut dyn Source {
        match &mut self.socket {
            ListenerSocket::Tcp(socket) => socket,
            #[cfg(unix)]
            ListenerSocket::Unix { socket, .. } => socket,
        }
    }
}

/// Binds the first address that can be bound.
///
/// # Errors
/// The first failure: it belongs to the address that the system prefers.
pub fn first_that_works<T>(
    addresses: &[SocketAddr],
    attempt: impl Fn(SocketAddr) -> io::Result<T>,
) -> io::Result<T> {
    let mut failure = None;
    for address in addresses {
        match attempt(*address) {
            Ok(found) => return Ok(found),
            Err(error) => failure = failure.or_else(|| Some(explained(error, *address))),
        }
    }
    Err(failure.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()))
}

/// The two refusals that beginners meet, in words that tell what to do. The system's own are
/// "cannot assign requested address" for another host's, and no reason for a port below 1024.
fn explained(error: io::Error, address: SocketAddr) -> io::Error {
    let why = match error.kind() {
        io::ErrorKind::AddrNotAvailable => "this host has no such address",
        io::ErrorKind::PermissionDenied if (1..1024).contains(&address.port()) => {
            "permission denied: ports below 1024 are for root"
        }
        _ => return error,
    };
    io::Error::new(error.kind(), why)
}

fn bind_tcp(address: SocketAddr) -> io::Result<mio::net::TcpListener> {
    listen_at(tcp_socket(address)?, address)
}

/// The first one was bound without SO_REUSEPORT, so that a port in use is still an error. Only now
/// is it allowed to others: to sockets of this user that ask for it too.
#[cfg(target_os = "linux")]
fn another_tcp(first: &mio::net::TcpListener) -> io::Result<mio::net::TcpListener> {
    SockRef::from(first).set_reuse_port(true)?;
    let address = first.local_addr()?;
    let socket = tcp_socket(address)?;
    socket.set_reuse_port(true)?;
    listen_at(socket, address)
}

/// The same option means something else on other systems.
#[cfg(not(target_os = "linux"))]
fn another_tcp(first: &mio::net::TcpListener) -> io::Result<mio::net::TcpListener> {
    let socket = SockRef::from(first).try_clone()?;
    Ok(mio::net::TcpListener::from_std(socket.into()))
}

fn tcp_socket(address: SocketAddr) -> io::Result<Socket> {
    Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )
}

fn listen_at(socket: Socket, address: SocketAddr) -> io::Result<mio::net::TcpListener> {
    // The side that closes first keeps the connection for a minute (TIME_WAIT). Without this a
    // server that is started again within that minute finds its port in use. On Windows the same
    // option lets two programs share a port, which nobody wants.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    if address.is_ipv6() {
        // `[::]` means every address of the host, IPv4 included, on every system.
        socket.set_only_v6(false)?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(mio::net::TcpListener::from_std(socket.into()))
}

#[cfg(unix)]
mod unix {
    //! Unix sockets are files, and files outlive their program.

    use std::fs;
    use std::io;
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    use std::os::unix::net::UnixDatagram;
    use std::path::{Path, PathBuf};

    use mio::net::UnixListener;
    use socket2::{Domain, SockAddr, Socket, Type};

    /// The file of a bound socket, removed when this is dropped.
    #[derive(Debug)]
    pub(super) struct SocketFile {
        path: PathBuf,
        /// Device and inode. If somebody has put another file there since, it is not ours.
        identity: (u64, u64),
    }

    impl Drop for SocketFile {
        fn drop(&mut self) {
            if identity(&self.path).is_ok_and(|found| found == self.identity) {
                // Nothing can be done about a failure any more.
                let _ = fs::remove_file(&self.path);
            }
        }
    }

    fn identity(path: &Path) -> io::Result<(u64, u64)> {
        let found = fs::symlink_metadata(path)?;
        Ok((found.dev(), found.ino()))
    }

    pub(super) fn bind(path: &Path) -> io::Result<(UnixListener, SocketFile)> {
        let address = SockAddr::unix(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        match socket.bind(&address) {
            // Left behind by a program that was killed: nobody answers there.
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && is_abandoned(path) => {
                fs::remove_file(path)?;
                socket.bind(&address)?;
            }
            bound => bound?,
        }
        socket.listen(super::BACKLOG)?;
        socket.set_nonblocking(true)?;
        let file = SocketFile {
            path: path.to_owned(),
            identity: identity(path)?,
        };
        Ok((UnixListener::from_std(socket.into()), file))
    }

    /// Whether nobody listens there. It is asked with a socket of another type, which a listener
    /// refuses for its type: so nobody is disturbed by a connection that says nothing.
    fn is_abandoned(path: &Path) -> bool {
        let is_socket = fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket());
        let refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
        let probe = UnixDatagram::unbound().and_then(|socket| socket.connect(path));
        is_socket && probe.is_err_and(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: io::ErrorKind, port: u16) -> String {
        let refuse = |_| Err::<(), _>(kind.into());
        let failure = first_that_works(&[([127, 0, 0, 1], port).into()], refuse);
        failure.unwrap_err().to_string()
    }

    #[test]
    fn a_port_that_only_root_may_have_is_told_and_what_else_is_not_permitted_is_left() {
        let denied = io::ErrorKind::PermissionDenied;
        let root = "permission denied: ports below 1024 are for root";
        assert_eq!(told(denied, 1), root);
        assert_eq!(told(denied, 1023), root);
        assert_eq!(told(denied, 1024), "permission denied");
        assert_eq!(told(denied, 0), "permission denied");
    }
}
