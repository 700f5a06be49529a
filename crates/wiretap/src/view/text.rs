//! What is said, as text, line by line.

use std::fmt::Write;

use common::printable::printable;

use super::View;
use super::words::{grouped, hex, is_text, label, seconds, size};
use crate::event::Side;
use crate::steps::{Kind, Step, Wish};

/// Bytes of something that is no text.
const SHORT: usize = 16;

/// Everything that is text, each line behind `>` if it is the client's and `<` if it is the server's.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text;

impl View for Text {
    fn wish(&self) -> Wish {
        Wish {
            all_bytes: true,
            longest: None,
        }
    }

    fn step(&mut self, step: &Step, out: &mut String) {
        let mark = match step.side {
            Side::Client => '>',
            Side::Server => '<',
        };
        let (time, number) = (seconds(step.time), step.connection);
        let begin = format!("{time:>9} #{number} {mark}");
        let Kind::Message(message) = &step.kind else {
            let _ = writeln!(out, "{begin} [{} {}]", step.side.name(), label(step));
            return;
        };
        let lost = if message.dropped { " [lost]" } else { "" };
        if !is_text(message) {
            let shown = hex(&message.bytes[..message.bytes.len().min(SHORT)]);
            let more = if message.length > SHORT as u64 {
                " …"
            } else {
                ""
            };
            let _ = writeln!(out, "{begin}{lost} [{}: {shown}{more}]", size(message));
            return;
        }
        let text = message.bytes.strip_suffix(b"\n").unwrap_or(&message.bytes);
        for line in text.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let _ = writeln!(out, "{begin}{lost} {}", printable(line));
        }
        if message.missing() > 0 {
            let _ = writeln!(out, "{begin} [… {} more bytes]", grouped(message.missing()));
        }
    }
}
