//! The connections of a loop: what is kept of each, and what a service may do with them.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::{Interest, Registry, Token};

use super::places::{Place, Places};
use super::queue::{Queue, Sent, Shared};
use crate::exit::cause;
use crate::nonblocking::NonBlocking;
use crate::server::Limits;

/// How long a peer may take to close after we have closed our side.
pub(super) const LINGER: Duration = Duration::from_secs(2);

/// A connection's number. It is not given to another while anything may still speak of it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Id {
    pub(super) slot: usize,
    /// How often the slot has been used: an old number does not fit a new connection.
    round: u64,
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

/// All connections of a loop.
pub struct Connections<C> {
    registry: Registry,
    pub(super) limits: Limits,
    pub(super) places: Places,
    /// When this turn began.
    pub(super) now: Instant,
    /// Bytes that may be queued for one connection.
    pub(super) max_queue: usize,
    pub(super) slots: Vec<Slot<C>>,
    pub(super) free: Vec<usize>,
    pub(super) open: usize,
    pub(super) alarms: BTreeSet<(Instant, Id)>,
    /// Those for whom something was queued in this turn.
    pub(super) unsent: Vec<Id>,
    /// Those whose end has been decided, and why.
    pub(super) ending: Vec<(Id, Option<String>)>,
    /// Those who may be read again.
    pub(super) resumed: Vec<Id>,
    /// Those who have had their share of this turn, and go on in the next.
    pub(super) later: Vec<Id>,
    /// Those of whom the service wanted to know when all has been sent to them.
    pub(super) told: Vec<Id>,
}

pub(super) struct Slot<C> {
    pub(super) round: u64,
    pub(super) connection: Option<Connection<C>>,
}

pub(super) struct Connection<C> {
    pub(super) stream: NonBlocking,
    _place: Place,
    pub(super) client: Option<C>,
    pub(super) queue: Queue,
    pub(super) state: State,
    /// The service does not want to hear more for now.
    pub(super) paused: bool,
    /// Something arrived while it was paused.
    pub(super) missed: bool,
    /// It is in [`Connections::unsent`].
    pub(super) is_unsent: bool,
    /// The service wants to know when all has been sent.
    pub(super) tells: bool,
    /// It ends when all has been sent, and how.
    pub(super) goodbye: Option<Goodbye>,
    /// We wait for room in the kernel's buffer.
    pub(super) waits_for_room: bool,
    /// The poll tells us of room. It does so until all has been sent, also while there is room.
    asks_for_room: bool,
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

impl<C> Connections<C> {
    /// None so far.
    pub(super) fn new(registry: Registry, limits: Limits, max_queue: usize) -> Self {
        Connections {
            registry,
            limits,
            places: Places::new(limits.max_connections),
            now: Instant::now(),
            max_queue,
            slots: Vec::new(),
            free: Vec::new(),
            open: 0,
            alarms: BTreeSet::new(),
            unsent: Vec::new(),
            ending: Vec::new(),
            resumed: Vec::new(),
            later: Vec::new(),
            told: Vec::new(),
        }
    }

    /// How many are open; those that only wait for their end are not.
    pub fn len(&self) -> usize {
        self.open
    }

    /// Whether nobody is there.
    pub fn is_empty(&self) -> bool {
        self.open == 0
    }

    /// What the service keeps for a connection; `None` once it is closing.
    pub fn client(&mut self, id: Id) -> Option<&mut C> {
        let connection = self.get(id)?;
        (connection.state == State::Open)
            .then_some(connection.client.as_mut())
            .flatten()
    }

    /// Queues bytes for a connection. They are sent at the end of the turn. Whoever does not read
    /// is cut off when its queue is full.
    pub fn send(&mut self, id: Id, bytes: &Shared) {
        let max_queue = self.max_queue;
        let Some(connection) = self.get(id) else {
            return;
        };
        if connection.state != State::Open || bytes.is_empty() {
            return;
        }
        if connection.queue.bytes + bytes.len() > max_queue {
            let why = format!(
                "it does not read: {} bytes wait for it",
                connection.queue.bytes
            );
            return self.cut(id, why);
        }
        connection.queue.push(Arc::clone(bytes));
        self.is_to_be_sent(id);
    }

    /// Queues a part of a file: `length` bytes from `at`. It takes no memory while it waits. If the
    /// file has become too short for that when it is sent, the connection is cut.
    pub fn send_file(&mut self, id: Id, file: &Arc<File>, at: u64, length: u64) {
        let Some(connection) = self.get(id) else {
            return;
        };
        if connection.state == State::Open && length > 0 {
            connection.queue.push_file(Arc::clone(file), at, length);
            self.is_to_be_sent(id);
        }
    }

    /// How many bytes of memory and how many pieces wait to be sent on a connection.
    pub fn queued(&mut self, id: Id) -> (usize, usize) {
        let queue = self.get(id).map(|connection| &connection.queue);
        queue.map_or((0, 0), |queue| (queue.bytes, queue.len()))
    }

    /// Has [`sent`](super::Service::sent) called once all that is queued has been sent.
    pub fn tell_when_sent(&mut self, id: Id) {
        if let Some(connection) = self.get(id) {
            connection.tells = true;
            self.is_to_be_sent(id);
        }
    }

    /// Reads nothing more, and closes the connection when all that is queued has been sent, however
    /// long the peer takes for it (as long as it takes something now and then: the idle time-out).
    pub fn finish(&mut self, id: Id, goodbye: Goodbye) {
        if let Some(connection) = self.get(id) {
            connection.paused = true;
            connection.goodbye = Some(goodbye);
            self.is_to_be_sent(id);
        }
    }

    fn is_to_be_sent(&mut self, id: Id) {
        let Some(connection) = self.get(id) else {
            return;
        };
        if !connection.is_unsent && !connection.waits_for_room {
            connection.is_unsent = true;
            self.unsent.push(id);
        }
    }

    /// Closes a connection when all that is queued has been sent. Nothing more is heard from it.
    pub fn close(&mut self, id: Id) {
        let Some(connection) = self.get(id) else {
            return;
        };
        if connection.state == State::Open {
            connection.state = State::Closing(Instant::now() + LINGER);
            // What came while it was paused is thrown away from here on, but it has to be read.
            let missed = std::mem::take(&mut connection.missed);
            self.open -= 1;
            self.ending.push((id, None));
            if missed {
                self.resumed.push(id);
            }
        }
    }

    /// Drops a connection at once, and what is queued for it.
    pub fn cut(&mut self, id: Id, why: String) {
        let Some(connection) = self.get(id) else {
            return;
        };
        // No longer `Open`: nothing more is queued for it, whatever happens in this turn.
        let before = std::mem::replace(&mut connection.state, State::Lingering(Instant::now()));
        if before == State::Open {
            self.open -= 1;
        }
        self.ending.push((id, Some(why)));
    }

    /// Has [`alarm`](super::Service::alarm) called then; a later call takes the place of an earlier one, and
    /// `None` of any.
    pub fn set_alarm(&mut self, id: Id, at: Option<Instant>) {
        let Some(connection) = self.get(id) else {
            return;
        };
        let before = std::mem::replace(&mut connection.alarm, at);
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.alarms.remove(&(before, id));
        }
        if let Some(at) = at {
            self.alarms.insert((at, id));
        }
    }

    /// Reads nothing more from a connection: when the buffers between us are full, TCP makes its
    /// peer wait.
    pub fn pause(&mut self, id: Id) {
        if let Some(connection) = self.get(id) {
            connection.paused = true;
        }
    }

    /// Reads from it again.
    pub fn resume(&mut self, id: Id) {
        let Some(connection) = self.get(id) else {
            return;
        };
        connection.paused = false;
        if std::mem::take(&mut connection.missed) {
            self.resumed.push(id);
        }
    }

    pub(super) fn get(&mut self, id: Id) -> Option<&mut Connection<C>> {
        let slot = self.slots.get_mut(id.slot)?;
        let fits = slot.round == id.round;
        slot.connection.as_mut().filter(|_| fits)
    }

    pub(super) fn id_of(&self, token: Token) -> Option<Id> {
        let slot = self.slots.get(token.0)?;
        slot.connection.as_ref()?;
        let Token(at) = token;
        Some(Id {
            slot: at,
            round: slot.round,
        })
    }

    pub(super) fn enter(&mut self, mut stream: NonBlocking, place: Place) -> io::Result<Id> {
        let at = match self.free.pop() {
            Some(at) => at,
            None => {
                self.slots.push(Slot {
                    round: 0,
                    connection: None,
                });
                self.slots.len() - 1
            }
        };
        if let Err(error) = self
            .registry
            .register(stream.source(), Token(at), Interest::READABLE)
        {
            self.free.push(at);
            return Err(error);
        }
        let slot = &mut self.slots[at];
        slot.round += 1;
        slot.connection = Some(Connection {
            stream,
            _place: place,
            client: None,
            queue: Queue::default(),
            state: State::Open,
            paused: false,
            missed: false,
            is_unsent: false,
            tells: false,
            goodbye: None,
            waits_for_room: false,
            asks_for_room: false,
            hung_up: false,
            peer_closed: false,
            alarm: None,
            last_heard: self.now,
        });
        self.open += 1;
        Ok(Id {
            slot: at,
            round: slot.round,
        })
    }

    pub(super) fn remove(&mut self, id: Id) -> Option<C> {
        self.set_alarm(id, None);
        self.get(id)?;
        #[cfg_attr(unix, allow(unused_mut, reason = "see below"))]
        let mut connection = self.slots[id.slot].connection.take()?;
        self.free.push(id.slot);
        // On Unix, closing the socket takes it out of the poll too.
        #[cfg(not(unix))]
        let _ = self.registry.deregister(connection.stream.source());
        connection.client
    }

    /// Sends what is queued, and asks to be told of room only where some of it is left.
    pub(super) fn flush(&mut self, id: Id) {
        let now = self.now;
        let Some(connection) = self.get(id) else {
            return;
        };
        connection.is_unsent = false;
        let was_waiting = connection.waits_for_room;
        let sent = match connection.queue.send(&mut connection.stream) {
            Ok(sent) => sent,
            Err(error) => return self.cut(id, cause(&error)),
        };
        connection.waits_for_room = sent == Sent::NoRoom;
        let asked = connection.asks_for_room;
        let asks = match sent {
            Sent::NoRoom => true,
            Sent::ItsShare => asked,
            Sent::All => false,
        };
        connection.asks_for_room = asks;
        // Whoever takes what we send is not silent.
        if was_waiting || sent == Sent::ItsShare {
            connection.last_heard = now;
        }
        match sent {
            Sent::NoRoom => {}
            Sent::ItsShare => {
                connection.is_unsent = true;
                self.later.push(id);
            }
            Sent::All if matches!(connection.state, State::Closing(_)) => {
                return self.ending.push((id, None));
            }
            Sent::All => match connection.goodbye {
                Some(Goodbye::Gentle) => return self.close(id),
                Some(Goodbye::AtOnce) => return self.is_over(id),
                None if connection.tells => {
                    connection.tells = false;
                    self.told.push(id);
                }
                None => {}
            },
        }
        if asked != asks {
            self.ask(id);
        }
    }

    /// Ends a connection to which all has been sent, without waiting for its peer.
    fn is_over(&mut self, id: Id) {
        let Some(connection) = self.get(id) else {
            return;
        };
        let before = std::mem::replace(&mut connection.state, State::Over);
        if before == State::Open {
            self.open -= 1;
        }
        self.ending.push((id, None));
    }

    /// Tells the poll what we wait for.
    fn ask(&mut self, id: Id) {
        let Some(slot) = self.slots.get_mut(id.slot) else {
            return;
        };
        let Some(connection) = &mut slot.connection else {
            return;
        };
        let interest = match connection.asks_for_room {
            true => Interest::READABLE | Interest::WRITABLE,
            false => Interest::READABLE,
        };
        let source = connection.stream.source();
        if let Err(error) = self.registry.reregister(source, Token(id.slot), interest) {
            self.cut(id, cause(&error));
        }
    }
}
