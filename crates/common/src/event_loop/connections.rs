//! The connections of a loop, and what a service may do with them.

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mio::Registry;

use super::connection::{Goodbye, Id, Slot, State};
use super::places::Places;
use super::queue::Shared;
use crate::server::Limits;

/// How long a peer may take to close after we have closed our side.
pub(super) const LINGER: Duration = Duration::from_secs(2);

/// All connections of a loop.
pub struct Connections<C> {
    pub(super) registry: Registry,
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
}
