//! Datagrams in: a thread for each socket, and one queue of events.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::Duration;

use anyhow::Context;

use crate::MAX_DATAGRAM;
use crate::chat::Event;

/// After an error that is nobody's answer: so long until the socket is read again.
const REST: Duration = Duration::from_millis(100);

/// The room for one datagram and the threads' small needs.
const STACK: usize = 256 << 10;

/// A datagram as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Who sent it, or says so: nothing keeps a sender from writing another address on it.
    pub from: SocketAddr,
    /// At most [`MAX_DATAGRAM`] bytes of it.
    pub bytes: Vec<u8>,
    /// It was longer.
    pub cut: bool,
}

/// Listens at sockets and queues what they hear.
#[derive(Clone, Debug)]
pub struct Ear(SyncSender<Event>);

impl Ear {
    /// An ear that tells `events` what it hears. When the queue is full datagrams wait in the
    /// sockets' buffers, and then are lost, as UDP may.
    pub fn new(events: SyncSender<Event>) -> Self {
        Ear(events)
    }

    /// Listens at `socket` from now on, until the process ends.
    ///
    /// # Errors
    /// The system gives us no thread or no copy of the socket.
    pub fn listen(&self, socket: &UdpSocket) -> anyhow::Result<()> {
        let task = "cannot listen for datagrams";
        let socket = socket.try_clone().context(task)?;
        let events = self.0.clone();
        thread::Builder::new()
            .name("incoming".into())
            .stack_size(STACK)
            .spawn(move || {
                let mut buffer = vec![0; MAX_DATAGRAM + 1].into_boxed_slice();
                // The queue is closed when the conversation has ended.
                while events.send(receive(&socket, &mut buffer)).is_ok() {}
            })
            .context(task)?;
        Ok(())
    }
}

/// Waits for what a socket has to tell. The buffer has one byte more than is wanted: a longer
/// datagram is cut without a word (on Windows, with an error), and this is how it shows.
fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> Event {
    loop {
        match socket.recv_from(buffer) {
            Ok((length, from)) => {
                return Event::Heard(Datagram {
                    from: plain(from),
                    bytes: buffer[..length.min(MAX_DATAGRAM)].to_vec(),
                    cut: length > MAX_DATAGRAM,
                });
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_refusal(&error) => return Event::Refused,
            Err(error) => {
                // Some of them stay: a socket whose interface has gone.
                thread::sleep(REST);
                return Event::Unreachable(error);
            }
        }
    }
}

/// Whether an error is an ICMP "port unreachable" that came back for an earlier datagram: "refused"
/// on Unix, "reset" on Windows.
pub fn is_refusal(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset
    )
}

/// A socket for both families sees an IPv4 address as `::ffff:127.0.0.1`; this is the address
/// itself.
pub fn plain(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => SocketAddr::new(ip.into(), address.port()),
        IpAddr::V6(_) => address,
    }
}
