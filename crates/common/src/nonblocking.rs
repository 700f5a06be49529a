//! A stream as an event loop has it: registered with a poll, and never waited for.

use std::fs::File;
use std::io::{self, IoSlice, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use mio::event::Source;
use socket2::{SockRef, TcpKeepalive};

use crate::stream::Stream;

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

/// Whether an accepted socket has the options of its listener, so that they need be set only there.
pub(crate) const INHERITED: bool = cfg!(target_os = "linux");

/// Sets the options of [`NonBlocking::prepare`].
pub(crate) fn prepare(socket: &SockRef<'_>) -> io::Result<()> {
    socket.set_tcp_nodelay(true)?;
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

/// A non-blocking stream.
#[derive(Debug)]
pub enum NonBlocking {
    /// Over TCP, and with whom.
    Tcp(mio::net::TcpStream, SocketAddr),
    /// Over a Unix socket.
    #[cfg(unix)]
    Unix(mio::net::UnixStream),
}

impl TryFrom<Stream> for NonBlocking {
    type Error = io::Error;

    fn try_from(stream: Stream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(match stream {
            Stream::Tcp(socket, peer) => {
                NonBlocking::Tcp(mio::net::TcpStream::from_std(socket), peer)
            }
            #[cfg(unix)]
            Stream::Unix(socket) => NonBlocking::Unix(mio::net::UnixStream::from_std(socket)),
        })
    }
}

impl NonBlocking {
    /// Who is at the other end, as [`crate::stream::Stream::peer`].
    pub fn peer(&self) -> String {
        match self {
            NonBlocking::Tcp(_, peer) => peer.to_string(),
            #[cfg(unix)]
            NonBlocking::Unix(_) => "unix".to_owned(),
        }
    }

    /// Sends small writes at once, and finds out when the peer's host is no more.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        match self {
            NonBlocking::Tcp(socket, _) => prepare(&SockRef::from(socket)),
            #[cfg(unix)]
            NonBlocking::Unix(_) => Ok(()),
        }
    }

    /// As the poll knows it.
    pub fn source(&mut self) -> &mut dyn Source {
        match self {
            NonBlocking::Tcp(socket, _) => socket,
            #[cfg(unix)]
            NonBlocking::Unix(socket) => socket,
        }
    }

    /// Takes what has arrived; 0 bytes are the end of the stream.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when nothing has; else the connection broke.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            NonBlocking::Tcp(socket, _) => socket.read(buffer),
            #[cfg(unix)]
            NonBlocking::Unix(socket) => socket.read(buffer),
        }
    }

    /// Sends what there is room for.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when there is none; else the connection broke.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            NonBlocking::Tcp(socket, _) => socket.write(bytes),
            #[cfg(unix)]
            NonBlocking::Unix(socket) => socket.write(bytes),
        }
    }

    /// Writes what will be followed by more at once: TCP may wait for that before it sends a segment
    /// that is not full.
    #[cfg(target_os = "linux")]
    pub(crate) fn write_before_more(&mut self, bytes: &[u8]) -> io::Result<usize> {
        use rustix::net::{SendFlags, send};

        let flags = SendFlags::MORE | SendFlags::NOSIGNAL;
        let sent = match self {
            NonBlocking::Tcp(socket, _) => send(&*socket, bytes, flags),
            NonBlocking::Unix(socket) => send(&*socket, bytes, flags),
        };
        Ok(sent?)
    }

    /// Other systems have no word for it.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn write_before_more(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write(bytes)
    }

    /// Sends a part of a file, at most `length` bytes from `at`, and returns how many it was; 0 at the
    /// end of the file. The kernel sends it out of its own cache: nothing of it passes through us.
    #[cfg(target_os = "linux")]
    pub(crate) fn send_file(&mut self, file: &File, at: u64, length: u64) -> io::Result<u64> {
        use rustix::fs::sendfile;
        use rustix::io::Errno;

        let mut from = at;
        let count = usize::try_from(length).unwrap_or(usize::MAX);
        let sent = match self {
            NonBlocking::Tcp(socket, _) => sendfile(&*socket, file, Some(&mut from), count),
            NonBlocking::Unix(socket) => sendfile(&*socket, file, Some(&mut from), count),
        };
        match sent {
            Ok(sent) => Ok(sent as u64),
            // Some file systems cannot.
            Err(Errno::INVAL | Errno::NOSYS) => self.copy_file(file, at, length),
            Err(error) => Err(error.into()),
        }
    }

    /// The same where the kernel cannot, or std does not know how to ask it.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn send_file(&mut self, file: &File, at: u64, length: u64) -> io::Result<u64> {
        self.copy_file(file, at, length)
    }

    fn copy_file(&mut self, file: &File, at: u64, length: u64) -> io::Result<u64> {
        const PIECE: usize = 64 << 10;

        let count = usize::try_from(length).map_or(PIECE, |length| length.min(PIECE));
        let mut piece = vec![0; count];
        let read = read_at(file, &mut piece, at)?;
        let sent = if read == 0 {
            0
        } else {
            self.write(&piece[..read])?
        };
        Ok(sent as u64)
    }

    pub(crate) fn write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        match self {
            NonBlocking::Tcp(socket, _) => socket.write_vectored(pieces),
            #[cfg(unix)]
            NonBlocking::Unix(socket) => socket.write_vectored(pieces),
        }
    }

    /// Says that nothing more will come from us.
    ///
    /// # Errors
    /// The peer has already gone.
    pub fn close_our_side(&self) -> io::Result<()> {
        match self {
            NonBlocking::Tcp(socket, _) => socket.shutdown(Shutdown::Write),
            #[cfg(unix)]
            NonBlocking::Unix(socket) => socket.shutdown(Shutdown::Write),
        }
    }

    /// The error that the system keeps for this socket, if there is one.
    pub fn take_error(&self) -> Option<io::Error> {
        let error = match self {
            NonBlocking::Tcp(socket, _) => socket.take_error(),
            #[cfg(unix)]
            NonBlocking::Unix(socket) => socket.take_error(),
        };
        error.unwrap_or_else(Some)
    }

    /// Our own address; a Unix socket has none.
    pub fn local_address(&self) -> Option<SocketAddr> {
        match self {
            NonBlocking::Tcp(socket, _) => socket.local_addr().ok(),
            #[cfg(unix)]
            NonBlocking::Unix(_) => None,
        }
    }

    /// The peer's address; a Unix socket has none.
    pub fn peer_address(&self) -> Option<SocketAddr> {
        match self {
            NonBlocking::Tcp(_, peer) => Some(*peer),
            #[cfg(unix)]
            NonBlocking::Unix(_) => None,
        }
    }

    /// Breaks the connection off: the peer gets a reset instead of an end of stream.
    ///
    /// A socket that may not linger has its unsent bytes thrown away when it is closed, and the
    /// peer is told so (RFC 9293, section 3.10.4, "abort"). A Unix socket has no such thing; it is
    /// closed.
    pub fn reset(self) {
        match self {
            NonBlocking::Tcp(socket, _) => {
                let socket = std::net::TcpStream::from(socket);
                // It fails where the peer has gone already.
                let _ = SockRef::from(&socket).set_linger(Some(Duration::ZERO));
            }
            #[cfg(unix)]
            NonBlocking::Unix(_) => {}
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, piece: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, piece, at)
}

#[cfg(windows)]
fn read_at(file: &File, piece: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, piece, at)
}
