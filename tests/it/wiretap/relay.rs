//! That the two ends cannot tell the relay from a wire: every byte, and every way to end.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc;
use std::thread;

use harness::{LIMIT, Server, Signal, Stream, noise};

use super::{Taped, story, tap, told};
use crate::hello::welcomed;
use crate::wire::{Peer, RawServer, closed_port, listener};

/// Sends all of `bytes` while it receives as many, and returns those.
fn exchange(mut peer: Peer, bytes: Vec<u8>) -> Vec<u8> {
    let mut writer = peer.socket.try_clone().unwrap();
    let length = bytes.len();
    let sending = thread::spawn(move || writer.write_all(&bytes).unwrap());
    let received = peer.receive(length);
    sending.join().unwrap();
    received
}

#[test]
fn every_byte_passes_in_both_directions_at_once_and_is_on_the_tape() {
    const LENGTH: usize = 4 << 20;
    let server = RawServer::start(|peer| exchange(peer, noise(LENGTH, 1)));
    let taped = Taped::start(&server.address, &[]);
    let received = exchange(Peer::connect(&taped.tap), noise(LENGTH, 2));
    assert!(received == noise(LENGTH, 1), "what the client received");
    assert!(server.end() == noise(LENGTH, 2), "what the server received");
    let events = taped.stop();
    for (what, seed) in [("server data", 1), ("client data", 2)] {
        let of_side = events.iter().filter(|event| event.what == what);
        let bytes: Vec<u8> = of_side.flat_map(|event| event.bytes.clone()).collect();
        assert!(bytes == noise(LENGTH, seed), "{what} on the tape");
    }
}

#[test]
fn many_connections_at_once_do_not_mix() {
    let server = Server::start("hello-server", &[]);
    let taped = Taped::start(server.address(), &[]);
    let mut peers: Vec<_> = (0..100).map(|_| welcomed(&taped.tap)).collect();
    for round in 0..3 {
        for (number, peer) in peers.iter_mut().enumerate() {
            peer.send(format!("guest {number} {round}\n"));
        }
        for (number, peer) in peers.iter_mut().enumerate() {
            peer.expect(format!("Hello, guest {number} {round}!\n"));
        }
    }
    drop(peers);
    let events = taped.stop();
    for connection in 1..=100 {
        let story = story(&events, connection);
        let name = |bytes: &[u8]| {
            let said = String::from_utf8_lossy(bytes).into_owned();
            said.split(' ').nth(1).map(str::to_owned)
        };
        let by_client = story.iter().filter(|(what, _)| what == "client data");
        let names: Vec<_> = by_client.map(|(_, bytes)| name(bytes)).collect();
        assert!(names.windows(2).all(|pair| pair[0] == pair[1]), "{story:?}");
    }
}

#[test]
fn the_clients_half_close_is_carried_over_and_the_other_direction_goes_on() {
    let server = RawServer::start(|mut peer| {
        let asked = peer.rest();
        peer.send("the answer");
        asked
    });
    let taped = Taped::start(&server.address, &[]);
    let mut peer = Peer::connect(&taped.tap);
    peer.send("a question");
    peer.finish();
    assert_eq!(peer.rest(), b"the answer");
    assert_eq!(server.end(), b"a question");
    assert_eq!(
        story(&taped.stop(), 1),
        told(&[
            ("client open", ""),
            ("client data", "a question"),
            ("client half_close", ""),
            ("server data", "the answer"),
            ("server close", ""),
        ])
    );
}

#[test]
fn the_servers_half_close_is_carried_over_and_the_other_direction_goes_on() {
    let server = RawServer::start(|mut peer| {
        peer.send("this is all");
        peer.finish();
        peer.rest()
    });
    let taped = Taped::start(&server.address, &[]);
    let mut peer = Peer::connect(&taped.tap);
    assert_eq!(peer.rest(), b"this is all");
    peer.send("thank you");
    drop(peer);
    assert_eq!(server.end(), b"thank you");
    let found = story(&taped.stop(), 1);
    assert_eq!(
        found[1..4],
        told(&[
            ("server data", "this is all"),
            ("server half_close", ""),
            ("client data", "thank you"),
        ])
    );
    assert_eq!(found[4..], told(&[("client close", "")]));
}

/// What comes until the connection breaks, and how it breaks.
fn until_broken(peer: &mut Peer) -> (Vec<u8>, ErrorKind) {
    let mut received = Vec::new();
    match peer.socket.read_to_end(&mut received) {
        Ok(_) => panic!("an end of stream after {received:?}, instead of a reset"),
        Err(error) => (received, error.kind()),
    }
}

#[test]
fn the_clients_reset_is_carried_over_after_what_it_sent() {
    let (ready, go) = mpsc::channel();
    let server = RawServer::start(move |mut peer| {
        ready.send(()).unwrap();
        until_broken(&mut peer)
    });
    let taped = Taped::start(&server.address, &[]);
    let mut peer = Peer::connect(&taped.tap);
    peer.send("last words");
    go.recv_timeout(LIMIT).unwrap();
    peer.reset();
    let (received, kind) = server.end();
    // A reset may overtake what came before; it may not be taken for an orderly end.
    assert!(b"last words".starts_with(&received), "{received:?}");
    assert_eq!(kind, ErrorKind::ConnectionReset);
    let story = story(&taped.stop(), 1);
    assert_eq!(story.last().unwrap().0, "client reset", "{story:?}");
}

#[test]
fn the_servers_reset_is_carried_over_after_what_it_sent() {
    let server = RawServer::start(|mut peer| {
        peer.expect("go");
        peer.send("last words");
        // So that the words are not taken back by the reset before the relay has seen them.
        peer.expect("got it");
        peer.reset();
    });
    let taped = Taped::start(&server.address, &[]);
    let mut peer = Peer::connect(&taped.tap);
    peer.send("go");
    peer.expect("last words");
    peer.send("got it");
    assert_eq!(
        until_broken(&mut peer),
        (Vec::new(), ErrorKind::ConnectionReset)
    );
    server.end();
    let story = story(&taped.stop(), 1);
    assert_eq!(story.last().unwrap().0, "server reset", "{story:?}");
}

#[test]
fn a_client_that_leaves_in_the_middle_of_an_answer_is_a_reset_to_the_server() {
    let server = RawServer::start(|mut peer| -> io::Error {
        loop {
            if let Err(error) = peer.socket.write_all(&[0; 65_536]) {
                return error;
            }
        }
    });
    let tap = tap(&server.address, &[]);
    let mut peer = Peer::connect(&tap);
    peer.receive(100_000);
    drop(peer);
    let error = server.end();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        ),
        "{error}"
    );
    tap.stop().assert_success();
}

/// The reset must not wait behind bytes that nobody takes.
#[test]
fn a_reset_reaches_an_end_that_does_not_read() {
    let (reset, was_reset) = mpsc::channel::<()>();
    let server = RawServer::start(move |mut peer| {
        was_reset.recv_timeout(LIMIT).unwrap();
        // It has read nothing; what has come stands before the reset.
        until_broken(&mut peer)
    });
    let tap = tap(&server.address, &[]);
    let peer = Peer::connect(&tap);
    peer.socket.set_nonblocking(true).unwrap();
    fill(&peer.socket);
    peer.reset();
    reset.send(()).unwrap();
    let (_, kind) = server.end();
    assert_eq!(kind, ErrorKind::ConnectionReset);
}

/// Writes until there has been no room for a while; how much it was.
fn fill(mut socket: &TcpStream) -> usize {
    const LONG_ENOUGH: std::time::Duration = std::time::Duration::from_millis(500);
    let mut written = 0;
    let mut last = std::time::Instant::now();
    while last.elapsed() < LONG_ENOUGH {
        match socket.write(&[b'x'; 65_536]) {
            Ok(length) => {
                written += length;
                last = std::time::Instant::now();
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    }
    written
}

/// Otherwise a fast sender and a slow reader would fill the memory.
#[test]
fn a_server_that_does_not_read_holds_the_client_back() {
    let (listener, address) = listener();
    let tap = tap(&address, &[]);
    let peer = Peer::connect(&tap);
    let (_server, _) = listener.accept().unwrap();
    peer.socket.set_nonblocking(true).unwrap();
    // The kernel's buffers of both connections have some megabytes each.
    let written = fill(&peer.socket);
    assert!(written < 64 << 20, "{written} bytes without a reader");
}

#[test]
fn a_server_that_refuses_is_a_reset_to_the_client_and_told() {
    let (_socket, address) = closed_port();
    let taped = Taped::start(&address, &[]);
    for _ in 0..2 {
        super::expect_reset_at_once(&taped.tap);
    }
    let why = format!("cannot connect to {address}: connection refused");
    let told = |line: &str| line.contains(&why);
    taped
        .tap
        .wait_for_line(Stream::Stderr, told, LIMIT)
        .unwrap();
    let events = taped.stop();
    assert_eq!(
        story(&events, 2),
        super::told(&[("client open", ""), ("server reset", "")])
    );
}

#[test]
fn no_more_connections_than_allowed_and_the_next_waits_for_its_turn() {
    let server = Server::start("hello-server", &[]);
    let tap = tap(server.address(), &["--max-connections", "1"]);
    let mut first = welcomed(&tap);
    let mut second = Peer::connect(&tap);
    first.say_hello("Ann");
    assert!(second.has_nothing());
    drop(first);
    second.expect("Welcome!");
    second.say_hello("Bob");
}

#[test]
fn who_is_silent_for_too_long_is_reset_if_that_was_asked_for() {
    let server = Server::start("hello-server", &[]);
    let tap = tap(server.address(), &["--idle-timeout", "0.2"]);
    let mut peer = welcomed(&tap);
    assert_eq!(until_broken(&mut peer).1, ErrorKind::ConnectionReset);
}

#[cfg(unix)]
#[test]
fn unix_sockets_on_either_side() {
    let folder = harness::temp_dir();
    let path = folder.path().join("tap");
    let server = Server::start(
        "hello-server",
        &[
            "--listen",
            &format!("unix:{}", folder.path().join("hello").display()),
        ],
    );
    let tap = tap(
        server.address(),
        &["--listen", &format!("unix:{}", path.display())],
    );
    let mut peer = Peer::connect_unix(&path);
    peer.expect("Welcome!");
    peer.say_hello("Ann");
    peer.send("exit\n");
    peer.expect_end();
    tap.stop().assert_success();
    assert!(!path.exists());
}

#[cfg(unix)]
#[test]
fn the_wish_to_end_ends_both_sides_in_good_order_after_what_was_on_its_way() {
    for signal in [Signal::Interrupt, Signal::Terminate] {
        let server = RawServer::start(|mut peer| {
            peer.send("to the client");
            peer.rest()
        });
        // What is held back when the wish comes is in flight.
        let taped = Taped::start(&server.address, &["--delay", "300"]);
        let mut peer = Peer::connect(&taped.tap);
        peer.send("to the server");
        peer.expect("to the client");
        taped.tap.signal(signal).unwrap();
        assert_eq!(peer.rest(), b"");
        assert_eq!(server.end(), b"to the server");
        taped.tap.wait(LIMIT).unwrap().assert_success();
        let events = super::events(&taped.path());
        // Nobody but us has ended it.
        let whats: Vec<_> = events.iter().map(|event| event.what.as_str()).collect();
        assert_eq!(whats.len(), 3, "{whats:?}");
    }
}

#[cfg(unix)]
#[test]
fn connections_that_would_go_on_for_ever_do_not_keep_it() {
    let (listener, address) = listener();
    let tap = tap(&address, &[]);
    let peer = Peer::connect(&tap);
    let (_server, _) = listener.accept().unwrap();
    peer.socket.set_nonblocking(true).unwrap();
    fill(&peer.socket);
    let output = tap.stop();
    output.assert_success();
}
