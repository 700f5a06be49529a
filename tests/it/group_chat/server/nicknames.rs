//! Who may be called what.

use std::thread;

use super::{start, start_announcing, with_frames, with_nc};
use crate::wire::Peer;

#[test]
fn a_nickname_has_1_to_32_characters_that_can_be_seen() {
    let server = start(&[]);
    for good in ["x", "王大锤", &"锤".repeat(32), "o'neill", "alle", "🎉"] {
        with_nc(&server, good);
    }
    for (bad, why) in [
        ("", "a nickname has 1 to 32 characters"),
        (&*"x".repeat(33), "a nickname has 1 to 32 characters"),
        (
            "a:b",
            "a nickname has no colon, white space or invisible character",
        ),
        (
            "a b",
            "a nickname has no colon, white space or invisible character",
        ),
        (
            "a\u{3000}b",
            "a nickname has no colon, white space or invisible character",
        ),
        (
            "a\tb",
            "a nickname has no colon, white space or invisible character",
        ),
        (
            "\x1b[2J",
            "a nickname has no colon, white space or invisible character",
        ),
        (
            "Ann\u{200b}",
            "a nickname has no colon, white space or invisible character",
        ),
        (
            "\u{feff}Ann",
            "a nickname has no colon, white space or invisible character",
        ),
        (
            "\u{202e}nnA",
            "a nickname has no colon, white space or invisible character",
        ),
        ("all", "that nickname is reserved"),
        ("All", "that nickname is reserved"),
        ("server", "that nickname is reserved"),
        ("SERVER", "that nickname is reserved"),
    ] {
        let mut text = Peer::connect(&server);
        text.says(bad);
        text.hears(&format!("server:{why}"));
        let mut framed = Peer::connect(&server);
        framed.asks(serde_json::json!({"type": "join", "nick": bad}));
        assert_eq!(framed.is_refused("nick_invalid"), why);
    }
}

#[test]
fn a_nickname_is_one_persons_whatever_the_case() {
    let server = start(&[]);
    let _ann = with_nc(&server, "Ann");
    let _ueb = with_frames(&server, "Übü");
    for taken in ["Ann", "ann", "ANN", "übü"] {
        let mut text = Peer::connect(&server);
        text.says(taken);
        text.hears("server:that nickname is taken");
        let mut framed = Peer::connect(&server);
        framed.asks(serde_json::json!({"type": "join", "nick": taken}));
        framed.is_refused("nick_taken");
    }
}

#[test]
fn after_a_refusal_another_nickname_may_be_tried() {
    let server = start(&[]);
    let _ann = with_nc(&server, "Ann");
    let mut peer = Peer::connect(&server);
    for taken in ["Ann", "all"] {
        peer.says(taken);
        assert!(peer.recv().starts_with(b"server:that nickname is "));
    }
    peer.says("Anna");
    peer.is_in("Anna");
}

#[test]
fn the_third_refusal_closes_the_connection() {
    let server = start(&[]);
    let mut text = Peer::connect(&server);
    for _ in 0..3 {
        text.says("all");
        text.hears("server:that nickname is reserved");
    }
    text.expect_end();
    let mut python = Peer::connect(&server);
    for _ in 0..3 {
        python.send("all");
        assert_eq!(python.recv(), b"server:that nickname is reserved");
    }
    python.expect_end();
    let mut framed = Peer::connect(&server);
    for _ in 0..3 {
        framed.asks(serde_json::json!({"type": "join", "nick": "a b"}));
        framed.is_refused("nick_invalid");
    }
    framed.expect_end();
}

#[test]
fn of_many_who_want_one_nickname_at_once_one_gets_it() {
    let server = start(&[]);
    let peers: Vec<Peer> = (0..50).map(|_| Peer::connect(&server)).collect();
    let asking = peers.into_iter().enumerate().map(|(n, mut peer)| {
        let nick = if n % 2 == 0 { "rose" } else { "Rose" };
        thread::spawn(move || {
            peer.asks(serde_json::json!({"type": "join", "nick": nick}));
            let reply = peer.told();
            (reply["type"] == "welcome", peer)
        })
    });
    let asking: Vec<_> = asking.collect();
    // Nobody leaves before everybody has asked.
    let replies: Vec<_> = asking.into_iter().map(|one| one.join().unwrap()).collect();
    assert_eq!(replies.iter().filter(|(is_in, _)| *is_in).count(), 1);
}

#[test]
fn the_nickname_of_one_who_has_left_is_free() {
    let server = start_announcing(100);
    let mut bob = with_nc(&server, "Bob");
    for leave in [drop, Peer::reset] {
        let ann = with_nc(&server, "Ann");
        bob.hears("server:Ann has joined");
        leave(ann);
        bob.hears("server:Ann has left");
    }
}

/// The kernel asks a silent peer's whether it is there, first after a minute.
#[cfg(target_os = "linux")]
#[test]
fn the_kernel_looks_after_connections_that_may_be_dead() {
    let server = start(&[]);
    let ann = with_nc(&server, "Ann");
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let port = |address: std::net::SocketAddr| format!("0100007F:{:04X}", address.port());
    let local = port(server.socket_addr());
    let remote = port(ann.socket.local_addr().unwrap());
    // Fields of proc(5), from 0: 1 is the local address, 2 the remote, 5 the timer and its time.
    let row = table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let row = row
        .into_iter()
        .find(|row| row[1] == local && row[2] == remote);
    let row = row.expect("the server's end");
    let (timer, ticks) = row[5].split_once(':').unwrap();
    let hundredths = u64::from_str_radix(ticks, 16).unwrap();
    assert_eq!(timer, "02", "the keep-alive timer: {row:?}");
    assert!((1..=6000).contains(&hundredths), "{hundredths}");
}
