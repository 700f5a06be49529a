//! What is said, as the bytes of a datagram.

use common::printable::printable;

use crate::MAX_DATAGRAM;
use crate::charset::Charset;

/// How we speak.
#[derive(Clone, Debug, Default)]
pub struct Voice {
    /// Put before each text.
    pub name: Option<String>,
    /// How text is written in bytes.
    pub charset: Charset,
}

/// Why a text was not sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unspeakable {
    /// UDP does not cut a message into pieces, and a packet has room for so much.
    #[error("a datagram holds at most {MAX_DATAGRAM} bytes, and this would take {0}")]
    TooLong(usize),
    /// A character that the charset does not have.
    #[error("it cannot be written in this charset: {0}")]
    NoSuchCharacter(String),
}

impl Voice {
    /// The datagram that says `text`.
    ///
    /// # Errors
    /// It cannot be sent; see [`Unspeakable`].
    pub fn datagram(&self, text: &str) -> Result<Vec<u8>, Unspeakable> {
        let text = match &self.name {
            Some(name) => format!("{name}: {text}"),
            None => text.to_owned(),
        };
        let Some(bytes) = self.charset.encode(&text) else {
            let begin: String = text.chars().take(40).collect();
            return Err(Unspeakable::NoSuchCharacter(printable(&begin).to_string()));
        };
        match bytes.len() {
            length if length > MAX_DATAGRAM => Err(Unspeakable::TooLong(length)),
            _ => Ok(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_is_the_text_and_nothing_else() {
        let voice = Voice::default();
        assert_eq!(voice.datagram("你好").unwrap(), "你好".as_bytes());
        assert_eq!(voice.datagram("").unwrap(), b"");
    }

    #[test]
    fn the_name_counts() {
        let voice = Voice {
            name: Some("Rose".into()),
            charset: Charset::Utf8,
        };
        assert_eq!(voice.datagram("hi").unwrap(), b"Rose: hi");
        let longest = "x".repeat(MAX_DATAGRAM - "Rose: ".len());
        assert_eq!(voice.datagram(&longest).unwrap().len(), MAX_DATAGRAM);
        let longer = longest + "x";
        assert_eq!(
            voice.datagram(&longer),
            Err(Unspeakable::TooLong(MAX_DATAGRAM + 1))
        );
    }
}
