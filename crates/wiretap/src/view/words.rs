//! What the views share: a step in a few words, times, sizes, and the columns of a hex dump.

use std::fmt::Write;
use std::time::Duration;

use common::printable::printable;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::event::Side;
use crate::steps::{Kind, Message, Step};

/// So many bytes of something that is no text are shown in a label.
const SHORT_HEX: usize = 8;

/// So many bytes of a text are looked at for a label; more than any label shows.
const LABEL: usize = 512;

/// Bytes in a line of a hex dump.
pub(super) const ROW: usize = 16;

/// What a step is, in one printable line of any length.
pub(super) fn label(step: &Step) -> String {
    match &step.kind {
        Kind::Open => "opens a connection".to_owned(),
        Kind::HalfClose => "has nothing more to say (half-close)".to_owned(),
        Kind::Close => "has nothing more to say either (close)".to_owned(),
        Kind::Reset {
            of_datagrams: false,
        } => "RESET".to_owned(),
        Kind::Reset { of_datagrams: true } => "nobody listens there".to_owned(),
        Kind::Message(message) => match &message.meaning {
            Some(meaning) => printable(meaning).to_string(),
            None => plain(message),
        },
    }
}

/// A message whose protocol is not known: its text, or its first bytes.
fn plain(message: &Message) -> String {
    if message.length == 0 {
        return "(empty)".to_owned();
    }
    if is_text(message) {
        let bytes = &message.bytes[..message.bytes.len().min(LABEL)];
        let text = printable(whole_characters(bytes)).to_string();
        return match message.length > bytes.len() as u64 {
            true => text + " …",
            false => text,
        };
    }
    let shown = &message.bytes[..message.bytes.len().min(SHORT_HEX)];
    let mut text = hex(shown);
    if message.length > SHORT_HEX as u64 {
        text += " …";
    }
    text
}

/// Bytes in hex: `ff d8 ff`
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (at, byte) in bytes.iter().enumerate() {
        let space = if at > 0 { " " } else { "" };
        let _ = write!(text, "{space}{byte:02x}");
    }
    text
}

/// Whether a message is to be read: UTF-8, and hardly any control characters but white space. Its
/// end may be cut in the middle of a character.
pub(super) fn is_text(message: &Message) -> bool {
    let Ok(text) = std::str::from_utf8(whole_characters(&message.bytes)) else {
        return false;
    };
    let acts = |c: &char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    text.chars().filter(acts).count() * 8 <= text.chars().count()
}

/// The bytes without a character that is cut off at the end.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => &bytes[..error.valid_up_to()],
        _ => bytes,
    }
}

/// What stands beside a message: how long it is, of how many pieces, for how long it came.
pub(super) fn size(message: &Message) -> String {
    let mut text = match message.length {
        1 => "1 byte".to_owned(),
        length => format!("{} bytes", grouped(length)),
    };
    if message.pieces > 1 {
        let _ = write!(text, " in {} pieces", grouped(message.pieces));
    }
    text
}

/// How long a message took to come, where that can be seen.
pub(super) fn took(step: &Step) -> Option<Duration> {
    let Kind::Message(message) = &step.kind else {
        return None;
    };
    let took = message.until.saturating_sub(step.time);
    (took >= Duration::from_millis(1)).then_some(took)
}

/// `48,213`
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Seconds to the millisecond: `0.512`
pub(super) fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// The text, cut to so many columns of a terminal; an ellipsis tells.
pub(super) fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut fitting = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        fitting.push(c);
    }
    fitting + "…"
}

/// One line of a hex dump: offset, bytes, and what of them can be read.
pub(super) fn dump_line(offset: u64, bytes: &[u8]) -> String {
    let mut line = format!("{offset:08x} ");
    for at in 0..ROW {
        if at == ROW / 2 {
            line.push(' ');
        }
        match bytes.get(at) {
            Some(byte) => _ = write!(line, " {byte:02x}"),
            None => line += "   ",
        }
    }
    line += "  ";
    line.extend(bytes.iter().map(|byte| match byte {
        b' '..=b'~' => char::from(*byte),
        _ => '.',
    }));
    line
}

/// Who speaks to whom: `client → server`
pub(super) fn direction(side: Side) -> &'static str {
    match side {
        Side::Client => "client → server",
        Side::Server => "server → client",
    }
}

/// Text for HTML and SVG.
pub(super) fn markup(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            '\'' => safe += "&#39;",
            // Neither XML nor HTML has these.
            '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {
                safe.push('\u{fffd}');
            }
            c => safe.push(c),
        }
    }
    safe
}
