//! What is typed at one end is shown at the other.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use harness::{LIMIT, Launch, Stream};

use super::couple;
use crate::talkers::{going, hears, is_told, type_line, waiting};

#[test]
fn both_directions_at_once_without_taking_turns() {
    let (one, other) = couple(&[]);
    for line in ["first", "second", "", "你好，世界"] {
        type_line(&one, line);
        type_line(&other, &format!("{line}!"));
    }
    hears(&other, "你好，世界");
    hears(&one, "你好，世界!");
    let heard = other.lines(Stream::Stdout);
    assert_eq!(heard, ["first", "second", "", "你好，世界"]);
    let heard = one.lines(Stream::Stdout);
    assert_eq!(heard[1..], ["first!", "second!", "!", "你好，世界!"]);
}

#[test]
fn the_ready_line_is_the_first_and_names_the_real_address() {
    let listening = waiting("tcp-chat", &["listen", "127.0.0.1:0"]);
    assert_ne!(listening.socket_addr().port(), 0);
    assert_eq!(
        listening.lines(Stream::Stdout),
        [format!("listening on {}", listening.address())]
    );
}

/// Everything that was typed before the end arrives, however much it is.
#[test]
fn a_hundred_thousand_lines_arrive_whole_and_in_order() {
    let count = 100_000;
    let text: String = (0..count).map(|n| format!("line {n}\n")).collect();
    let listening = waiting("tcp-chat", &["listen", "127.0.0.1:0"]);
    let connected = Launch::program("tcp-chat")
        .args(["connect", listening.address()])
        .stdin(text)
        .spawn();
    connected.wait(LIMIT).unwrap().assert_success();
    let heard = listening.wait(LIMIT).unwrap();
    heard.assert_success();
    let lines = heard.stdout_lines();
    assert_eq!(lines.len(), count + 1);
    let wrong = (0..count).find(|&n| lines[n + 1] != format!("line {n}"));
    assert_eq!(wrong, None);
}

#[test]
fn only_one_is_served() {
    let listening = waiting("tcp-chat", &["listen", "127.0.0.1:0"]);
    let first = TcpStream::connect(listening.socket_addr()).unwrap();
    is_told(&listening, "talking to");
    TcpStream::connect(listening.socket_addr()).unwrap_err();
    drop(first);
    listening.wait(LIMIT).unwrap().assert_success();
}

#[test]
fn nothing_from_the_other_side_is_shown_raw() {
    let (one, other) = couple(&[]);
    type_line(&one, "\x1b[2J\x1b]0;title\x07 harmless?\u{202e}");
    hears(&other, r"\x1b[2J\x1b]0;title\x07 harmless?\u{202e}");
}

#[test]
fn under_length_a_message_is_preceded_by_its_length() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let chat = going("tcp-chat", &["--framing", "length", "connect", &address]);
    let (mut wire, _) = listener.accept().unwrap();
    wire.set_read_timeout(Some(LIMIT)).unwrap();
    type_line(&chat, "hi");
    let mut bytes = [0; 6];
    wire.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"\0\0\0\x02hi");
    wire.write_all(b"\0\0\0\x05two\nl").unwrap();
    hears(&chat, r"two\nl");
}

#[test]
fn under_raw_nothing_is_added() {
    let (one, other) = couple(&["--framing", "raw"]);
    type_line(&one, "hi");
    hears(&other, "hi");
    type_line(&other, "there");
    hears(&one, "there");
}

#[cfg(unix)]
#[test]
fn over_a_unix_socket() {
    let dir = harness::temp_dir();
    let address = format!("unix:{}", dir.path().join("chat").display());
    let listening = waiting("tcp-chat", &["listen", &address]);
    assert_eq!(listening.address(), address);
    let connected = going("tcp-chat", &["connect", &address]);
    type_line(&connected, "hi");
    hears(&listening, "hi");
    connected.close_stdin();
    connected.wait(LIMIT).unwrap().assert_success();
    listening.wait(LIMIT).unwrap().assert_success();
    assert!(!dir.path().join("chat").exists());
}
