//! Passwords: where they go, and where they never do.

use std::fs;
use std::net::UdpSocket;

use super::talk::{Talk, mail_to, talking};
use super::{Post, mailer};
use crate::told::{error_of, line_of};
use crate::wire::skip;

const PASSWORD: &str = "correct horse battery";
/// The password in base64, and user and password as PLAIN has them.
const ENCODED: &str = "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5";
const BOTH: &str = "AGFubgBjb3JyZWN0IGhvcnNlIGJhdHRlcnk=";

fn post(flags: &[&str]) -> Post {
    Post::by(|launch| {
        let launch = launch.args(["--user", "ann", "--password-file", "-"]);
        launch.args(flags).stdin(format!("{PASSWORD}\n"))
    })
}

/// Everything a program said, without the password in any form.
#[track_caller]
fn assert_discreet(output: &harness::Output) {
    let said = format!(
        "{}{}{}",
        output.command,
        output.stdout_text(),
        output.stderr_text()
    );
    for secret in [PASSWORD, "horse", ENCODED, BOTH] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
fn the_password_comes_from_the_environment_a_file_or_stdin() {
    for mechanism in ["plain", "login", "login,plain"] {
        let post = post(&["--auth", mechanism]);
        fs::write(post.path("password"), format!("{PASSWORD}\r\n")).unwrap();
        let mail = || post.mail().args(["--user", "ann", "-vv"]);
        let given = [
            mail()
                .args(["--text", "1"])
                .env("MAILER_PASSWORD", PASSWORD),
            mail()
                .args(["--text", "2", "--password-file"])
                .arg(post.path("password")),
            mail()
                .args(["--text-file", "-", "--password-file", "-"])
                .stdin(format!("{PASSWORD}\n3\n")),
        ];
        for launch in given {
            let sent = launch.run();
            sent.assert_success();
            assert_discreet(&sent);
            assert!(sent.stderr_text().contains("****"), "{sent}");
        }
        let kept = post.kept();
        assert_eq!(kept.len(), 3);
        for (number, message) in kept.iter().enumerate() {
            let end = format!("\r\n\r\n{}\r\n", number + 1);
            assert!(
                message.ends_with(end.as_bytes()),
                "{}",
                message.escape_ascii()
            );
        }
        let log = crate::told::log_of(post.server).join("\n");
        assert!(!log.contains("horse"), "{log}");
    }
}

#[test]
fn a_wrong_password_is_told_and_not_shown() {
    let post = post(&[]);
    let sent = post
        .mail()
        .args(["--user", "ann", "--text", "x", "-vv"])
        .env("MAILER_PASSWORD", "wrong horse")
        .run();
    sent.assert_code(1);
    let last = sent.stderr_lines().pop().unwrap();
    let message = "the server says 535 5.7.8 Wrong user or password";
    assert_eq!(
        last,
        format!("mailer: cannot log in at {}: {message}", post.address())
    );
    assert!(!sent.stderr_text().contains("horse"), "{sent}");
    assert!(post.kept().is_empty());
}

#[test]
fn without_a_password_nothing_begins() {
    let sent = mail_to("127.0.0.1:1").args(["--user", "ann"]).run();
    let message = error_of("mailer", &sent, 2);
    assert!(
        message.contains("the password for ann is missing"),
        "{message}"
    );
}

/// A server that repeats what it was told, in every form.
#[test]
fn a_server_that_repeats_the_password_does_not_get_it_shown() {
    for code in ["535", "235"] {
        let server = talking(move |talk: &mut Talk| {
            talk.greet("AUTH_PLAIN");
            let line = talk.hear(
                "AUTH PLAIN ",
                &format!("{code}-{PASSWORD} {ENCODED}\r\n{code} {BOTH}"),
            );
            if code == "235" {
                talk.line();
            }
            line
        });
        let sent = mail_to(&server.address)
            .args(["--user", "ann", "-vv"])
            .env("MAILER_PASSWORD", PASSWORD)
            .run();
        assert_discreet(&sent);
        assert!(
            sent.stderr_text().contains(&format!("{code}-**** ****")),
            "{sent}"
        );
        assert_eq!(server.end(), format!("AUTH PLAIN {BOTH}"));
    }
}

/// What is shown of a line that is no reply is its beginning; there the password must not stand in
/// part either.
#[test]
fn a_password_that_is_cut_short_is_not_shown_either() {
    for echoed in [PASSWORD, ENCODED, BOTH] {
        let before = "x".repeat(50);
        let server = talking(move |talk: &mut Talk| {
            talk.greet("AUTH_PLAIN");
            talk.hear("AUTH PLAIN ", &format!("{before}{echoed}"));
            talk.peer.expect_end();
        });
        let sent = mail_to(&server.address)
            .args(["--user", "ann", "-vv"])
            .env("MAILER_PASSWORD", PASSWORD)
            .run();
        sent.assert_code(1);
        let last = sent.stderr_lines().pop().unwrap();
        let shown = format!("it says {}****", "x".repeat(50));
        assert!(last.ends_with(&shown), "{sent}");
        server.end();
    }
}

#[test]
fn a_long_token_goes_on_a_line_of_its_own() {
    let token = "t".repeat(1000);
    let server = talking(|talk| {
        talk.greet("AUTH_LOGIN_PLAIN");
        talk.hear("AUTH PLAIN", "334 ");
        let line = talk.hear("AGFubgB0", "535 no");
        talk.peer.rest_or_reset();
        line.len()
    });
    let sent = mail_to(&server.address)
        .args(["--user", "ann"])
        .env("MAILER_PASSWORD", &token)
        .run();
    sent.assert_code(1);
    assert_eq!(server.end(), (1 + 3 + 1 + 1000usize).div_ceil(3) * 4);
}

#[test]
fn a_server_that_offers_no_way_to_log_in_is_told() {
    for (offers, others) in [
        ("AUTH_XOAUTH2_CRAM-MD5", "but XOAUTH2 CRAM-MD5"),
        ("", "nor any other way"),
    ] {
        let server = talking(move |talk| {
            talk.greet(offers);
            talk.peer.rest_or_reset()
        });
        let sent = mail_to(&server.address)
            .args(["--user", "ann"])
            .env("MAILER_PASSWORD", PASSWORD)
            .run();
        let why = format!("it offers neither PLAIN nor LOGIN, {others}");
        let message = format!("cannot log in at {}: {why}", server.address);
        assert_eq!(error_of("mailer", &sent, 1), message);
        assert!(server.end().is_empty());
    }
}

#[test]
fn a_login_that_may_work_later_has_exit_code_75() {
    let server = talking(|talk| {
        talk.greet("AUTH_LOGIN");
        talk.hear("AUTH LOGIN", "334 VXNlcm5hbWU6");
        talk.hear("YW5u", "334 whatever");
        talk.hear(ENCODED, "454 4.7.0 Temporary");
        talk.peer.rest_or_reset();
    });
    let sent = mail_to(&server.address)
        .args(["--user", "ann"])
        .env("MAILER_PASSWORD", PASSWORD)
        .run();
    sent.assert_code(75);
    assert!(
        line_of("mailer", &sent).ends_with("454 4.7.0 Temporary"),
        "{sent}"
    );
    server.end();
}

/// An address of this host that is not loopback's, if it has one. Nothing is sent.
fn own_address() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then(|| ip.to_string())
}

#[test]
fn no_password_goes_in_the_clear_over_a_network() {
    let Some(own) = own_address() else {
        return skip("this host has no address but loopback's");
    };
    let post = post(&["--listen", &format!("{own}:0")]);
    let mail = |flags: &[&str]| {
        post.mail()
            .args(["--text", "x"])
            .args(flags)
            .env("MAILER_PASSWORD", PASSWORD)
            .run()
    };
    let refused = mail(&["--user", "ann"]);
    let message = error_of("mailer", &refused, 1);
    assert!(
        message.contains("everybody on the way could read the password"),
        "{message}"
    );
    // Without a password, in the clear is a choice.
    let sent = mail(&[]);
    assert!(
        line_of("mailer", &sent).ends_with("530 5.7.0 Log in first"),
        "{sent}"
    );
    // And with TLS it goes.
    let post = self::post(&[
        "--listen",
        &format!("{own}:0"),
        "--host",
        &own,
        "--tls",
        "starttls",
        "--write-ca",
        "ca.pem",
    ]);
    let sent = mailer()
        .args(["--server", post.address(), "--user", "ann", "--from", "a@b"])
        .args(["--to", "c@d", "--subject", "Hi", "--text", "x", "--ca-file"])
        .arg(post.path("ca.pem"))
        .env("MAILER_PASSWORD", PASSWORD)
        .run();
    sent.assert_success();
    post.only();
}
