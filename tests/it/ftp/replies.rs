//! Replies that are none, too long, or never there.

use std::time::{Duration, Instant};

use super::host::{Host, Line};
use crate::told::{assert_harmless, error_of};

/// Plays this from the first byte on, and returns what the client says of it.
#[track_caller]
fn told(play: impl FnOnce(Line) + Send + 'static) -> String {
    let mut host = Host::playing(play);
    let output = host.ftp().arg("pwd").run();
    let line = error_of("ftp-updown", &output, 1);
    host.finish();
    line.replace(&host.address().to_string(), "HOST")
}

#[test]
fn what_is_no_ftp_is_called_so() {
    for bytes in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        b"\r\n",
        b"SSH-2.0-x\n",
        b"\xff\xfe\n",
    ] {
        let line = told(move |mut line| {
            line.say(bytes);
            line.wait_for_end(harness::LIMIT);
        });
        let why = "cannot talk to HOST: cannot read the server's answer: it does not speak FTP: its \
                   answer has no code";
        assert_eq!(line, why);
    }
}

#[test]
fn a_reply_without_end_has_an_end() {
    for (first, again) in [
        ("220 ", "x"),
        ("220-", "x"),
        ("220-\r\n", "more\r\n"),
        ("", "\0"),
    ] {
        let line = told(move |mut line| {
            line.say(first);
            let piece = again.repeat(4096);
            while line.try_say(&piece).is_ok() {}
        });
        let why = "cannot read the server's answer: its answer is longer than 65536 bytes";
        assert_eq!(line, format!("cannot talk to HOST: {why}"));
    }
}

#[test]
fn a_reply_that_drips_has_a_time() {
    let mut host = Host::playing(|mut line| {
        while line.try_say("2").is_ok() {
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    let begun = Instant::now();
    let output = host.ftp().args(["--timeout", "0.5", "pwd"]).run();
    let line = error_of("ftp-updown", &output, 1);
    assert!(
        line.ends_with("cannot read the server's answer: no answer within 0.5 s"),
        "{line}"
    );
    assert!(begun.elapsed() < harness::LIMIT / 2);
    host.finish();
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let mut host = Host::playing(|mut line| line.wait_for_end(harness::LIMIT));
    let output = host.ftp().args(["--timeout", "0.3", "pwd"]).run();
    let line = error_of("ftp-updown", &output, 1);
    assert!(line.ends_with("no answer within 0.3 s"), "{line}");
    host.finish();
}

#[test]
fn a_server_that_goes_away_is_told() {
    for bytes in ["", "22", "220-hello\r\n"] {
        let line = told(move |mut line| line.say(bytes));
        let why = "cannot talk to HOST: cannot read the server's answer: it closed the connection";
        assert_eq!(line, why);
    }
    let line = told(|mut line| line.say("421 too many of you\r\n"));
    assert_eq!(
        line,
        "cannot talk to HOST: the server said 421 too many of you"
    );
}

#[test]
fn long_greetings_and_late_ones_are_fine() {
    let mut host = Host::playing(|mut line| {
        line.say("120 in a minute\r\n");
        line.say("220-Welcome\r\n230 is not meant\r\n 220 neither\r\n\r\n220 ready\n");
        line.let_in();
        line.answer("PWD", "257 \"/a \"\"b\"\"\" is it\r\n");
        line.part();
    });
    let output = host.ftp().arg("pwd").run();
    output.assert_success();
    assert_eq!(output.stdout_text(), "/a \"b\"\n");
    host.finish();
}

#[test]
fn an_escape_sequence_in_a_reply_does_not_reach_the_terminal() {
    for flags in [&[][..], &["-vv"]] {
        let mut host = Host::serving(|line| {
            line.answer(
                "PWD",
                "257-\x1b[2J\r\n257 \"/\x1b]0;x\x07\u{202e}\" it is\r\n",
            );
            line.answer("QUIT", "221 \x1b[1A\r\n");
        });
        let output = host.ftp().args(flags).arg("pwd").run();
        output.assert_success();
        assert_harmless(&output.stdout);
        assert_harmless(&output.stderr);
        host.finish();
    }
    let mut host = Host::serving(|line| {
        line.answer("PWD", "550 \x1b[2J\u{9b}1A no\r\n");
    });
    let output = host.ftp().arg("pwd").run();
    let line = error_of("ftp-updown", &output, 1);
    assert_eq!(
        line,
        r"cannot tell where we are: the server said 550 \x1b[2J\u{9b}1A no"
    );
    host.finish();
}

/// It is said once, whatever the server makes of it.
#[test]
fn the_goodbye_is_not_waited_for() {
    let mut host = Host::serving(|line| {
        line.answer("PWD", "257 \"/\" is it\r\n");
        assert_eq!(line.hear(), "QUIT");
        line.wait_for_end(harness::LIMIT);
    });
    host.ftp()
        .args(["--timeout", "60", "pwd"])
        .run()
        .assert_success();
    host.finish();
}
