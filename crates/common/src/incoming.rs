//! The messages that come in over a blocking stream: the [`Decoder`] driven by `read(2)`.

use std::io::{self, Read};
use std::time::Duration;

use crate::framing::{Decoder, FrameError, Framing, Message, PAUSE};
use crate::stream::{Stream, timed_out};

/// How much one read takes at most, in bytes.
const READ: usize = 16 << 10;

/// Why no more messages can be had from a peer.
#[derive(Debug, thiserror::Error)]
pub enum IncomingError {
    /// It has been silent for too long.
    #[error("nothing came for {} s", .0.as_secs_f64())]
    Silent(Duration),
    /// What it sent cannot be understood.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The connection broke.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Reads messages from a stream.
#[derive(Debug)]
pub struct Incoming<'a> {
    stream: &'a Stream,
    decoder: Decoder,
    patience: Option<Duration>,
    /// The time-out that the socket has now; to set it again is a system call.
    timeout: Option<Duration>,
    closed: bool,
    /// How the connection broke, until that is told: what had arrived before comes first.
    broken: Option<io::Error>,
    buffer: Box<[u8]>,
}

impl<'a> Incoming<'a> {
    /// Reads messages of at most `limit` bytes. A peer that is silent for longer than `patience`
    /// (`None`: for ever) is an error.
    ///
    /// # Errors
    /// The socket does not take a time-out.
    pub fn new(
        stream: &'a Stream,
        framing: Framing,
        limit: usize,
        patience: Option<Duration>,
    ) -> io::Result<Self> {
        stream.set_read_timeout(patience)?;
        Ok(Incoming {
            stream,
            decoder: Decoder::new(framing, limit),
            patience,
            timeout: patience,
            closed: false,
            broken: None,
            buffer: vec![0; READ].into_boxed_slice(),
        })
    }

    /// The next message; waits for it. `None` once the peer has closed its side and all it sent
    /// has been taken.
    ///
    /// # Errors
    /// See [`IncomingError`].
    pub fn next_message(&mut self) -> Result<Option<Message<'_>>, IncomingError> {
        loop {
            if let Some(found) = self.decoder.find()? {
                return Ok(Some(self.decoder.message(found)));
            }
            if !self.wait()? {
                return Ok(None);
            }
        }
    }

    /// The next message that has already arrived; never waits. When there is none, send what you
    /// have to say and [`Self::wait`].
    ///
    /// # Errors
    /// [`IncomingError::Frame`].
    pub fn arrived(&mut self) -> Result<Option<Message<'_>>, IncomingError> {
        Ok(self.decoder.next_message()?)
    }

    /// Waits until more has arrived, or the peer's pause has ended a message, or the peer has
    /// closed, or the connection broke. False when all that was known before: nothing will come
    /// any more. That it broke is an error the next time, after what is left has been taken.
    ///
    /// # Errors
    /// [`IncomingError::Silent`] and [`IncomingError::Io`].
    pub fn wait(&mut self) -> Result<bool, IncomingError> {
        if let Some(error) = self.broken.take() {
            return Err(error.into());
        }
        if self.closed {
            return Ok(false);
        }
        let in_message = self.decoder.awaits_pause();
        let timeout = match self.patience {
            Some(patience) if in_message => Some(PAUSE.min(patience)),
            None if in_message => Some(PAUSE),
            patience => patience,
        };
        if timeout != self.timeout {
            self.stream.set_read_timeout(timeout)?;
            self.timeout = timeout;
        }
        loop {
            match self.stream.read(&mut self.buffer) {
                Ok(0) => {
                    self.closed = true;
                    self.decoder.close();
                }
                Ok(length) => self.decoder.feed(&self.buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if timed_out(&error) && in_message => self.decoder.pause(),
                Err(error) if timed_out(&error) => {
                    return Err(IncomingError::Silent(self.patience.unwrap_or_default()));
                }
                Err(error) => {
                    self.closed = true;
                    self.decoder.break_off();
                    self.broken = Some(error);
                }
            }
            return Ok(true);
        }
    }
}
