//! Clients that mean no good, or have no luck. Each kind does its one thing to every server.
//!
//! Whatever a server does about it is its right, so nothing is judged here: who suffers are the honest
//! clients and the server's figures. All of them are bounded: one client of each kind at a time, with
//! [`PAUSE`] between one and the next, so that a server sees no more than some dozens of connections a
//! second, of which the system remembers each for a minute (TIME_WAIT).

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

use super::IDLE_TIMEOUT;
use super::spell::Spell;
use super::talk::waits;
use harness::Noise;

/// Between one client of a kind and the next.
const PAUSE: Duration = Duration::from_millis(150);

/// How long a client stays that only takes a place: longer than any server lets it.
const STAY: Duration = Duration::from_secs(IDLE_TIMEOUT.as_secs() + 5);

/// The most of garbage at once, in bytes.
const GARBAGE: usize = 16 << 10;

/// How long the line without an end gets, in bytes: beyond what any server allows.
const ENDLESS: usize = 3 << 20;

/// What is asked for without reading the answers, in bytes of requests.
const UNREAD: usize = 256 << 10;

/// How many datagrams make a burst: more than a server reads at a time.
const BURST: usize = 100;

/// A kind of hostile client.
pub(super) struct Kind {
    pub(super) name: &'static str,
    deed: fn(&mut Foe) -> io::Result<()>,
}

/// Those who connect.
pub(super) const OF_STREAMS: &[Kind] = &[
    Kind {
        name: "half-open",
        deed: Foe::stay_silent,
    },
    Kind {
        name: "slow",
        deed: Foe::drip,
    },
    Kind {
        name: "reset",
        deed: Foe::reset,
    },
    Kind {
        name: "garbage",
        deed: Foe::talk_garbage,
    },
    Kind {
        name: "half-close",
        deed: Foe::half_close,
    },
    Kind {
        name: "endless line",
        deed: Foe::never_end_a_line,
    },
    Kind {
        name: "never reading",
        deed: Foe::never_read,
    },
];

/// Those who send datagrams.
pub(super) const OF_DATAGRAMS: &[Kind] = &[
    Kind {
        name: "empty datagram",
        deed: Foe::send_nothing,
    },
    Kind {
        name: "garbage datagram",
        deed: Foe::send_garbage,
    },
    Kind {
        name: "largest datagram",
        deed: Foe::send_the_largest,
    },
    Kind {
        name: "burst of datagrams",
        deed: Foe::send_a_burst,
    },
];

impl Kind {
    /// Sends one client after the other until the spell is over, and returns how many there were.
    pub(super) fn come(&self, foe: &mut Foe) -> u64 {
        let mut count = 0;
        while !foe.spell.is_over() {
            // An error is the server's answer to it, and as good as any.
            let _ = (self.deed)(foe);
            count += 1;
            let jitter = Duration::from_millis(foe.noise.below(100) as u64);
            foe.spell.pause(PAUSE + jitter);
        }
        count
    }
}

/// What a hostile client knows.
pub(super) struct Foe {
    pub(super) address: SocketAddr,
    /// What an honest client would say first.
    pub(super) opening: &'static [u8],
    pub(super) noise: Noise,
    pub(super) spell: Spell,
}

impl Foe {
    /// Takes a place and says nothing.
    fn stay_silent(&mut self) -> io::Result<()> {
        let stream = connect(self.address)?;
        self.wait_for_the_end(&stream, STAY)
    }

    /// One byte of an honest opening a second.
    fn drip(&mut self) -> io::Result<()> {
        let mut stream = connect(self.address)?;
        let seconds = STAY.as_secs() as usize;
        for byte in self.opening.iter().cycle().take(seconds) {
            stream.write_all(&[*byte])?;
            self.spell.pause(Duration::from_secs(1));
            if self.spell.is_over() {
                break;
            }
        }
        Ok(())
    }

    /// A reset (RST) in the middle of what it says, or before that.
    fn reset(&mut self) -> io::Result<()> {
        let mut stream = connect(self.address)?;
        let said = self.noise.below(self.opening.len() + 1);
        stream.write_all(&self.opening[..said])?;
        // To close with bytes unsent, and no time to send them, is a reset.
        SockRef::from(&stream).set_linger(Some(Duration::ZERO))
    }

    fn talk_garbage(&mut self) -> io::Result<()> {
        let mut stream = connect(self.address)?;
        let length = 1 + self.noise.below(GARBAGE);
        let mut garbage = self.noise.bytes(length);
        // Half of them begin as they should, and go on in lines.
        if self.noise.below(2) == 0 {
            garbage.splice(..0, self.opening.iter().copied());
            garbage.push(b'\n');
        }
        stream.write_all(&garbage)?;
        self.wait_for_the_end(&stream, Duration::from_secs(1))
    }

    /// Says all or half of what is to be said, ends its side, and hears the answer.
    fn half_close(&mut self) -> io::Result<()> {
        let mut stream = connect(self.address)?;
        let said = self.opening.len() / (1 + self.noise.below(2));
        stream.write_all(&self.opening[..said])?;
        stream.shutdown(Shutdown::Write)?;
        self.wait_for_the_end(&stream, STAY)
    }

    fn never_end_a_line(&mut self) -> io::Result<()> {
        let mut stream = connect(self.address)?;
        let piece = [b'x'; 16 << 10];
        for _ in 0..ENDLESS / piece.len() {
            self.push(&mut stream, &piece)?;
        }
        // It is the longest of all, and need not come so often.
        self.spell.pause(Duration::from_secs(2));
        Ok(())
    }

    /// Asks and asks, and reads no answer, until the server can send no more.
    fn never_read(&mut self) -> io::Result<()> {
        let socket = Socket::new(Domain::for_address(self.address), Type::STREAM, None)?;
        // Little room here fills the server's side soon. It has to be set before the handshake, in which
        // the room is offered.
        socket.set_recv_buffer_size(4096)?;
        socket.connect(&self.address.into())?;
        let mut stream = TcpStream::from(socket);
        stream.set_write_timeout(Some(PATIENT))?;
        let asked = UNREAD / self.opening.len().max(1);
        let asking = (0..asked).try_for_each(|_| self.push(&mut stream, self.opening));
        self.spell.pause(STAY);
        asking
    }

    /// Sends, but not for longer than the spell.
    fn push(&self, stream: &mut TcpStream, mut bytes: &[u8]) -> io::Result<()> {
        let mut refused = 0;
        while !bytes.is_empty() {
            match stream.write(bytes) {
                Ok(length) => bytes = &bytes[length..],
                Err(error) if waits(error.kind()) => refused += 1,
                Err(error) => return Err(error),
            }
            if self.spell.is_over() || refused == 10 {
                return Err(ErrorKind::TimedOut.into());
            }
        }
        Ok(())
    }

    /// Throws away what is said until the server ends, at most for so long.
    fn wait_for_the_end(&self, stream: &TcpStream, most: Duration) -> io::Result<()> {
        let spell = Spell::of(most.min(self.spell.left()));
        let mut scrap = [0; 16 << 10];
        while !spell.is_over() {
            match (&*stream).read(&mut scrap) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if waits(error.kind()) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn send_nothing(&mut self) -> io::Result<()> {
        self.send(&[])
    }

    fn send_garbage(&mut self) -> io::Result<()> {
        let length = self.noise.below(1500);
        let garbage = self.noise.bytes(length);
        self.send(&garbage)
    }

    fn send_the_largest(&mut self) -> io::Result<()> {
        /// What fits into a packet with the headers of IPv4 and UDP.
        const LARGEST: usize = 65_507;
        let garbage = self.noise.bytes(LARGEST);
        self.send(&garbage)?;
        self.spell.pause(Duration::from_secs(1));
        Ok(())
    }

    /// More at once than is read at once. Each comes from a port of its own: who keeps something for
    /// each sender is asked to keep much.
    fn send_a_burst(&mut self) -> io::Result<()> {
        for _ in 0..BURST {
            self.send(b"burst")?;
        }
        self.spell.pause(Duration::from_secs(1));
        Ok(())
    }

    fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.send_to(bytes, self.address).map(drop)
    }
}

/// How long a hostile client waits before it looks whether it is to go on.
const PATIENT: Duration = Duration::from_millis(100);

/// Connects; whoever holds connections in this way never waits for long.
pub(super) fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(PATIENT))?;
    stream.set_write_timeout(Some(PATIENT))?;
    Ok(stream)
}
