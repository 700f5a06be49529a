//! The parts of a message: text, which may be written in another way as long as it reads the same,
//! and files, of which every byte counts.

use lettre::message::header::{
    ContentDisposition, ContentId, ContentTransferEncoding, ContentType,
};
use lettre::message::{Body, SinglePart};

/// A file as it is sent.
#[derive(Debug)]
pub struct FileContent {
    /// Its name, without a path.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Text as it is if it is ASCII in short lines, else in quoted-printable or base64, whichever is
/// shorter: so that it passes servers that know nothing of 8 bits or of lines over 998 bytes.
///
/// A part that is `alone` in its message ends with a line end, because a message does; base64 can
/// tell one from the other.
pub(crate) fn text_part(kind: ContentType, text: &str, alone: bool) -> SinglePart {
    let text = with_crlf(text);
    let body = match text.contains('\0') {
        false => Body::new(text),
        // The one ASCII character that may be nowhere in a message.
        true => {
            Body::new_with_encoding(text, ContentTransferEncoding::Base64).unwrap_or_else(Body::new)
        }
    };
    let body = match body.encoding() {
        // The line end behind the part, which is part of the message, is the text's own.
        encoding @ (ContentTransferEncoding::SevenBit
        | ContentTransferEncoding::QuotedPrintable)
            if alone =>
        {
            let mut bytes = body.into_vec();
            if bytes.ends_with(b"\r\n") {
                bytes.truncate(bytes.len() - 2);
            }
            Body::dangerous_pre_encoded(bytes, encoding)
        }
        _ => body,
    };
    SinglePart::builder().header(kind).body(body)
}

/// Every line end as CR LF: in text, a line end is nothing else (RFC 2046, section 4.1.1).
fn with_crlf(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.replace('\n', "\r\n")
}

impl FileContent {
    pub(crate) fn attached(self) -> SinglePart {
        let disposition = ContentDisposition::attachment(&self.name);
        let part = SinglePart::builder().header(disposition);
        part.header(self.kind())
            .header(ContentTransferEncoding::Base64)
            .body(self.bytes)
    }

    pub(crate) fn shown_as(self, cid: &str) -> SinglePart {
        let disposition = ContentDisposition::inline_with_name(&self.name);
        let part = SinglePart::builder().header(disposition);
        part.header(ContentId::from(format!("<{cid}>")))
            .header(self.kind())
            .header(ContentTransferEncoding::Base64)
            .body(self.bytes)
    }

    /// What kind of file it is, by its name.
    ///
    /// A name that is not ASCII is in the disposition as RFC 2231 has it. For readers that do not know
    /// that, an ASCII form of it stands here: beside the true name, as `filename`, many would take it
    /// and not look further (Python's `get_filename` among them).
    fn kind(&self) -> ContentType {
        let guess = mime_guess::from_path(&self.name).first_or_octet_stream();
        let mut kind = match guess.type_().as_str() {
            // A message or a box within a message must not be in base64 (RFC 2046, section 5.2.1).
            "message" | "multipart" => "application/octet-stream".to_owned(),
            "text" if std::str::from_utf8(&self.bytes).is_ok() => {
                format!("{}; charset=utf-8", guess.essence_str())
            }
            _ => guess.essence_str().to_owned(),
        };
        if !self.name.is_ascii() {
            kind += &format!("; name=\"{}\"", ascii_name(&self.name));
        }
        kind.parse().unwrap_or_else(|_| {
            ContentType::parse("application/octet-stream").unwrap_or(ContentType::TEXT_PLAIN)
        })
    }
}

/// A name that says little, but in ASCII: `汇总数据 2.xlsx` is `_ 2.xlsx`.
fn ascii_name(name: &str) -> String {
    let mut ascii = String::new();
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || "._- ".contains(c) => ascii.push(c),
            _ if ascii.ends_with('_') => {}
            _ => ascii.push('_'),
        }
    }
    ascii
}

#[cfg(test)]
mod tests {
    use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

    use super::*;

    /// A part is a message, but for those fields that do not matter here.
    fn parse(part: &[u8]) -> Message<'_> {
        assert!(part.is_ascii() && !part.contains(&0));
        for line in part.split_inclusive(|&byte| byte == b'\n') {
            assert!(line.ends_with(b"\r\n") && line.len() <= 100);
            assert!(!line[..line.len() - 2].contains(&b'\r'));
        }
        MessageParser::default().parse(part).unwrap()
    }

    #[test]
    fn text_arrives_as_it_was_but_for_its_line_ends() {
        let long = "x".repeat(5000);
        for (text, arrived) in [
            ("", "\r\n"),
            ("a", "a\r\n"),
            ("a\n", "a\r\n"),
            ("a\n\n", "a\r\n\r\n"),
            ("a\rb\r\nc\n\nd\n", "a\r\nb\r\nc\r\n\r\nd\r\n"),
            (".\n..\n.a\n", ".\r\n..\r\n.a\r\n"),
            ("From here\n", "From here\r\n"),
            ("spaces  \n\ttab\t\n", "spaces  \r\n\ttab\t\r\n"),
            ("a\0b\n", "a\0b\r\n"),
            ("你好\n世界\n", "你好\r\n世界\r\n"),
            ("你好", "你好"),
            ("mostly ASCII, 但 not all\n", "mostly ASCII, 但 not all\r\n"),
            ("mostly ASCII, 但 not all", "mostly ASCII, 但 not all\r\n"),
            ("naïve  \n=3D\n", "naïve  \r\n=3D\r\n"),
            (&format!("{long}\n"), &format!("{long}\r\n")),
        ] {
            let part = text_part(ContentType::TEXT_PLAIN, text, true).formatted();
            let message = parse(&part);
            assert_eq!(message.body_text(0).unwrap(), arrived, "{text:?}");
        }
    }

    #[test]
    fn a_file_arrives_with_its_bytes_and_its_name() {
        let every_byte: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for name in [
            "汇总数据.xlsx",
            "two words; and \"quotes\" \\.pdf",
            "letter.eml",
            "noextension",
            &format!("{}.zip", "长".repeat(80)),
            &format!("{}.pdf", "x".repeat(200)),
        ] {
            let file = || FileContent {
                name: name.to_owned(),
                bytes: every_byte.clone(),
            };
            for part in [file().attached(), file().shown_as("img01")] {
                let part = part.formatted();
                let message = parse(&part);
                let part = &message.parts[0];
                assert_eq!(part.attachment_name(), Some(name));
                assert!(matches!(
                    part.body,
                    PartType::Binary(_) | PartType::InlineBinary(_)
                ));
                assert_eq!(part.contents(), every_byte, "{name}");
            }
        }
    }

    #[test]
    fn a_text_file_has_a_charset_only_if_it_is_utf_8() {
        let kind = |bytes: &[u8]| {
            let (name, bytes) = ("a.txt".to_owned(), bytes.to_owned());
            let part = FileContent { name, bytes }.attached().formatted();
            String::from_utf8(part)
                .unwrap()
                .contains("Content-Type: text/plain; charset=utf-8\r\n")
        };
        assert!(kind("你好".as_bytes()) && !kind(b"\xc4\xe3"));
    }

    #[test]
    fn an_ascii_form_of_a_name_is_safe() {
        assert_eq!(ascii_name("汇总数据.xlsx"), "_.xlsx");
        assert_eq!(ascii_name("a\"b\\é.txt"), "a_b_.txt");
    }
}
