//! Two who talk to each other.

use harness::{LIMIT, Stream, client};

use crate::talkers::{going, hears, is_told, receive, type_line, udp_peer, waiting};

const FREE: [&str; 2] = ["--bind", "127.0.0.1:0"];

/// What our program prints of a datagram.
fn shown(from: impl std::fmt::Display, text: &str) -> String {
    format!("{from}: {text}")
}

/// The tutorials' client sends `hello` first, so that the server learns where it is.
#[test]
fn with_a_peer_hello_comes_first() {
    let (peer, address) = udp_peer();
    let chat = waiting("udp-chat", &["--peer", &address.to_string()]);
    let (hello, from) = receive(&peer);
    assert_eq!(hello, b"hello");
    assert_eq!(from, chat.socket_addr(), "the address that it names");
    assert_eq!(from.ip(), address.ip(), "from where the peer is reached");
    type_line(&chat, "你好");
    assert_eq!(receive(&peer), ("你好".as_bytes().to_vec(), from));
    peer.send_to("再见".as_bytes(), from).unwrap();
    hears(&chat, &shown(address, "再见"));
}

#[test]
fn another_hello() {
    let (peer, address) = udp_peer();
    let address = address.to_string();
    let _chat = going("udp-chat", &["--peer", &address, "--hello", "你好"]);
    assert_eq!(receive(&peer).0, "你好".as_bytes());
}

/// The tutorials' server waits for one datagram, shows it with its address, and answers it.
#[test]
fn without_a_peer_it_waits_and_answers_whoever_wrote_first() {
    let chat = waiting("udp-chat", &FREE);
    let (peer, address) = udp_peer();
    peer.send_to(b"hello", chat.socket_addr()).unwrap();
    hears(&chat, &shown(address, "hello"));
    type_line(&chat, "welcome");
    assert_eq!(receive(&peer), (b"welcome".to_vec(), chat.socket_addr()));
}

#[test]
fn two_of_ours_in_both_directions() {
    let one = waiting("udp-chat", &FREE);
    let other = waiting("udp-chat", &["--peer", one.address()]);
    hears(&one, &shown(other.address(), "hello"));
    for line in ["first", "", "你好"] {
        type_line(&one, line);
        type_line(&other, line);
        hears(&other, &shown(one.address(), line));
        hears(&one, &shown(other.address(), line));
    }
}

#[test]
fn lines_typed_before_a_peer_is_known_are_kept_a_hundred_of_them() {
    let chat = waiting("udp-chat", &FREE);
    for number in 1..=101 {
        type_line(&chat, &format!("line {number}"));
    }
    is_told(&chat, "100 lines are kept already");
    let (peer, _) = udp_peer();
    peer.send_to(b"", chat.socket_addr()).unwrap();
    for number in 1..=100 {
        assert_eq!(receive(&peer).0, format!("line {number}").as_bytes());
    }
    type_line(&chat, "line 102");
    assert_eq!(receive(&peer).0, b"line 102");
    chat.close_stdin();
    let output = chat.wait(LIMIT).unwrap();
    output.assert_code(1);
    assert!(
        output
            .stderr_text()
            .ends_with("udp-chat: one line was not sent\n")
    );
}

#[test]
fn lines_that_nobody_came_for_are_a_failure() {
    let output = client("udp-chat").args(FREE).stdin("one\ntwo\n").run();
    output.assert_code(1);
    assert_eq!(output.stderr_text(), "udp-chat: 2 lines were not sent\n");
}

#[test]
fn a_stranger_is_marked_and_does_not_become_the_peer() {
    let (peer, address) = udp_peer();
    let (stranger, strange_address) = udp_peer();
    let chat = waiting("udp-chat", &FREE);
    peer.send_to(b"first", chat.socket_addr()).unwrap();
    hears(&chat, &shown(address, "first"));
    stranger.send_to(b"me too", chat.socket_addr()).unwrap();
    hears(&chat, &format!("{strange_address} (not your peer): me too"));
    type_line(&chat, "for the first");
    assert_eq!(receive(&peer).0, b"for the first");
    peer.send_to(b"still here", chat.socket_addr()).unwrap();
    hears(&chat, &shown(address, "still here"));
}

#[test]
fn with_a_peer_even_the_first_to_write_is_a_stranger() {
    let (_peer, address) = udp_peer();
    let (stranger, strange_address) = udp_peer();
    let chat = waiting("udp-chat", &["--peer", &address.to_string()]);
    stranger.send_to(b"hi", chat.socket_addr()).unwrap();
    hears(&chat, &format!("{strange_address} (not your peer): hi"));
}

#[cfg(unix)]
#[test]
fn nobody_listening_is_said_and_ends_nothing() {
    let (peer, address) = udp_peer();
    drop(peer);
    let chat = waiting("udp-chat", &["--peer", &address.to_string()]);
    let told = format!("nobody listens at {address}");
    is_told(&chat, &told);
    for _ in 0..3 {
        type_line(&chat, "are you there?");
    }
    let at_least = |lines: &[String]| {
        let found = lines.iter().filter(|line| line.ends_with(&told)).count();
        (found >= 3).then_some(())
    };
    chat.wait_for_lines(Stream::Stderr, LIMIT, at_least)
        .unwrap();
    // Once somebody does listen, the talk begins.
    let peer = std::net::UdpSocket::bind(address).unwrap();
    peer.set_read_timeout(Some(LIMIT)).unwrap();
    type_line(&chat, "now?");
    assert_eq!(receive(&peer).0, b"now?");
    peer.send_to(b"yes", chat.socket_addr()).unwrap();
    hears(&chat, &shown(address, "yes"));
    chat.close_stdin();
    chat.wait(LIMIT).unwrap().assert_success();
}

#[cfg(unix)]
#[test]
fn even_the_last_line_is_told_to_have_come_back() {
    let (peer, address) = udp_peer();
    drop(peer);
    let output = client("udp-chat")
        .args(["--peer", &address.to_string()])
        .stdin("anybody?\n")
        .run();
    output.assert_success();
    assert!(
        output.stderr_text().contains("nobody listens at"),
        "{output}"
    );
}

#[test]
fn the_name_stands_before_every_text() {
    let (peer, address) = udp_peer();
    let chat = going(
        "udp-chat",
        &["--peer", &address.to_string(), "--name", "Rose"],
    );
    assert_eq!(receive(&peer).0, b"Rose: hello");
    type_line(&chat, "hi");
    assert_eq!(receive(&peer).0, b"Rose: hi");
}

#[test]
fn over_ipv6_and_a_wildcard_address() {
    let one = waiting("udp-chat", &["--bind", "[::1]:0"]);
    let other = waiting("udp-chat", &["--peer", one.address()]);
    hears(&one, &shown(other.address(), "hello"));

    let every = waiting("udp-chat", &["--bind", "[::]:0"]);
    let port = every.socket_addr().port();
    let (peer, address) = udp_peer();
    peer.send_to(b"by IPv4", ("127.0.0.1", port)).unwrap();
    hears(&every, &shown(address, "by IPv4"));
    type_line(&every, "answered");
    assert_eq!(receive(&peer).0, b"answered");
    peer.send_to(b"thanks", ("127.0.0.1", port)).unwrap();
    hears(&every, &shown(address, "thanks"));
}

/// Ours is the only program at its address, even while two of its sockets share it.
#[test]
fn nobody_can_take_the_address() {
    let (_peer, address) = udp_peer();
    let chat = waiting("udp-chat", &["--peer", &address.to_string()]);
    let output = client("udp-chat").args(["--bind", chat.address()]).run();
    output.assert_code(1);
    let why = format!(
        "udp-chat: cannot listen on udp {}: address already in use\n",
        chat.address()
    );
    assert_eq!(output.stderr_text(), why);
}
