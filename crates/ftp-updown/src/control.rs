//! The control connection: a command goes, a reply comes.
//!
//! One at a time. RFC 959 wants it so (section 5.4), and packet filters that follow FTP look for the
//! port of a data connection at the beginning of a segment only.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use common::budget::Budget;
use common::printable::printable;
use common::secret::Secret;
use common::stream::Stream;

use crate::reply::{Assembly, Reply};
use crate::wire::Wire;

/// How long the goodbye may take. By then everything is done.
const GOODBYE: Duration = Duration::from_secs(1);

/// The server has refused what was asked of it; the connection is as good as before.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the server said {0}")]
pub struct Refused(pub Reply);

impl Refused {
    /// Whether `error` says that the server does not know the command, so that another may do.
    pub fn is_of_unknown(error: &anyhow::Error) -> bool {
        let refused = error.downcast_ref::<Refused>();
        refused.is_some_and(|Refused(reply)| reply.is_unknown_command())
    }
}

/// The control connection.
#[derive(Debug)]
pub struct Control {
    wire: Option<Wire>,
    /// What has come and has not been read yet.
    incoming: Vec<u8>,
    /// How long a whole reply may take.
    patience: Duration,
    /// To be masked wherever the server repeats it.
    secret: Option<Secret>,
}

impl Control {
    /// Talks over this connection. A reply may take as long as `patience`, all its lines together.
    pub fn new(wire: Wire, patience: Duration) -> Self {
        Control {
            wire: Some(wire),
            incoming: Vec::new(),
            patience,
            secret: None,
        }
    }

    /// Masks this in everything that is shown from now on.
    pub fn mask(&mut self, secret: &Secret) {
        self.secret = Some(secret.clone());
    }

    /// Whether anything more can be asked: no command has gone without its reply.
    pub fn is_alive(&self) -> bool {
        self.wire.is_some()
    }

    /// The connection below.
    ///
    /// # Errors
    /// It is gone.
    pub fn wire(&self) -> anyhow::Result<&Wire> {
        self.wire
            .as_ref()
            .context("the connection to the server is gone")
    }

    /// Our own address and the server's, on this connection.
    ///
    /// # Errors
    /// It is gone, or does not run over TCP.
    pub fn addresses(&self) -> anyhow::Result<(SocketAddr, SocketAddr)> {
        match &**self.wire()?.socket() {
            Stream::Tcp(socket, peer) => Ok((socket.local_addr()?, *peer)),
            #[cfg(unix)]
            Stream::Unix(_) => bail!("FTP needs an address for its data connections"),
        }
    }

    /// Takes the connection out, to be encrypted.
    ///
    /// # Errors
    /// It is gone; or the server has sent something more in the clear. What is read inside TLS must
    /// have come inside TLS: anybody on the way could have slipped this in (CVE-2021-22947).
    pub fn take_wire(&mut self) -> anyhow::Result<Wire> {
        if !self.incoming.is_empty() {
            self.wire = None;
            bail!("something was sent in the clear behind its answer, before TLS began");
        }
        self.wire
            .take()
            .context("the connection to the server is gone")
    }

    /// Puts it back.
    pub fn put_wire(&mut self, wire: Wire) {
        self.wire = Some(wire);
    }

    /// Sends a command and reads the reply to it, whatever that is.
    ///
    /// # Errors
    /// The argument holds a line end; the connection broke, or no reply comes.
    pub fn ask(&mut self, command: &str, argument: &str) -> anyhow::Result<Reply> {
        self.send(command, argument, argument)?;
        self.reply()
    }

    /// As [`Self::ask`], with an argument that nobody is to see.
    ///
    /// # Errors
    /// As [`Self::ask`].
    pub fn ask_secretly(&mut self, command: &str, secret: &Secret) -> anyhow::Result<Reply> {
        self.send(command, secret.reveal(), &secret.to_string())?;
        self.reply()
    }

    fn send(&mut self, command: &str, argument: &str, shown: &str) -> anyhow::Result<()> {
        // It would begin another command (RUSTSEC-2026-0271); a NUL ends the line for some.
        if argument.contains(['\r', '\n', '\0']) {
            bail!("a name or a password must not hold a line end or a NUL");
        }
        // Behind PASS it stands even before a password of nothing (RFC 959, section 5.3.1).
        let gap = if shown.is_empty() { "" } else { " " };
        let shown = self.masked(shown);
        tracing::trace!("> {command}{gap}{}", printable(&shown));
        let line = format!("{command}{gap}{argument}\r\n");
        let wire = self
            .wire
            .as_mut()
            .context("the connection to the server is gone")?;
        let sent = wire.send(line.as_bytes());
        self.or_gone(sent.with_context(|| format!("cannot send {command}")))
    }

    /// The server's next reply.
    ///
    /// # Errors
    /// None comes, or what comes is none: then nothing more can be asked.
    pub fn reply(&mut self) -> anyhow::Result<Reply> {
        let patience = self.patience;
        self.reply_within(patience)
    }

    fn reply_within(&mut self, patience: Duration) -> anyhow::Result<Reply> {
        let read = self.read_reply(&Budget::new(patience));
        let mut reply = self.or_gone(read.context("cannot read the server's answer"))?;
        reply.secret.clone_from(&self.secret);
        for line in reply.masked_text().lines() {
            tracing::trace!("< {} {}", reply.code, printable(line));
        }
        // The server says goodbye, to whatever the question was.
        if reply.code == 421 {
            self.wire = None;
        }
        Ok(reply)
    }

    fn read_reply(&mut self, budget: &Budget) -> anyhow::Result<Reply> {
        let wire = self
            .wire
            .as_mut()
            .context("the connection to the server is gone")?;
        let mut assembly = Assembly::default();
        let mut searched = 0;
        loop {
            while let Some(at) = end_of_line(&self.incoming[searched..]) {
                let line = &self.incoming[..searched + at];
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let reply = assembly.take(line)?;
                self.incoming.drain(..=searched + at);
                searched = 0;
                if let Some(reply) = reply {
                    return Ok(reply);
                }
            }
            searched = self.incoming.len();
            if searched > crate::reply::MAX_REPLY {
                bail!(crate::reply::ReplyError::TooLong);
            }
            let mut piece = [0; 4096];
            let length = wire.read_within(&mut piece, budget)?;
            if length == 0 {
                bail!("it closed the connection");
            }
            self.incoming.extend_from_slice(&piece[..length]);
        }
    }

    /// After a failure nobody knows which reply belongs to which command.
    fn or_gone<T>(&mut self, result: anyhow::Result<T>) -> anyhow::Result<T> {
        if result.is_err() {
            self.wire = None;
        }
        result
    }

    fn masked(&self, text: &str) -> String {
        match &self.secret {
            Some(secret) => secret.masked_in(text),
            None => text.to_owned(),
        }
    }

    /// Ends the conversation. Whatever the server makes of it, all is done.
    pub fn quit(&mut self) {
        if self.is_alive() && self.send("QUIT", "", "").is_ok() {
            let _ = self.reply_within(GOODBYE);
        }
        if let Some(mut wire) = self.wire.take() {
            let _ = wire.end();
        }
    }
}

fn end_of_line(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&byte| byte == b'\n')
}
