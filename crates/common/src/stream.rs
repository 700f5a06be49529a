//! A connected stream, over TCP or a Unix socket: the same bytes, the same calls.
//!
//! [`crate::connect`] makes one as a client, [`crate::accept`] as a server.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// How much a peer may still send, and how long it may take to close, after we have closed our
/// side.
const LINGER_BYTES: usize = 1 << 20;
const LINGER_TIME: Duration = Duration::from_secs(2);

/// A connected stream. Both [`Read`] and [`Write`] work on a shared reference, as with
/// [`TcpStream`], so that one thread can read while another writes.
#[derive(Debug)]
pub enum Stream {
    /// Over TCP, and with whom: a socket forgets that when its peer resets it.
    Tcp(TcpStream, SocketAddr),
    /// Over a Unix socket.
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Calls the same method on whichever socket is inside.
macro_rules! either {
    ($self:expr, $socket:ident => $call:expr) => {
        match $self {
            Stream::Tcp($socket, _) => $call,
            #[cfg(unix)]
            Stream::Unix($socket) => $call,
        }
    };
}

impl Stream {
    /// Who is at the other end: `127.0.0.1:50001`, or `unix` (the client of a Unix socket has no
    /// address of its own).
    pub fn peer(&self) -> String {
        match self {
            Stream::Tcp(_, peer) => peer.to_string(),
            #[cfg(unix)]
            Stream::Unix(_) => "unix".to_owned(),
        }
    }

    /// Sends small writes at once instead of waiting to fill a segment (Nagle's algorithm, RFC
    /// 896): a request and its reply must not wait for the other side's delayed acknowledgement.
    ///
    /// # Errors
    /// The socket is no longer connected.
    pub fn send_at_once(&self) -> io::Result<()> {
        match self {
            Stream::Tcp(socket, _) => socket.set_nodelay(true),
            #[cfg(unix)]
            Stream::Unix(_) => Ok(()),
        }
    }

    /// Lets the kernel take from us at most about so many bytes that it cannot send yet, for
    /// whoever sends megabytes.
    ///
    /// Without it, the kernel takes what fits into its send buffer, which grows to megabytes: memory
    /// for each connection, and bytes that have left the processor's cache when their turn comes.
    /// What is on its way is not limited by this, so that long, fast lines are still filled. On
    /// Linux only (`TCP_NOTSENT_LOWAT`); elsewhere it does nothing.
    ///
    /// # Errors
    /// Those of `setsockopt(2)`; none in practice.
    pub fn limit_unsent(&self, bytes: u32) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        if let Stream::Tcp(socket, _) = self {
            socket2::SockRef::from(socket).set_tcp_notsent_lowat(bytes)?;
        }
        #[cfg(not(target_os = "linux"))]
        let _ = bytes;
        Ok(())
    }

    /// Has the kernel say something after a minute of silence, for a connection that waits while
    /// another one works: routers on the way forget those on which nothing passes.
    ///
    /// # Errors
    /// Those of `setsockopt(2)`; none in practice.
    pub fn keep_alive(&self) -> io::Result<()> {
        match self {
            Stream::Tcp(socket, _) => {
                let keepalive = socket2::TcpKeepalive::new().with_time(Duration::from_secs(60));
                socket2::SockRef::from(socket).set_tcp_keepalive(&keepalive)
            }
            #[cfg(unix)]
            Stream::Unix(_) => Ok(()),
        }
    }

    /// How long a read may wait; `None` is for ever. A read that waited in vain fails with
    /// [`io::ErrorKind::WouldBlock`] or [`io::ErrorKind::TimedOut`], depending on the system.
    ///
    /// # Errors
    /// A time-out of zero.
    pub fn set_read_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        either!(self, socket => socket.set_read_timeout(timeout))
    }

    /// The same for a write: how long a peer may leave our data unread once the buffers between
    /// us are full.
    ///
    /// # Errors
    /// A time-out of zero.
    pub fn set_write_timeout(&self, timeout: Option<Duration>) -> io::Result<()> {
        either!(self, socket => socket.set_write_timeout(timeout))
    }

    /// Whether calls return at once with [`io::ErrorKind::WouldBlock`] where they would wait.
    ///
    /// # Errors
    /// Those of `fcntl(2)`; none in practice.
    pub fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        either!(self, socket => socket.set_nonblocking(nonblocking))
    }

    /// Closes one direction and keeps the other (a half-close): after `Write`, the peer reads our
    /// end of stream and may still send.
    ///
    /// # Errors
    /// The peer has already gone.
    pub fn shutdown(&self, direction: Shutdown) -> io::Result<()> {
        either!(self, socket => socket.shutdown(direction))
    }

    /// Sends all of `bytes`.
    ///
    /// # Errors
    /// The connection broke, or the write time-out ran out because the peer does not read.
    pub fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let mut socket = self;
        socket.write_all(bytes).map_err(unread)
    }

    /// Sends all of `bytes` and closes our side: the last thing said.
    ///
    /// On Linux the kernel is told that more follows (`MSG_MORE`), so that a short goodbye and
    /// the end of the stream leave in one segment, and the peer is woken once instead of twice.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub fn send_last(&self, bytes: &[u8]) -> io::Result<()> {
        let sent = self.send_before_more(bytes).map_err(unread)?;
        self.send(&bytes[sent..])?;
        self.shutdown(Shutdown::Write)
    }

    /// Sends some of `bytes` where the kernel can be told that more follows, else nothing.
    #[cfg(target_os = "linux")]
    fn send_before_more(&self, bytes: &[u8]) -> io::Result<usize> {
        use rustix::net::{SendFlags, send};
        let Stream::Tcp(socket, _) = self else {
            return Ok(0);
        };
        let flags = SendFlags::MORE | SendFlags::NOSIGNAL;
        let sent = rustix::io::retry_on_intr(|| send(socket, bytes, flags));
        Ok(sent?)
    }

    #[cfg(not(target_os = "linux"))]
    fn send_before_more(&self, _bytes: &[u8]) -> io::Result<usize> {
        Ok(0)
    }

    /// Closes so that the peer gets all we sent.
    ///
    /// A socket closed with unread data in it answers with a reset instead of an orderly end,
    /// and a reset makes the peer throw away what it has not read yet, our last reply among it
    /// (RFC 1122, section 4.2.2.13). So: say that we are done, read until the peer is done too,
    /// for at most 2 s and 1 MiB, and only then close.
    pub fn close_gently(&self) {
        let deadline = Instant::now() + LINGER_TIME;
        let mut scrap = [0; 4096];
        let mut budget = LINGER_BYTES;
        if self.shutdown(Shutdown::Write).is_err() {
            return;
        }
        while budget > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || self.set_read_timeout(Some(left)).is_err() {
                return;
            }
            match (&*self).read(&mut scrap) {
                Ok(0) => return,
                Ok(n) => budget = budget.saturating_sub(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }
}

impl Read for &Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        either!(self, socket => (&*socket).read(buffer))
    }
}

impl Write for &Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        either!(self, socket => (&*socket).write(bytes))
    }

    /// Nothing to do: a socket has no buffer of ours.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The error of a write, in words that say what a time-out means there.
fn unread(error: io::Error) -> io::Error {
    match error {
        error if timed_out(&error) => {
            io::Error::new(io::ErrorKind::TimedOut, "it does not read what it is sent")
        }
        error => error,
    }
}

/// Whether a read or a write ended because its time-out ran out; systems disagree on the name.
pub fn timed_out(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut
    )
}
