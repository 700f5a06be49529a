//! Servers that mean no good.

use std::time::Duration;

use super::talk::{mail_to, talking};
use crate::told::error_of;

/// What a mail to a server fails with that greets like this and then waits.
#[track_caller]
fn greeted(greeting: Vec<u8>, code: i32, why: &str) {
    let server = talking(move |talk| {
        talk.peer.send(&greeting);
        talk.peer.rest_or_reset();
    });
    let output = mail_to(&server.address).args(["--timeout", "20"]).run();
    let message = format!("cannot get a greeting from {}: {why}", server.address);
    assert_eq!(error_of("mailer", &output, code), message);
    assert!(output.elapsed < Duration::from_secs(15), "{output}");
}

#[test]
fn a_line_without_end_and_a_reply_without_end_are_no_reply() {
    greeted(
        vec![b'2'; 3000],
        1,
        "a line of its reply is longer than 2048 bytes",
    );
    let line = format!("220 {}\r\n", "x".repeat(3000));
    greeted(
        line.into_bytes(),
        1,
        "a line of its reply is longer than 2048 bytes",
    );
    greeted(
        "220-hi\r\n".repeat(101).into_bytes(),
        1,
        "its reply has more than 100 lines",
    );
}

#[test]
fn somebody_who_speaks_something_else_is_told_from_a_mail_server() {
    greeted(
        b"SSH-2.0-OpenSSH_9.6\r\n".into(),
        1,
        "it does not speak SMTP: it says SSH-2.0-OpenSSH_9.6",
    );
    greeted(b"\r\n".into(), 1, "it does not speak SMTP: it says nothing");
    greeted(
        b"\x1b[2J\x07\r\n".into(),
        1,
        r"it does not speak SMTP: it says \x1b[2J\x07",
    );
}

#[test]
fn what_a_server_says_is_shown_escaped() {
    let no = "554 \x1b]0;owned\x07\u{202e}\u{9b}2J 你好\r\n";
    let shown = r"the server says 554 \x1b]0;owned\x07\u{202e}\u{9b}2J 你好";
    greeted(no.into(), 1, shown);
    greeted(
        b"554 \xc4\xe3\r\n".into(),
        1,
        "the server says 554 \u{fffd}\u{fffd}",
    );
}

#[test]
fn a_server_that_sends_a_byte_now_and_then_does_not_answer() {
    let server = talking(|talk| {
        // Faster than the time-out, for longer than it.
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(50));
            if std::io::Write::write_all(&mut talk.peer.socket, b"2").is_err() {
                return;
            }
        }
    });
    let output = mail_to(&server.address).args(["--timeout", "0.5"]).run();
    let message = format!(
        "cannot get a greeting from {}: no answer within 0.5 s",
        server.address
    );
    assert_eq!(error_of("mailer", &output, 75), message);
}

#[test]
fn a_server_that_reads_nothing_is_given_up() {
    let (tell, told) = std::sync::mpsc::channel();
    let server = talking(move |talk| {
        talk.greet("");
        talk.hear("MAIL", "250 fine");
        talk.hear("RCPT", "250 fine");
        talk.hear("DATA", "354 go on");
        // Reads no more, and is there until the client has gone.
        let _ = told.recv_timeout(harness::LIMIT);
    });
    let folder = harness::temp_dir();
    std::fs::write(folder.path().join("big"), vec![0; 20 << 20]).unwrap();
    let output = mail_to(&server.address)
        .dir(&folder)
        .args(["--attach", "big", "--timeout", "1"])
        .run();
    tell.send(()).unwrap();
    output.assert_code(75);
    let line = crate::told::line_of("mailer", &output);
    let why = "after a part of the message, it has not read what it was sent for 1 s";
    assert_eq!(
        line,
        format!("cannot hand the message to {}: {why}", server.address)
    );
    assert_eq!(output.stdout_lines(), ["c@d: not sent"]);
    server.end();
}
