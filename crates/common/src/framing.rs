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
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Feeds the pieces one after another and collects every message, as a driver does.
    fn decode(framing: Framing, pieces: &[&[u8]]) -> Result<Vec<Vec<u8>>, FrameError> {
        let mut decoder = Decoder::new(framing, MAX_MESSAGE);
        let mut messages = Vec::new();
        for piece in pieces {
            decoder.feed(piece);
            while let Some(message) = decoder.next_message()? {
                messages.push(message.bytes.to_vec());
            }
        }
        decoder.close();
        while let Some(message) = decoder.next_message()? {
            messages.push(message.bytes.to_vec());
        }
        Ok(messages)
    }

    fn encode(framing: Framing, messages: &[Vec<u8>]) -> Vec<u8> {
        let mut wire = Vec::new();
        for message in messages {
            framing.encode(message, Ending::Newline, &mut wire);
        }
        wire
    }

    /// Cuts `wire` at the given places (each taken modulo its length).
    fn cut<'a>(wire: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
        let mut places: Vec<usize> = places.iter().map(|p| p % (wire.len() + 1)).collect();
        places.extend([0, wire.len()]);
        places.sort_unstable();
        places.windows(2).map(|w| &wire[w[0]..w[1]]).collect()
    }

    fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 0..300)
    }

    /// What a line can hold: no newline, and no CR at its end, since that one is dropped.
    fn a_line() -> impl Strategy<Value = Vec<u8>> {
        any_bytes().prop_map(|mut bytes| {
            bytes.retain(|&byte| byte != b'\n');
            while bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
            bytes
        })
    }

    proptest! {
        #[test]
        fn length_messages_come_back_however_they_are_cut(
            messages in prop::collection::vec(any_bytes(), 0..20),
            places in prop::collection::vec(any::<usize>(), 0..40),
        ) {
            let wire = encode(Framing::Length, &messages);
            prop_assert_eq!(decode(Framing::Length, &cut(&wire, &places)).unwrap(), messages);
        }

        #[test]
        fn lines_come_back_however_they_are_cut(
            messages in prop::collection::vec(a_line(), 0..20),
            places in prop::collection::vec(any::<usize>(), 0..40),
        ) {
            let wire = encode(Framing::Text, &messages);
            prop_assert_eq!(decode(Framing::Text, &cut(&wire, &places)).unwrap(), messages);
        }

        #[test]
        fn both_come_back_byte_by_byte(messages in prop::collection::vec(a_line(), 0..8)) {
            for framing in [Framing::Text, Framing::Length] {
                let wire = encode(framing, &messages);
                let bytes: Vec<&[u8]> = wire.chunks(1).collect();
                prop_assert_eq!(decode(framing, &bytes).unwrap(), messages.clone());
            }
        }

        #[test]
        fn a_length_stream_cut_inside_a_message_is_an_error_between_messages_an_end(
            messages in prop::collection::vec(any_bytes(), 1..8),
            place in any::<usize>(),
        ) {
            let wire = encode(Framing::Length, &messages);
            let place = place % (wire.len() + 1);
            let mut boundaries = vec![0];
            for message in &messages {
                boundaries.push(boundaries[boundaries.len() - 1] + HEADER + message.len());
            }
            let decoded = decode(Framing::Length, &[&wire[..place]]);
            match boundaries.iter().position(|&boundary| boundary == place) {
                Some(whole) => prop_assert_eq!(decoded.unwrap(), messages[..whole].to_vec()),
                None => {
                    let is_cut = matches!(decoded, Err(FrameError::CutShort { missing: 1.. }));
                    prop_assert!(is_cut);
                }
            }
        }

        #[test]
        fn no_bytes_whatever_make_it_panic_or_hoard(
            pieces in prop::collection::vec(any_bytes(), 0..20),
        ) {
            for framing in [Framing::Text, Framing::Length, Framing::Raw] {
                let mut decoder = Decoder::new(framing, 64);
                'fed: for piece in &pieces {
                    decoder.feed(piece);
                    loop {
                        match decoder.next_message() {
                            Ok(Some(message)) if framing != Framing::Raw => {
                                prop_assert!(message.bytes.len() <= 64);
                            }
                            Ok(Some(_)) => {}
                            Ok(None) => break,
                            Err(_) => break 'fed,
                        }
                    }
                    prop_assert!(decoder.rest().len() <= 64 + HEADER);
                }
            }
        }
    }

    #[test]
    fn an_announcement_over_the_limit_is_refused_before_anything_is_allocated() {
        let mut decoder = Decoder::new(Framing::Length, 1000);
        decoder.feed(&1001u32.to_be_bytes());
        let refused = Err(FrameError::TooLong { limit: 1000 });
        assert_eq!(decoder.next_message(), refused);
        assert!(decoder.buffer.capacity() < 1000);
        decoder.feed(&[b'x'; 10]);
        assert_eq!(decoder.next_message(), refused, "it stays refused");
    }

    #[test]
    fn a_message_of_just_the_limit_passes() {
        for (framing, ending) in [
            (Framing::Length, ""),
            (Framing::Text, "\n"),
            (Framing::Text, "\r\n"),
        ] {
            let mut wire = Vec::new();
            framing.encode(&[b'x'; 1000], Ending::Nothing, &mut wire);
            wire.extend_from_slice(ending.as_bytes());
            for pieces in [1, 7, wire.len()] {
                let mut decoder = Decoder::new(framing, 1000);
                let mut lengths = Vec::new();
                for piece in wire.chunks(pieces) {
                    decoder.feed(piece);
                    while let Some(message) = decoder.next_message().unwrap() {
                        lengths.push(message.bytes.len());
                    }
                }
                assert_eq!(lengths, [1000]);
            }
        }
    }

    #[test]
    fn a_text_that_never_ends_is_refused_at_the_limit() {
        let mut decoder = Decoder::new(Framing::Text, 1000);
        decoder.feed(&[b'x'; 1000]);
        assert_eq!(decoder.next_message(), Ok(None));
        decoder.feed(b"x");
        assert_eq!(
            decoder.next_message(),
            Err(FrameError::TooLong { limit: 1000 })
        );
    }

    #[test]
    fn a_text_over_the_limit_can_be_skipped() {
        for pieces in [1, 7, 4000] {
            let wire = [b"a\n", [b'x'; 1500].as_slice(), b"\nb\n"].concat();
            let mut decoder = Decoder::new(Framing::Text, 1000);
            let mut seen = Vec::new();
            for piece in wire.chunks(pieces) {
                decoder.feed(piece);
                loop {
                    match decoder.next_message() {
                        Ok(Some(message)) => seen.push(message.bytes.to_vec()),
                        Ok(None) => break,
                        Err(_) => {
                            seen.push(b"too long".to_vec());
                            decoder.skip();
                        }
                    }
                }
            }
            assert_eq!(seen, [b"a".as_slice(), b"too long", b"b"], "{pieces}");
        }
    }

    #[test]
    fn a_pause_ends_what_is_skipped_too() {
        let mut decoder = Decoder::new(Framing::Text, 10);
        decoder.feed(&[b'x'; 20]);
        assert!(decoder.next_message().is_err());
        decoder.skip();
        assert_eq!(decoder.next_message(), Ok(None));
        assert!(decoder.awaits_pause());
        decoder.pause();
        assert_eq!(decoder.next_message(), Ok(None));
        decoder.feed(b"Tracy");
        decoder.pause();
        assert_eq!(decoder.next_message().unwrap().unwrap().bytes, b"Tracy");
    }

    #[test]
    fn a_pause_ends_a_message_until_the_first_newline() {
        let mut decoder = Decoder::new(Framing::Text, 1000);
        let michael = Message {
            bytes: b"Michael",
            ending: Ending::Nothing,
        };
        decoder.feed(b"Mich");
        decoder.feed(b"ael");
        assert_eq!(decoder.next_message(), Ok(None));
        assert!(decoder.awaits_pause());
        decoder.pause();
        assert_eq!(decoder.next_message(), Ok(Some(michael)));
        assert_eq!(decoder.next_message(), Ok(None));
        assert!(!decoder.awaits_pause(), "nothing is left to wait for");

        let tracy = Message {
            bytes: b"Tracy",
            ending: Ending::Newline,
        };
        decoder.feed(b"Tracy\r\nSar");
        assert_eq!(decoder.next_message(), Ok(Some(tracy)));
        assert_eq!(decoder.next_message(), Ok(None));
        assert!(!decoder.awaits_pause(), "a newline will come");
        decoder.pause();
        assert_eq!(decoder.next_message(), Ok(None));
        decoder.feed(b"ah");
        decoder.close();
        let sarah = Message {
            bytes: b"Sarah",
            ending: Ending::Nothing,
        };
        assert_eq!(decoder.next_message(), Ok(Some(sarah)));
        assert_eq!(decoder.next_message(), Ok(None));
    }

    #[test]
    fn raw_hands_out_each_read_as_it_came() {
        let pieces: [&[u8]; 3] = [b"Michael", b"TracySarah", b"exit\n"];
        assert_eq!(decode(Framing::Raw, &pieces).unwrap(), pieces);
    }

    #[test]
    fn an_empty_line_and_an_empty_frame_are_messages() {
        assert_eq!(
            decode(Framing::Text, &[b"\n\r\na"]).unwrap(),
            [b"" as &[u8], b"", b"a"]
        );
        assert_eq!(decode(Framing::Length, &[&[0; 8]]).unwrap(), [b"", b""]);
    }

    #[test]
    fn a_long_message_does_not_keep_its_room() {
        let mut decoder = Decoder::new(Framing::Length, MAX_MESSAGE);
        let mut wire = Vec::new();
        Framing::Length.encode(&vec![0; MAX_MESSAGE], Ending::Nothing, &mut wire);
        decoder.feed(&wire);
        assert!(decoder.next_message().unwrap().is_some());
        assert_eq!(decoder.next_message(), Ok(None));
        assert!(decoder.buffer.capacity() <= KEEP);
    }
}
