//! Fields of a message's header: one line each, whatever somebody puts into them.
//!
//! A line end in a subject or a name would end its field, and what follows would be a field of its
//! own (`Bcc: …`) or the body: that is how forms on web pages have been made to send other people's
//! mail. The encoders would take the harm out of it, but nobody means such a thing, so it is refused
//! where it comes in ([`check_line`]).

use std::fmt::Write as _;

use email_encoding::headers::writer::EmailWriter;
use email_encoding::headers::{quoted_string, rfc2047};
use lettre::message::header::{HeaderName, HeaderValue};

use crate::mailbox::Mailbox;

/// The line length that is aimed at (RFC 5322, section 2.1.1); 998 must not be exceeded.
const GOOD_LINE: usize = 76;

/// Why a text cannot be in a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// A line end, a NUL, an escape.
    #[error("it has a line end or another control character in it")]
    Control,
}

/// Refuses control characters, line ends above all.
///
/// # Errors
/// See [`FieldError`].
pub fn check_line(text: &str) -> Result<(), FieldError> {
    let ends_a_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    match text.contains(ends_a_line) {
        true => Err(FieldError::Control),
        false => Ok(()),
    }
}

/// A field with text in any language, like the subject.
///
/// Words that are not ASCII become encoded words (RFC 2047). So does the whole text where it has in
/// it what readers would take for one, and where a word, or a gap, is too long to be folded.
pub fn text_field(name: &'static str, text: &str) -> HeaderValue {
    let header_name = HeaderName::new_from_ascii_str(name);
    let long = |word: &str| word.len() > GOOD_LINE - "Subject: ".len();
    let gap = " ".repeat(GOOD_LINE / 2);
    if !text.contains("=?") && !text.contains(&gap) && !text.split(' ').any(long) {
        return HeaderValue::new(header_name, text.to_owned());
    }
    let encoded = encode(name, |writer| rfc2047::encode(text, writer));
    HeaderValue::dangerous_new_pre_encoded(header_name, text.to_owned(), encoded)
}

/// A field with mailboxes, folded so that no line grows with their number.
pub fn mailboxes_field(name: &'static str, mailboxes: &[Mailbox]) -> HeaderValue {
    let encoded = encode(name, |writer| {
        for (index, mailbox) in mailboxes.iter().enumerate() {
            let address: &str = mailbox.address.as_ref();
            if index > 0 {
                writer.write_char(',')?;
                let shown = mailbox.name.as_ref().map_or(0, |name| name.len() + 5);
                if writer.line_len() + 1 + shown + address.len() > GOOD_LINE {
                    writer.new_line()?;
                }
                writer.space();
            }
            match &mailbox.name {
                Some(name) => {
                    quoted_string::encode(name, writer)?;
                    writer.space();
                    write!(writer.folding(), "<{address}>")?;
                }
                None => writer.write_str(address)?,
            }
        }
        Ok(())
    });
    let raw = String::new();
    HeaderValue::dangerous_new_pre_encoded(HeaderName::new_from_ascii_str(name), raw, encoded)
}

/// A field whose value is written here and nowhere else.
pub fn plain_field(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn encode(name: &str, write: impl FnOnce(&mut EmailWriter<'_>) -> std::fmt::Result) -> String {
    let mut encoded = String::new();
    let mut writer = EmailWriter::new(&mut encoded, name.len() + ": ".len(), 0, false);
    // Writing to a string does not fail.
    let _ = write(&mut writer);
    drop(writer);
    encoded
}

#[cfg(test)]
mod tests {
    use lettre::message::header::Headers;
    use mail_parser::MessageParser;

    use super::*;

    /// The field as it is sent, and its lines are short.
    fn sent(field: HeaderValue) -> String {
        let mut headers = Headers::new();
        headers.insert_raw(field);
        let text = headers.to_string();
        for line in text.split("\r\n") {
            assert!(line.len() <= 100 && !line.contains(['\r', '\n']), "{line}");
        }
        text
    }

    #[test]
    fn a_subject_comes_back_as_it_was() {
        for subject in [
            "",
            "Hello",
            "示例代码实验邮件",
            "Hello 世界 again",
            "  two  spaces  ",
            "what does =?utf-8?q?x?= mean",
            &"long ".repeat(100),
            &format!("a{}gap", " ".repeat(2000)),
            &"x".repeat(900),
            &"长".repeat(300),
            &format!("{} 世界", "y".repeat(200)),
        ] {
            let raw = sent(text_field("Subject", subject)) + "\r\n";
            let parsed = MessageParser::default().parse(&raw).unwrap();
            assert_eq!(
                parsed.subject().unwrap_or_default().trim(),
                subject.trim(),
                "{raw}"
            );
        }
    }

    #[test]
    fn mailboxes_come_back_as_they_were() {
        let names = [
            None,
            Some("王大锤"),
            Some("Smith, \"J\" (Boss)"),
            Some("a@b"),
            Some("=?utf-8?q?x?="),
            Some("a\\b"),
        ];
        let mailboxes: Vec<_> = (0..60)
            .map(|number| Mailbox {
                name: names[number % names.len()].map(str::to_owned),
                address: format!("somebody.{number}@example.org").parse().unwrap(),
            })
            .collect();
        let raw = sent(mailboxes_field("To", &mailboxes)) + "\r\n";
        let parsed = MessageParser::default().parse(&raw).unwrap();
        let parsed = parsed.to().unwrap().clone().into_list();
        assert_eq!(parsed.len(), mailboxes.len());
        for (parsed, mailbox) in parsed.iter().zip(&mailboxes) {
            assert_eq!(parsed.name.as_deref(), mailbox.name.as_deref(), "{raw}");
            assert_eq!(parsed.address.as_deref(), Some(mailbox.address.as_ref()));
        }
    }

    #[test]
    fn a_line_end_is_refused() {
        for text in ["a\rb", "a\nb", "\0", "\x1b[2J", "\u{85}", "\u{2028}"] {
            assert_eq!(check_line(text), Err(FieldError::Control), "{text:?}");
        }
        assert_eq!(check_line("王大锤 <a@b>"), Ok(()));
    }
}
