//! What waits to be sent on one connection: bytes, and parts of files that the kernel sends itself.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, IoSlice};
use std::sync::Arc;

use crate::nonblocking::NonBlocking;

/// How many queued pieces go out in one write (`IOV_MAX` of Linux and macOS).
const PIECES: usize = 1024;

/// A queue that has grown beyond so many pieces is given back when it is empty.
const KEEP: usize = 32;

/// How much of files one connection is sent in one turn, in bytes: a reader that is always ready
/// would keep the loop from everybody else.
const SHARE: u64 = 256 << 10;

/// Bytes that may be in many queues at once.
pub type Shared = Arc<[u8]>;

/// What waits to be sent.
#[derive(Default)]
pub(super) struct Queue {
    pieces: VecDeque<Piece>,
    /// How much of the first piece has been sent, if it is bytes.
    sent: usize,
    /// How many bytes of memory wait. Parts of files take none.
    pub(super) bytes: usize,
}

enum Piece {
    Bytes(Shared),
    File(FilePart),
}

/// A part of a file that is still to be sent.
struct FilePart {
    file: Arc<File>,
    at: u64,
    left: u64,
}

/// How far [`Queue::send`] has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// Nothing is left.
    All,
    /// The kernel has no room for more.
    NoRoom,
    /// There may be room, but it is the others' turn.
    ItsShare,
}

impl Queue {
    pub(super) fn push(&mut self, piece: Shared) {
        self.bytes += piece.len();
        self.pieces.push_back(Piece::Bytes(piece));
    }

    pub(super) fn push_file(&mut self, file: Arc<File>, at: u64, length: u64) {
        let left = length;
        self.pieces
            .push_back(Piece::File(FilePart { file, at, left }));
    }

    pub(super) fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Sends as much as the kernel takes.
    pub(super) fn send(&mut self, stream: &mut NonBlocking) -> io::Result<Sent> {
        let mut share = SHARE;
        while let Some(first) = self.pieces.front_mut() {
            let sent = match first {
                Piece::Bytes(_) => self.send_bytes(stream),
                Piece::File(_) if share == 0 => return Ok(Sent::ItsShare),
                Piece::File(part) => {
                    let sent = part.send(stream, share);
                    if part.left == 0 {
                        self.pieces.pop_front();
                    }
                    sent.map(|length| share = share.saturating_sub(length))
                }
            };
            match sent {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Sent::NoRoom);
                }
                Err(error) => return Err(error),
            }
        }
        if self.pieces.capacity() > KEEP {
            self.pieces = VecDeque::new();
        }
        Ok(Sent::All)
    }

    /// One write of the bytes at the front.
    fn send_bytes(&mut self, stream: &mut NonBlocking) -> io::Result<()> {
        let length = match (&self.pieces[0], self.pieces.get(1)) {
            // Most pieces are alone, and a list of one costs more than the piece.
            (Piece::Bytes(piece), None) => stream.write(&piece[self.sent..])?,
            // The header of a file: the first of it is to go into the same segment.
            (Piece::Bytes(piece), Some(Piece::File(_))) => {
                stream.write_before_more(&piece[self.sent..])?
            }
            _ => {
                let pieces = self.pieces.iter().take(PIECES);
                let mut slices: Vec<_> = pieces
                    .map_while(|piece| match piece {
                        Piece::Bytes(piece) => Some(IoSlice::new(piece)),
                        Piece::File(_) => None,
                    })
                    .collect();
                slices[0].advance(self.sent);
                stream.write_vectored(&slices)?
            }
        };
        self.advance(length);
        Ok(())
    }

    fn advance(&mut self, length: usize) {
        self.bytes -= length;
        let mut left = length + self.sent;
        while let Some(Piece::Bytes(first)) = self.pieces.front() {
            if left < first.len() {
                break;
            }
            left -= first.len();
            self.pieces.pop_front();
        }
        self.sent = left;
    }
}

impl FilePart {
    /// Sends at most so much in one go, and returns how much it was.
    fn send(&mut self, stream: &mut NonBlocking, most: u64) -> io::Result<u64> {
        let length = stream.send_file(&self.file, self.at, self.left.min(most))?;
        if length == 0 {
            // Its length has been promised already.
            let why = "the file has become shorter while it was sent";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        }
        self.at += length;
        self.left -= length;
        Ok(length)
    }
}
