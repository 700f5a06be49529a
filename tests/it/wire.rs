//! The other end of a connection, as a few raw socket calls: what a tutorial's program would send
//! and receive, byte for byte.
//!
//! Every call has a deadline, and says what it had received when it fails.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use harness::{LIMIT, Server};
use socket2::{Domain, SockRef, Socket, Type};

/// One end of a connection.
pub(crate) struct Peer<S = TcpStream> {
    pub(crate) socket: S,
}

impl Peer {
    /// Connects to a server over TCP.
    #[track_caller]
    pub(crate) fn connect(server: &Server) -> Peer {
        match TcpStream::connect_timeout(&server.socket_addr(), LIMIT) {
            Ok(socket) => Peer::over(socket),
            Err(error) => panic!("cannot connect to {}: {error}", server.address()),
        }
    }

    fn over(socket: TcpStream) -> Peer {
        let set = |socket: &TcpStream| {
            socket.set_nodelay(true)?;
            socket.set_read_timeout(Some(LIMIT))?;
            socket.set_write_timeout(Some(LIMIT))
        };
        set(&socket).expect("a fresh socket takes a time-out");
        Peer { socket }
    }

    /// This end's address, as the other's log names it.
    pub(crate) fn address(&self) -> String {
        let address = self.socket.local_addr();
        address.expect("a connected socket has one").to_string()
    }

    /// Says that nothing more will come, and goes on receiving.
    #[track_caller]
    pub(crate) fn finish(&self) {
        let done = self.socket.shutdown(Shutdown::Write);
        done.expect("the other side is still there");
    }

    /// Ends the connection with a reset instead of an orderly close.
    pub(crate) fn reset(self) {
        let socket = SockRef::from(&self.socket);
        let set = socket.set_linger(Some(Duration::ZERO));
        set.expect("a connected socket takes the option");
    }

    /// Whether there is nothing to receive right now, neither bytes nor an end.
    pub(crate) fn has_nothing(&self) -> bool {
        let peek = || {
            self.socket.set_nonblocking(true)?;
            let peeked = self.socket.peek(&mut [0]);
            self.socket.set_nonblocking(false)?;
            peeked
        };
        matches!(peek(), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Waits until there is something to receive, and leaves it there.
    #[track_caller]
    pub(crate) fn await_something(&self) {
        let peeked = self.socket.peek(&mut [0]);
        assert!(matches!(peeked, Ok(1)), "expected a byte, got {peeked:?}");
    }
}

#[cfg(unix)]
impl Peer<UnixStream> {
    /// Connects to the socket at a path.
    #[track_caller]
    pub(crate) fn connect_unix(path: &std::path::Path) -> Peer<UnixStream> {
        let open = || {
            let socket = UnixStream::connect(path)?;
            socket.set_read_timeout(Some(LIMIT))?;
            socket.set_write_timeout(Some(LIMIT))?;
            io::Result::Ok(Peer { socket })
        };
        match open() {
            Ok(peer) => peer,
            Err(error) => panic!("cannot connect to {}: {error}", path.display()),
        }
    }
}

impl<S: Read + Write> Peer<S> {
    /// Sends bytes, in one write where they fit.
    #[track_caller]
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) {
        if let Err(error) = self.socket.write_all(bytes.as_ref()) {
            panic!("cannot send {}: {error}", shown(bytes.as_ref()));
        }
    }

    /// Receives as many bytes as are wanted, and checks that they are those.
    #[track_caller]
    pub(crate) fn expect(&mut self, wanted: impl AsRef<[u8]>) {
        let wanted = wanted.as_ref();
        let got = self.receive(wanted.len());
        assert_eq!(shown(&got), shown(wanted));
    }

    /// Receives exactly so many bytes.
    #[track_caller]
    pub(crate) fn receive(&mut self, length: usize) -> Vec<u8> {
        let mut got = vec![0; length];
        let mut filled = 0;
        while filled < length {
            match self.socket.read(&mut got[filled..]) {
                Ok(0) => panic!("the stream ended after {}", shown(&got[..filled])),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => panic!("{error} after {}", shown(&got[..filled])),
            }
        }
        got
    }

    /// One read of at most 1,024 bytes, as the tutorials do it; empty at the end of the stream.
    #[track_caller]
    pub(crate) fn recv(&mut self) -> Vec<u8> {
        let mut buffer = [0; 1024];
        match self.socket.read(&mut buffer) {
            Ok(count) => buffer[..count].to_vec(),
            Err(error) => panic!("cannot receive: {error}"),
        }
    }

    /// Checks that the other side has closed, in good order and with nothing more to say.
    #[track_caller]
    pub(crate) fn expect_end(&mut self) {
        let rest = self.rest();
        assert!(rest.is_empty(), "before the end came {}", shown(&rest));
    }

    /// Checks, after the end of the stream, that the other side has only said that it is done, and
    /// still takes what it is sent. It has to have had time to do otherwise: serve another client
    /// first.
    ///
    /// A socket closed with unread bytes in it resets the connection, and a reset may make this
    /// end's system throw away what was received before it. Linux does not, so that a read looks
    /// fine; but it does not take any more writes.
    #[track_caller]
    pub(crate) fn assert_not_reset(&mut self) {
        for _ in 0..8 {
            self.send([b'x'; 1024]);
        }
    }

    /// All that comes until the other side closes in good order.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match self.socket.read_to_end(&mut rest) {
            Ok(_) => rest,
            Err(error) => panic!("no end of stream, but after {}: {error}", shown(&rest)),
        }
    }

    /// All that comes until the connection ends in whichever way.
    pub(crate) fn rest_or_reset(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        match self.socket.read_to_end(&mut rest) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                panic!("the connection does not end, after {}", shown(&rest))
            }
            _ => rest,
        }
    }
}

/// Bytes as a failed test shows them.
fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 400;
    match bytes.len() {
        0..=MOST => format!("\"{}\"", bytes.escape_ascii()),
        length => format!("\"{}…\" ({length} bytes)", bytes[..MOST].escape_ascii()),
    }
}

/// A server of a few socket calls, for one client, on a thread of its own.
pub(crate) struct RawServer<T> {
    /// Where it listens.
    pub(crate) address: String,
    talking: JoinHandle<T>,
}

impl<T: Send + 'static> RawServer<T> {
    /// Accepts one connection, and hands it to `talk`.
    pub(crate) fn start(talk: impl FnOnce(Peer) -> T + Send + 'static) -> RawServer<T> {
        let (listener, address) = listener();
        let talking = thread::spawn(move || {
            let (socket, _) = listener.accept().expect("a client connects");
            drop(listener);
            talk(Peer::over(socket))
        });
        RawServer { address, talking }
    }

    /// What `talk` returned; its panic is the test's.
    pub(crate) fn end(self) -> T {
        match self.talking.join() {
            Ok(told) => told,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

/// A listening socket, and its address. While nobody accepts from it, clients connect and hear
/// nothing.
pub(crate) fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let address = listener
        .local_addr()
        .expect("a bound socket has an address");
    (listener, address.to_string())
}

/// A port at which nobody listens and nobody will, as long as the socket is kept: it is bound.
pub(crate) fn closed_port() -> (Socket, String) {
    let bind = || {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        let address = socket.local_addr()?.as_socket();
        io::Result::Ok((socket, address.expect("an IPv4 address").to_string()))
    };
    bind().expect("loopback has a free port")
}

/// A port that answers nobody, as long as both sockets are kept: one listens with a backlog of 0, which
/// holds one connection, and that is the other. Linux drops who comes then, and lets them try again:
/// for a client that is a host which does not answer at all.
#[cfg(target_os = "linux")]
pub(crate) fn full_port() -> ((Socket, TcpStream), SocketAddr) {
    let (socket, _) = closed_port();
    let fill = || {
        socket.listen(0)?;
        let address = socket.local_addr()?.as_socket();
        let address = address.expect("an IPv4 address");
        io::Result::Ok((TcpStream::connect(address)?, address))
    };
    let (only, address) = fill().expect("one fits in");
    ((socket, only), address)
}

/// Whether this machine has an IPv6 loopback; a test that needs one and has none says so.
pub(crate) fn has_ipv6() -> bool {
    let bound = TcpListener::bind("[::1]:0");
    if let Err(error) = &bound {
        skip(&format!("no IPv6 here ({error})"));
    }
    bound.is_ok()
}

/// Says that a test cannot be done on this machine, past cargo's capturing of what tests print.
pub(crate) fn skip(why: &str) {
    let this = thread::current();
    let name = this.name().unwrap_or("a test");
    let _ = writeln!(io::stderr(), "skipped {name}: {why}");
}
