//! One direction of a connection: what has been read and not yet been written, and when it may be.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::nonblocking::NonBlocking;

use super::Spoiling;

/// Bytes that may wait in a lane before no more is read. With a delay everything that comes within
/// it waits, and to read no more would make the line slower.
const MOST: usize = 256 << 10;
const MOST_DELAYED: usize = 64 << 20;

/// What a piece costs besides its bytes, so that a million pieces of one byte are not taken for a
/// megabyte.
const OVERHEAD: usize = 64;

/// The pause between two chunks. It is longer than a reader that waits takes to wake up, so that
/// the chunks are seen apart.
const BETWEEN_CHUNKS: Duration = Duration::from_millis(1);

/// How long what came before a reset may take to be taken by a reader who does not hurry.
const RESET_PATIENCE: Duration = Duration::from_secs(2);

/// What waits to be passed on.
#[derive(Debug)]
struct Item {
    /// Not before then.
    due: Instant,
    what: What,
}

#[derive(Debug)]
enum What {
    Bytes { bytes: Arc<[u8]>, sent: usize },
    End,
    Reset { at_the_latest: Instant },
}

/// One direction.
#[derive(Debug)]
pub(super) struct Lane {
    spoiling: Spoiling,
    items: VecDeque<Item>,
    /// What the items cost.
    size: usize,
    /// The next chunk not before then, and what is left of the current one.
    next_chunk: Option<Instant>,
    chunk_left: usize,
    /// The end of the stream has been passed on.
    pub(super) ended: bool,
}

/// How far a lane has come.
#[derive(Debug)]
pub(super) enum Sent {
    /// Something was passed on; there may be more.
    Some,
    /// Nothing can be passed on now.
    Nothing,
    /// The other side is to be reset.
    Reset,
    /// The socket takes nothing any more.
    Failed(io::Error),
}

impl Lane {
    pub(super) fn new(spoiling: Spoiling) -> Self {
        Lane {
            spoiling,
            items: VecDeque::new(),
            size: 0,
            next_chunk: None,
            chunk_left: 0,
            ended: false,
        }
    }

    /// Whether more may be read.
    pub(super) fn has_room(&self) -> bool {
        self.size
            < if self.spoiling.delay.is_zero() {
                MOST
            } else {
                MOST_DELAYED
            }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn put_bytes(&mut self, bytes: Arc<[u8]>) {
        if !bytes.is_empty() {
            self.size += bytes.len() + OVERHEAD;
            self.put(What::Bytes { bytes, sent: 0 });
        }
    }

    pub(super) fn put_end(&mut self) {
        self.put(What::End);
    }

    pub(super) fn put_reset(&mut self) {
        let at_the_latest = Instant::now() + self.spoiling.delay + RESET_PATIENCE;
        self.put(What::Reset { at_the_latest });
    }

    fn put(&mut self, what: What) {
        let due = Instant::now() + self.spoiling.delay;
        self.items.push_back(Item { due, what });
    }

    /// There is nobody any more to pass anything on to.
    pub(super) fn clear(&mut self) {
        self.items.clear();
        self.size = 0;
    }

    /// When [`Self::send`] has something to do; `None` if that is for the poll to say. `room` is
    /// whether the socket has any.
    pub(super) fn waits_until(&self, room: bool) -> Option<Instant> {
        let first = self.items.front()?;
        let is_bytes = matches!(first.what, What::Bytes { .. });
        let next_chunk = self.next_chunk.filter(|_| is_bytes);
        let due = next_chunk.map_or(first.due, |next| next.max(first.due));
        if !is_bytes || room || due > Instant::now() {
            return Some(due);
        }
        // A reset does not wait for a reader for ever.
        match self.items.back()?.what {
            What::Reset { at_the_latest } => Some(at_the_latest),
            _ => None,
        }
    }

    /// Passes on what is due, as far as `to` has room; `room` becomes false when it has none.
    pub(super) fn send(&mut self, to: &mut NonBlocking, room: &mut bool) -> Sent {
        let now = Instant::now();
        if let Some(What::Reset { at_the_latest }) = self.items.back().map(|item| &item.what)
            && *at_the_latest <= now
        {
            return Sent::Reset;
        }
        let Some(item) = self.items.front_mut().filter(|item| item.due <= now) else {
            return Sent::Nothing;
        };
        let (bytes, sent) = match &mut item.what {
            What::Bytes { bytes, sent } => (bytes, sent),
            What::Reset { .. } => return Sent::Reset,
            What::End => {
                self.items.pop_front();
                self.ended = true;
                return match to.close_our_side() {
                    Ok(()) => Sent::Some,
                    Err(error) => Sent::Failed(error),
                };
            }
        };
        if !*room || self.next_chunk.is_some_and(|next| next > now) {
            return Sent::Nothing;
        }
        let mut piece = &bytes[*sent..];
        if let Some(chunk) = self.spoiling.chunk {
            if self.chunk_left == 0 {
                self.chunk_left = chunk;
            }
            piece = &piece[..piece.len().min(self.chunk_left)];
        }
        let length = match to.write(piece) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Sent::Some,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                *room = false;
                return Sent::Nothing;
            }
            Err(error) => return Sent::Failed(error),
        };
        *sent += length;
        if self.spoiling.chunk.is_some() {
            self.chunk_left -= length;
            // A piece that is shorter than a chunk is a chunk of its own: what comes next came later.
            if self.chunk_left == 0 || *sent == bytes.len() {
                self.chunk_left = 0;
                self.next_chunk = Some(now + BETWEEN_CHUNKS);
            }
        }
        if *sent == bytes.len() {
            self.size -= bytes.len() + OVERHEAD;
            self.items.pop_front();
        }
        Sent::Some
    }
}
