//! What a message says: how long it may be, how many parts it is sent and billed in, and what the
//! gateway is known to refuse.

use std::fmt;
use std::str::FromStr;

/// The longest text that the gateway takes, in characters (code 4073).
pub const MAX_TEXT: usize = 500;

/// A message of one part has at most so many characters: 140 bytes, two for each (UCS-2).
const ONE_PART: usize = 70;

/// In a message of several, each part has six bytes fewer: they say which part of what it is.
const EACH_PART: usize = 67;

/// What the gateway signs the messages of an account with that has no signature of its own. It
/// stands before the text and counts.
pub const FREE_SIGNATURE: &str = "【互亿无线】";

/// How the only text begins that an account may send before it has paid.
const FREE_BEGINNING: &str = "您的验证码是：";

/// A text of a length that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(String);

/// Why a text cannot be sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// Too many characters.
    #[error("the text has {0} characters, and the gateway takes {MAX_TEXT}")]
    TooLong(usize),
    /// A character that no telephone shows.
    #[error("the text has a control character in it")]
    Control,
}

impl FromStr for Text {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        if text.trim().is_empty() {
            return Err(TextError::Empty);
        }
        let stranger = |c: char| c.is_control() && !matches!(c, '\n' | '\r');
        if text.contains(stranger) {
            return Err(TextError::Control);
        }
        match characters(text) {
            length if length > MAX_TEXT => Err(TextError::TooLong(length)),
            _ => Ok(Text(text.to_owned())),
        }
    }
}

impl Text {
    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many characters it has, and in how many parts it goes with `signature` before it.
    pub fn size(&self, signature: &str) -> Size {
        let characters = characters(&self.0) + characters(signature);
        let parts = match characters {
            0..=ONE_PART => 1,
            more => more.div_ceil(EACH_PART),
        };
        Size { characters, parts }
    }

    /// What the gateway is likely to refuse it for.
    pub fn doubts(&self) -> impl Iterator<Item = &'static str> {
        let mut doubts = Vec::new();
        if self.0.chars().any(is_emoji) {
            doubts.push("there is an emoji in the text, which the gateway refuses (code 4074)");
        }
        if self.0.starts_with(&FREE_BEGINNING.replace('：', ":")) {
            doubts.push(
                "the colon in the text is a half-width one; the free account's template has a \
                 full-width one (：), and the gateway compares (code 4072)",
            );
        }
        if self.0.trim_start().starts_with('【') {
            doubts.push("the text begins with 【: the gateway adds the signature by itself");
        }
        doubts.into_iter()
    }
}

/// As long as the operators take it for: each character of UCS-2 is one, ASCII or not, and what
/// has no place there (a rare Chinese character, an emoji) is two.
fn characters(text: &str) -> usize {
    text.encode_utf16().count()
}

/// How long a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Characters, as they are counted for the bill.
    pub characters: usize,
    /// Messages on the bill.
    pub parts: usize,
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.parts == 1 { "" } else { "s" };
        let (characters, parts) = (self.characters, self.parts);
        write!(f, "{parts} part{plural}, {characters} characters")
    }
}

fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{2600}'..='\u{27bf}' | '\u{2b50}' | '\u{2b55}' | '\u{fe0f}'
        | '\u{1f000}'..='\u{1faff}' | '\u{e0020}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Text {
        text.parse().unwrap()
    }

    #[test]
    fn the_bill_is_by_seventy_and_then_by_sixty_seven() {
        for (length, parts) in [
            (1, 1),
            (70, 1),
            (71, 2),
            (134, 2),
            (135, 3),
            (201, 3),
            (202, 4),
            (500, 8),
        ] {
            let size = text(&"字".repeat(length)).size("");
            assert_eq!((size.characters, size.parts), (length, parts));
            // The gateway has no cheaper alphabet: a letter is a character.
            assert_eq!(text(&"x".repeat(length)).size(""), size);
        }
    }

    #[test]
    fn the_signature_counts() {
        assert_eq!(text(&"字".repeat(64)).size(FREE_SIGNATURE).parts, 1);
        assert_eq!(text(&"字".repeat(65)).size(FREE_SIGNATURE).parts, 2);
    }

    #[test]
    fn what_has_no_place_in_ucs_2_counts_twice() {
        assert_eq!(text("𠮷").size("").characters, 2);
        assert_eq!(text(&"𠮷".repeat(36)).size("").parts, 2);
    }

    #[test]
    fn a_text_that_cannot_be_sent_is_refused() {
        for (bad, why) in [
            ("".to_owned(), TextError::Empty),
            (" \n".to_owned(), TextError::Empty),
            ("a\0b".to_owned(), TextError::Control),
            ("\x1b[2J".to_owned(), TextError::Control),
            ("字".repeat(501), TextError::TooLong(501)),
        ] {
            assert_eq!(bad.parse::<Text>(), Err(why));
        }
        assert!("two\nlines".parse::<Text>().is_ok());
    }

    #[test]
    fn what_is_likely_to_be_refused_is_said() {
        for (doubtful, about) in [
            ("你好 🎉", "emoji"),
            ("☀", "emoji"),
            (
                "您的验证码是:147258。请不要把验证码泄露给其他人。",
                "half-width",
            ),
            ("【我】你好", "signature"),
        ] {
            let doubts: Vec<_> = text(doubtful).doubts().collect();
            assert!(doubts.len() == 1 && doubts[0].contains(about), "{doubts:?}");
        }
        let fine = "您的验证码是：147258。请不要把验证码泄露给其他人。at 12:30";
        assert_eq!(text(fine).doubts().next(), None);
    }
}
