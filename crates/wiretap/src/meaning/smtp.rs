//! SMTP (RFC 5321): verbs, codes, and the mail between `354` and the dot.

use super::lines::{commands, lines, replies, text};
use super::{History, Protocol};
use crate::event::Side;
use crate::steps::Message;

/// With these a client begins.
const HELLOS: [&str; 3] = ["EHLO", "HELO", "LHLO"];

/// All of them.
const VERBS: [&str; 14] = [
    "EHLO", "HELO", "LHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "AUTH", "STARTTLS",
    "VRFY", "BDAT", "HELP",
];

pub(super) fn meaning(side: Side, message: &Message, history: &mut History) -> Option<String> {
    let known = history.protocol == Some(Protocol::Smtp);
    match side {
        Side::Server if known => {
            let words = replies(&message.bytes)?;
            history.mail = lines(&message.bytes).last()?.starts_with(b"354");
            Some(words)
        }
        // Whether it is one for mail or for files often stands in the greeting, and is clear when the
        // client speaks.
        Side::Server => {
            let greeting = lines(&message.bytes);
            let is_mail = greeting.iter().any(|line| text(line).contains("SMTP"));
            is_mail.then(|| replies(&message.bytes))?
        }
        Side::Client if history.mail => Some(mail(message)),
        Side::Client if known => commands(&message.bytes, &VERBS),
        Side::Client => commands(&message.bytes, &HELLOS),
    }
}

/// The mail itself, by its subject.
fn mail(message: &Message) -> String {
    let header = lines(&message.bytes);
    let subject = header
        .iter()
        .take_while(|line| !line.is_empty())
        .find_map(|line| {
            text(line)
                .strip_prefix("Subject:")
                .map(|rest| rest.trim().to_owned())
        });
    match subject {
        Some(subject) => format!("mail, {} bytes: {subject}", message.length),
        None => format!("mail, {} bytes", message.length),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::assert_meanings;
    use Side::{Client, Server};

    use super::*;

    #[test]
    fn a_mail_from_the_greeting_to_the_end() {
        assert_meanings(&[
            (
                Server,
                b"220 mx.example.org ESMTP\r\n",
                "220 mx.example.org ESMTP",
            ),
            (Client, b"EHLO me\r\n", "EHLO me"),
            (
                Server,
                b"250-mx.example.org\r\n250-SIZE 10\r\n250 AUTH PLAIN\r\n",
                "250 AUTH PLAIN (3 lines)",
            ),
            (Client, b"AUTH PLAIN AGEAYg==\r\n", "AUTH PLAIN ********"),
            (Server, b"235 ok\r\n", "235 ok"),
            (
                Client,
                b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n",
                "MAIL FROM:<a@b> / RCPT TO:<c@d> / DATA",
            ),
            (
                Server,
                b"250 ok\r\n250 ok\r\n354 go on\r\n",
                "250 ok / 250 ok / 354 go on",
            ),
            (
                Client,
                b"From: a@b\r\nSubject: Hi\r\n\r\nHello\r\n.\r\n",
                "mail, 36 bytes: Hi",
            ),
            (Server, b"250 queued\r\n", "250 queued"),
            (Client, b"QUIT\r\n", "QUIT"),
            (Server, b"221 bye\r\n", "221 bye"),
        ]);
    }

    #[test]
    fn a_greeting_that_names_nothing_leaves_it_to_the_client() {
        assert_meanings(&[
            (Server, b"220 hello\r\n", "220 hello"),
            (Client, b"HELO me\r\n", "HELO me"),
            (Server, b"550 no\r\n", "550 no"),
        ]);
    }
}
