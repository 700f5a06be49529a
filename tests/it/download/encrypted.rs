//! https, against a server with a certificate that was made for the test.

use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use harness::noise;

use super::site::read_request;
use super::{Desk, assert_error};
use crate::certificates::Authority;

/// Answers every request of every connection with these bytes; then waits for the next, or cuts.
fn serve(config: ServerConfig, answer: Vec<u8>, cut: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let config = Arc::new(config);
    thread::spawn(move || {
        for socket in listener.incoming() {
            let session = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = BufReader::new(StreamOwned::new(session, socket.unwrap()));
            let answer = answer.clone();
            thread::spawn(move || {
                while read_request(&mut tls).is_some() {
                    let tls = tls.get_mut();
                    if tls.write_all(&answer).and_then(|()| tls.flush()).is_err() || cut {
                        let _ = tls.sock.shutdown(std::net::Shutdown::Write);
                        return;
                    }
                }
            });
        }
    });
    address
}

fn whole(length: usize) -> Vec<u8> {
    let header = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    [header.as_bytes(), &noise(length, 1)].concat()
}

#[test]
fn files_come_encrypted() {
    let authority = Authority::new();
    let server = serve(authority.certify("127.0.0.1"), whole(1_000_000), false);
    let desk = Desk::new();
    std::fs::write(desk.folder.path().join("ca.pem"), authority.pem).unwrap();
    let urls: Vec<_> = (0..20)
        .map(|number| format!("https://{server}/{number}"))
        .collect();
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    desk.run(&[&["-j", "4", "--ca-file", "ca.pem"], urls.as_slice()].concat())
        .assert_success();
    assert_eq!(desk.files().len(), 20);
    assert!(desk.read("19") == noise(1_000_000, 1));
}

#[test]
fn a_server_that_nobody_vouches_for_is_not_trusted() {
    let server = serve(Authority::new().certify("127.0.0.1"), whole(10), false);
    let url = format!("https://{server}/a");
    let output = Desk::new().run(&[&url]);
    let why = "its certificate was not issued by anyone we trust (see --ca-file)";
    assert_error(&output, 1, &url, why);
}

#[test]
fn a_server_that_speaks_no_tls_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let _ = socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = std::io::copy(&mut socket, &mut std::io::sink());
    });
    let url = format!("https://{server}/a");
    assert_error(&Desk::new().run(&[&url]), 1, &url, "it does not speak TLS");
}

#[test]
fn a_server_that_is_silent_in_the_handshake_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/a", listener.local_addr().unwrap());
    let output = Desk::new().run(&["--retries", "0", "--timeout", "0.3", &url]);
    assert_error(&output, 75, &url, "no TLS handshake within 0.3 s");
}

/// Where only the close ends a body, anybody on the way could end it.
#[test]
fn a_connection_that_is_cut_is_no_end() {
    let authority = Authority::new();
    let server = serve(
        authority.certify("127.0.0.1"),
        b"HTTP/1.0 200 OK\r\n\r\nhi the".to_vec(),
        true,
    );
    let desk = Desk::new();
    std::fs::write(desk.folder.path().join("ca.pem"), authority.pem).unwrap();
    let url = format!("https://{server}/a");
    let output = desk.run(&["--retries", "0", "--ca-file", "ca.pem", &url]);
    assert_error(&output, 75, &url, "the connection was cut, after 6 bytes");
    assert!(desk.files().is_empty());
}
