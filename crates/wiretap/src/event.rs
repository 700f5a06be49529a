//! What can be seen on a line: who did what, and when.

use std::sync::Arc;
use std::time::Duration;

/// One of the two who talk through the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who connected, or sent the first datagram.
    Client,
    /// Who was connected to.
    Server,
}

impl Side {
    /// Both, the client first.
    pub const BOTH: [Side; 2] = [Side::Client, Side::Server];

    /// The one at the other end.
    pub fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }

    /// As it stands on a tape.
    pub fn name(self) -> &'static str {
        match self {
            Side::Client => "client",
            Side::Server => "server",
        }
    }
}

/// Something that one side did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The client opened a connection.
    Open,
    /// These bytes of a stream.
    Data(Arc<[u8]>),
    /// It has nothing more to say; the other may still talk.
    HalfClose,
    /// It was the second to have nothing more to say: the connection is closed.
    Close,
    /// It broke the connection off. Of datagrams: nobody listens there.
    Reset,
    /// These bytes as one datagram.
    Datagram {
        /// What it holds.
        bytes: Arc<[u8]>,
        /// Whether the relay was told to lose it, and did.
        dropped: bool,
    },
}

impl What {
    /// As it stands on a tape.
    pub fn name(&self) -> &'static str {
        match self {
            What::Open => "open",
            What::Data(_) => "data",
            What::HalfClose => "half_close",
            What::Close => "close",
            What::Reset => "reset",
            What::Datagram { .. } => "datagram",
        }
    }
}

/// An event on a tape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Since the tape began.
    pub time: Duration,
    /// On which connection; of datagrams, with which client. The first is 1.
    pub connection: u64,
    /// Who did it.
    pub side: Side,
    /// What was done.
    pub what: What,
}
