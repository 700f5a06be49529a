//! Where one message ends and the next begins.
//!
//! TCP carries a stream of bytes and keeps no boundaries: what was sent in three writes may
//! arrive in one read, or in thirty. So the two sides have to agree on how a message ends. The
//! [`Decoder`] here is fed bytes as they arrive and yields messages; it does no I/O and knows no
//! clock, so a blocking loop ([`crate::incoming`]) and an event loop can both drive it.

use std::ops::Range;
use std::time::Duration;

use memchr::memchr;

/// The longest message in bytes, where a program has no reason for another limit: 1 MiB.
pub const MAX_MESSAGE: usize = 1 << 20;

/// Under [`Framing::Text`], the silence that ends a message of a peer that sends no newlines.
pub const PAUSE: Duration = Duration::from_millis(200);

/// The bytes of a length before a message, big-endian ("network byte order", RFC 1700).
const HEADER: usize = 4;

/// A buffer that has held a long message is given back down to this many bytes, so that a
/// thousand idle connections do not each keep their longest message's room.
const KEEP: usize = 64 << 10;

/// How messages are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Framing {
    /// A newline ends a message, or a pause of 200 ms from peers that send no newlines
    Text,
    /// 4 bytes of length (big-endian), then the message
    Length,
    /// One read is one message: wrong, and here to show why
    Raw,
}

/// How a text message ended, and so how the answer to it ends. Only `Text` framing cares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ending {
    /// With a newline, as from `nc`.
    Newline,
    /// With nothing: a pause or the end of the stream, as from the tutorials' `send`.
    #[default]
    Nothing,
}

/// One message, as the peer sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What it says, without length or line ending.
    pub bytes: &'a [u8],
    /// How it ended.
    pub ending: Ending,
}

/// What a peer did that ends the talk: its stream cannot be understood from there on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A message, or its announced length, over the limit.
    #[error("a message is longer than {limit} bytes")]
    TooLong {
        /// The longest message allowed, in bytes.
        limit: usize,
    },
    /// The stream ended inside a message.
    #[error("the connection was closed inside a message ({missing} bytes are missing)")]
    CutShort {
        /// Bytes that were announced, or that a header lacks, and did not come.
        missing: usize,
    },
}

impl Framing {
    /// Appends one message to `out`, ready to be sent. `ending` counts under `Text` only.
    ///
    /// # Panics
    /// Under `Length`, with a message of 4 GiB or more: its length has no room in 4 bytes. No
    /// program comes near it.
    pub fn encode(self, message: &[u8], ending: Ending, out: &mut Vec<u8>) {
        match self {
            Framing::Length => {
                let length = u32::try_from(message.len()).expect("a message under 4 GiB");
                out.extend_from_slice(&length.to_be_bytes());
                out.extend_from_slice(message);
            }
            Framing::Text => {
                out.extend_from_slice(message);
                if ending == Ending::Newline {
                    out.push(b'\n');
                }
            }
            Framing::Raw => out.extend_from_slice(message),
        }
    }
}

/// Bytes in, messages out. Feed it what arrived, then take messages until there is none.
#[derive(Debug)]
pub struct Decoder {
    framing: Framing,
    limit: usize,
    buffer: Vec<u8>,
    /// Up to here the buffer has been handed out.
    taken: usize,
    /// Up to here it is known to hold no newline, so that a message that trickles in byte by
    /// byte is not searched from its start each time.
    searched: usize,
    /// The peer ends its messages with newlines: from now on nothing else does.
    newlines: bool,
    /// The peer paused: what is here is a message, if newlines do not rule.
    paused: bool,
    /// Nothing more will come.
    closed: bool,
    /// What comes up to the next end of a message is thrown away.
    skipping: bool,
}

/// Where in the buffer a message is.
pub(crate) type Found = (Range<usize>, Ending);

impl Decoder {
    /// A decoder for one direction of one connection. No message may be longer than `limit`
    /// bytes.
    pub fn new(framing: Framing, limit: usize) -> Self {
        Decoder {
            framing,
            limit,
            buffer: Vec::new(),
            taken: 0,
            searched: 0,
            newlines: false,
            paused: false,
            closed: false,
            skipping: false,
        }
    }

    /// Takes in the bytes of one read. Under `Raw` they are one message, so take it before
    /// feeding more.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.forget_taken();
        self.buffer.extend_from_slice(bytes);
        self.paused = false;
    }

    /// Makes room of what was handed out. The room of a long message is given back at once: its
    /// connection may be idle for long.
    fn forget_taken(&mut self) {
        self.buffer.drain(..self.taken);
        self.searched = self.searched.saturating_sub(self.taken);
        self.taken = 0;
        if self.buffer.is_empty() && self.buffer.capacity() > KEEP {
            self.buffer.shrink_to(KEEP);
        }
    }

    /// Whether a message has begun that a pause of [`PAUSE`] would end. Ask it when
    /// [`Self::next_message`] has no more.
    pub fn awaits_pause(&self) -> bool {
        let begun = !self.rest().is_empty() || self.skipping;
        self.framing == Framing::Text && !self.newlines && begun
    }

    /// Whether it has bytes that were not handed out: of messages, or of the beginning of one.
    pub fn holds_any(&self) -> bool {
        !self.rest().is_empty()
    }

    /// The peer has been silent for [`PAUSE`].
    pub fn pause(&mut self) {
        self.paused = true;
    }

    /// The peer has closed its side: what is left is its last message, or, under `Length`, a
    /// message cut short.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Throws away the text message that was [`FrameError::TooLong`], up to its end, so that the
    /// next one can be had. For `Text` only: a `Length` stream could be followed too, but a frame
    /// over the limit is not a slip of the pen.
    pub fn skip(&mut self) {
        // A line that was found to be too long is behind us already.
        self.skipping = self.taken < self.buffer.len() && self.searched > self.taken;
    }

    /// The connection broke: a text that no newline was going to end is whole as it is; the
    /// beginning of any other message is not.
    pub fn break_off(&mut self) {
        match self.framing {
            Framing::Text => self.paused = true,
            Framing::Length => self.closed = true,
            Framing::Raw => {}
        }
    }

    /// The next whole message, or `None` when more bytes are needed (or, after
    /// [`Self::close`], when none is left).
    ///
    /// # Errors
    /// The stream cannot be followed any further; see [`FrameError`].
    pub fn next_message(&mut self) -> Result<Option<Message<'_>>, FrameError> {
        let found = self.find()?;
        Ok(found.map(|found| self.message(found)))
    }

    /// The message at a place that [`Self::find`] found.
    pub(crate) fn message(&self, (place, ending): Found) -> Message<'_> {
        let bytes = &self.buffer[place];
        Message { bytes, ending }
    }

    /// Like [`Self::next_message`], without borrowing the buffer.
    pub(crate) fn find(&mut self) -> Result<Option<Found>, FrameError> {
        if self.rest().is_empty() {
            self.forget_taken();
        }
        match self.framing {
            Framing::Text => self.find_text(),
            Framing::Length => self.find_length(),
            Framing::Raw => Ok(self.take_rest()),
        }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.taken..]
    }

    fn take_rest(&mut self) -> Option<Found> {
        let place = self.taken..self.buffer.len();
        self.taken = place.end;
        (!place.is_empty()).then_some((place, Ending::Nothing))
    }

    fn find_text(&mut self) -> Result<Option<Found>, FrameError> {
        let too_long = FrameError::TooLong { limit: self.limit };
        if self.skipping && !self.skip_text() {
            return Ok(None);
        }
        let from = self.searched.max(self.taken);
        if let Some(at) = memchr(b'\n', &self.buffer[from..]) {
            let newline = from + at;
            let place = self.taken..newline - usize::from(self.ends_with_return(newline));
            self.newlines = true;
            self.taken = newline + 1;
            self.searched = self.taken;
            return match place.len() {
                length if length > self.limit => Err(too_long),
                _ => Ok(Some((place, Ending::Newline))),
            };
        }
        let end = self.buffer.len();
        self.searched = end;
        let over = self.rest().len() - usize::from(self.ends_with_return(end));
        if over > self.limit {
            return Err(too_long);
        }
        if self.closed || (self.paused && !self.newlines) {
            // No newline follows its carriage return, which so is a part of it.
            if self.rest().len() > self.limit {
                return Err(too_long);
            }
            self.paused = false;
            return Ok(self.take_rest());
        }
        Ok(None)
    }

    /// Throws away what is here of a message; true when its end was among it.
    fn skip_text(&mut self) -> bool {
        let newline = memchr(b'\n', self.rest());
        self.newlines |= newline.is_some();
        let pause = self.paused && !self.newlines;
        self.taken = match newline {
            Some(at) => self.taken + at + 1,
            None => self.buffer.len(),
        };
        self.searched = self.taken;
        self.paused = false;
        self.skipping = newline.is_none() && !pause && !self.closed;
        !self.skipping
    }

    /// Whether the message that ends before `end` has a carriage return there (telnet's CR LF).
    fn ends_with_return(&self, end: usize) -> bool {
        self.buffer[self.taken..end].ends_with(b"\r")
    }

    fn find_length(&mut self) -> Result<Option<Found>, FrameError> {
        let rest = self.rest();
        let (wanted, arrived) = match rest.first_chunk::<HEADER>() {
            None => (HEADER, rest.len()),
            Some(header) => {
                let length = u32::from_be_bytes(*header) as usize;
                // Before anything is made ready for it: the header is all that a liar needs to
                // send.
                if length > self.limit {
                    return Err(FrameError::TooLong { limit: self.limit });
                }
                (HEADER + length, rest.len())
            }
        };
        let missing = wanted.saturating_sub(arrived);
        if missing == 0 {
            let place = self.taken + HEADER..self.taken + wanted;
            self.taken = place.end;
            Ok(Some((place, Ending::Nothing)))
        } else if self.closed && arrived > 0 {
            Err(FrameError::CutShort { missing })
        } else {
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests;
