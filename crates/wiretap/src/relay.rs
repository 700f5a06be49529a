//! The relay: what one side sends is passed on to the other, byte for byte, and recorded.
//!
//! | what | where |
//! |---|---|
//! | accepting, and a thread for each connection | [`tcp`] |
//! | the two sockets of one, and everything that can happen to them | `connection` |
//! | one direction, and how it is spoilt | `lane` |
//! | the one thing that is changed, if that is asked for | `ftp` |
//! | datagrams | [`udp`] |

mod connection;
mod ftp;
mod lane;
pub mod tcp;
pub mod udp;

use std::time::Duration;

use common::address::Address;

/// What the relay is to do.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where everything is passed on to.
    pub to: Address,
    /// Whether FTP's data connections are followed.
    pub ftp: bool,
    /// How the line is spoilt.
    pub spoiling: Spoiling,
    /// How long connecting may take.
    pub timeout: Duration,
    /// Connections, or clients that send datagrams, at once.
    pub max_connections: usize,
    /// How long a connection may be silent; `None` is for ever.
    pub idle_timeout: Option<Duration>,
}

/// How the line is spoilt, to see how both ends take it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spoiling {
    /// So many bytes at a time.
    pub chunk: Option<usize>,
    /// How long each direction is held back.
    pub delay: Duration,
    /// Which part of all datagrams is lost, from 0 to 1.
    pub drop: f64,
    /// After how many bytes a connection is reset.
    pub reset_after: Option<u64>,
}
