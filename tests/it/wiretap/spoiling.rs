//! The bad line itself: chunks, delay, and a reset at an exact byte.

use std::io::{ErrorKind, Read, Write};
use std::thread;
use std::time::{Duration, Instant};

use harness::noise;

use super::{Taped, story, tap};
use crate::wire::{Peer, RawServer};

#[test]
fn chunks_are_seen_apart() {
    let server = RawServer::start(|mut peer| {
        let mut reads = Vec::new();
        loop {
            match peer.recv() {
                read if read.is_empty() => return reads,
                read => reads.push(read),
            }
        }
    });
    let tap = tap(&server.address, &["--chunk", "3"]);
    let mut peer = Peer::connect(&tap);
    let begin = Instant::now();
    peer.send(b"abcdefghijkl".repeat(20));
    peer.finish();
    let reads = server.end();
    let took = begin.elapsed();
    assert_eq!(reads.concat(), b"abcdefghijkl".repeat(20));
    // A reader that does not get the processor finds several chunks at once; that they were sent
    // apart shows in the time it took.
    assert!(took >= Duration::from_millis(79), "80 chunks in {took:?}");
    assert!(reads.len() > 8, "{reads:?}");
}

#[test]
fn a_delay_holds_each_direction_back() {
    const DELAY: Duration = Duration::from_millis(300);
    let server = RawServer::start(|mut peer| {
        peer.expect("ping");
        peer.send("pong");
    });
    let tap = tap(&server.address, &["--delay", "300"]);
    let mut peer = Peer::connect(&tap);
    let begin = Instant::now();
    peer.send("ping");
    peer.expect("pong");
    let took = begin.elapsed();
    assert!(took >= 2 * DELAY, "{took:?}");
    peer.expect_end();
    let took = begin.elapsed();
    assert!(took >= 2 * DELAY, "{took:?}");
    server.end();
}

/// The line is longer, not narrower: what is sent within the delay is all on its way at once.
#[test]
fn a_delay_does_not_slow_the_flow() {
    const LENGTH: usize = 8 << 20;
    let server = RawServer::start(|mut peer| {
        let received = peer.receive(LENGTH);
        peer.send("all");
        received
    });
    let tap = tap(&server.address, &["--delay", "500"]);
    let mut peer = Peer::connect(&tap);
    let begin = Instant::now();
    peer.send(noise(LENGTH, 1));
    peer.expect("all");
    let took = begin.elapsed();
    assert!(server.end() == noise(LENGTH, 1));
    // With a window of 256 KiB for each delay it would take 16 s.
    assert!(took < Duration::from_secs(8), "{took:?}");
}

/// Sends and receives through a line that breaks after so many bytes. Returns how many arrived at
/// the client and at the server.
fn broken_after(most: usize) -> (usize, usize) {
    let server = RawServer::start(|mut peer| {
        let mut received = [0; 10];
        let mut count = 0;
        let kind = loop {
            match peer.socket.read(&mut received[count..]) {
                Ok(0) => panic!("an end of stream instead of a reset"),
                Ok(length) => count += length,
                Err(error) => break error.kind(),
            }
            if count == 10 {
                // It may have been broken meanwhile; an error is told once, to whoever asks first.
                let answered = peer.socket.write_all(b"0123456789");
                let broken = answered.and_then(|()| peer.socket.read(&mut [0]));
                break broken.expect_err("a reset").kind();
            }
        };
        assert_eq!(kind, ErrorKind::ConnectionReset);
        count
    });
    let taped = Taped::start(&server.address, &["--reset-after", &most.to_string()]);
    let mut peer = Peer::connect(&taped.tap);
    let _ = peer.socket.write_all(b"abcdefghij");
    let mut received = Vec::new();
    let error = peer.socket.read_to_end(&mut received).expect_err("a reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    let counts = (received.len(), server.end());
    let story = story(&taped.stop(), 1);
    let whats: Vec<_> = story
        .iter()
        .rev()
        .take(2)
        .map(|(what, _)| what.as_str())
        .collect();
    assert_eq!(whats, ["server reset", "client reset"], "{story:?}");
    let passed: usize = story.iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(passed, most, "on the tape: {story:?}");
    counts
}

#[test]
fn both_ends_are_reset_after_exactly_so_many_bytes() {
    for most in [1, 9, 10, 11, 19, 20] {
        let to_server = most.min(10);
        let to_client = most - to_server;
        assert_eq!(broken_after(most), (to_client, to_server), "after {most}");
    }
}

#[test]
fn a_line_that_breaks_at_once() {
    let server = RawServer::start(|mut peer| peer.rest_or_reset());
    let tap = tap(&server.address, &["--reset-after", "0"]);
    super::expect_reset_at_once(&tap);
    assert_eq!(server.end(), b"");
}

#[test]
fn each_connection_has_a_count_of_its_own() {
    let server = harness::Server::start("hello-server", &[]);
    let tap = tap(server.address(), &["--reset-after", "12"]);
    let ends: Vec<_> = (0..3)
        .map(|_| {
            let address = tap.socket_addr();
            thread::spawn(move || {
                let mut socket = std::net::TcpStream::connect(address).unwrap();
                socket.set_read_timeout(Some(harness::LIMIT)).unwrap();
                let mut greeting = [0; 8];
                socket.read_exact(&mut greeting).unwrap();
                let _ = socket.write_all(b"Annabel");
                socket
                    .read_to_end(&mut Vec::new())
                    .expect_err("a reset")
                    .kind()
            })
        })
        .collect();
    for end in ends {
        assert_eq!(end.join().unwrap(), ErrorKind::ConnectionReset);
    }
}

#[test]
fn what_spoils_can_be_put_together() {
    let server = RawServer::start(|mut peer| peer.rest_or_reset());
    let taped = Taped::start(
        &server.address,
        &["--chunk", "1", "--delay", "50", "--reset-after", "7"],
    );
    let mut peer = Peer::connect(&taped.tap);
    peer.send("0123456789");
    peer.rest_or_reset();
    assert_eq!(server.end(), b"0123456");
    taped.tap.stop().assert_success();
}
