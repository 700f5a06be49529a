//! `--open`: the other tutorial's room.

use serde_json::json;

use super::{frame, start};
use crate::wire::Peer;

/// An end's address as Python prints it.
fn shown(peer: &Peer) -> String {
    let address = peer.socket.local_addr().unwrap();
    format!("('{}', {})", address.ip(), address.port())
}

/// The tutorial's client, once it has sent this and received it.
#[track_caller]
fn with_python(server: &harness::Server, text: &str) -> Peer {
    let mut peer = Peer::connect(server);
    peer.send(text);
    assert_eq!(peer.recv(), format!("{}:{text}", shown(&peer)).as_bytes());
    peer
}

#[test]
fn everything_goes_to_everyone_the_sender_included() {
    let server = start(&["--open"]);
    let mut one = with_python(&server, "first");
    let mut other = with_python(&server, "second");
    let said = |peer: &Peer, text: &str| format!("{}:{text}", shown(peer)).into_bytes();
    assert_eq!(one.recv(), said(&other, "second"));
    one.send("all:你好");
    assert_eq!(one.recv(), said(&one, "all:你好"));
    assert_eq!(other.recv(), said(&one, "all:你好"));
}

/// In the room with nicknames they would be a character of GBK.
#[test]
fn bytes_that_are_not_utf_8_are_nothing_else_either() {
    let server = start(&["--open"]);
    let mut nc = Peer::connect(&server);
    nc.send(b"\xba\xc3\n");
    nc.hears(&format!("{}:\u{fffd}\u{fffd}", shown(&nc)));
}

#[test]
fn quit_leaves() {
    let server = start(&["--open"]);
    let mut one = with_python(&server, "first");
    one.send("quit");
    one.expect_end();
    let mut nc = Peer::connect(&server);
    nc.send("quit\n");
    nc.expect_end();
}

#[test]
fn one_who_only_listens_is_sent_text_without_a_newline() {
    let server = start(&["--open"]);
    let mut listener = Peer::connect(&server);
    let mut nc = Peer::connect(&server);
    nc.says("你好");
    let line = format!("{}:你好", shown(&nc));
    nc.hears(&line);
    listener.expect(&line);
    listener.says("hi");
    let hi = format!("{}:hi", shown(&listener));
    listener.hears(&hi);
    nc.hears(&hi);
    nc.says("again");
    listener.hears(&format!("{}:again", shown(&nc)));
}

#[test]
fn framed_clients_are_called_by_their_addresses() {
    let server = start(&["--open"]);
    let mut framed = Peer::connect(&server);
    framed.asks(json!({"type": "join", "nick": "Rose"}));
    let address = framed.address();
    framed.expect(frame(format!(
        r#"{{"type":"welcome","nick":"{address}","online":1}}"#
    )));
    let mut nc = Peer::connect(&server);
    nc.says("hi");
    nc.hears(&format!("{}:hi", shown(&nc)));
    framed.is_told(&nc.address(), "all", "hi");
    framed.tells("all", "two\nlines");
    framed.is_told(&address, "all", "two\nlines");
    nc.hears(&format!("{}:two lines", shown(&framed)));
}

#[test]
fn an_ipv6_address_looks_as_in_python_too() {
    if !crate::wire::has_ipv6() {
        return;
    }
    let server = start(&["--open", "--listen", "[::1]:0"]);
    let mut nc = Peer::connect(&server);
    nc.says("hi");
    let port = nc.socket.local_addr().unwrap().port();
    nc.hears(&format!("('::1', {port}, 0, 0):hi"));
}

#[test]
fn what_was_said_before_is_told_to_those_who_come() {
    let server = start(&["--open", "--history", "10"]);
    let mut nc = Peer::connect(&server);
    nc.says("one\ntwo");
    let said = |text| format!("{}:{text}", shown(&nc));
    let (one, two) = (said("one"), said("two"));
    nc.hears(&format!("{one}\n{two}"));
    let mut listener = Peer::connect(&server);
    listener.expect(format!("{one}{two}"));
    let mut framed = Peer::connect(&server);
    framed.asks(json!({"type": "join", "nick": "Rose"}));
    let replies = [framed.told(), framed.told(), framed.told()];
    let has = |kind: &str| replies.iter().filter(|reply| reply["type"] == kind).count();
    assert_eq!((has("welcome"), has("message")), (1, 2), "{replies:?}");
    framed.hears_no_more();
}
