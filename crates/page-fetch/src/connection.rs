//! The connection to the server: plain or encrypted, and never waiting for ever.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use common::budget::Budget;
use common::connect::connect;
use common::stream::{Stream, timed_out};
use common::tls::TlsStream;
use rustls::ClientConfig;

use crate::page_url::PageUrl;

/// A connection on which one request is sent and one answer read.
#[derive(Debug)]
pub struct Connection {
    socket: Arc<Stream>,
    tls: Option<TlsStream>,
    patience: Duration,
}

/// Why reading ended too early.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The server has been silent for too long.
    #[error("nothing came for {} s", .0.as_secs_f64())]
    Silent(Duration),
    /// TCP says that the stream has ended, TLS does not.
    #[error("the connection was cut: it ended without the word that TLS ends with")]
    Cut,
    /// The connection broke.
    #[error(transparent)]
    Io(io::Error),
}

impl Connection {
    /// Connects to the host of `url`. `timeout` is for the connection, for the handshake, and from
    /// then on for every silence.
    ///
    /// # Errors
    /// The host is unknown, nobody listens, the handshake fails, or time has run out.
    pub fn open(url: &PageUrl, timeout: Duration, tls: &Arc<ClientConfig>) -> anyhow::Result<Self> {
        let socket = Arc::new(connect(&url.address(), &Budget::new(timeout))?);
        let tls = if url.is_encrypted() {
            let (socket, config) = (Arc::clone(&socket), Arc::clone(tls));
            let budget = Budget::new(timeout);
            Some(TlsStream::connect(socket, &url.host(), config, &budget)?)
        } else {
            None
        };
        socket.set_read_timeout(Some(timeout))?;
        socket.set_write_timeout(Some(timeout))?;
        Ok(Connection {
            socket,
            tls,
            patience: timeout,
        })
    }

    /// The socket, for another thread to shut down.
    pub fn socket(&self) -> Arc<Stream> {
        Arc::clone(&self.socket)
    }

    /// Sends all of `bytes`.
    ///
    /// # Errors
    /// The connection broke, or the server does not read.
    pub fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let sent = match &mut self.tls {
            Some(tls) => tls.write_all(bytes).and_then(|()| tls.flush()),
            None => self.socket.send(bytes),
        };
        sent.context("cannot send the request")
    }

    /// Reads what has come, or waits for it. 0 is the end of the stream.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ReadError> {
        loop {
            let read = match &mut self.tls {
                Some(tls) => tls.read(buffer),
                None => (&*self.socket).read(buffer),
            };
            return match read {
                Ok(length) => Ok(length),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if timed_out(&error) => Err(ReadError::Silent(self.patience)),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(ReadError::Cut),
                Err(error) => Err(ReadError::Io(error)),
            };
        }
    }
}
