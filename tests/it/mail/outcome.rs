//! The moment that counts: before the line with the dot one may try again, after it nobody knows.

use std::time::Duration;

use super::empty_mail_to;
use super::talk::{Talk, mail_to, talking};
use crate::told::{error_of, line_of};
use crate::wire::{closed_port, listener};

#[test]
fn a_server_that_cannot_be_reached_may_be_later() {
    let (_bound, address) = closed_port();
    let output = mail_to(&address).run();
    let message = format!("cannot connect to {address}: connection refused");
    assert_eq!(error_of("mailer", &output, 75), message);
    let output = mail_to("nobody.invalid").run();
    let message = error_of("mailer", &output, 75);
    assert!(
        message.starts_with("cannot find the host nobody.invalid: "),
        "{message}"
    );
}

#[test]
fn a_server_that_says_nothing_may_later() {
    // The kernel connects whoever comes; nobody accepts them.
    let (_listener, address) = listener();
    let output = mail_to(&address).args(["--timeout", "0.2"]).run();
    let message = format!("cannot get a greeting from {address}: no answer within 0.2 s");
    assert_eq!(error_of("mailer", &output, 75), message);
}

/// What a server says up to a step, at which it closes.
type Steps = fn(&mut Talk);

#[test]
fn a_server_that_leaves_before_the_dot_may_take_it_later() {
    let steps: [(&str, Steps, bool); 6] = [
        (
            "cannot get a greeting from {server}: it closed the connection",
            |_| {},
            false,
        ),
        (
            "cannot say EHLO to {server}: it closed the connection",
            |talk| {
                talk.say("220 hi");
                talk.line();
            },
            false,
        ),
        (
            "cannot send from a@b: it closed the connection",
            |talk| {
                talk.greet("");
                talk.line();
            },
            false,
        ),
        (
            "cannot hand the message to {server}: after RCPT TO:<c@d>, it closed the connection",
            |talk| {
                talk.greet("");
                talk.hear("MAIL", "250 fine");
                talk.line();
            },
            true,
        ),
        (
            "cannot hand the message to {server}: after DATA, it closed the connection",
            |talk| {
                talk.greet("");
                talk.hear("MAIL", "250 fine");
                talk.hear("RCPT", "250 fine");
                talk.line();
            },
            true,
        ),
        (
            "cannot hand the message to {server}: after DATA, the server says 421 4.3.2 no more today",
            |talk| {
                talk.greet("");
                talk.hear("MAIL", "250 fine");
                talk.hear("RCPT", "250 fine");
                talk.hear("DATA", "421 4.3.2 no more today");
            },
            true,
        ),
    ];
    for (message, steps, told_of_recipients) in steps {
        let server = talking(steps);
        let output = mail_to(&server.address).run();
        output.assert_code(75);
        let message = message.replace("{server}", &server.address);
        assert_eq!(line_of("mailer", &output), message);
        let fates: &[&str] = if told_of_recipients {
            &["c@d: not sent"]
        } else {
            &[]
        };
        assert_eq!(output.stdout_lines(), fates, "{message}");
        server.end();
    }
}

#[track_caller]
fn assert_unknown(output: &harness::Output, server: &str, why: &str) {
    output.assert_code(1);
    assert_eq!(
        line_of("mailer", output),
        format!("whether {server} has taken the message is unknown; it was sent, and then: {why}")
    );
    assert_eq!(output.stdout_lines(), ["c@d: unknown"]);
}

#[test]
fn a_server_that_leaves_after_the_dot_leaves_the_outcome_unknown() {
    let server = talking(|talk| {
        talk.take_message();
    });
    let output = mail_to(&server.address).run();
    assert_unknown(&output, &server.address, "it closed the connection");
}

#[test]
fn so_does_one_that_falls_silent_and_it_gets_ten_times_the_time() {
    let server = talking(|talk| {
        talk.take_message();
        // Until the client has given up and gone.
        talk.peer.rest_or_reset();
    });
    let output = mail_to(&server.address).args(["--timeout", "1"]).run();
    assert_unknown(&output, &server.address, "no answer within 10 s");
    assert!(output.elapsed >= Duration::from_secs(10), "{output}");
    server.end();
}

#[test]
fn so_does_one_that_says_what_makes_no_sense() {
    for (answer, why) in [
        ("354 more?", "its answer makes no sense here: 354 more?"),
        ("hello?", "it does not speak SMTP: it says hello?"),
        (
            "250-a\r\n550 b",
            "the lines of its reply have different codes",
        ),
    ] {
        let server = talking(move |talk| {
            talk.take_message();
            talk.say(answer);
            talk.peer.rest_or_reset();
        });
        let output = mail_to(&server.address).run();
        assert_unknown(&output, &server.address, why);
        server.end();
    }
}

#[test]
fn an_answer_after_the_dot_is_an_outcome() {
    for (answer, code, fate) in [
        ("250 queued as 4711", 0, "c@d: accepted: 250 queued as 4711"),
        (
            "250-queued\r\n250 as 4711",
            0,
            "c@d: accepted: 250 queued as 4711",
        ),
        ("451 4.3.0 disk full", 75, "c@d: not sent"),
        ("554 5.7.1 spam", 1, "c@d: not sent"),
    ] {
        let server = talking(move |talk| {
            talk.take_message();
            talk.say(answer);
            talk.hear("QUIT", "221 bye");
            talk.peer.expect_end();
        });
        let output = mail_to(&server.address).run();
        server.end();
        output.assert_code(code);
        assert_eq!(output.stdout_lines(), [fate]);
    }
}

#[test]
fn a_server_that_ignores_the_good_bye_changes_nothing() {
    let server = talking(|talk| {
        talk.take_message();
        talk.say("250 fine");
        assert_eq!(talk.line(), "QUIT");
        talk.peer.rest_or_reset();
    });
    mail_to(&server.address).run().assert_success();
    server.end();
}

#[test]
fn what_a_server_says_before_it_leaves_in_the_middle_is_told() {
    let server = talking(|talk| {
        talk.greet("");
        talk.hear("MAIL", "250 fine");
        talk.hear("RCPT", "250 fine");
        talk.hear("DATA", "354 go on");
        // Leaves the message unread until the client waits.
        talk.say("552 5.3.4 that is too much");
        talk.peer.rest_or_reset();
    });
    let output = empty_mail_to(&server.address)
        .args(["--text-file", "-"])
        .stdin("x\n".repeat(1000))
        .run();
    output.assert_code(1);
    assert!(
        line_of("mailer", &output).ends_with("552 5.3.4 that is too much"),
        "{output}"
    );
}

#[cfg(unix)]
#[test]
fn an_interruption_says_what_has_become_of_the_mail() {
    use harness::{LIMIT, Signal};
    use std::sync::mpsc::channel;

    for signal in [Signal::Interrupt, Signal::Terminate] {
        for dot in [false, true] {
            let (tell, told) = channel();
            let server = talking(move |talk| {
                match dot {
                    true => drop(talk.take_message()),
                    false => {
                        talk.greet("");
                        talk.hear("MAIL", "250 fine");
                        talk.line();
                    }
                }
                tell.send(()).unwrap();
                talk.peer.expect_end();
            });
            let running = mail_to(&server.address).spawn();
            told.recv_timeout(LIMIT).unwrap();
            running.signal(signal).unwrap();
            let output = running.wait(LIMIT).unwrap();
            let address = server.address.clone();
            server.end();
            if dot {
                assert_unknown(&output, &address, "interrupted");
                continue;
            }
            output.assert_code(1);
            let why = "after RCPT TO:<c@d>, interrupted";
            let message = format!("cannot hand the message to {address}: {why}");
            assert_eq!(line_of("mailer", &output), message);
            assert_eq!(output.stdout_lines(), ["c@d: not sent"]);
        }
    }
}
