//! For another program: an object a line, with passwords masked.

use serde::Serialize;

use super::View;
use super::words::is_text;
use crate::event::Side;
use crate::steps::{Kind, Step, Wish};

/// An object for each step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

/// What others find in it; `docs/wiretap.md` has the list.
#[derive(Serialize)]
struct Object<'a> {
    time: f64,
    conn: u64,
    side: &'a str,
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pieces: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dropped: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
}

impl View for Json {
    fn wish(&self) -> Wish {
        Wish {
            all_bytes: true,
            longest: None,
        }
    }

    fn step(&mut self, step: &Step, out: &mut String) {
        let event = match &step.kind {
            Kind::Open => "open",
            Kind::HalfClose => "half_close",
            Kind::Close => "close",
            Kind::Reset { .. } => "reset",
            Kind::Message(message) if message.datagram => "datagram",
            Kind::Message(_) => "data",
        };
        let mut object = Object {
            time: step.time.as_secs_f64(),
            conn: step.connection,
            side: Side::name(step.side),
            event,
            until: None,
            length: None,
            pieces: None,
            dropped: false,
            meaning: None,
            text: None,
            hex: None,
        };
        if let Kind::Message(message) = &step.kind {
            object.until = Some(message.until.as_secs_f64());
            object.length = Some(message.length);
            object.pieces = Some(message.pieces);
            object.dropped = message.dropped;
            object.meaning = message.meaning.as_deref();
            let text = std::str::from_utf8(&message.bytes).ok();
            object.text = text.filter(|_| is_text(message));
            if object.text.is_none() {
                object.hex = Some(super::words::hex(&message.bytes).replace(' ', ""));
            }
        }
        if let Ok(line) = serde_json::to_string(&object) {
            out.push_str(&escaped(&line));
            out.push('\n');
        }
    }
}

/// JSON escapes only the first 32 control characters itself. Whatever else acts on a terminal is
/// escaped here, in a way that any reader of JSON turns back.
fn escaped(line: &str) -> String {
    let mut safe = String::with_capacity(line.len());
    for c in line.chars() {
        if c > '\x7e' && common::printable::acts(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                safe += &format!("\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    safe
}
