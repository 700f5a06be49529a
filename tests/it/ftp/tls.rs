//! TLS: on both connections or not at all.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use harness::{Launch, noise};
use rustls::{
    HandshakeKind, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};

use super::assert_holds;
use super::host::{Host, Line};
use super::peer::Peer;
use crate::certificates::{like_no_other, named, self_signed, speaking};
use crate::told::error_of;

/// The settings of a server that signed its own certificate, and that certificate.
fn server(versions: &[&'static SupportedProtocolVersion]) -> (Arc<ServerConfig>, String) {
    let (certificate, config) = self_signed(like_no_other(named("127.0.0.1")));
    (Arc::new(speaking(versions, &config)), certificate.pem())
}

fn encrypted(host: &Host, pem: &str) -> Launch {
    fs::write(host.folder().path().join("ca.pem"), pem).unwrap();
    host.ftp()
        .args(["--tls", "explicit", "--ca-file", "ca.pem"])
}

/// Up to where everything is encrypted.
fn begin(line: &mut Line, config: &Arc<ServerConfig>) {
    line.say("220 ready\r\n");
    line.answer("AUTH TLS", "234 go on\r\n");
    line.encrypt(config);
    line.answer("PBSZ 0", "200 ok\r\n");
    line.answer("PROT P", "200 ok\r\n");
    line.let_in();
}

type Data = StreamOwned<ServerConnection, TcpStream>;

fn data(line: &mut Line, config: &Arc<ServerConfig>) -> Data {
    let session = ServerConnection::new(Arc::clone(config)).unwrap();
    StreamOwned::new(session, line.data())
}

#[test]
fn six_transfers_in_a_row_both_ways() {
    let peer = Peer::encrypted();
    let names = ["a", "b", "c", "d", "e", "f"];
    for (seed, name) in names.iter().enumerate() {
        peer.write_here(name, noise(100_000 * seed, seed as u64));
    }
    let put = peer.ftp("").args(["-vv", "put"]).args(names).run();
    put.assert_success();
    let get = peer
        .ftp("")
        .args(["-vv", "get"])
        .args(names)
        .args(["-o", "back/"])
        .run();
    get.assert_success();
    for (seed, name) in names.iter().enumerate() {
        assert_holds(peer.there().join(name), &noise(100_000 * seed, seed as u64));
        assert_holds(
            peer.here().join("back").join(name),
            &noise(100_000 * seed, seed as u64),
        );
    }
    for output in [put, get] {
        let told = output.stderr_text();
        assert_eq!(told.matches("TLS: a new session").count(), 1, "{output}");
        assert_eq!(
            told.matches("TLS: a resumed session").count(),
            6,
            "{output}"
        );
    }
    let active = peer.ftp("").args(["--active", "cat", "f"]).run();
    active.assert_success();
    assert!(active.stdout == noise(500_000, 5));
}

/// A server that lets nobody in who does not go on with the session of the control connection, and
/// that hands out two tickets where there is a new session, and one where there is not.
#[test]
fn every_data_connection_goes_on_with_the_session() {
    for versions in [&[&rustls::version::TLS13], &[&rustls::version::TLS12]] {
        let (config, pem) = server(versions);
        let mut host = Host::playing(move |mut line| {
            begin(&mut line, &config);
            line.answer("TYPE I", "200 ok\r\n");
            for _ in 0..7 {
                line.open_port();
                let working = line.hear().replace("STOR ", "");
                line.say("150 go on\r\n");
                let mut data = data(&mut line, &config);
                let mut received = Vec::new();
                data.read_to_end(&mut received)
                    .expect("it ends with TLS's last word");
                assert_eq!(data.conn.handshake_kind(), Some(HandshakeKind::Resumed));
                assert_eq!(received, b"Hello");
                drop(data);
                line.say("226 done\r\n");
                line.answer(&format!("SIZE {working}"), "213 5\r\n");
                line.answer(&format!("RNFR {working}"), "350 to what?\r\n");
                assert!(line.hear().starts_with("RNTO "));
                line.say("250 done\r\n");
            }
            line.part();
        });
        let names = ["a", "b", "c", "d", "e", "f", "g"];
        for name in names {
            fs::write(host.folder().path().join(name), "Hello").unwrap();
        }
        let put = encrypted(&host, &pem).arg("put").args(names).run();
        put.assert_success();
        host.finish();
    }
}

/// Anybody on the way can end a TCP stream. Where the size is known, they gain nothing by it.
#[test]
fn the_end_of_a_file_is_not_believed_without_tlss_last_word() {
    for (size, told) in [
        ("213 5", None),
        ("213 6", Some("only")),
        ("500 what?", Some("only")),
    ] {
        let (config, pem) = server(&[&rustls::version::TLS13]);
        let mut host = Host::playing(move |mut line| {
            begin(&mut line, &config);
            line.answer("TYPE I", "200 ok\r\n");
            line.answer("SIZE a", &format!("{size}\r\n"));
            line.open_port();
            line.answer("RETR a", "150 here\r\n");
            let mut data = data(&mut line, &config);
            data.write_all(b"Hello").unwrap();
            data.flush().unwrap();
            drop(data.sock);
            line.say("226 done\r\n");
            line.part();
        });
        let got = encrypted(&host, &pem).args(["-q", "get", "a"]).run();
        match told {
            None => {
                got.assert_success();
            }
            Some(_) => {
                let line = error_of("ftp-updown", &got, 1);
                let why = "the connection was cut: it ended without the word that TLS ends with";
                assert_eq!(line, format!("cannot get a: {why}"));
            }
        }
        host.finish();
    }
}

#[test]
fn a_listing_is_not_believed_without_tlss_last_word() {
    let (config, pem) = server(&[&rustls::version::TLS13]);
    let mut host = Host::playing(move |mut line| {
        begin(&mut line, &config);
        line.open_port();
        line.answer("NLST", "150 here\r\n");
        let mut data = data(&mut line, &config);
        data.write_all(b"a\r\n").unwrap();
        data.flush().unwrap();
        drop(data.sock);
        line.say("226 done\r\n");
        line.part();
    });
    let listed = encrypted(&host, &pem).arg("names").run();
    listed.assert_code(1);
    assert!(
        listed
            .stderr_text()
            .contains("the listing is not complete: the connection was cut"),
        "{listed}"
    );
    host.finish();
}

#[test]
fn there_is_no_way_back_to_clear_text() {
    let (_, pem) = server(&[&rustls::version::TLS13]);
    for (reply, why) in [
        (
            "500 what?",
            "it does not open TLS, and nothing was sent without: the server said 500 what?",
        ),
        (
            "334 maybe",
            "it does not open TLS, and nothing was sent without: the server said 334 maybe",
        ),
        (
            "234 go on\r\n230 you are in",
            "something was sent in the clear behind its answer, before TLS began",
        ),
    ] {
        let mut host = Host::playing(move |mut line| {
            line.say("220 ready\r\n");
            line.answer("AUTH TLS", &format!("{reply}\r\n"));
            line.expect_end();
        });
        let output = encrypted(&host, &pem).arg("pwd").run();
        let line = error_of("ftp-updown", &output, 1);
        assert_eq!(line, format!("cannot talk to {}: {why}", host.address()));
        host.finish();
    }
}

#[test]
fn a_server_that_would_send_files_in_the_clear_is_left() {
    let (config, pem) = server(&[&rustls::version::TLS13]);
    let mut host = Host::playing(move |mut line| {
        line.say("220 ready\r\n");
        line.answer("AUTH TLS", "234 go on\r\n");
        line.encrypt(&config);
        line.answer("PBSZ 0", "200 ok\r\n");
        line.answer("PROT P", "536 only in the clear\r\n");
        line.expect_end();
    });
    let output = encrypted(&host, &pem).arg("pwd").run();
    let line = error_of("ftp-updown", &output, 1);
    assert!(
        line.ends_with(
            "it does not encrypt data connections: the server said 536 only in the clear"
        )
    );
    host.finish();
}

#[test]
fn implicit_tls_begins_with_the_first_byte() {
    let (config, pem) = server(&[&rustls::version::TLS13, &rustls::version::TLS12]);
    let mut host = Host::playing(move |mut line| {
        line.encrypt(&config);
        line.say("220 ready\r\n");
        line.answer("PBSZ 0", "200 ok\r\n");
        line.answer("PROT P", "200 ok\r\n");
        line.let_in();
        line.open_port();
        line.answer("NLST", "150 here\r\n");
        let mut data = data(&mut line, &config);
        data.write_all(b"a\r\n").unwrap();
        data.conn.send_close_notify();
        data.flush().unwrap();
        drop(data);
        line.say("226 done\r\n");
        line.part();
    });
    fs::write(host.folder().path().join("ca.pem"), &pem).unwrap();
    let output = host
        .ftp()
        .args(["--tls", "implicit", "--ca-file", "ca.pem", "names"])
        .run();
    output.assert_success();
    assert_eq!(output.stdout_text(), "a\n");
    host.finish();
}

#[test]
fn a_strangers_certificate_is_not_taken() {
    let (config, _) = server(&[&rustls::version::TLS13]);
    let (_, other) = server(&[&rustls::version::TLS13]);
    let mut host = Host::playing(move |mut line| {
        line.say("220 ready\r\n");
        line.answer("AUTH TLS", "234 go on\r\n");
        line.encrypt(&config);
        line.expect_end();
    });
    let output = encrypted(&host, &other).arg("pwd").run();
    let line = error_of("ftp-updown", &output, 1);
    assert!(
        line.contains("its certificate was not issued by anyone we trust"),
        "{line}"
    );
    host.finish();
}
