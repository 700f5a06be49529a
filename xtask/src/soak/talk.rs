//! One side of a conversation, as an honest client has it: what is heard is compared, byte for byte, and
//! nothing is waited for longer than [`PATIENCE`].

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::PATIENCE;
use crate::interrupt;

/// More than this is not read of one answer: no honest server says so much.
const MOST: usize = 16 << 20;

/// How long an answer to a datagram is waited for before it is asked again: a datagram may get lost.
const AGAIN: Duration = Duration::from_secs(1);

/// A connection to a server.
pub(super) struct Talk {
    stream: TcpStream,
    deadline: Instant,
    /// What has come and was not asked for yet.
    heard: Vec<u8>,
}

impl Talk {
    /// Connects.
    pub(super) fn with(address: SocketAddr) -> Result<Talk> {
        let deadline = Instant::now() + PATIENCE;
        let stream = TcpStream::connect_timeout(&address, PATIENCE);
        let stream = stream.with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Talk {
            stream,
            deadline,
            heard: Vec::new(),
        })
    }

    /// Begins to be patient anew: for a conversation that goes on.
    pub(super) fn go_on(&mut self) {
        self.deadline = Instant::now() + PATIENCE;
    }

    pub(super) fn say(&mut self, bytes: impl AsRef<[u8]>) -> Result<()> {
        let bytes = bytes.as_ref();
        self.stream.set_write_timeout(Some(PATIENCE))?;
        let said = self.stream.write_all(bytes);
        said.with_context(|| format!("cannot say {}", shown(bytes)))
    }

    /// Hears exactly this next.
    pub(super) fn hear(&mut self, expected: impl AsRef<[u8]>) -> Result<()> {
        let expected = expected.as_ref();
        let found = self.bytes(expected.len());
        let found = found.with_context(|| format!("expected {}", shown(expected)))?;
        check("to hear", expected, &found)
    }

    /// Hears so many bytes.
    pub(super) fn bytes(&mut self, length: usize) -> Result<Vec<u8>> {
        while self.heard.len() < length {
            ensure!(
                self.more()?,
                "found the end of the stream after {}",
                shown(&self.heard)
            );
        }
        Ok(self.heard.drain(..length).collect())
    }

    /// Hears a line, without its end.
    pub(super) fn line(&mut self) -> Result<String> {
        loop {
            if let Some(at) = self.heard.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=at).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            ensure!(
                self.more()?,
                "expected a line, found the end of the stream after {}",
                shown(&self.heard)
            );
        }
    }

    /// Hears lines until one begins so, and returns that one.
    pub(super) fn line_with(&mut self, beginning: &str) -> Result<String> {
        loop {
            let line = self.line();
            let line = line.with_context(|| format!("expected a line with {beginning:?}"))?;
            if line.starts_with(beginning) {
                return Ok(line);
            }
        }
    }

    /// Hears all there is until the other side ends.
    pub(super) fn rest(&mut self) -> Result<Vec<u8>> {
        while self.more()? {
            ensure!(self.heard.len() <= MOST, "found no end after {MOST} bytes");
        }
        Ok(std::mem::take(&mut self.heard))
    }

    /// Waits until something more has come; whether it has, or the other side has ended.
    fn more(&mut self) -> Result<bool> {
        let mut piece = [0; 16 << 10];
        let left = self.deadline.saturating_duration_since(Instant::now());
        ensure!(
            !left.is_zero(),
            "found nothing more within {} s after {}",
            PATIENCE.as_secs(),
            shown(&self.heard)
        );
        self.stream.set_read_timeout(Some(left))?;
        match self.stream.read(&mut piece) {
            Err(error) if waits(error.kind()) => self.more(),
            Err(error) => {
                Err(error).with_context(|| format!("found no more after {}", shown(&self.heard)))
            }
            Ok(length) => {
                self.heard.extend_from_slice(&piece[..length]);
                Ok(length > 0)
            }
        }
    }
}

/// Sends a datagram and returns the answer; asks again when none comes, since either may have been lost.
pub(super) fn ask(address: SocketAddr, question: &[u8]) -> Result<Vec<u8>> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(address)?;
    again_and_again(|| {
        socket.send(question)?;
        let mut answer = [0; 65_536];
        socket.set_read_timeout(Some(AGAIN))?;
        match socket.recv(&mut answer) {
            Ok(length) => Ok(Some(answer[..length].to_vec())),
            Err(error) if waits(error.kind()) => Ok(None),
            Err(error) => Err(error).context("cannot receive the answer"),
        }
    })
}

/// Tries until something comes of it.
pub(super) fn again_and_again<T>(mut attempt: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline && !interrupt::happened() {
        if let Some(found) = attempt()? {
            return Ok(found);
        }
    }
    bail!("found no answer within {} s", PATIENCE.as_secs())
}

/// Whether what was waited for has not come yet.
pub(super) fn waits(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

/// Compares what was found with what was expected.
pub(super) fn check(what: &str, expected: &[u8], found: &[u8]) -> Result<()> {
    ensure!(
        found == expected,
        "expected {what} {}, found {}",
        shown(expected),
        shown(found)
    );
    Ok(())
}

/// Bytes as they may be printed, and not all of them if they are many.
pub(super) fn shown(bytes: &[u8]) -> String {
    const SHOWN: usize = 120;
    let text = bytes[..bytes.len().min(SHOWN)].escape_ascii();
    match bytes.len() {
        0..=SHOWN => format!("\"{text}\""),
        length => format!("\"{text}…\" ({length} bytes)"),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A talk with somebody who says just this.
    fn talk_with_one_who_says(text: &'static str) -> Talk {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.write_all(text.as_bytes()).unwrap();
        });
        Talk::with(address).unwrap()
    }

    #[test]
    fn what_is_heard_is_compared() {
        let mut talk = talk_with_one_who_says("Welcome!220-a\r\n220 b\r\nthe rest");
        talk.hear("Welcome!").unwrap();
        assert_eq!(talk.line_with("220 ").unwrap(), "220 b");
        let error = talk.hear("the best").unwrap_err().to_string();
        assert_eq!(error, r#"expected to hear "the best", found "the rest""#);
    }

    #[test]
    fn an_early_end_says_what_came_before_it() {
        let mut talk = talk_with_one_who_says("Wel");
        let error = format!("{:#}", talk.hear("Welcome!").unwrap_err());
        assert_eq!(
            error,
            r#"expected "Welcome!": found the end of the stream after "Wel""#
        );
    }

    #[test]
    fn much_is_not_shown_whole() {
        assert_eq!(shown(b"a\nb"), r#""a\nb""#);
        assert!(shown(&[b'x'; 1000]).ends_with("xxx…\" (1000 bytes)"));
    }
}
