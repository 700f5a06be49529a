//! https, with certificates of the test's own.

use std::fs;
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use harness::temp_dir;
use rustls::{ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::gateway::read_request;
use super::{KEY, MOBILE, ok, sending};
use crate::certificates::{named, self_signed};
use crate::told::error_of;

/// A gateway with a certificate for `name`, which is in the folder as `gateway.pem`; it answers
/// each request with an id that is the request's length, and leaves without TLS's goodbye.
fn gateway(name: &str) -> (SocketAddr, TempDir) {
    let (certificate, config) = self_signed(named(name));
    let folder = temp_dir();
    fs::write(folder.path().join("gateway.pem"), certificate.pem()).unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        while let Ok((socket, _)) = listener.accept() {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(session, socket);
            let request = read_request(&mut stream);
            let there = request.contains(KEY) && request.starts_with("POST /x?method=Submit ");
            let id = if there { 7 } else { 0 };
            let answer = ok(&format!(r#"{{"code":2,"msg":"","smsid":"{id}"}}"#));
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    (address, folder)
}

#[test]
fn a_message_goes_encrypted() {
    let (address, folder) = gateway("127.0.0.1");
    let output = sending(&format!("https://{address}/x"))
        .arg("--ca-file")
        .arg(folder.path().join("gateway.pem"))
        .run();
    assert_eq!(output.assert_success().stdout_text(), "2 accepted, id 7\n");
}

/// What does not pass by itself is not worth trying again.
#[test]
fn a_gateway_that_is_not_who_it_should_be_gets_nothing() {
    let (address, _folder) = gateway("127.0.0.1");
    let output = sending(&format!("https://{address}/x")).run();
    assert_eq!(
        error_of("sms", &output, 1),
        format!(
            "cannot send to {MOBILE}: cannot open TLS with 127.0.0.1: its certificate was not \
             issued by anyone we trust (see --ca-file)"
        )
    );
    let (address, folder) = gateway("gateway.example");
    let output = sending(&format!("https://{address}/x"))
        .arg("--ca-file")
        .arg(folder.path().join("gateway.pem"))
        .run();
    assert_eq!(
        error_of("sms", &output, 1),
        format!(
            "cannot send to {MOBILE}: cannot open TLS with 127.0.0.1: its certificate is for \
             another name"
        )
    );
}

#[test]
fn a_handshake_that_is_not_answered_may_be_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let output = sending(&url).args(["--timeout", "0.3"]).run();
    assert_eq!(
        error_of("sms", &output, 75),
        format!("cannot send to {MOBILE}: cannot open TLS with 127.0.0.1: no answer within 0.3 s")
    );
}
