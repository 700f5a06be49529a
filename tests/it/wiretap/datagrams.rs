//! `--udp`

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use harness::{LIMIT, Server, Stream, client, noise, wait_until};

use super::{Taped, tap};
use crate::talkers::{receive, udp_peer};

/// A relay in front of a socket, and where it listens.
fn taped(server: SocketAddr, args: &[&str]) -> (Taped, SocketAddr) {
    let taped = Taped::start(&server.to_string(), &[&["--udp"], args].concat());
    let address = taped.tap.socket_addr();
    (taped, address)
}

#[test]
fn each_client_gets_its_own_answers() {
    let (server, address) = udp_peer();
    let (taped, relay) = taped(address, &[]);
    let clients: Vec<UdpSocket> = (0..10).map(|_| udp_peer().0).collect();
    for (number, client) in clients.iter().enumerate() {
        client
            .send_to(format!("{number}").as_bytes(), relay)
            .unwrap();
    }
    let mut senders = Vec::new();
    for _ in &clients {
        let (bytes, from) = receive(&server);
        senders.push((bytes, from));
    }
    senders.reverse();
    for (bytes, from) in senders {
        server
            .send_to(&[b"you are ", bytes.as_slice()].concat(), from)
            .unwrap();
    }
    for (number, client) in clients.iter().enumerate() {
        let (bytes, from) = receive(client);
        assert_eq!(bytes, format!("you are {number}").as_bytes());
        assert_eq!(from, relay);
    }
    let events = taped.stop();
    assert_eq!(events.len(), 20);
    for number in 1..=10 {
        let of_one: Vec<_> = events
            .iter()
            .filter(|event| event.connection == number)
            .collect();
        assert_eq!(of_one[0].what, "client datagram");
        assert_eq!(of_one[1].what, "server datagram");
        let name = String::from_utf8(of_one[0].bytes.clone()).unwrap();
        assert_eq!(of_one[1].bytes, format!("you are {name}").as_bytes());
    }
}

#[test]
fn every_length_passes_the_empty_and_the_longest_too() {
    let (server, address) = udp_peer();
    let (taped, relay) = taped(address, &[]);
    let (client, _) = udp_peer();
    for length in [0, 1, 1472, 65_507] {
        let sent = noise(length, 3);
        client.send_to(&sent, relay).unwrap();
        let (received, from) = receive(&server);
        assert!(received == sent, "{length} bytes to the server");
        server.send_to(&received, from).unwrap();
        assert!(receive(&client).0 == sent, "{length} bytes to the client");
    }
    let lengths: Vec<_> = taped.stop().iter().map(|event| event.bytes.len()).collect();
    assert_eq!(lengths, [0, 0, 1, 1, 1472, 1472, 65_507, 65_507]);
}

#[test]
fn all_are_lost_or_none_and_what_is_lost_is_marked() {
    let (server, address) = udp_peer();
    let (client, _) = udp_peer();
    for (percent, lost) in [("0", false), ("100", true)] {
        let (taped, relay) = taped(address, &["--drop", percent]);
        for number in 0..20u8 {
            client.send_to(&[number], relay).unwrap();
        }
        let events = wait_until("20 datagrams", || {
            let events = super::events_so_far(&taped.path());
            (events.len() >= 20).then_some(events)
        });
        assert!(events.iter().all(|event| event.dropped == lost));
        if !lost {
            (0..20).for_each(|number| assert_eq!(receive(&server).0, [number]));
        }
        taped.tap.stop().assert_success();
    }
    server.set_nonblocking(true).unwrap();
    assert!(
        server.recv(&mut [0; 9]).is_err(),
        "nothing of what was lost"
    );
}

#[test]
fn some_are_lost_of_many() {
    let (server, address) = udp_peer();
    let (taped, relay) = taped(address, &["--drop", "50"]);
    let (client, _) = udp_peer();
    let mut arrived = 0;
    // One at a time, so that none is lost for want of room.
    for number in 0..200u32 {
        client.send_to(&number.to_be_bytes(), relay).unwrap();
        let event = wait_until("this datagram", || {
            super::events_so_far(&taped.path())
                .into_iter()
                .nth(number as usize)
        });
        if !event.dropped {
            assert_eq!(receive(&server).0, number.to_be_bytes());
            arrived += 1;
        }
    }
    // By chance it is outside of this once in 10^12.
    assert!((50..150).contains(&arrived), "{arrived}");
}

#[test]
fn a_delay_holds_datagrams_back() {
    let (server, address) = udp_peer();
    let (taped, relay) = taped(address, &["--delay", "200"]);
    let (client, _) = udp_peer();
    let begin = Instant::now();
    client.send_to(b"one", relay).unwrap();
    client.send_to(b"two", relay).unwrap();
    assert_eq!(receive(&server).0, b"one");
    assert_eq!(receive(&server).0, b"two");
    assert!(begin.elapsed() >= Duration::from_millis(200));
    taped.tap.stop().assert_success();
}

#[cfg(unix)]
#[test]
fn what_is_held_back_at_the_end_still_arrives() {
    let (server, address) = udp_peer();
    let (taped, relay) = taped(address, &["--delay", "500"]);
    let (client, _) = udp_peer();
    client.send_to(b"last words", relay).unwrap();
    wait_until("a datagram", || super::events_so_far(&taped.path()).pop());
    taped.tap.stop().assert_success();
    assert_eq!(receive(&server).0, b"last words");
}

#[test]
fn that_nobody_listens_is_told_and_recorded() {
    let (server, address) = udp_peer();
    drop(server);
    let (taped, relay) = taped(address, &[]);
    let (client, _) = udp_peer();
    client.send_to(b"anybody?", relay).unwrap();
    let told = |line: &str| line.contains("connection refused");
    taped
        .tap
        .wait_for_line(Stream::Stderr, told, LIMIT)
        .unwrap();
    let whats: Vec<_> = taped.stop().into_iter().map(|event| event.what).collect();
    assert_eq!(whats, ["client datagram", "server reset"]);
}

#[test]
fn more_clients_than_allowed_forget_the_one_that_was_silent_longest() {
    let (server, address) = udp_peer();
    let (taped, relay) = taped(address, &["--max-connections", "2"]);
    let clients: Vec<UdpSocket> = (0..3).map(|_| udp_peer().0).collect();
    for client in clients.iter().chain([&clients[0]]) {
        client.send_to(b"x", relay).unwrap();
        receive(&server);
    }
    let numbers: Vec<_> = taped.stop().iter().map(|event| event.connection).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[test]
fn the_time_by_datagrams() {
    let server = Server::start("time-server", &["--udp", "--format", "%Y!"]);
    let tap = tap(server.address(), &["--udp"]);
    let output = client("time-client").args(["--udp", tap.address()]).run();
    output.assert_success();
    assert!(output.stdout_text().ends_with("!\n"), "{output}");
}
