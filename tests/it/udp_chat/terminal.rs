//! At a terminal.

use crate::pty::AtTerminal;
use crate::talkers::{receive, udp_peer};

#[test]
fn a_message_does_not_spoil_the_line_that_is_typed() {
    let (peer, address) = udp_peer();
    let mut chat = AtTerminal::start("udp-chat", &["--peer", &address.to_string()]);
    let (_, from) = receive(&peer);
    chat.wait_for_line(">");
    chat.press("半行 and ");
    chat.wait_for_line("> 半行 and");
    peer.send_to(b"\x1b[2Ja message", from).unwrap();
    let message = format!(r"{address}: \x1b[2Ja message");
    let seen = chat.wait_until(|lines| lines.get(2).is_some_and(|line| line.starts_with('>')));
    assert_eq!(seen[1..], [message, "> 半行 and".to_owned()]);
    chat.press("the rest\r\x04");
    assert_eq!(receive(&peer).0, "半行 and the rest".as_bytes());
    assert_eq!(chat.wait(), Some(0));
    assert!(chat.has_its_mode_back());
}

#[test]
fn a_notice_does_not_spoil_it_either() {
    let (peer, address) = udp_peer();
    let mut chat = AtTerminal::start("udp-chat", &["--peer", &address.to_string()]);
    receive(&peer);
    drop(peer);
    chat.wait_for_line(">");
    chat.press("one\rhalf a line");
    let told = format!("nobody listens at {address}");
    let seen = chat.wait_until(|lines| {
        lines.concat().contains(&told) && lines.last().is_some_and(|line| line == "> half a line")
    });
    assert!(seen.contains(&"> one".to_owned()), "{seen:#?}");
    chat.press("\x03");
    assert_eq!(chat.wait(), Some(0));
    assert!(chat.has_its_mode_back());
}
