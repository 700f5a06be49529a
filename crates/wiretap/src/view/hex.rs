//! Every byte: offset, hex and text.

use std::fmt::Write;

use super::View;
use super::words::{ROW, direction, dump_line, grouped, label, seconds, size};
use crate::steps::{Kind, Step, Wish};

/// The hex dump. An offset counts from the beginning of what its side has said on its connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hex;

impl View for Hex {
    fn wish(&self) -> Wish {
        Wish {
            all_bytes: true,
            longest: None,
        }
    }

    fn step(&mut self, step: &Step, out: &mut String) {
        let (time, number) = (seconds(step.time), step.connection);
        let who = direction(step.side);
        let Kind::Message(message) = &step.kind else {
            let _ = writeln!(
                out,
                "{time} #{number} {}: {}",
                step.side.name(),
                label(step)
            );
            return;
        };
        let lost = if message.dropped { ", lost" } else { "" };
        let _ = writeln!(out, "{time} #{number} {who}: {}{lost}", size(message));
        for (row, bytes) in message.bytes.chunks(ROW).enumerate() {
            let offset = message.offset + (row * ROW) as u64;
            let _ = writeln!(out, "  {}", dump_line(offset, bytes));
        }
        if message.missing() > 0 {
            let _ = writeln!(out, "  … {} more bytes", grouped(message.missing()));
        }
    }
}
