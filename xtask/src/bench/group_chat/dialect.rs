//! What is said to a server, and what is heard from it.

/// The length of what is said, in bytes.
const TEXT: usize = 64;

/// What is said to a server, and what is heard from it.
#[derive(Clone, Copy)]
pub(super) enum Dialect {
    /// As from nc: the first line is the nickname, each further one is said to all, who hear
    /// `NAME:TEXT`.
    Ours,
    /// `SUBSCRIBE room`, `PUBLISH room TEXT`, and arrays of strings with their lengths.
    Redis,
    /// Whatever arrives together is sent to the others, with `<userN> ` before it.
    Ncat,
}

impl Dialect {
    /// What a client says first, and how the answer ends that shows that it is in.
    pub(super) fn join(self, name: &str, listens: bool) -> (String, String) {
        match self {
            // A new name has no answer; what one says to oneself has.
            Dialect::Ours => (format!("{name}\n{name}:in\n"), format!("{name}:in\n")),
            Dialect::Redis if listens => ("SUBSCRIBE room\r\n".into(), ":1\r\n".into()),
            Dialect::Redis => ("PING\r\n".into(), "+PONG\r\n".into()),
            // It greets everyone with a list of everyone.
            Dialect::Ncat => (String::new(), "\n".into()),
        }
    }

    pub(super) fn say(self, text: &str) -> String {
        match self {
            Dialect::Ours | Dialect::Ncat => format!("{text}\n"),
            Dialect::Redis => format!(
                "*3\r\n$7\r\nPUBLISH\r\n$4\r\nroom\r\n${}\r\n{text}\r\n",
                text.len()
            ),
        }
    }

    /// What a listener hears when this one says this; for ncat, how it ends.
    pub(super) fn hear(self, name: &str, text: &str) -> String {
        match self {
            Dialect::Ours => format!("{name}:{text}\n"),
            Dialect::Redis => format!(
                "*3\r\n$7\r\nmessage\r\n$4\r\nroom\r\n${}\r\n{text}\r\n",
                text.len()
            ),
            Dialect::Ncat => format!("{text}\n"),
        }
    }

    /// How many messages end in these bytes, of which `open` have come before of a message that
    /// has not ended; and how many there are then.
    pub(super) fn count(self, open: usize, each: usize, bytes: &[u8]) -> (usize, usize) {
        match self {
            Dialect::Ours | Dialect::Redis => {
                let length = open + bytes.len();
                (length / each, length % each)
            }
            Dialect::Ncat => (bytes.iter().filter(|&&byte| byte == b'\n').count(), 0),
        }
    }

    /// Whether the senders hear each other.
    pub(super) fn senders_hear(self) -> bool {
        !matches!(self, Dialect::Redis)
    }
}

/// What a sender says, the `count`-th time.
pub(super) fn text(sender: usize, count: u64) -> String {
    let text = format!("message {count:010} of sender {sender:02} ");
    format!("{text:.<TEXT$}")
}

pub(super) fn sender_name(sender: usize) -> String {
    format!("sender-{sender:02}")
}

/// The number of the sender in its [`text`].
pub(super) fn sender_of(message: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(message).ok()?;
    let (_, number) = text.rsplit_once("sender ")?;
    number.get(..2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_its_length_and_its_sender() {
        let text = text(7, 12);
        assert_eq!(text.len(), TEXT);
        assert_eq!(sender_of(text.as_bytes()), Some(7));
    }
}
