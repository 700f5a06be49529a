//! Where a message ends, and where it is kept.

use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, bail};
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

/// What became of a message.
#[derive(Debug)]
pub enum Taken {
    /// It is in this file, and has so many bytes.
    Kept(PathBuf, u64),
    /// It was larger than it may be.
    TooLarge,
    /// Nobody wanted to keep it.
    Dropped,
}

/// Reads a message from its first to its last byte, and moves the file that it is `receiving` into
/// place, under the `next` number. Up to then it is a `.part` file, which is gone if the rest does
/// not come. Without one, the message is read and dropped.
///
/// # Errors
/// It is cut short, or cannot be kept: the inner error is that the disk is full, or the like, and the
/// conversation can go on.
pub fn take(
    wire: &mut Wire<'_>,
    receiving: Option<Receiving>,
    next: &AtomicU64,
    max_size: u64,
) -> anyhow::Result<anyhow::Result<Taken>> {
    let mut receiving = receiving;
    let mut written = Ok(());
    let mut dots = Dots::default();
    let mut size = 0;
    let mut piece = Vec::new();
    loop {
        let buffer = wire.buffer();
        let end = dots.feed(buffer, &mut piece);
        buffer.drain(..end.unwrap_or(buffer.len()));
        size += piece.len() as u64;
        if let Some(receiving) = &mut receiving
            && size <= max_size
            && written.is_ok()
        {
            written = receiving.file().write_all(&piece);
        }
        piece.clear();
        if end.is_some() {
            break;
        }
        if !wire.fill()? {
            bail!("it closed in the middle of a message");
        }
    }
    let Some(receiving) = receiving else {
        return Ok(Ok(Taken::Dropped));
    };
    if size > max_size {
        return Ok(Ok(Taken::TooLarge));
    }
    let written = written.context("cannot write the message");
    let name = format!("{}.eml", next.fetch_add(1, Ordering::Relaxed));
    let kept = written.and_then(|()| receiving.finish(&name, OnConflict::Rename));
    Ok(kept.map(|path| Taken::Kept(path, size)))
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
