//! From what was asked for to the bytes of a message.
//!
//! The parts are nested so that every reader finds the best that it can show (RFC 2046, section 5.1;
//! RFC 2387), each box only where there are two things to put into it:
//!
//! ```text
//! mixed
//! ├── alternative
//! │   ├── text
//! │   └── related
//! │       ├── HTML
//! │       └── the pictures it shows
//! └── attachments
//! ```

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::process;
use std::time::SystemTime;

use lettre::message::header::{ContentType, Date, Headers, MIME_VERSION_1_0};
use lettre::message::{MultiPart, SinglePart};

use crate::field::{mailboxes_field, plain_field, text_field};
use crate::mailbox::Mailbox;
use crate::part::{FileContent, text_part};

/// A message to be made. Nobody in it is a secret: who gets a blind copy is in the envelope only.
#[derive(Debug)]
pub struct Letter {
    /// Who writes.
    pub from: Mailbox,
    /// To whom.
    pub to: Vec<Mailbox>,
    /// Who gets a copy, for all to see.
    pub cc: Vec<Mailbox>,
    /// What it is about.
    pub subject: String,
    /// The text.
    pub text: Option<String>,
    /// The same as HTML.
    pub html: Option<String>,
    /// The pictures that the HTML shows, each with its content id.
    pub inline: Vec<(String, FileContent)>,
    /// The files that go with it.
    pub attached: Vec<FileContent>,
}

/// One part, or several in a box.
enum Part {
    Single(SinglePart),
    Multi(MultiPart),
}

impl Letter {
    /// The message, as it is sent.
    pub fn into_message(self) -> Vec<u8> {
        let mut headers = Headers::new();
        headers.set(Date::now());
        headers.insert_raw(mailboxes_field("From", std::slice::from_ref(&self.from)));
        if !self.to.is_empty() {
            headers.insert_raw(mailboxes_field("To", &self.to));
        }
        if !self.cc.is_empty() {
            headers.insert_raw(mailboxes_field("Cc", &self.cc));
        }
        if self.to.is_empty() && self.cc.is_empty() {
            // A group without members (RFC 5322, section 3.4); without any To, some servers add one
            // of their own, with the names of all.
            headers.insert_raw(plain_field("To", "undisclosed-recipients:;"));
        }
        headers.insert_raw(text_field("Subject", &self.subject));
        headers.insert_raw(plain_field("Message-ID", &message_id(&self.from)));
        headers.set(MIME_VERSION_1_0);
        let mut message = headers.to_string().into_bytes();
        message.extend(match self.into_part() {
            Part::Single(part) => part.formatted(),
            Part::Multi(part) => part.formatted(),
        });
        message
    }

    fn into_part(self) -> Part {
        let alone = self.attached.is_empty();
        let html = self.html.map(|html| {
            let alone = alone && self.text.is_none() && self.inline.is_empty();
            let html = text_part(ContentType::TEXT_HTML, &html, alone);
            if self.inline.is_empty() {
                return Part::Single(html);
            }
            let mut related = related().singlepart(html);
            for (cid, picture) in self.inline {
                related = related.singlepart(picture.shown_as(&cid));
            }
            Part::Multi(related)
        });
        let text = self.text.map(|text| {
            let alone = alone && html.is_none();
            text_part(ContentType::TEXT_PLAIN, &text, alone)
        });
        let words = match (text, html) {
            (Some(text), Some(html)) => {
                let both = MultiPart::alternative().singlepart(text);
                Some(Part::Multi(add(both, html)))
            }
            (Some(text), None) => Some(Part::Single(text)),
            (None, html) => html,
        };
        match words {
            Some(words) if alone => words,
            words => {
                let mut mixed = MultiPart::mixed().build();
                if let Some(words) = words {
                    mixed = add(mixed, words);
                }
                for file in self.attached {
                    mixed = mixed.singlepart(file.attached());
                }
                Part::Multi(mixed)
            }
        }
    }
}

/// A box whose first part is HTML, which has to stand on the box (RFC 2387, section 3.1).
fn related() -> MultiPart {
    let mut related = MultiPart::related().build();
    let boundary = related.boundary();
    let kind = format!("multipart/related; type=\"text/html\"; boundary=\"{boundary}\"");
    if let Ok(kind) = kind.parse::<ContentType>() {
        related.headers_mut().set(kind);
    }
    related
}

fn add(to: MultiPart, part: Part) -> MultiPart {
    match part {
        Part::Single(part) => to.singlepart(part),
        Part::Multi(part) => to.multipart(part),
    }
}

/// A name for the message that no other has (RFC 5322, section 3.6.4): when, by which process, a
/// random number, and the domain of whoever writes it. The host's own name is nobody's business.
fn message_id(from: &Mailbox) -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanoseconds = since.unwrap_or_default().as_nanos();
    let random = RandomState::new().build_hasher().finish();
    let domain = from.address.domain();
    format!("<{nanoseconds:x}.{:x}.{random:x}@{domain}>", process::id())
}

#[cfg(test)]
mod tests;
