//! The tape: everything that was seen, as JSON lines. `docs/wiretap.md` describes it for others.
//!
//! - [`mod@write`]: a new file, readable by its owner only
//! - [`read`]: a tape from anybody, within limits

pub mod read;
pub mod write;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{Local, SecondsFormat};
use serde::{Deserialize, Serialize};

use crate::event::{Event, Side, What};

/// The version of the format, the only one yet.
const VERSION: u64 = 1;

/// A tape's first line: when it began, and between whom the relay stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the format.
    pub wiretap: u64,
    /// When the tape began (RFC 3339); all times on it count from there.
    pub started: String,
    /// Where clients connected.
    pub listen: String,
    /// Where they were passed on to.
    pub to: String,
}

impl Header {
    /// The header of a tape that begins now.
    pub fn new(listen: &str, to: &str) -> Self {
        Header {
            wiretap: VERSION,
            started: Local::now().to_rfc3339_opts(SecondsFormat::Millis, false),
            listen: listen.to_owned(),
            to: to.to_owned(),
        }
    }
}

/// An event as it is written.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    time: f64,
    conn: u64,
    side: SideName,
    event: EventName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
    #[serde(default, skip_serializing_if = "is_false")]
    dropped: bool,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum SideName {
    Client,
    Server,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EventName {
    Open,
    Data,
    HalfClose,
    Close,
    Reset,
    Datagram,
}

fn is_false(value: &bool) -> bool {
    !value
}

impl Line {
    /// The line of an event, all but the bytes, which are returned beside it.
    fn of(event: &Event) -> (Self, Option<&[u8]>) {
        let (name, bytes, dropped) = match &event.what {
            What::Open => (EventName::Open, None, false),
            What::Data(bytes) => (EventName::Data, Some(&**bytes), false),
            What::HalfClose => (EventName::HalfClose, None, false),
            What::Close => (EventName::Close, None, false),
            What::Reset => (EventName::Reset, None, false),
            What::Datagram { bytes, dropped } => (EventName::Datagram, Some(&**bytes), *dropped),
        };
        let line = Line {
            // To the microsecond, so that no digits are written that mean nothing.
            time: event.time.as_micros() as f64 / 1e6,
            conn: event.connection,
            side: match event.side {
                Side::Client => SideName::Client,
                Side::Server => SideName::Server,
            },
            event: name,
            bytes: None,
            dropped,
        };
        (line, bytes)
    }
}

/// Appends an event to `text` as it stands on a tape, without a line end.
///
/// The bytes are put behind the rest by hand: in base64 nothing has to be escaped, and to look for
/// something in every byte would cost more than all else.
fn write_line(event: &Event, text: &mut Vec<u8>) -> serde_json::Result<()> {
    let (line, bytes) = Line::of(event);
    serde_json::to_writer(&mut *text, &line)?;
    let Some(bytes) = bytes else {
        return Ok(());
    };
    // The brace that closes the object comes last.
    text.pop();
    text.extend_from_slice(b",\"bytes\":\"");
    let begin = text.len();
    text.resize(begin + bytes.len().div_ceil(3) * 4, 0);
    let encoded = STANDARD.encode_slice(bytes, &mut text[begin..]);
    debug_assert_eq!(encoded, Ok(text.len() - begin));
    text.extend_from_slice(b"\"}");
    Ok(())
}

impl TryFrom<Line> for Event {
    type Error = &'static str;

    fn try_from(line: Line) -> Result<Self, Self::Error> {
        let bytes = || {
            let text = line.bytes.as_ref().ok_or("the bytes are missing")?;
            let bytes = STANDARD.decode(text);
            bytes.map_err(|_| "the bytes are not base64")
        };
        let what = match line.event {
            EventName::Open => What::Open,
            EventName::Data => What::Data(bytes()?.into()),
            EventName::HalfClose => What::HalfClose,
            EventName::Close => What::Close,
            EventName::Reset => What::Reset,
            EventName::Datagram => What::Datagram {
                bytes: bytes()?.into(),
                dropped: line.dropped,
            },
        };
        if !(0.0..=read::MAX_TIME.as_secs_f64()).contains(&line.time) {
            return Err("the time is not a number of seconds since the start");
        }
        let micros = (line.time * 1e6).round() as u64;
        Ok(Event {
            time: Duration::from_micros(micros),
            connection: line.conn,
            side: match line.side {
                SideName::Client => Side::Client,
                SideName::Server => Side::Server,
            },
            what,
        })
    }
}
