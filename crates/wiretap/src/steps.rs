//! From events to what a view shows: pieces of one message put together, passwords masked, and a
//! meaning where we know the protocol.
//!
//! TCP keeps no boundaries: what one side says at once may come in many pieces, and each is an event.
//! Pieces that follow each other closely, with nothing between them on their connection, are one
//! message here, and it says of how many pieces it was made.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use crate::event::{Event, Side, What};
use crate::mask::Mask;
use crate::meaning::{History, meaning};

/// A piece that comes later than this after the one before it is another message.
pub const GAP: Duration = Duration::from_millis(20);

/// So many bytes of a message are kept. A view that needs them all gets several messages instead.
pub const KEPT: usize = 64 << 10;

/// And so many of its end, where it is longer.
const TAIL: usize = 512;

/// Connections that are followed at once; on a tape there may be any number. Of one that was
/// forgotten, the rest is shown, but not understood.
const MAX_FOLLOWED: usize = 65_536;

/// Connections that are over and still known: after the end of one side, the other's may follow. Who
/// sends datagrams is counted among them, since there is no end of datagrams.
const MAX_OVER: usize = 256;

/// Steps that wait for a message that began before them, and bytes of messages that may go on. A tape
/// on which everything happens at once would have all of it wait.
const MAX_WAITING: usize = 65_536;
const MAX_BYTES: usize = 64 << 20;

/// What a view shows as one thing.
#[derive(Clone, Debug)]
pub struct Step {
    /// When it began, since the start.
    pub time: Duration,
    /// On which connection.
    pub connection: u64,
    /// Who did it.
    pub side: Side,
    /// What was done.
    pub kind: Kind,
}

/// What was done.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A connection was opened.
    Open,
    /// One side has nothing more to say.
    HalfClose,
    /// Both have.
    Close,
    /// One side broke it off.
    Reset {
        /// There is no connection, only datagrams: nobody listens.
        of_datagrams: bool,
    },
    /// Something was said.
    Message(Message),
}

/// What one side said at once.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its bytes, stars in the place of passwords; not more than [`KEPT`].
    pub bytes: Vec<u8>,
    /// Its last bytes, where it is longer than that.
    pub tail: Vec<u8>,
    /// How long it is.
    pub length: u64,
    /// In how many pieces it came.
    pub pieces: u64,
    /// When the last of them came.
    pub until: Duration,
    /// How much this side had said on this connection before.
    pub offset: u64,
    /// It is a datagram.
    pub datagram: bool,
    /// It was lost, as the relay was told to.
    pub dropped: bool,
    /// What it means, where that is known.
    pub meaning: Option<String>,
}

/// What a view wants.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wish {
    /// All bytes: a message longer than [`KEPT`] becomes several.
    pub all_bytes: bool,
    /// A message that takes longer than this becomes several, so that it is seen while it goes on.
    pub longest: Option<Duration>,
}

/// Makes steps from events.
#[derive(Debug)]
pub struct Steps {
    wish: Wish,
    connections: HashMap<u64, Connection>,
    /// Those that are over, or were, in the order in which they ended.
    over: VecDeque<u64>,
    /// When each message that is being put together began, so that nothing later is shown first; and
    /// when it ends, if nothing more comes.
    pending: BTreeMap<(Duration, u64), u64>,
    ends: BTreeSet<(Duration, u64)>,
    bytes: usize,
    /// What is complete, in order of time.
    ready: BTreeMap<(Duration, u64), Step>,
    /// Tells apart what happened at the same time.
    count: u64,
}

#[derive(Debug, Default)]
struct Connection {
    mask: Mask,
    history: History,
    said: [u64; 2],
    /// The message that is being put together.
    message: Option<Begun>,
    datagrams: bool,
    /// It may be forgotten, unless something more comes.
    over: bool,
    /// It is in [`Steps::over`].
    listed: bool,
}

#[derive(Debug)]
struct Begun {
    at: (Duration, u64),
    ends: Duration,
    side: Side,
    message: Message,
}

impl Steps {
    /// Nothing yet.
    pub fn new(wish: Wish) -> Self {
        Steps {
            wish,
            connections: HashMap::new(),
            over: VecDeque::new(),
            pending: BTreeMap::new(),
            ends: BTreeSet::new(),
            bytes: 0,
            ready: BTreeMap::new(),
            count: 0,
        }
    }

    /// Takes the next event.
    pub fn take(&mut self, event: &Event) {
        self.end_pauses(event.time);
        self.forget();
        self.count += 1;
        let at = (event.time, self.count);
        let connection = self.connections.entry(event.connection).or_default();
        let kind = match &event.what {
            What::Data(bytes) => {
                let most = match self.wish.all_bytes {
                    true => KEPT,
                    false => usize::MAX,
                };
                for piece in bytes.chunks(most) {
                    self.count += 1;
                    self.add(event, (event.time, self.count), piece);
                }
                return;
            }
            What::Datagram { bytes, dropped } => {
                let mut bytes = bytes.to_vec();
                connection.datagrams = true;
                connection.mask.hide(event.side, &mut bytes);
                let mut message = Message::new(event.time, 0, bytes);
                message.datagram = true;
                message.dropped = *dropped;
                message.meaning = meaning(event.side, &message, &mut connection.history);
                Kind::Message(message)
            }
            What::Open => Kind::Open,
            What::HalfClose => Kind::HalfClose,
            What::Close => Kind::Close,
            What::Reset => Kind::Reset {
                of_datagrams: connection.datagrams,
            },
        };
        connection.over = connection.datagrams || matches!(kind, Kind::Close | Kind::Reset { .. });
        if connection.over && !connection.listed {
            connection.listed = true;
            self.over.push_back(event.connection);
        }
        self.complete(event.connection);
        let step = Step {
            time: event.time,
            connection: event.connection,
            side: event.side,
            kind,
        };
        self.ready.insert(at, step);
    }

    /// Adds a piece to the message it belongs to, or begins another one.
    fn add(&mut self, event: &Event, at: (Duration, u64), bytes: &[u8]) {
        let Some(connection) = self.connections.get_mut(&event.connection) else {
            return;
        };
        let mut bytes = bytes.to_vec();
        connection.mask.hide(event.side, &mut bytes);
        let belongs = connection.message.as_ref().is_some_and(|begun| {
            let is_full = self.wish.all_bytes && begun.message.bytes.len() + bytes.len() > KEPT;
            begun.side == event.side && !is_full
        });
        if !belongs {
            self.complete(event.connection);
        }
        let Some(connection) = self.connections.get_mut(&event.connection) else {
            return;
        };
        let said = &mut connection.said[event.side as usize];
        let offset = *said;
        *said += bytes.len() as u64;
        let number = event.connection;
        match &mut connection.message {
            Some(begun) => {
                self.bytes -= begun.message.bytes.len();
                begun.message.add(event.time, &bytes);
                self.bytes += begun.message.bytes.len();
                self.ends.remove(&(begun.ends, number));
                begun.ends = ends(begun.at.0, event.time, self.wish);
                self.ends.insert((begun.ends, number));
            }
            None => {
                let begun = Begun {
                    at,
                    ends: ends(event.time, event.time, self.wish),
                    side: event.side,
                    message: Message::new(event.time, offset, bytes),
                };
                self.bytes += begun.message.bytes.len();
                self.pending.insert(at, number);
                self.ends.insert((begun.ends, number));
                connection.message = Some(begun);
            }
        }
    }

    /// The message of this connection, if there is one, is complete.
    fn complete(&mut self, number: u64) {
        let Some(connection) = self.connections.get_mut(&number) else {
            return;
        };
        if let Some(Begun {
            at,
            ends,
            side,
            mut message,
        }) = connection.message.take()
        {
            message.meaning = meaning(side, &message, &mut connection.history);
            self.bytes -= message.bytes.len();
            self.pending.remove(&at);
            self.ends.remove(&(ends, number));
            let kind = Kind::Message(message);
            let step = Step {
                time: at.0,
                connection: number,
                side,
                kind,
            };
            self.ready.insert(at, step);
        }
    }

    /// Completes the messages to which nothing more can belong at this time.
    pub fn end_pauses(&mut self, now: Duration) {
        while let Some((ends, number)) = self.ends.first().copied()
            && ends < now
        {
            self.complete(number);
        }
    }

    /// When [`Self::end_pauses`] has something to do, unless an event comes before.
    pub fn next_pause(&self) -> Option<Duration> {
        self.ends.first().map(|(ends, _)| *ends)
    }

    /// The next step; `None` while something that began before it may still go on.
    pub fn next_step(&mut self) -> Option<Step> {
        let (first, _) = self.ready.first_key_value()?;
        if self
            .pending
            .keys()
            .next()
            .is_some_and(|pending| pending < first)
        {
            return None;
        }
        self.ready.pop_first().map(|(_, step)| step)
    }

    /// Nothing more will come.
    pub fn end(&mut self) {
        while let Some((_, number)) = self.ends.first().copied() {
            self.complete(number);
        }
    }

    /// Lets nothing wait any more, where there is too much of it; forgets connections that are over,
    /// those first that ended first.
    fn forget(&mut self) {
        if self.ready.len() >= MAX_WAITING || self.bytes >= MAX_BYTES {
            self.end();
        }
        while self.over.len() > MAX_OVER
            && let Some(first) = self.over.pop_front()
        {
            self.complete(first);
            if let Some(connection) = self.connections.get_mut(&first) {
                connection.listed = false;
                if connection.over {
                    self.connections.remove(&first);
                }
            }
        }
        if self.connections.len() >= MAX_FOLLOWED {
            self.end();
            self.connections.clear();
            self.over.clear();
        }
    }
}

/// When a message ends that began at `begun`, if nothing comes after `last`.
fn ends(begun: Duration, last: Duration, wish: Wish) -> Duration {
    let pause = last + GAP;
    wish.longest
        .map_or(pause, |longest| pause.min(begun + longest))
}

impl Message {
    fn new(time: Duration, offset: u64, bytes: Vec<u8>) -> Self {
        let mut message = Message {
            bytes: Vec::new(),
            tail: Vec::new(),
            length: 0,
            pieces: 0,
            until: time,
            offset,
            datagram: false,
            dropped: false,
            meaning: None,
        };
        message.add(time, &bytes);
        message
    }

    fn add(&mut self, time: Duration, bytes: &[u8]) {
        self.until = time;
        self.length += bytes.len() as u64;
        self.pieces += 1;
        let room = KEPT - self.bytes.len().min(KEPT);
        let (kept, rest) = bytes.split_at(room.min(bytes.len()));
        self.bytes.extend_from_slice(kept);
        self.tail.extend_from_slice(rest);
        if self.tail.len() > TAIL {
            self.tail.drain(..self.tail.len() - TAIL);
        }
    }

    /// How many of its bytes are not kept.
    pub fn missing(&self) -> u64 {
        self.length - self.bytes.len() as u64
    }
}

#[cfg(test)]
mod tests;
