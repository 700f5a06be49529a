//! A connection, in the clear or inside TLS, and never waiting for ever.

use std::io::{self, Read, Write};
use std::net;
use std::sync::Arc;
use std::time::Duration;

use common::budget::Budget;
use common::stream::{Stream, timed_out};
use common::tls::TlsStream;

/// One of the two connections.
#[derive(Debug)]
pub struct Wire {
    socket: Arc<Stream>,
    tls: Option<Box<TlsStream>>,
    patience: Duration,
}

/// Why nothing more comes, or goes.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The server has been silent for too long.
    #[error("nothing came for {} s", .0.as_secs_f64())]
    Silent(Duration),
    /// The server does not read what it is sent.
    #[error("it took nothing for {} s", .0.as_secs_f64())]
    Stuck(Duration),
    /// TCP says that the stream has ended, TLS does not: anybody on the way may have ended it.
    #[error("the connection was cut: it ended without the word that TLS ends with")]
    Cut,
    /// The connection broke.
    #[error(transparent)]
    Io(io::Error),
}

impl Wire {
    /// A connection in the clear, whose every silence may take as long as `patience`.
    ///
    /// # Errors
    /// The socket is no longer connected.
    pub fn plain(socket: Arc<Stream>, patience: Duration) -> io::Result<Self> {
        let wire = Wire {
            socket,
            tls: None,
            patience,
        };
        wire.set_patience()?;
        Ok(wire)
    }

    /// The same inside TLS.
    ///
    /// # Errors
    /// As [`Self::plain`].
    pub fn encrypted(self, tls: TlsStream) -> io::Result<Self> {
        let wire = Wire {
            tls: Some(Box::new(tls)),
            ..self
        };
        wire.set_patience()?;
        Ok(wire)
    }

    fn set_patience(&self) -> io::Result<()> {
        self.socket.set_read_timeout(Some(self.patience))?;
        self.socket.set_write_timeout(Some(self.patience))
    }

    /// The socket below.
    pub fn socket(&self) -> &Arc<Stream> {
        &self.socket
    }

    /// Whether it is inside TLS.
    pub fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Sends all of `bytes`.
    ///
    /// # Errors
    /// The connection broke, or the server does not read.
    pub fn send(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        let sent = match &mut self.tls {
            Some(tls) => tls.write_all(bytes).and_then(|()| tls.flush()),
            None => (&*self.socket).write_all(bytes),
        };
        sent.map_err(|error| self.sending(error))
    }

    fn sending(&self, error: io::Error) -> WireError {
        match error {
            error if timed_out(&error) => WireError::Stuck(self.patience),
            error => WireError::Io(error),
        }
    }

    /// Reads what has come, or waits for it; 0 is the end of the stream.
    ///
    /// # Errors
    /// See [`WireError`].
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, WireError> {
        loop {
            let read = match &mut self.tls {
                Some(tls) => tls.read(buffer),
                None => (&*self.socket).read(buffer),
            };
            match self.received(read) {
                Some(result) => return result,
                None => continue,
            }
        }
    }

    /// The same within a budget, whatever drips in meanwhile.
    ///
    /// # Errors
    /// See [`WireError`].
    pub fn read_within(&mut self, buffer: &mut [u8], budget: &Budget) -> Result<usize, WireError> {
        loop {
            let Some(left) = budget.left() else {
                return Err(WireError::Io(budget.exceeded()));
            };
            let read = match &mut self.tls {
                Some(tls) => tls.read_within(buffer, budget),
                None => {
                    let set = self.socket.set_read_timeout(Some(left));
                    set.and_then(|()| (&*self.socket).read(buffer))
                }
            };
            match self.received(read) {
                Some(Err(WireError::Silent(_))) => return Err(WireError::Io(budget.exceeded())),
                Some(result) => return result,
                None => continue,
            }
        }
    }

    fn received(&self, read: io::Result<usize>) -> Option<Result<usize, WireError>> {
        Some(match read {
            Ok(length) => Ok(length),
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => return None,
                io::ErrorKind::UnexpectedEof if self.is_encrypted() => Err(WireError::Cut),
                _ if timed_out(&error) => Err(WireError::Silent(self.patience)),
                _ => Err(WireError::Io(error)),
            },
        })
    }

    /// Says that we have sent everything: in TLS's words first, where there is TLS.
    ///
    /// # Errors
    /// The connection broke.
    pub fn end(&mut self) -> Result<(), WireError> {
        let said = match &mut self.tls {
            Some(tls) => tls.end(),
            None => Ok(()),
        };
        let ended = said.and_then(|()| self.socket.shutdown(net::Shutdown::Write));
        ended.map_err(|error| self.sending(error))
    }
}
