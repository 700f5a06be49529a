//! What a message means, for the protocols that we know: a table of recognisers, asked in turn.
//!
//! A recogniser sees one message, passwords already masked, and what is known of its connection so
//! far. It says in a few words what the message is, or nothing; then the message is shown as the
//! text or the bytes that it is. Its words may come from a peer: whoever shows them escapes them.

mod framed;
mod ftp;
mod http;
mod lines;
mod picture;
mod smtp;
mod tls;

use crate::event::Side;
use crate::steps::Message;

/// Says what a message of a protocol is.
type Recogniser = fn(Side, &Message, &mut History) -> Option<String>;

/// Every protocol that is known, the surest marks first.
const RECOGNISERS: [(Protocol, Recogniser); 6] = [
    (Protocol::Tls, tls::meaning),
    (Protocol::Http, http::meaning),
    (Protocol::Smtp, smtp::meaning),
    (Protocol::Ftp, ftp::meaning),
    (Protocol::Picture, picture::meaning),
    (Protocol::Framed, framed::meaning),
];

/// A protocol that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    Tls,
    Http,
    Smtp,
    Ftp,
    Picture,
    Framed,
}

/// What is known of a connection.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What is spoken; once it is clear, other recognisers are asked no more, but for TLS, which may
    /// begin in the middle.
    protocol: Option<Protocol>,
    /// SMTP: the client may send the mail now.
    mail: bool,
    /// Framed: bytes of a frame that are still to come, of each side.
    frame_left: [u64; 2],
}

/// What the message means, if any recogniser knows.
pub fn meaning(side: Side, message: &Message, history: &mut History) -> Option<String> {
    if message.length == 0 || message.datagram {
        return None;
    }
    for (protocol, recogniser) in RECOGNISERS {
        let fits =
            history.protocol.is_none_or(|known| known == protocol) || protocol == Protocol::Tls;
        if fits && let Some(words) = recogniser(side, message, history) {
            history.protocol = Some(protocol);
            return Some(words);
        }
    }
    greeting(side, message, history)
}

/// A greeting with a code: whether it is one for mail or for files shows when the client speaks.
fn greeting(side: Side, message: &Message, history: &History) -> Option<String> {
    let is_first = side == Side::Server && history.protocol.is_none();
    let is_greeting = is_first && message.bytes.starts_with(b"220 ");
    is_greeting.then(|| lines::replies(&message.bytes))?
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::event::{Event, What};
    use crate::steps::{Kind, Steps, Wish};
    use std::time::Duration;

    /// Has each message of a talk recognised, and returns what was said of it.
    pub(crate) fn meanings(talk: &[(Side, &[u8])]) -> Vec<Option<String>> {
        let mut steps = Steps::new(Wish::default());
        for (number, (side, bytes)) in talk.iter().enumerate() {
            steps.take(&Event {
                time: Duration::from_secs(number as u64),
                connection: 1,
                side: *side,
                what: What::Data((*bytes).into()),
            });
        }
        steps.end();
        let mut found = Vec::new();
        while let Some(step) = steps.next_step() {
            if let Kind::Message(message) = step.kind {
                found.push(message.meaning);
            }
        }
        found
    }

    #[track_caller]
    pub(crate) fn assert_meanings(talk: &[(Side, &[u8], &str)]) {
        let said: Vec<_> = talk
            .iter()
            .map(|(side, bytes, _)| (*side, *bytes))
            .collect();
        let found = meanings(&said);
        let found: Vec<_> = found
            .iter()
            .map(|words| words.as_deref().unwrap_or(""))
            .collect();
        let expected: Vec<_> = talk.iter().map(|(_, _, words)| *words).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn what_nobody_knows_has_no_meaning() {
        for bytes in [
            b"Michael".as_slice(),
            b"\n",
            b"\xff\xd8\xff",
            b"220",
            b"{}",
            b"GET",
        ] {
            assert_eq!(
                meanings(&[(Side::Client, bytes), (Side::Server, bytes)]),
                [None, None]
            );
        }
    }
}
