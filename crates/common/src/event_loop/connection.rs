//! What is kept of one connection.

use std::time::Instant;

use super::places::Place;
use super::queue::Queue;
use crate::nonblocking::NonBlocking;

/// A connection's number. It is not given to another while anything may still speak of it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Id {
    pub(super) slot: usize,
    /// How often the slot has been used: an old number does not fit a new connection.
    pub(super) round: u64,
}

/// How a connection that we end is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goodbye {
    /// We close our side and wait for the peer's close, as who may still be sending must not be
    /// reset (RFC 1122, section 4.2.2.13).
    Gentle,
    /// At once: the peer has said that it will send no more.
    AtOnce,
}

pub(super) struct Slot<C> {
    pub(super) round: u64,
    pub(super) connection: Option<Connection<C>>,
}

pub(super) struct Connection<C> {
    pub(super) stream: NonBlocking,
    pub(super) _place: Place,
    pub(super) client: Option<C>,
    pub(super) queue: Queue,
    pub(super) state: State,
    /// The service does not want to hear more for now.
    pub(super) paused: bool,
    /// Something arrived while it was paused.
    pub(super) missed: bool,
    /// It is among those for whom something was queued in this turn.
    pub(super) is_unsent: bool,
    /// The service wants to know when all has been sent.
    pub(super) tells: bool,
    /// It ends when all has been sent, and how.
    pub(super) goodbye: Option<Goodbye>,
    /// We wait for room in the kernel's buffer.
    pub(super) waits_for_room: bool,
    /// The poll tells us of room. It does so until all has been sent, also while there is room.
    pub(super) asks_for_room: bool,
    /// The poll has told of the end of its stream.
    pub(super) hung_up: bool,
    /// Its end has been read.
    pub(super) peer_closed: bool,
    pub(super) alarm: Option<Instant>,
    pub(super) last_heard: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Open,
    /// Sends what is queued, at most until then, and closes our side.
    Closing(Instant),
    /// Has closed our side and waits for the peer's, at most until then.
    Lingering(Instant),
    /// Is to be closed without waiting for anything.
    Over,
}
