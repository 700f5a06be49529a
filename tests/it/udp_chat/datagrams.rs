//! Datagrams at their limits, and what is in them.

use std::net::UdpSocket;

use harness::LIMIT;

use crate::talkers::{hears, is_told, receive, type_line, udp_peer, waiting};

const MOST: usize = 65_507;

#[test]
fn the_longest_datagram_is_sent_and_one_byte_more_is_refused() {
    let (peer, address) = udp_peer();
    let chat = waiting("udp-chat", &["--peer", &address.to_string()]);
    receive(&peer);
    let longest = "x".repeat(MOST);
    type_line(&chat, &longest);
    assert_eq!(receive(&peer).0, longest.as_bytes());
    type_line(&chat, &(longest + "x"));
    is_told(
        &chat,
        "a datagram holds at most 65507 bytes, and this would take 65508",
    );
    type_line(&chat, "next");
    assert_eq!(receive(&peer).0, b"next", "nothing of it was sent");
    chat.close_stdin();
    chat.wait(LIMIT).unwrap().assert_code(1);
}

#[test]
fn the_longest_datagram_is_shown_whole() {
    let (peer, address) = udp_peer();
    let chat = waiting("udp-chat", &["--bind", "127.0.0.1:0"]);
    let longest = "y".repeat(MOST);
    peer.send_to(longest.as_bytes(), chat.socket_addr())
        .unwrap();
    hears(&chat, &format!("{address}: {longest}"));
}

/// IPv6 takes twenty bytes more.
#[test]
fn a_longer_one_is_cut_and_marked() {
    let chat = waiting("udp-chat", &["--bind", "[::1]:0"]);
    let peer = UdpSocket::bind("[::1]:0").unwrap();
    let address = peer.local_addr().unwrap();
    peer.send_to(&[b'z'; MOST + 1], chat.socket_addr()).unwrap();
    let shown = "z".repeat(MOST);
    hears(&chat, &format!("{address} (cut to 65507 bytes): {shown}"));
}

#[test]
fn an_empty_datagram_is_a_message() {
    let (peer, address) = udp_peer();
    let chat = waiting("udp-chat", &["--bind", "127.0.0.1:0"]);
    peer.send_to(b"", chat.socket_addr()).unwrap();
    hears(&chat, &format!("{address}: "));
    type_line(&chat, "");
    assert_eq!(receive(&peer).0, b"");
}

#[test]
fn gbk_both_ways() {
    let (peer, address) = udp_peer();
    let chat = waiting(
        "udp-chat",
        &["--peer", &address.to_string(), "--charset", "gbk"],
    );
    let (_, from) = receive(&peer);
    type_line(&chat, "你好");
    assert_eq!(receive(&peer).0, b"\xc4\xe3\xba\xc3");
    peer.send_to(b"\xc4\xe3\xba\xc3\xff\x1b[2J", from).unwrap();
    hears(&chat, &format!(r"{address}: 你好\xff\x1b[2J"));
    type_line(&chat, "🎉");
    is_told(&chat, "cannot be written in this charset");
    type_line(&chat, "ok");
    assert_eq!(receive(&peer).0, b"ok");
}

#[test]
fn what_is_no_text_is_shown_escaped() {
    let (peer, address) = udp_peer();
    let chat = waiting("udp-chat", &["--bind", "127.0.0.1:0"]);
    peer.send_to(b"\x1b]0;t\x07two\nlines \xff\r", chat.socket_addr())
        .unwrap();
    hears(&chat, &format!(r"{address}: \x1b]0;t\x07two\nlines \xff\r"));
}
