//! At a terminal.

use rustix::process::Signal;
use serde_json::json;

use super::{PROGRAM, StandIn, Wire, message};
use crate::pty::AtTerminal;
use crate::told::assert_shape;

/// A client at a terminal, ready for a line, and the server's end.
fn at_terminal(args: &[&str]) -> (AtTerminal, Wire) {
    let server = StandIn::start();
    let always = [&server.address, "--nick", "Ann"];
    let chat = AtTerminal::start(PROGRAM, &[&always, args].concat());
    let wire = server.accept_in();
    chat.wait_for_line(">");
    (chat, wire)
}

/// Waits for a line that ends so, and returns all there are.
#[track_caller]
fn ends_with(chat: &AtTerminal, end: &str) -> String {
    let lines = chat.wait_until(|lines| lines.iter().any(|line| line.ends_with(end)));
    let found = lines.iter().find(|line| line.ends_with(end));
    found.unwrap().clone()
}

#[test]
fn a_message_does_not_spoil_the_line_that_is_typed() {
    let (mut chat, mut wire) = at_terminal(&[]);
    chat.press("Bob:half a ");
    chat.wait_for_line("> Bob:half a");
    wire.bob_says("完整的一行");
    let seen = chat.wait_until(|lines| {
        lines.iter().any(|line| line.ends_with("Bob: 完整的一行"))
            && lines.last().is_some_and(|line| line == "> Bob:half a")
    });
    assert_shape(
        &seen[0],
        "[00:00:00] * in as Ann, 3 online"
            .replace('3', "0")
            .as_str(),
    );
    chat.press("line\r");
    wire.hears("Bob", "half a line");
}

#[test]
fn lines_have_time_stamps_and_say_whether_they_are_private() {
    let (chat, mut wire) = at_terminal(&[]);
    wire.bob_says("hi");
    wire.say(message("Bob", "Ann", "psst"));
    wire.say(json!({
        "type": "message", "from": "Bob", "to": "all", "text": "now", "time": "?"
    }));
    wire.say(json!({"type": "notice", "text": "Cat is here"}));
    wire.say(json!({"type": "error", "code": "not_online", "text": "no Dan"}));
    // Said on another day than today.
    assert_eq!(ends_with(&chat, "hi"), "[2020-02-29 08:15:30] Bob: hi");
    assert_eq!(
        ends_with(&chat, "psst"),
        "[2020-02-29 08:15:30] Bob (to you): psst"
    );
    assert_shape(&ends_with(&chat, "now"), "[00:00:00] Bob: now");
    assert_shape(
        &ends_with(&chat, "Cat is here"),
        "[00:00:00] server: Cat is here",
    );
    assert_shape(&ends_with(&chat, "no Dan"), "[00:00:00] refused: no Dan");
}

#[test]
fn who_help_and_unknown_commands() {
    let (mut chat, mut wire) = at_terminal(&[]);
    chat.press("/who\r");
    assert_eq!(wire.hear(), json!({"type": "who"}));
    wire.say(json!({"type": "people", "nicks": ["Bob", "Ann"]}));
    let people = ends_with(&chat, "server: 2 online: Ann, Bob");
    assert!(people.starts_with('['));
    chat.press("/shout\r");
    ends_with(
        &chat,
        "there is no command /shout (/help; //TEXT to say it)",
    );
    chat.press("/help\r");
    ends_with(&chat, "/who tells who is there");
    // Enter alone says nothing.
    chat.press("\r\rsaid\r");
    wire.hears("all", "said");
}

#[test]
fn a_line_comes_back_from_the_history() {
    let (mut chat, mut wire) = at_terminal(&[]);
    chat.press("say it again\r");
    wire.hears("all", "say it again");
    wire.bob_says("what?");
    ends_with(&chat, "Bob: what?");
    chat.press("\x1b[A\r");
    wire.hears("all", "say it again");
}

#[test]
fn nicknames_have_colours_unless_they_are_not_wanted() {
    for (no_color, coloured) in [("1", false), ("", true)] {
        let server = StandIn::start();
        let chat = AtTerminal::start_with(
            PROGRAM,
            &[&server.address, "--nick", "Ann"],
            &[("NO_COLOR", no_color)],
        );
        let mut wire = server.accept_in();
        chat.wait_for_line(">");
        wire.bob_says("hi");
        assert_eq!(ends_with(&chat, "hi"), "[2020-02-29 08:15:30] Bob: hi");
        let raw = String::from_utf8_lossy(&chat.raw()).into_owned();
        let has = raw.contains("mBob\x1b[39m: hi");
        assert_eq!(has, coloured, "{raw:?}");
    }
}

#[test]
fn escape_sequences_of_others_never_reach_the_terminal() {
    let (chat, mut wire) = at_terminal(&[]);
    wire.say(message("B\x1b[31mob", "all", "\x1b]0;owned\x07\u{9b}2J"));
    ends_with(&chat, r"B\x1b[31mob: \x1b]0;owned\x07\u{9b}2J");
    let raw = chat.raw();
    let has = |part: &[u8]| raw.windows(part.len()).any(|window| window == part);
    assert!(!has(b"\x1b]0;") && !has(b"\x1b[31m") && !has(b"\x07"));
}

/// What is typed while the server is away is sent when it is back, and the line stays whole.
#[test]
fn a_restarted_server_does_not_spoil_the_line_that_is_typed() {
    let server = StandIn::start();
    let args = [&server.address, "--nick", "Ann", "--reconnect"];
    let mut chat = AtTerminal::start(PROGRAM, &args);
    let wire = server.accept_in();
    chat.wait_for_line(">");
    let place = server.stop(wire);
    chat.wait_until(|lines| {
        lines
            .concat()
            .contains("connection lost: the server closed")
    });
    chat.press("meanwhile\rhalf a ");
    let server = StandIn::at(place);
    let mut wire = server.accept_in();
    ends_with(&chat, "* back again as Ann");
    wire.hears("all", "meanwhile");
    chat.wait_until(|lines| lines.last().is_some_and(|line| line == "> half a"));
    chat.press("line\r");
    wire.hears("all", "half a line");
}

/// However it ends, in the middle of a line or not, the terminal is as it was.
#[test]
fn the_terminal_is_restored_in_each_way_out() {
    type WayOut = fn(&mut AtTerminal, &mut Wire);
    let ways: [(&str, i32, WayOut); 5] = [
        ("/quit", 0, |chat, wire| {
            chat.press("\x15/quit\r");
            wire.hears_the_end();
        }),
        ("Ctrl-D", 0, |chat, wire| {
            chat.press("\x15\x04");
            wire.hears_the_end();
        }),
        ("Ctrl-C", 0, |chat, wire| {
            chat.press("\x03");
            assert_eq!(wire.next_or_end(), None);
        }),
        ("SIGTERM", 0, |chat, wire| {
            chat.signal(Signal::TERM);
            assert_eq!(wire.next_or_end(), None);
        }),
        ("the server closes", 1, |_, wire| {
            wire.bob_says("last words");
            wire.socket.shutdown(std::net::Shutdown::Both).unwrap();
        }),
    ];
    for (way, code, take) in ways {
        let (mut chat, mut wire) = at_terminal(&[]);
        chat.press("half a line");
        chat.wait_for_line("> half a line");
        assert!(!chat.has_its_mode_back(), "raw mode, in {way}");
        take(&mut chat, &mut wire);
        drop(wire);
        assert_eq!(chat.wait(), Some(code), "exit code of {way}");
        assert!(chat.has_its_mode_back(), "mode after {way}");
        if way == "the server closes" {
            ends_with(&chat, "Bob: last words");
            chat.wait_until(|lines| lines.concat().contains(": the server closed"));
        }
    }
}

#[test]
fn a_refused_nickname_leaves_the_terminal_as_it_was() {
    let server = StandIn::start();
    let mut chat = AtTerminal::start(PROGRAM, &[&server.address, "--nick", "Ann"]);
    let mut wire = server.accept();
    wire.next();
    wire.say(json!({"type": "error", "code": "nick_taken", "text": "Ann is taken"}));
    assert_eq!(chat.wait(), Some(1));
    let seen = chat.wait_until(|lines| lines.concat().ends_with("Ann is taken"));
    assert!(
        seen[0].starts_with("group-chat-client: cannot join"),
        "{seen:?}"
    );
    assert!(chat.has_its_mode_back());
}

#[test]
fn json_is_json_at_a_terminal_too() {
    let (chat, mut wire) = at_terminal(&["--json", "-q"]);
    wire.say(json!({"type": "notice", "text": "hi"}));
    chat.wait_for_line(r#"{"text":"hi","type":"notice"}"#);
}
