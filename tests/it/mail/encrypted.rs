//! TLS: from the first byte, or after STARTTLS; and what somebody on the way may try.

use std::fs;
use std::sync::Arc;

use harness::{Launch, temp_dir};
use rcgen::{CertificateParams, date_time_ymd};
use rustls::{ServerConnection, StreamOwned};

use super::talk::{Talk, talking};
use super::{Post, mailer};
use crate::certificates::{as_openssl_makes_it, named, self_signed};
use crate::told::{error_of, line_of};
use crate::wire::{Peer, listener};

fn post(tls: &str) -> Post {
    Post::start(&["--tls", tls, "--write-ca", "ca.pem"])
}

/// A mail by the default, which is STARTTLS.
fn mail(address: &str) -> Launch {
    mailer()
        .args(["--server", address, "--from", "a@b", "--to", "c@d"])
        .args(["--subject", "Hi", "--text", "Hello"])
}

#[test]
fn a_mail_after_starttls_and_by_implicit_tls() {
    for tls in ["starttls", "implicit"] {
        let post = post(tls);
        let sent = mail(post.address())
            .args(["--tls", tls, "-vv", "--ca-file"])
            .arg(post.path("ca.pem"))
            .run();
        sent.assert_success();
        assert!(
            sent.stderr_text().contains("the connection is encrypted"),
            "{sent}"
        );
        assert!(post.only().ends_with(b"\r\n\r\nHello\r\n"));
        let hellos = sent.stderr_text().matches("C: EHLO").count();
        assert_eq!(hellos, if tls == "starttls" { 2 } else { 1 }, "{sent}");
    }
}

#[test]
fn a_name_counts_as_well_as_a_number() {
    let post = post("starttls");
    let port = post.server.socket_addr().port();
    let sent = mail(&format!("localhost:{port}"))
        .arg("--ca-file")
        .arg(post.path("ca.pem"))
        .run();
    sent.assert_success();
}

#[test]
fn a_server_without_starttls_is_an_error_and_nothing_is_said_to_it() {
    let server = talking(|talk| {
        talk.greet("SIZE_1000");
        talk.peer.rest_or_reset()
    });
    let sent = mail(&server.address)
        .args(["--user", "ann"])
        .env("MAILER_PASSWORD", "horse")
        .run();
    let message = error_of("mailer", &sent, 1);
    let told = format!(
        "cannot encrypt the connection to {}: it does not offer",
        server.address
    );
    assert!(message.starts_with(&told), "{message}");
    assert_eq!(server.end(), b"QUIT\r\n");
}

#[test]
fn a_server_that_refuses_starttls_is_not_spoken_to_in_the_clear() {
    for (answer, code, why) in [
        ("454 4.7.0 not now", 75, "the server says 454 4.7.0 not now"),
        ("502 5.5.1 what?", 1, "the server says 502 5.5.1 what?"),
        ("334 ", 1, "its answer makes no sense here: 334"),
    ] {
        let server = talking(move |talk| {
            talk.greet("STARTTLS");
            talk.hear("STARTTLS", answer);
            talk.peer.rest_or_reset()
        });
        let sent = mail(&server.address).run();
        let message = format!("cannot say STARTTLS to {}: {why}", server.address);
        assert_eq!(error_of("mailer", &sent, code), message);
        assert!(server.end().is_empty(), "nothing more was said");
    }
}

/// CVE-2021-22947: what came in the clear must not be taken for what comes encrypted.
#[test]
fn words_behind_the_220_are_an_error() {
    for extra in ["250 AUTH PLAIN\r\n", "2"] {
        let server = talking(move |talk| {
            talk.greet("STARTTLS");
            talk.line();
            talk.peer.send(format!("220 go ahead\r\n{extra}"));
            talk.peer.rest_or_reset()
        });
        let sent = mail(&server.address).run();
        let message = error_of("mailer", &sent, 1);
        let why = "it went on in the clear where TLS should begin";
        assert!(message.ends_with(why), "{message}");
        assert!(server.end().is_empty(), "not even a handshake was begun");
    }
}

#[test]
fn what_was_offered_in_the_clear_does_not_count() {
    // The real server knows LOGIN and large mails; the one on the way had said PLAIN and small ones.
    let flags = ["--tls", "starttls", "--write-ca", "ca.pem"];
    let post = Post::start(&[&flags[..], &["--auth", "login"]].concat());
    let relay = talking({
        let to = post.server.socket_addr();
        move |talk| {
            let mut server = Talk {
                peer: Peer {
                    socket: std::net::TcpStream::connect(to).unwrap(),
                },
            };
            server.line();
            talk.greet("STARTTLS AUTH_PLAIN SIZE_1");
            server.say("EHLO x");
            while server.line().starts_with("250-") {}
            talk.hear("STARTTLS", "220 go");
            server.say("STARTTLS");
            server.line();
            let (mut up, mut down) = (talk.peer.socket.try_clone().unwrap(), server.peer.socket);
            let mut back = (
                down.try_clone().unwrap(),
                talk.peer.socket.try_clone().unwrap(),
            );
            let upward = std::thread::spawn(move || {
                let _ = std::io::copy(&mut up, &mut down);
                let _ = down.shutdown(std::net::Shutdown::Write);
            });
            let _ = std::io::copy(&mut back.0, &mut back.1);
            let _ = back.1.shutdown(std::net::Shutdown::Both);
            upward.join().unwrap();
        }
    });
    let sent = mail(&relay.address)
        .args(["--user", "ann", "--ca-file"])
        .arg(post.path("ca.pem"))
        .env("MAILER_PASSWORD", "horse")
        .run();
    sent.assert_success();
    post.only();
    relay.end();
}

#[test]
fn a_stranger_is_not_trusted() {
    for tls in ["starttls", "implicit"] {
        let post = post(tls);
        let other = self::post(tls);
        for trusted in [None, Some(other.path("ca.pem"))] {
            let mut launch = mail(post.address()).args(["--tls", tls]);
            if let Some(path) = trusted {
                launch = launch.arg("--ca-file").arg(path);
            }
            let output = launch.run();
            let message = error_of("mailer", &output, 1);
            let why = "cannot open TLS with 127.0.0.1: its certificate ";
            assert!(message.contains(why), "{message}");
            assert!(post.kept().is_empty());
        }
    }
}

/// A mail to a server that shows this very certificate, which is trusted, and says no after the
/// handshake; and what is told.
fn told_of(params: CertificateParams) -> String {
    let (certificate, config) = self_signed(params);
    let folder = temp_dir();
    fs::write(folder.path().join("server.pem"), certificate.pem()).unwrap();
    let server = talking(move |talk| {
        let socket = talk.peer.socket.try_clone().unwrap();
        let session = ServerConnection::new(Arc::new(config)).unwrap();
        let socket = StreamOwned::new(session, socket);
        let mut inner = Talk {
            peer: Peer { socket },
        };
        // The handshake may well fail.
        let _ = std::io::Write::write_all(&mut inner.peer.socket, b"554 you are in\r\n");
        let _ = std::io::Write::flush(&mut inner.peer.socket);
        talk.peer.rest_or_reset();
    });
    let output = mail(&server.address)
        .dir(&folder)
        .args(["--tls", "implicit", "--ca-file", "server.pem"])
        .run();
    output.assert_code(1);
    line_of("mailer", &output)
}

#[test]
fn a_certificate_that_is_named_itself_is_trusted_as_long_as_it_fits() {
    for fitting in [as_openssl_makes_it("127.0.0.1"), named("127.0.0.1")] {
        let told = told_of(fitting);
        assert!(told.ends_with("the server says 554 you are in"), "{told}");
    }
    let told = told_of(named("mail.example.org"));
    assert!(
        told.ends_with("its certificate is for another name"),
        "{told}"
    );
    let mut old = named("127.0.0.1");
    old.not_before = date_time_ymd(2001, 1, 1);
    old.not_after = date_time_ymd(2002, 1, 1);
    let told = told_of(old);
    assert!(told.ends_with("its certificate has expired"), "{told}");
}

#[test]
fn a_handshake_that_never_ends_has_a_time() {
    let (_listener, address) = listener();
    let output = mail(&address)
        .args(["--tls", "implicit", "--timeout", "0.3"])
        .run();
    let message = error_of("mailer", &output, 75);
    assert!(message.ends_with("no answer within 0.3 s"), "{message}");
}

#[test]
fn a_server_that_speaks_no_tls_is_told() {
    let server = talking(|talk| {
        talk.say("220 mail.example.org ESMTP");
        talk.peer.rest_or_reset();
    });
    let output = mail(&server.address).args(["--tls", "implicit"]).run();
    let message = error_of("mailer", &output, 1);
    assert!(message.ends_with("it does not speak TLS"), "{message}");
}

#[test]
fn a_ca_file_that_is_none_is_told_before_anything_is_sent() {
    let folder = temp_dir();
    fs::write(folder.path().join("ca.pem"), "hello").unwrap();
    let output = mail("127.0.0.1:1")
        .dir(&folder)
        .args(["--ca-file", "ca.pem"])
        .run();
    let message = error_of("mailer", &output, 1);
    assert!(
        message.starts_with("cannot use the certificates in ca.pem"),
        "{message}"
    );
}
