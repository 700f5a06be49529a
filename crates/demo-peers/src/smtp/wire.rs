//! Lines in and out, plain or encrypted.

use std::io::{self, Read, Write};
use std::sync::Arc;

use anyhow::{Context, bail};
use common::stream::Stream;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The longest line of a client, in bytes. RFC 4954 allows so much for a password.
pub const MAX_LINE: usize = 12 << 10;

/// How much one read takes at most, in bytes.
const READ: usize = 16 << 10;

/// One connection.
pub struct Wire<'a> {
    socket: &'a Stream,
    tls: Option<Box<StreamOwned<ServerConnection, &'a Stream>>>,
    /// What has come and was not asked for yet.
    buffer: Vec<u8>,
}

impl<'a> Wire<'a> {
    /// Speaks over a connection.
    pub fn new(socket: &'a Stream) -> Self {
        Wire {
            socket,
            tls: None,
            buffer: Vec::new(),
        }
    }

    /// Whether nobody on the way can read along.
    pub fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Encrypts from here on.
    ///
    /// # Errors
    /// The client went on in the clear (CVE-2011-0411), or does not do the handshake.
    pub fn start_tls(&mut self, config: Arc<ServerConfig>) -> anyhow::Result<()> {
        if !self.buffer.is_empty() {
            bail!("it went on in the clear where TLS should begin");
        }
        let session = ServerConnection::new(config).context("cannot open TLS")?;
        let mut tls = StreamOwned::new(session, self.socket);
        while tls.conn.is_handshaking() {
            tls.conn
                .complete_io(&mut tls.sock)
                .context("cannot open TLS")?;
        }
        self.tls = Some(Box::new(tls));
        Ok(())
    }

    /// The next line without its line end; `None` when the client has closed.
    ///
    /// # Errors
    /// It is too long, or cut short.
    pub fn read_line(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line);
                return Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()));
            }
            if self.buffer.len() > MAX_LINE {
                self.send("500 5.5.2 That line is too long")?;
                bail!("a line is longer than {MAX_LINE} bytes");
            }
            if !self.fill()? {
                return match self.buffer.is_empty() {
                    true => Ok(None),
                    false => bail!("it closed in the middle of a line"),
                };
            }
        }
    }

    /// What has come, for whoever knows how much of it is theirs.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Waits for more. `false` is the end of the stream.
    ///
    /// # Errors
    /// The connection broke, or was silent for too long.
    pub fn fill(&mut self) -> io::Result<bool> {
        let mut piece = [0; READ];
        loop {
            let read = match &mut self.tls {
                Some(tls) => tls.read(&mut piece),
                None => (&*self.socket).read(&mut piece),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // An end that TLS was not told of; nothing here depends on how it ends.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
                Err(error) => return Err(error),
                Ok(length) => {
                    self.buffer.extend_from_slice(&piece[..length]);
                    return Ok(length > 0);
                }
            }
        }
    }

    /// Sends a reply, one line or several.
    ///
    /// # Errors
    /// The client has gone, or does not read.
    pub fn send(&mut self, reply: &str) -> io::Result<()> {
        let bytes = format!("{reply}\r\n").into_bytes();
        match &mut self.tls {
            Some(tls) => tls.write_all(&bytes).and_then(|()| tls.flush()),
            None => self.socket.send(&bytes),
        }
    }

    /// Says that nothing more comes, as TLS wants it.
    pub fn close(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.conn.send_close_notify();
            // Whoever has gone need not hear it.
            let _ = tls.flush();
        }
    }
}
