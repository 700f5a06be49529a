//! Who hears what.

use super::{OFFLINE, start, start_announcing, with_frames, with_nc, with_python};
use crate::wire::Peer;

#[test]
fn what_is_for_everyone_goes_to_everyone_else() {
    let server = start(&[]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_nc(&server, "Bob");
    let mut cid = with_frames(&server, "Cid");
    for (typed, text) in [
        ("all:hi", "hi"),
        ("ALL:hi", "hi"),
        (":hi", "hi"),
        ("hi", "hi"),
        ("", ""),
        (":", ""),
        ("at 12:30", "at 12:30"),
        (":12:30", "12:30"),
        (" Bob:hi", " Bob:hi"),
        ("all:Bob:hi", "Bob:hi"),
    ] {
        ann.says(typed);
        bob.hears(&format!("Ann:{text}"));
        cid.is_told("Ann", "all", text);
    }
    ann.is_in("Ann");
}

#[test]
fn what_is_for_one_goes_to_that_one_alone_whatever_the_case() {
    let server = start(&[]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_nc(&server, "Bob");
    let mut cid = with_frames(&server, "Übü");
    for to in ["Bob", "bob", "BOB"] {
        ann.says(&format!("{to}:psst: you"));
        bob.hears("Ann:psst: you");
        cid.tells(to, "psst");
        bob.hears("Übü:psst");
    }
    ann.says("üBÜ:and you");
    cid.is_told("Ann", "Übü", "and you");
    cid.hears_no_more();
    ann.is_in("Ann");
    bob.is_in("Bob");
}

#[test]
fn one_may_write_to_oneself() {
    let server = start(&[]);
    with_nc(&server, "Ann").is_in("Ann");
    let mut cid = with_frames(&server, "Cid");
    cid.tells("cid", "remember");
    cid.is_told("Cid", "Cid", "remember");
}

#[test]
fn who_is_not_there_is_told_of_to_the_sender_alone() {
    let server = start(&[]);
    let mut ann = with_nc(&server, "Ann");
    let mut cid = with_frames(&server, "Cid");
    for typed in ["Bob:hi", "http://example.org", "server:I am the operator"] {
        ann.says(typed);
        ann.hears(OFFLINE);
    }
    cid.tells("Bob", "hi");
    assert_eq!(cid.is_refused("not_online"), "Bob is not online");
    cid.hears_no_more();
    ann.is_in("Ann");
}

#[test]
fn who_has_left_is_not_there() {
    let server = start_announcing(100);
    let mut ann = with_nc(&server, "Ann");
    let bob = with_nc(&server, "Bob");
    ann.hears("server:Bob has joined");
    drop(bob);
    ann.hears("server:Bob has left");
    ann.says("Bob:hi");
    ann.hears(OFFLINE);
}

#[test]
fn nothing_is_told_to_one_who_has_not_joined() {
    let server = start_announcing(100);
    let silent = Peer::connect(&server);
    let mut framed = Peer::connect(&server);
    framed.hears_no_more();
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_nc(&server, "Bob");
    bob.says("hi");
    ann.hears("server:Bob has joined");
    ann.hears("Bob:hi");
    assert!(silent.has_nothing());
    framed.hears_no_more();
    framed.tells("all", "let me in");
    assert_eq!(framed.is_refused("bad_message"), "join first");
    framed.asks(serde_json::json!({"type": "who"}));
    framed.is_refused("bad_message");
    ann.is_in("Ann");
}

/// A message that looked like two lines could look like somebody else's.
#[test]
fn a_message_is_one_line_and_does_nothing_to_a_terminal() {
    let server = start(&[]);
    let mut nc = with_nc(&server, "Ann");
    let mut python = with_python(&server, "Rose");
    let mut cid = with_frames(&server, "Cid");
    let mut dot = with_frames(&server, "Dot");
    let text = "hi\nserver:you are out\r\n\x1b[2J\u{9b}1A";
    cid.tells("all", text);
    nc.hears("Cid:hi server:you are out   [2J 1A");
    assert_eq!(python.recv(), b"Cid:hi server:you are out   [2J 1A");
    // JSON has its own escapes, and what is shown is the client's business.
    dot.is_told("Cid", "all", text);
    nc.says("\x1b[2J\ttab");
    dot.is_told("Ann", "all", "\x1b[2J\ttab");
    assert_eq!(python.recv(), b"Ann: [2J\ttab");
}

#[test]
fn lines_may_come_together_or_byte_by_byte() {
    let server = start(&["--rate", "0"]);
    let mut bob = with_nc(&server, "Bob");
    let mut ann = Peer::connect(&server);
    ann.send("Ann\nBob:one\r\nBob:two\n");
    bob.hears("Ann:one\nAnn:two");
    let mut cid = Peer::connect(&server);
    let join = super::frame(r#"{"type":"join","nick":"Cid"}"#);
    let say = super::frame(r#"{"type":"say","to":"Bob","text":"three"}"#);
    for byte in [join, say].concat() {
        cid.send([byte]);
    }
    bob.hears("Cid:three");
    for byte in b"Bob:four\n" {
        ann.send([*byte]);
    }
    bob.hears("Ann:four");
}

#[test]
fn comings_and_goings_are_told_while_few_are_there() {
    let server = start_announcing(3);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_frames(&server, "Bob");
    ann.hears("server:Bob has joined");
    let cid = with_nc(&server, "Cid");
    ann.is_in("Ann");
    bob.hears_no_more();
    // Only two are left.
    drop(cid);
    ann.hears("server:Cid has left");
    let notice = serde_json::json!({"type": "notice", "text": "Cid has left"});
    assert_eq!(bob.told(), notice);
    drop(ann);
    let notice = serde_json::json!({"type": "notice", "text": "Ann has left"});
    assert_eq!(bob.told(), notice);
}

#[test]
fn those_who_join_are_told_the_last_messages_to_all() {
    let server = start(&["--history", "2"]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_nc(&server, "Bob");
    for text in ["one", "two", "Bob:for Bob alone", "three 你"] {
        ann.says(text);
        bob.hears(&format!("Ann:{}", text.trim_start_matches("Bob:")));
    }
    let mut nc = Peer::connect(&server);
    nc.says("nc");
    nc.hears("Ann:two\nAnn:three 你");
    nc.is_in("nc");
    let mut python = with_python(&server, "Rose");
    python.expect(b"Ann:twoAnn:three \xc4\xe3");
    let mut cid = with_frames(&server, "Cid");
    cid.is_told("Ann", "all", "two");
    cid.is_told("Ann", "all", "three 你");
    cid.hears_no_more();
}
