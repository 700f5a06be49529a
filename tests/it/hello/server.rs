//! `hello-server` with its defaults: the tutorials' client, `nc`, telnet, and those that change
//! their ways.

use std::time::{Duration, Instant};

use super::{start, welcomed};
use crate::told::log_of;
use crate::wire::Peer;

#[test]
fn the_tutorials_client_is_answered_byte_for_byte() {
    let server = start(&[]);
    let mut tutorial = Peer::connect(&server);
    assert_eq!(tutorial.recv(), b"Welcome!");
    for (name, answer) in [
        ("Michael", "Hello, Michael!"),
        ("Tracy", "Hello, Tracy!"),
        ("Sarah", "Hello, Sarah!"),
    ] {
        tutorial.send(name);
        assert_eq!(tutorial.recv(), answer.as_bytes());
    }
    tutorial.send("exit");
    assert_eq!(tutorial.recv(), b"");
}

/// The tutorial's client closes right after its last word, without waiting for anything.
#[test]
fn a_client_that_says_exit_and_closes_leaves_no_trace_in_the_log() {
    let server = start(&[]);
    let mut tutorial = welcomed(&server);
    tutorial.send("exit");
    drop(tutorial);
    let mut other = welcomed(&server);
    other.say_hello("Rose");
    other.send("exit\n");
    other.expect_end();
    assert_eq!(log_of(server), [""; 0]);
}

#[test]
fn a_line_is_answered_with_a_line() {
    let server = start(&[]);
    let mut nc = welcomed(&server);
    nc.send("Michael\n");
    nc.expect("Hello, Michael!\n");
    nc.send("Tracy\n");
    nc.expect("Hello, Tracy!\n");
    nc.send("exit\n");
    nc.expect_end();
}

#[test]
fn the_carriage_return_of_telnet_is_no_part_of_the_name() {
    let server = start(&[]);
    let mut telnet = welcomed(&server);
    telnet.send("Michael\r\n");
    telnet.expect("Hello, Michael!\n");
    telnet.send("a\rb\r\n");
    telnet.expect("Hello, a\rb!\n");
    telnet.send("exit\r\n");
    telnet.expect_end();
}

#[test]
fn an_empty_line_is_a_name_too() {
    let server = start(&[]);
    let mut nc = welcomed(&server);
    nc.send("\n\r\nRose\n");
    nc.expect("Hello, !\nHello, !\nHello, Rose!\n");
}

#[test]
fn messages_that_arrive_together_are_all_answered_in_order() {
    let server = start(&[]);
    let mut fast = welcomed(&server);
    let names: Vec<String> = (0..2000).map(|n| format!("name {n}")).collect();
    fast.send(names.join("\n") + "\n");
    let answers: Vec<String> = names
        .iter()
        .map(|name| format!("Hello, {name}!\n"))
        .collect();
    fast.expect(answers.concat());
    fast.say_hello("Rose");
}

#[test]
fn a_name_that_comes_byte_by_byte_is_one_name() {
    let server = start(&[]);
    let mut slow = welcomed(&server);
    slow.say_hello("first");
    for byte in b"Michael" {
        slow.send([*byte]);
    }
    slow.send("\n");
    slow.expect("Hello, Michael!\n");
}

#[test]
fn what_is_left_at_the_close_is_the_last_message() {
    let server = start(&[]);
    let mut nc = welcomed(&server);
    nc.send("Michael\nTracy");
    nc.finish();
    nc.expect("Hello, Michael!\nHello, Tracy!");
    nc.expect_end();
}

#[test]
fn a_client_that_says_nothing_and_closes_its_side_is_closed() {
    let server = start(&[]);
    let mut shy = welcomed(&server);
    shy.finish();
    shy.expect_end();
}

/// A pause is 0.2 s: no less, so that a message in two segments stays one; and little more.
#[test]
fn a_pause_of_a_fifth_of_a_second_ends_a_message() {
    let server = start(&[]);
    let mut tutorial = welcomed(&server);
    let took = [(); 5].map(|()| {
        let sent = Instant::now();
        tutorial.send("Michael");
        tutorial.expect("Hello, Michael!");
        sent.elapsed()
    });
    let shortest = *took.iter().min().unwrap();
    let pause = Duration::from_millis(200);
    assert!((pause..2 * pause).contains(&shortest), "{took:?}");
}

/// Once a newline has ended a message, a pause ends none: who types slowly is not cut in two.
#[test]
fn a_peer_that_turns_to_newlines_is_no_longer_held_to_pauses() {
    let server = start(&[]);
    let mut turning = welcomed(&server);
    turning.send("Michael");
    turning.expect("Hello, Michael!");
    turning.say_hello("Tracy");
    turning.send("Sa");
    // Another peer's pauses, of which each takes as long as one of this peer's would.
    let mut pausing = welcomed(&server);
    for _ in 0..3 {
        pausing.send("Rose");
        pausing.expect("Hello, Rose!");
    }
    assert!(
        turning.has_nothing(),
        "it was answered in the middle of a name"
    );
    turning.send("rah\n");
    turning.expect("Hello, Sarah!\n");
}

#[test]
fn only_the_whole_exit_word_closes() {
    let server = start(&[]);
    let mut nc = welcomed(&server);
    for name in ["exit ", " exit", "Exit", "exiting", "ex"] {
        nc.say_hello(name);
    }
    nc.send("exit\n");
    nc.expect_end();
}

#[test]
fn what_comes_after_the_exit_word_is_neither_answered_nor_reset() {
    let server = start(&[]);
    let mut nc = welcomed(&server);
    nc.send("Michael\nexit\nTracy\n");
    nc.expect("Hello, Michael!\n");
    nc.expect_end();
    welcomed(&server).say_hello("Sarah");
    nc.assert_not_reset();
}

#[test]
fn bytes_that_are_no_utf8_come_back_as_they_were() {
    let server = start(&[]);
    let mut peer = welcomed(&server);
    let every_byte: Vec<u8> = (0..=255).filter(|&byte| byte != b'\n').collect();
    for name in [&b"Mi\xffchael"[..], b"\xe4\xbd", b"\0", &every_byte] {
        peer.send([name, b"\n"].concat());
        peer.expect([b"Hello, ", name, b"!\n"].concat());
    }
}

#[test]
fn a_message_of_one_mebibyte_is_answered() {
    let server = start(&[]);
    let mut peer = welcomed(&server);
    peer.say_hello(&"x".repeat(1 << 20));
    peer.say_hello("Rose");
}

#[test]
fn ipv6_works_like_ipv4() {
    if !crate::wire::has_ipv6() {
        return;
    }
    let server = start(&["--listen", "[::1]:0"]);
    welcomed(&server).say_hello("Michael");
    let output = harness::client("hello-client")
        .args([server.address(), "Rose"])
        .run();
    assert_eq!(
        output.assert_success().stdout_lines(),
        ["Welcome!", "Hello, Rose!"]
    );
}
