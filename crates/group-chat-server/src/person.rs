//! One connection as the room knows it: how it speaks, who it is, how fast it may talk.

use std::time::{Duration, Instant};

use common::event_loop::Shared;
use common::framing::{Decoder, Ending, FrameError, Framing, PAUSE};

use crate::args::TextCharset;
use crate::charset;
use crate::protocol::{ErrorCode, Reply};
use crate::said::{Kind, Name, Said};

/// How people are talked to.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// The other tutorial's room: UTF-8 only.
    pub open: bool,
    /// What text clients are sent.
    pub charset: TextCharset,
    /// The longest message, in bytes.
    pub max_message: usize,
    /// Messages a second; 0 is no limit.
    pub rate: u32,
}

/// Somebody who is connected.
#[derive(Debug)]
pub struct Person {
    /// Where from.
    pub peer: String,
    /// The name, once in the room.
    pub name: Option<Name>,
    /// How many nicknames were refused.
    pub refused: u8,
    /// What was said while it was not known how this one is told (open rooms).
    pub held: Vec<Said>,
    manners: Manners,
    /// None until the first byte has shown which kind.
    decoder: Option<Decoder>,
    framed: bool,
    ending: Ending,
    sent_gbk: bool,
    has_ended: bool,
    allowance: f64,
    counted: Instant,
    was_told: bool,
}

/// What somebody sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Sent {
    /// A text, or a frame's JSON.
    Text(String),
    /// Something over the limit.
    TooLong,
    /// Over its rate: wait so long before asking again.
    TooFast(Duration),
}

impl Person {
    /// Somebody of whom nothing is known yet.
    pub fn new(peer: String, manners: Manners) -> Self {
        Person {
            peer,
            name: None,
            refused: 0,
            held: Vec::new(),
            manners,
            decoder: None,
            framed: false,
            ending: Ending::Nothing,
            sent_gbk: false,
            has_ended: false,
            allowance: f64::from(manners.rate),
            counted: Instant::now(),
            was_told: false,
        }
    }

    /// Takes in what arrived. The first byte tells our own client from everybody else: it is the
    /// first of a length below 16 MiB, and no text begins with 0.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.decoder.is_none() {
            self.settle(bytes.first() == Some(&0));
        }
        if let Some(decoder) = &mut self.decoder {
            decoder.feed(bytes);
        }
    }

    /// Decides how this one speaks.
    pub fn settle(&mut self, framed: bool) {
        let framing = if framed {
            Framing::Length
        } else {
            Framing::Text
        };
        self.framed = framed;
        self.decoder = Some(Decoder::new(framing, self.manners.max_message));
    }

    /// Whether that is decided.
    pub fn is_settled(&self) -> bool {
        self.decoder.is_some()
    }

    /// Whether it speaks JSON in frames.
    pub fn is_framed(&self) -> bool {
        self.framed
    }

    /// The peer has paused, if it was a pause that was waited for.
    pub fn pause(&mut self) {
        if let Some(decoder) = self
            .decoder
            .as_mut()
            .filter(|decoder| decoder.awaits_pause())
        {
            decoder.pause();
        }
    }

    /// Nothing more will come.
    pub fn end(&mut self) {
        self.has_ended = true;
        if let Some(decoder) = &mut self.decoder {
            decoder.close();
        }
    }

    /// When the pause that ends its message would be over, if one would.
    pub fn pause_at(&self) -> Option<Instant> {
        let awaits = self.decoder.as_ref().is_some_and(Decoder::awaits_pause);
        awaits.then(|| Instant::now() + PAUSE)
    }

    /// The next thing it sent. Once it has ended there is one message at most, and no reason to
    /// slow it down.
    pub fn next_sent(&mut self) -> Option<Sent> {
        let has_more = self.decoder.as_ref().is_some_and(Decoder::holds_any);
        if has_more
            && !self.has_ended
            && let Some(wait) = self.over_rate()
        {
            return Some(Sent::TooFast(wait));
        }
        let decoder = self.decoder.as_mut()?;
        match decoder.next_message() {
            Ok(None) | Err(FrameError::CutShort { .. }) => None,
            Ok(Some(message)) => {
                if !self.framed {
                    self.ending = message.ending;
                }
                let (text, was_gbk) = match self.manners.charset {
                    // The other tutorial's room is UTF-8 both ways.
                    TextCharset::Auto if self.manners.open => {
                        (String::from_utf8_lossy(message.bytes).into_owned(), false)
                    }
                    _ => charset::decode(message.bytes),
                };
                self.sent_gbk |= was_gbk;
                self.allowance -= 1.0;
                Some(Sent::Text(text))
            }
            Err(FrameError::TooLong { .. }) => {
                decoder.skip();
                self.allowance -= 1.0;
                Some(Sent::TooLong)
            }
        }
    }

    /// How long it has to wait, if it talks too fast: a bucket of `rate` messages that fills up
    /// with `rate` a second.
    fn over_rate(&mut self) -> Option<Duration> {
        let rate = f64::from(self.manners.rate);
        if rate == 0.0 {
            return None;
        }
        let now = Instant::now();
        self.allowance += (now - self.counted).as_secs_f64() * rate;
        self.allowance = self.allowance.min(rate);
        self.counted = now;
        let missing = (1.0 - self.allowance) / rate;
        (missing > 0.0).then(|| Duration::from_secs_f64(missing))
    }

    /// Whether this is the first time it hears of its rate.
    pub fn tell_of_rate(&mut self) -> bool {
        !std::mem::replace(&mut self.was_told, true)
    }

    /// How it is spoken to.
    pub fn kind(&self) -> Kind {
        if self.framed {
            return Kind::Framed;
        }
        let gbk = match self.manners.charset {
            TextCharset::Utf8 => false,
            TextCharset::Gbk => true,
            TextCharset::Auto if self.manners.open => false,
            TextCharset::Auto => self.sent_gbk || self.ending == Ending::Nothing,
        };
        Kind::Text {
            ending: self.ending,
            gbk,
        }
    }

    /// An error, as it is told: `text` for text clients, `english` and the code in a frame.
    pub fn error(&self, code: ErrorCode, text: &str, english: String) -> Shared {
        match self.kind() {
            Kind::Framed => Kind::frame(&Reply::Error {
                code,
                text: english,
            }),
            kind => kind.text(&format!("server:{text}")),
        }
    }
}
