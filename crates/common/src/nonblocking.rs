//! A stream as the event loop has it: registered with a poll, and never waited for.

use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use mio::event::Source;
use socket2::{SockRef, TcpKeepalive};

/// A peer whose host has gone without a word (switched off, cable pulled) is found by questions
/// that only its kernel answers: after a minute of silence, then every 15 s, three times.
const SILENCE: Duration = Duration::from_secs(60);
const INTERVAL: Duration = Duration::from_secs(15);
#[cfg(not(any(target_os = "windows", target_os = "openbsd")))]
const QUESTIONS: u32 = 3;

/// While something of ours is unacknowledged the kernel repeats that instead of asking, for a
/// quarter of an hour; with this, so long.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(100);

/// A non-blocking stream.
#[derive(Debug)]
pub(crate) enum NonBlocking {
    Tcp(mio::net::TcpStream, SocketAddr),
    #[cfg(unix)]
    Unix(mio::net::UnixStream),
}

impl NonBlocking {
    /// Who is at the other end, as [`crate::stream::Stream::peer`].
    pub(crate) fn peer(&self) -> String {
        match self {
            NonBlocking::Tcp(_, peer) => peer.to_string(),
            #[cfg(unix)]
            NonBlocking::Unix(_) => "unix".to_owned(),
        }
    }

    /// Sends small writes at once, and finds out when the peer's host is no more.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        let NonBlocking::Tcp(socket, _) = self else {
            return Ok(());
        };
        socket.set_nodelay(true)?;
        let socket = SockRef::from(socket);
        let keepalive = TcpKeepalive::new()
            .with_time(SILENCE)
            .with_interval(INTERVAL);
        #[cfg(not(any(target_os = "windows", target_os = "openbsd")))]
        let keepalive = keepalive.with_retries(QUESTIONS);
        socket.set_tcp_keepalive(&keepalive)?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
        Ok(())
    }

    /// As the poll knows it.
    pub(crate) fn source(&mut self) -> &mut dyn Source {
        match self {
            NonBlocking::Tcp(socket, _) => socket,
            #[cfg(unix)]
            NonBlocking::Unix(socket) => socket,
        }
    }

    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            NonBlocking::Tcp(socket, _) => socket.read(buffer),
            #[cfg(unix)]
            NonBlocking::Unix(socket) => socket.read(buffer),
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            NonBlocking::Tcp(socket, _) => socket.write(bytes),
            #[cfg(unix)]
            NonBlocking::Unix(socket) => socket.write(bytes),
        }
    }

    pub(crate) fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            NonBlocking::Tcp(socket, _) => socket.write_vectored(pieces),
            #[cfg(unix)]
            NonBlocking::Unix(socket) => socket.write_vectored(pieces),
        }
    }

    /// Says that nothing more will come from us.
    pub(crate) fn close_our_side(&self) -> io::Result<()> {
        match self {
            NonBlocking::Tcp(socket, _) => socket.shutdown(Shutdown::Write),
            #[cfg(unix)]
            NonBlocking::Unix(socket) => socket.shutdown(Shutdown::Write),
        }
    }
}
