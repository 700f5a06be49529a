//! A mail server word by word.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::empty_mail_to;
use crate::wire::{Peer, RawServer};
use harness::Launch;

/// One conversation, the server's side.
pub(super) struct Talk<S = TcpStream> {
    pub(super) peer: Peer<S>,
}

impl<S: Read + Write> Talk<S> {
    /// Says lines, each with its line end.
    #[track_caller]
    pub(super) fn say(&mut self, text: &str) {
        self.peer.send(format!("{text}\r\n"));
    }

    /// What the client says, without its line end.
    #[track_caller]
    pub(super) fn line(&mut self) -> String {
        let bytes = self.until(b"\r\n");
        String::from_utf8(bytes).unwrap().trim_end().to_owned()
    }

    /// All up to these bytes.
    #[track_caller]
    pub(super) fn until(&mut self, end: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(end) {
            bytes.extend(self.peer.receive(1));
        }
        bytes
    }

    /// Hears a line that begins so, and answers it.
    #[track_caller]
    pub(super) fn hear(&mut self, begins: &str, answer: &str) -> String {
        let line = self.line();
        assert!(
            line.starts_with(begins),
            "{line} should begin with {begins}"
        );
        self.say(answer);
        line
    }

    /// Greets, and answers EHLO with these offers.
    #[track_caller]
    pub(super) fn greet(&mut self, offers: &str) {
        self.say("220 mail.example.org ESMTP");
        let offers = offers.split(' ').map(|word| word.replace('_', " "));
        let lines: Vec<_> = offers.filter(|offer| !offer.is_empty()).collect();
        let before: String = lines.iter().map(|line| format!("{line}\r\n250-")).collect();
        self.hear(
            "EHLO [127.0.0.1]",
            &format!("250-mail.example.org\r\n250-{before}\r\n250 HELP"),
        );
    }

    /// The same, and everything up to the message; returns the message as it came, dots and all.
    #[track_caller]
    pub(super) fn take_message(&mut self) -> Vec<u8> {
        self.greet("");
        self.hear("MAIL FROM:<a@b>", "250 fine");
        self.hear("RCPT TO:<c@d>", "250 fine");
        self.hear("DATA", "354 go on");
        self.until(b"\r\n.\r\n")
    }
}

/// A server that says what `talk` says.
pub(super) fn talking<T: Send + 'static>(
    talk: impl FnOnce(&mut Talk) -> T + Send + 'static,
) -> RawServer<T> {
    RawServer::start(|peer| talk(&mut Talk { peer }))
}

/// A mail to it, in the clear, from a@b to c@d.
pub(super) fn mail_to(address: &str) -> Launch {
    empty_mail_to(address).args(["--text", "Hello"])
}
