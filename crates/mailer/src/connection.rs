//! The connection to the server: commands out, replies in, plain or encrypted, and never waiting for
//! ever.

use std::io::{self, Read, Write};
use std::net::{self, IpAddr};
use std::sync::Arc;
use std::time::Duration;

use common::budget::Budget;
use common::printable::printable;
use common::secret::Secret;
use common::shutdown::Shutdown;
use common::stream::{Stream, timed_out};
use common::tls::TlsStream;
use rustls::ClientConfig;

use crate::reply::{Replies, Reply, ReplyError};

/// How much one read takes at most, in bytes.
const READ: usize = 4096;

/// What is sent at once, in bytes.
const WRITE: usize = 64 << 10;

/// A connection on which commands are said, each with its reply.
pub struct Connection {
    socket: Arc<Stream>,
    tls: Option<Box<TlsStream>>,
    replies: Replies,
    patience: Duration,
    /// What must not be shown, wherever it comes from.
    secrets: Vec<Secret>,
    /// Whether something was not said or heard to its end, so that nobody knows whose turn it is.
    is_broken: bool,
    shutdown: Shutdown,
}

/// Why there is no reply, or not the one that is needed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The server said no.
    #[error("the server says {0}")]
    No(Reply),
    /// It said yes to something else.
    #[error("its answer makes no sense here: {0}")]
    Odd(Reply),
    /// A reply did not come, or not to its end.
    #[error("no answer within {} s", .0.as_secs_f64())]
    Silent(Duration),
    /// It leaves what it is sent unread.
    #[error("it has not read what it was sent for {} s", .0.as_secs_f64())]
    Unread(Duration),
    /// Somebody pressed Ctrl-C.
    #[error("interrupted")]
    Interrupted,
    /// The end of the stream.
    #[error("it closed the connection")]
    Closed,
    /// The connection broke.
    #[error(transparent)]
    Broken(io::Error),
    /// Not SMTP.
    #[error(transparent)]
    Nonsense(#[from] ReplyError),
    /// Somebody on the way wanted their words to be taken for the server's (CVE-2021-22947).
    #[error("it went on in the clear where TLS should begin")]
    SaidTooMuch,
    /// The handshake failed. `true` if time ran out.
    #[error("{0:#}")]
    Tls(anyhow::Error, bool),
}

impl Failure {
    /// Whether it is worth trying again, as long as nothing was handed over.
    pub fn is_temporary(&self) -> bool {
        match self {
            Failure::No(reply) => reply.is_temporary(),
            Failure::Silent(_) | Failure::Unread(_) | Failure::Closed | Failure::Broken(_) => true,
            Failure::Tls(_, time_ran_out) => *time_ran_out,
            Failure::Odd(_)
            | Failure::Nonsense(_)
            | Failure::SaidTooMuch
            | Failure::Interrupted => false,
        }
    }
}

impl Connection {
    /// Speaks over a connected socket. `timeout` is for each reply, and for each time that the
    /// server does not read.
    ///
    /// # Errors
    /// The socket takes no time-out.
    pub fn new(socket: Stream, timeout: Duration) -> io::Result<Self> {
        socket.set_write_timeout(Some(timeout))?;
        Ok(Connection {
            socket: Arc::new(socket),
            tls: None,
            replies: Replies::default(),
            patience: timeout,
            secrets: Vec::new(),
            is_broken: false,
            shutdown: Shutdown::default(),
        })
    }

    /// Ends when `shutdown` is requested. A thread that waits for a reply hears of that by the end
    /// of its stream.
    pub fn end_on(&mut self, shutdown: Shutdown) {
        let socket = Arc::clone(&self.socket);
        shutdown.calls_back(move || {
            // Fails only where the server has gone already.
            let _ = socket.shutdown(net::Shutdown::Both);
        });
        self.shutdown = shutdown;
    }

    /// From now on nobody shows this.
    pub fn keep_secret(&mut self, secret: Secret) {
        self.secrets.push(secret);
    }

    /// Whether what is said can be read on the way.
    pub fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }

    /// Whether the server is on this host, so that there is no way.
    pub fn is_local(&self) -> bool {
        match &*self.socket {
            Stream::Tcp(_, peer) => is_loopback(peer.ip()),
            #[cfg(unix)]
            Stream::Unix(_) => true,
        }
    }

    /// Our own address, as EHLO wants it from a host that may have no name (RFC 5321, section
    /// 4.1.3).
    pub fn own_name(&self) -> String {
        let own = match &*self.socket {
            Stream::Tcp(socket, _) => socket.local_addr().ok(),
            #[cfg(unix)]
            Stream::Unix(_) => None,
        };
        match own.map(|address| address.ip().to_canonical()) {
            Some(IpAddr::V4(ip)) => format!("[{ip}]"),
            Some(IpAddr::V6(ip)) => format!("[IPv6:{ip}]"),
            None => "localhost".to_owned(),
        }
    }

    /// Encrypts from here on.
    ///
    /// # Errors
    /// The server has said something that nobody asked for, or the handshake fails.
    pub fn start_tls(&mut self, host: &str, config: Arc<ClientConfig>) -> Result<(), Failure> {
        if !self.replies.is_empty() {
            return Err(Failure::SaidTooMuch);
        }
        let budget = Budget::new(self.patience);
        let socket = Arc::clone(&self.socket);
        let tls = TlsStream::connect(socket, host, config, &budget)
            .map_err(|error| Failure::Tls(error, budget.left().is_none()))?;
        let set = self.socket.set_write_timeout(Some(self.patience));
        set.map_err(Failure::Broken)?;
        self.tls = Some(Box::new(tls));
        tracing::debug!("the connection is encrypted");
        Ok(())
    }

    /// Says a command and waits for a yes.
    ///
    /// # Errors
    /// Anything else; see [`Failure`].
    pub fn command(&mut self, line: &str) -> Result<Reply, Failure> {
        let reply = self.exchange(line, line)?;
        match reply.code / 100 {
            2 => Ok(reply),
            4 | 5 => Err(Failure::No(reply)),
            _ => Err(Failure::Odd(reply)),
        }
    }

    /// Says a line and returns whatever is answered. `shown` stands for it in the transcript.
    ///
    /// # Errors
    /// There is no reply.
    pub fn exchange(&mut self, line: &str, shown: &str) -> Result<Reply, Failure> {
        tracing::trace!("C: {}", self.masked(shown));
        self.write(format!("{line}\r\n").as_bytes())?;
        self.read_reply(self.patience)
    }

    /// Waits so long for a reply, from its first to its last byte: a server that sends a byte now
    /// and then is one that does not answer.
    ///
    /// # Errors
    /// There is none.
    pub fn read_reply(&mut self, patience: Duration) -> Result<Reply, Failure> {
        let reply = self.hear(patience);
        self.is_broken |= reply.is_err();
        reply.map_err(|failure| self.or_interrupted(failure))
    }

    fn or_interrupted(&self, failure: Failure) -> Failure {
        match self.shutdown.is_requested() {
            true => Failure::Interrupted,
            false => failure,
        }
    }

    fn hear(&mut self, patience: Duration) -> Result<Reply, Failure> {
        let budget = Budget::new(patience);
        let mut buffer = [0; READ];
        loop {
            let next = self.replies.next_reply();
            if let Some(mut reply) = next.map_err(|error| self.masked_error(error))? {
                for line in &mut reply.lines {
                    *line = self.masked(line);
                }
                for (number, line) in reply.lines.iter().enumerate() {
                    let mark = if number + 1 == reply.lines.len() {
                        ' '
                    } else {
                        '-'
                    };
                    tracing::trace!("S: {}{mark}{}", reply.code, printable(line));
                }
                return Ok(reply);
            }
            let left = budget.left().ok_or(Failure::Silent(patience))?;
            let set = self.socket.set_read_timeout(Some(left));
            set.map_err(Failure::Broken)?;
            let read = match &mut self.tls {
                Some(tls) => tls.read(&mut buffer),
                None => (&*self.socket).read(&mut buffer),
            };
            match read {
                Ok(0) => return Err(Failure::Closed),
                Ok(length) => self.replies.feed(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if timed_out(&error) => return Err(Failure::Silent(patience)),
                // The end of a TLS stream that was not announced.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Err(Failure::Closed);
                }
                Err(error) => return Err(Failure::Broken(error)),
            }
        }
    }

    /// Sends bytes as they are.
    ///
    /// # Errors
    /// The server does not read, or the connection broke.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut sent = Ok(());
        for piece in bytes.chunks(WRITE) {
            sent = sent.and_then(|()| match &mut self.tls {
                Some(tls) => tls.write_all(piece).and_then(|()| tls.flush()),
                None => (&*self.socket).write_all(piece),
            });
        }
        self.is_broken |= sent.is_err();
        sent.map_err(|error| match timed_out(&error) {
            true => Failure::Unread(self.patience),
            false => self.or_interrupted(Failure::Broken(error)),
        })
    }

    /// Says good-bye. What the server says to that matters to nobody, and nobody waits long for it.
    pub fn quit(mut self) {
        const GOODBYE: Duration = Duration::from_secs(2);
        if self.is_broken {
            return;
        }
        tracing::trace!("C: QUIT");
        if self.write(b"QUIT\r\n").is_ok() {
            let _ = self.read_reply(GOODBYE.min(self.patience));
        }
    }

    fn masked_error(&self, error: ReplyError) -> ReplyError {
        match error {
            ReplyError::NoCode(said) => ReplyError::NoCode(self.masked(&said)),
            other => other,
        }
    }

    /// A text without what must not be seen.
    fn masked(&self, text: &str) -> String {
        let masked = |text: String, secret: &Secret| secret.masked_in(&text);
        self.secrets.iter().fold(text.to_owned(), masked)
    }
}

fn is_loopback(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_in_every_form() {
        for (ip, expected) in [
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("::ffff:127.0.0.1", true),
            ("192.168.1.2", false),
            ("::ffff:10.0.0.1", false),
            ("0.0.0.0", false),
            ("fe80::1", false),
        ] {
            assert_eq!(is_loopback(ip.parse().unwrap()), expected, "{ip}");
        }
    }
}
