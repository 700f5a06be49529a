//! At a terminal.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use harness::{LIMIT, wait_until};
use rustix::process::Signal;

use crate::pty::AtTerminal;

/// A chat at a terminal, ready for a line, and the other side.
fn at_terminal() -> (AtTerminal, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let chat = AtTerminal::start("tcp-chat", &["-q", "connect", &address]);
    let (wire, _) = listener.accept().unwrap();
    wire.set_read_timeout(Some(LIMIT)).unwrap();
    chat.wait_for_line(">");
    (chat, wire)
}

fn line_of(wire: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\n") {
        wire.read_exact(&mut byte).unwrap();
        bytes.push(byte[0]);
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_message_does_not_spoil_the_line_that_is_typed() {
    let (mut chat, mut wire) = at_terminal();
    chat.press("half a ");
    chat.wait_for_line("> half a");
    wire.write_all("a message, 完整的一行\n".as_bytes())
        .unwrap();
    let seen = chat.wait_until(|lines| lines.len() >= 2 && lines[1] == "> half a");
    assert_eq!(seen, ["a message, 完整的一行", "> half a"]);
    chat.press("line\r");
    assert_eq!(line_of(&mut wire), "half a line\n");
    let seen = chat.wait_until(|lines| lines.len() == 3);
    assert_eq!(seen, ["a message, 完整的一行", "> half a line", ">"]);
}

#[test]
fn wide_characters_and_a_line_longer_than_the_terminal_are_kept_whole() {
    let (mut chat, mut wire) = at_terminal();
    let line = "中文字符".repeat(20);
    chat.press(&line);
    chat.wait_until(|lines| lines.concat().contains(&line));
    let message = "收到消息".repeat(20);
    wire.write_all(format!("{message}\n").as_bytes()).unwrap();
    let seen = chat.wait_until(|lines| {
        let all = lines.concat();
        all.contains(&message) && all.contains(&format!("> {line}"))
    });
    assert_eq!(seen.concat(), format!("{message}> {line}"));
    chat.press("\r");
    assert_eq!(line_of(&mut wire), format!("{line}\n"));
}

#[test]
fn lines_typed_ahead_are_all_sent() {
    let (mut chat, mut wire) = at_terminal();
    chat.press("one\rtwo\rthree\r\x04");
    let mut all = String::new();
    wire.read_to_string(&mut all).unwrap();
    assert_eq!(all, "one\ntwo\nthree\n");
    drop(wire);
    assert_eq!(chat.wait(), Some(0));
}

#[test]
fn a_line_comes_back_from_the_history() {
    let (mut chat, mut wire) = at_terminal();
    chat.press("say it again\r");
    assert_eq!(line_of(&mut wire), "say it again\n");
    chat.press("\x1b[A\r");
    assert_eq!(line_of(&mut wire), "say it again\n");
}

#[test]
fn escape_sequences_of_the_other_side_never_reach_the_terminal() {
    let (chat, mut wire) = at_terminal();
    wire.write_all(b"\x1b]0;owned\x07\x1b[31mred\x9b2J\n")
        .unwrap();
    chat.wait_for_line(r"\x1b]0;owned\x07\x1b[31mred\x9b2J");
    let raw = chat.raw();
    let has = |part: &[u8]| raw.windows(part.len()).any(|window| window == part);
    assert!(!has(b"\x1b]0;") && !has(b"\x1b[31m") && !has(b"\x07"));
}

/// However it ends, in the middle of a line or not, the terminal is as it was.
#[test]
fn the_terminal_is_restored_in_each_way_out() {
    type WayOut = fn(&mut AtTerminal, &mut TcpStream);
    let ways: [(&str, i32, WayOut); 8] = [
        ("quit", 0, |chat, _| chat.press("\x15quit\r")),
        ("Ctrl-D", 0, |chat, _| chat.press("\x15\x04")),
        ("Ctrl-C", 0, |chat, _| chat.press("\x03")),
        ("SIGINT", 0, |chat, _| chat.signal(Signal::INT)),
        ("SIGTERM", 0, |chat, _| chat.signal(Signal::TERM)),
        ("two signals", 1, |chat, _| {
            chat.signal(Signal::TERM);
            // The first one restores it, which is how one sees that it has been heard.
            wait_until("its mode", || chat.has_its_mode_back().then_some(()));
            // Two close together are one wish.
            thread::sleep(Duration::from_millis(200));
            chat.signal(Signal::TERM);
        }),
        ("the other side leaves", 0, |_, wire| {
            wire.write_all(b"last words\n").unwrap();
            wire.shutdown(std::net::Shutdown::Both).unwrap();
        }),
        ("a message that is too long", 1, |_, wire| {
            while wire.write_all(&[b'x'; 1 << 16]).is_ok() {}
        }),
    ];
    for (way, code, take) in ways {
        let (mut chat, mut wire) = at_terminal();
        chat.press("half a line");
        chat.wait_for_line("> half a line");
        assert!(!chat.has_its_mode_back(), "raw mode, in {way}");
        take(&mut chat, &mut wire);
        if way != "two signals" {
            wire.shutdown(std::net::Shutdown::Write).ok();
        }
        assert_eq!(chat.wait(), Some(code), "exit code of {way}");
        assert!(chat.has_its_mode_back(), "mode after {way}");
        if way == "the other side leaves" {
            chat.wait_for_line("last words");
        }
    }
}

/// A search in the history waits for keys only; what came meanwhile is shown at the end.
#[test]
fn messages_that_come_while_the_editor_is_deaf_are_not_lost() {
    let (mut chat, mut wire) = at_terminal();
    chat.press("something to search for\r");
    line_of(&mut wire);
    chat.press("\x12");
    chat.wait_until(|lines| lines.concat().contains("search"));
    for number in 1..=5 {
        wire.write_all(format!("message {number}\n").as_bytes())
            .unwrap();
    }
    drop(wire);
    assert_eq!(chat.wait(), Some(0));
    for number in 1..=5 {
        chat.wait_for_line(&format!("message {number}"));
    }
    assert!(chat.has_its_mode_back());
}
