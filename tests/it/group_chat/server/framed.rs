//! Framed JSON, byte for byte where it matters.

use serde_json::json;

use super::{frame, start, start_announcing, with_frames, with_nc};
use crate::told::assert_shape;
use crate::wire::Peer;

#[test]
fn joining_is_welcomed_with_the_number_of_those_online() {
    let server = start(&[]);
    let _ann = with_nc(&server, "Ann");
    let mut bob = Peer::connect(&server);
    bob.send(b"\0\0\0\x1c{\"type\":\"join\",\"nick\":\"Bob\"}");
    bob.expect(frame(r#"{"type":"welcome","nick":"Bob","online":2}"#));
}

#[test]
fn a_message_has_its_sender_its_receiver_and_its_time() {
    let server = start(&[]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_frames(&server, "Bob");
    ann.says("bob:hi");
    let message = bob.told();
    assert_eq!(message["type"], "message");
    assert_eq!(message["from"], "Ann");
    assert_eq!(message["to"], "Bob");
    assert_eq!(message["text"], "hi");
    assert_shape(
        message["time"].as_str().unwrap(),
        "0000-00-00T00:00:00.000Z",
    );
    assert_eq!(message.as_object().unwrap().len(), 5);
}

#[test]
fn to_say_something_without_to_is_to_say_it_to_all() {
    let server = start(&[]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_frames(&server, "Bob");
    bob.asks(json!({"type": "say", "text": "one"}));
    bob.tells("", "two");
    bob.tells("all", "three");
    ann.hears("Bob:one\nBob:two\nBob:three");
    bob.hears_no_more();
}

#[test]
fn who_is_answered_with_the_nicknames() {
    let server = start(&[]);
    let _ann = with_nc(&server, "Ann");
    let mut bob = with_frames(&server, "小红");
    let _nobody = Peer::connect(&server);
    bob.asks(json!({"type": "who"}));
    let people = bob.told();
    assert_eq!(people["type"], "people");
    let mut nicks: Vec<_> = people["nicks"].as_array().unwrap().clone();
    nicks.sort_by_key(|nick| nick.as_str().map(str::to_owned));
    assert_eq!(nicks, ["Ann", "小红"]);
}

#[test]
fn ping_is_answered_before_the_join_and_after() {
    let server = start(&[]);
    let mut peer = Peer::connect(&server);
    peer.send(frame(r#"{"type":"ping"}"#));
    peer.expect(frame(r#"{"type":"pong"}"#));
    peer.asks(json!({"type": "join", "nick": "Bob"}));
    peer.told();
    peer.hears_no_more();
}

#[test]
fn fields_that_are_not_known_are_ignored() {
    let server = start(&[]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = Peer::connect(&server);
    bob.asks(json!({"type": "join", "nick": "Bob", "colour": {"r": 1}}));
    assert_eq!(bob.told()["type"], "welcome");
    bob.asks(json!({"type": "say", "to": "Ann", "text": "hi", "bold": true}));
    ann.hears("Bob:hi");
    bob.asks(json!({"type": "ping", "n": 1}));
    assert_eq!(bob.told()["type"], "pong");
}

#[test]
fn what_is_not_understood_is_refused_and_the_talk_goes_on() {
    let server = start(&[]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_frames(&server, "Bob");
    for bad in [
        "",
        "hello",
        "{",
        "[]",
        "null",
        r#"{"type":"shout","text":"HI"}"#,
        r#"{"type":"say"}"#,
        r#"{"type":"say","text":1}"#,
        r#"{"text":"hi"}"#,
        r#"{"type":"join","nick":"Bobby"}"#,
        &"[".repeat(10_000),
    ] {
        bob.send(frame(bad));
        bob.is_refused("bad_message");
    }
    bob.send(frame(b"\xff\xfe{}"));
    bob.is_refused("bad_message");
    bob.tells("all", "hi");
    ann.hears("Bob:hi");
}

#[test]
fn the_operators_notice_is_a_notice() {
    let server = start(&[]);
    let mut bob = with_frames(&server, "Bob");
    crate::talkers::type_line(&server, "we close at nine");
    assert_eq!(
        bob.told(),
        json!({"type": "notice", "text": "we close at nine"})
    );
}

#[test]
fn a_frame_over_the_limit_is_told_of_and_ends_the_connection() {
    let server = start(&["--max-message", "100"]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_frames(&server, "Bob");
    bob.tells("all", "short");
    ann.hears("Bob:short");
    bob.send(101_u32.to_be_bytes());
    let why = bob.is_refused("too_long");
    assert!(why.contains("100 bytes"), "{why}");
    bob.expect_end();
    ann.is_in("Ann");
}

#[test]
fn a_frame_cut_short_is_nobodys_message() {
    let server = start_announcing(100);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_frames(&server, "Bob");
    ann.hears("server:Bob has joined");
    let frame = frame(r#"{"type":"say","text":"hi"}"#);
    bob.send(&frame[..frame.len() - 1]);
    bob.finish();
    ann.hears("server:Bob has left");
    bob.expect_end();
}
