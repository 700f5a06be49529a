//! Two thousand clients at once, from one thread: connections are cheap, threads are the server's.

use harness::{Server, open_file_limit, server};

use crate::told::log_of;
use crate::wire::{Peer, skip};

const CLIENTS: usize = 2000;
const MESSAGES: usize = 3;

/// Connects all of them before anything is said.
fn crowd(server: &Server) -> Vec<Peer> {
    (0..CLIENTS).map(|_| Peer::connect(server)).collect()
}

/// Whether as many connections as clients fit into this process, and a few files more.
fn has_room() -> bool {
    let limit = open_file_limit();
    let enough = limit >= CLIENTS as u64 + 200;
    if !enough {
        skip(&format!("only {limit} open files are allowed here"));
    }
    enough
}

#[test]
fn two_thousand_clients_with_three_messages_each_all_get_every_answer() {
    if !has_room() {
        return;
    }
    let server = server("hello-server")
        .args(["--max-connections", "2048"])
        .serve();
    let mut peers = crowd(&server);
    for peer in &mut peers {
        peer.expect("Welcome!");
    }
    for message in 0..MESSAGES {
        // Every other one is a tutorial's client, whose messages end with a pause.
        let ending = |n| if n % 2 == 0 { "\n" } else { "" };
        for (n, peer) in peers.iter_mut().enumerate() {
            peer.send(format!("{n}-{message}{}", ending(n)));
        }
        for (n, peer) in peers.iter_mut().enumerate() {
            peer.expect(format!("Hello, {n}-{message}!{}", ending(n)));
        }
    }
    for (n, peer) in peers.iter_mut().enumerate() {
        peer.send(if n % 2 == 0 { "exit\n" } else { "exit" });
    }
    peers.iter_mut().for_each(Peer::expect_end);
    assert_eq!(log_of(server), [""; 0]);
}

/// The default cap is 1,024: the others wait in the backlog, in the order in which they came.
#[cfg(target_os = "linux")]
#[test]
fn those_beyond_the_cap_are_served_when_others_have_left() {
    let backlog = std::fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap();
    let backlog: usize = backlog.trim().parse().unwrap();
    if backlog < CLIENTS {
        return skip(&format!("the backlog of this system is {backlog}"));
    }
    if !has_room() {
        return;
    }
    let server = server("hello-server").serve();
    for (n, mut peer) in crowd(&server).into_iter().enumerate() {
        peer.expect("Welcome!");
        for message in 0..MESSAGES {
            peer.say_hello(&format!("{n}-{message}"));
        }
        peer.send("exit\n");
        peer.expect_end();
    }
    assert_eq!(log_of(server), [""; 0]);
}
