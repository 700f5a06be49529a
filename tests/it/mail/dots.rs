//! Dots at the beginning of a line, as they are on the wire, and as they come out at the other end.

use super::talk::talking;
use super::{Post, empty_mail_to};

const TEXT: &str =
    ".\n..\n.\r\nafter CR LF\r\n.\r\nafter CR\r.\rMAIL FROM:<evil@example.org>\n\r.\r\n.";
const LINES: [&str; 11] = [
    ".",
    "..",
    ".",
    "after CR LF",
    ".",
    "after CR",
    ".",
    "MAIL FROM:<evil@example.org>",
    "",
    ".",
    ".",
];

#[test]
fn every_dot_that_begins_a_line_is_doubled_on_the_wire() {
    let server = talking(|talk| {
        let data = talk.take_message();
        talk.say("250 fine");
        talk.hear("QUIT", "221 bye");
        talk.peer.expect_end();
        data
    });
    let sent = empty_mail_to(&server.address)
        .args(["--text-file", "-"])
        .stdin(TEXT)
        .run();
    sent.assert_success();
    let data = String::from_utf8(server.end()).unwrap();
    let (_, body) = data.split_once("\r\n\r\n").unwrap();
    let expected: String = LINES
        .iter()
        .map(|line| match line.starts_with('.') {
            true => format!(".{line}\r\n"),
            false => format!("{line}\r\n"),
        })
        .collect();
    assert_eq!(body, expected + ".\r\n");
}

#[test]
fn they_arrive_as_they_were() {
    let post = Post::start(&[]);
    post.mail()
        .args(["--text-file", "-"])
        .stdin(TEXT)
        .run()
        .assert_success();
    let message = String::from_utf8(post.only()).unwrap();
    let (_, body) = message.split_once("\r\n\r\n").unwrap();
    assert_eq!(
        body.split("\r\n").collect::<Vec<_>>(),
        [&LINES[..], &[""]].concat()
    );
}
