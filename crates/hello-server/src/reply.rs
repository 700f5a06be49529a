//! The answer to a message: a text with the message put in.

use std::convert::Infallible;
use std::str::FromStr;

/// Where the message goes.
const PLACE: &str = "{}";

/// A reply, such as `Hello, {}!`.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The text around the places: one part more than there are places.
    parts: Vec<String>,
}

impl FromStr for Reply {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let parts = text.split(PLACE).map(str::to_owned).collect();
        Ok(Reply { parts })
    }
}

impl Reply {
    /// Writes the reply to `message` into `text`, in place of what was there. The message is
    /// bytes: what is not UTF-8 goes back as it came.
    pub fn write(&self, message: &[u8], text: &mut Vec<u8>) {
        text.clear();
        for (n, part) in self.parts.iter().enumerate() {
            if n > 0 {
                text.extend_from_slice(message);
            }
            text.extend_from_slice(part.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn puts_the_message_into_each_place() {
        for (reply, answer) in [
            ("Hello, {}!", "Hello, Rose!"),
            ("{}", "Rose"),
            ("{} and {}", "Rose and Rose"),
            ("hahahaha", "hahahaha"),
            ("", ""),
            ("{0} {", "{0} {"),
        ] {
            let mut text = b"what was there".to_vec();
            reply.parse::<Reply>().unwrap().write(b"Rose", &mut text);
            assert_eq!(text, answer.as_bytes());
        }
    }
}
