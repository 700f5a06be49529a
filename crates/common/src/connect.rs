//! Connecting, with one time budget for everything it takes: the look-up of the name and every
//! address found for it.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Context;

use crate::address::{Address, resolve};
use crate::budget::Budget;
use crate::stream::Stream;

/// Connects to the first address of `to` that answers.
///
/// A host often has several addresses (IPv6 and IPv4), and one that swallows packets must not
/// use up the time of the others: each gets an equal share of what is left.
///
/// # Errors
/// The host is unknown, nobody listens, or the budget ran out; the message says which, and names
/// the address.
pub fn connect(to: &Address, budget: &Budget) -> anyhow::Result<Stream> {
    match to {
        Address::Inet { host, port } => {
            let addresses = resolve(host, *port, budget)?;
            let stream = connect_tcp(&addresses, budget);
            let ready = stream.and_then(|stream| stream.send_at_once().map(|()| stream));
            ready.with_context(|| format!("cannot connect to {to}"))
        }
        #[cfg(unix)]
        Address::Unix(path) => {
            let stream =
                connect_unix(path, budget).with_context(|| format!("cannot connect to {to}"))?;
            Ok(Stream::Unix(stream))
        }
        #[cfg(not(unix))]
        Address::Unix(_) => Err(crate::address::AddressError::NoUnixSockets.into()),
    }
}

fn connect_tcp(addresses: &[SocketAddr], budget: &Budget) -> io::Result<Stream> {
    let mut last = budget.exceeded();
    for (tried, address) in addresses.iter().enumerate() {
        let Some(left) = budget.left() else { break };
        let share = left / u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(stream) => return Ok(Stream::Tcp(stream, *address)),
            Err(error) if error.kind() == io::ErrorKind::TimedOut => last = budget.exceeded(),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Unix sockets have no time-out of their own. With a full backlog a blocking `connect` waits
/// for ever, a non-blocking one fails at once with EAGAIN and cannot be waited for with `poll`,
/// so it is tried again now and then.
#[cfg(unix)]
fn connect_unix(
    path: &std::path::Path,
    budget: &Budget,
) -> io::Result<std::os::unix::net::UnixStream> {
    use socket2::{Domain, SockAddr, Socket, Type};

    const AGAIN: Duration = Duration::from_millis(10);
    let address = SockAddr::unix(path)?;
    loop {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        match socket.connect(&address) {
            Ok(()) => {
                socket.set_nonblocking(false)?;
                return Ok(socket.into());
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => match budget.left() {
                Some(left) => std::thread::sleep(left.min(AGAIN)),
                None => return Err(budget.exceeded()),
            },
            Err(error) => return Err(error),
        }
    }
}
