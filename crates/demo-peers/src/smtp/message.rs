//! Where a message ends, and where it is kept.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::bail;
use common::received::{OnConflict, Receiving};

use super::wire::Wire;

/// Finds the end of a message, which is CR LF, a dot, CR LF and nothing else, and takes away the dots
/// that the client has put before others. No I/O.
///
/// A bare CR or LF is a byte like any other. Servers that take an LF for a line end as well, and so a
/// dot between two of them for the end of the message, can be made to take what follows for the next
/// one (SMTP smuggling).
#[derive(Debug, Default)]
pub struct Dots(At);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    #[default]
    LineStart,
    Dot,
    DotCr,
    Line,
    Cr,
}

impl Dots {
    /// Takes bytes, and appends to `message` what is meant. How many were taken if the end was among
    /// them; what stands behind it belongs to the next command.
    pub fn feed(&mut self, bytes: &[u8], message: &mut Vec<u8>) -> Option<usize> {
        for (index, &byte) in bytes.iter().enumerate() {
            self.0 = match (self.0, byte) {
                (At::LineStart, b'.') => {
                    self.0 = At::Dot;
                    continue;
                }
                (At::Dot, b'\r') => {
                    self.0 = At::DotCr;
                    continue;
                }
                (At::DotCr, b'\n') => return Some(index + 1),
                (At::DotCr, byte) => {
                    message.push(b'\r');
                    if byte == b'\r' { At::Cr } else { At::Line }
                }
                (At::Cr, b'\n') => At::LineStart,
                (_, b'\r') => At::Cr,
                (_, _) => At::Line,
            };
            message.push(byte);
        }
        None
    }
}

/// Reads a message from its first to its last byte and keeps it. Up to then it is a `.part` file,
/// which is gone if the rest does not come. `None` if it was larger than `max_size`; without one, nothing is
/// kept.
///
/// # Errors
/// It is cut short, or cannot be kept.
pub fn keep(
    wire: &mut Wire<'_>,
    folder: &Path,
    next: &AtomicU64,
    max_size: Option<u64>,
) -> anyhow::Result<Option<(PathBuf, u64)>> {
    let mut receiving = Receiving::begin(folder)?;
    let mut dots = Dots::default();
    let mut size = 0;
    let mut piece = Vec::new();
    loop {
        let buffer = wire.buffer();
        let end = dots.feed(buffer, &mut piece);
        buffer.drain(..end.unwrap_or(buffer.len()));
        size += piece.len() as u64;
        if max_size.is_some_and(|most| size <= most) {
            receiving.file().write_all(&piece)?;
        }
        piece.clear();
        if end.is_some() {
            break;
        }
        if !wire.fill()? {
            bail!("it closed in the middle of a message");
        }
    }
    if max_size.is_none_or(|most| size > most) {
        return Ok(None);
    }
    let number = next.fetch_add(1, Ordering::Relaxed);
    let path = receiving.finish(&format!("{number}.eml"), OnConflict::Rename)?;
    Ok(Some((path, size)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_found_and_dots_are_taken_away_however_it_is_cut() {
        for (sent, meant) in [
            (".\r\nNEXT", ""),
            ("a\r\n.\r\nNEXT", "a\r\n"),
            ("..\r\n...\r\n.a\r\n.\r\nNEXT", ".\r\n..\r\na\r\n"),
            (
                "a\n.\r\nb\n.\nc\r.\rd\r\n.\r\nNEXT",
                "a\n.\r\nb\n.\nc\r.\rd\r\n",
            ),
            ("a\r\n.\rb\r\n.\r\r\n.\r\nNEXT", "a\r\n\rb\r\n\r\r\n"),
            ("a\r\n.\nb\r\n.\r\nNEXT", "a\r\n\nb\r\n"),
        ] {
            for size in 1..=sent.len() {
                let mut dots = Dots::default();
                let mut message = Vec::new();
                let mut at = 0;
                for piece in sent.as_bytes().chunks(size) {
                    if let Some(taken) = dots.feed(piece, &mut message) {
                        at += taken;
                        break;
                    }
                    at += piece.len();
                }
                assert_eq!(
                    String::from_utf8(message).unwrap(),
                    meant,
                    "{sent:?} by {size}"
                );
                assert_eq!(&sent[at..], "NEXT");
            }
        }
    }
}
