//! The tutorials' programs as the other side, byte for byte: they send what was typed without a
//! newline, and take one `recv(1024)` for one message.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use harness::{LIMIT, Process};

use crate::talkers::{going, hears, is_told, type_line, waiting};

/// What one `recv(1024)` of the tutorials' program returns.
fn recv(wire: &mut TcpStream) -> Vec<u8> {
    let mut buffer = [0; 1024];
    let length = wire.read(&mut buffer).unwrap();
    buffer[..length].to_vec()
}

fn going_to_a_raw_listener() -> (Process, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let chat = going("tcp-chat", &["connect", &address]);
    let (wire, _) = listener.accept().unwrap();
    wire.set_read_timeout(Some(LIMIT)).unwrap();
    (chat, wire)
}

/// The server receives first, then asks for a line, and so on in turns.
#[test]
fn the_tutorials_server() {
    let (chat, mut wire) = going_to_a_raw_listener();
    type_line(&chat, "你好");
    assert_eq!(recv(&mut wire), "你好\n".as_bytes());
    wire.write_all("再见".as_bytes()).unwrap();
    hears(&chat, "再见");
    for line in ["second", "third"] {
        type_line(&chat, line);
        assert_eq!(recv(&mut wire), line.as_bytes(), "no newline from now on");
        wire.write_all(b"yes").unwrap();
        hears(&chat, "yes");
        // The next `yes` is waited for by its number.
        let count = if line == "second" { 1 } else { 2 };
        let all = |lines: &[String]| {
            let found = lines.iter().filter(|have| *have == "yes").count();
            (found >= count).then_some(())
        };
        chat.wait_for_lines(harness::Stream::Stdout, LIMIT, all)
            .unwrap();
    }
    // Its `q`: the thread ends, then the process, and its socket is closed.
    drop(wire);
    is_told(&chat, "has left");
    chat.wait(LIMIT).unwrap().assert_success();
}

/// The client sends first.
#[test]
fn the_tutorials_client() {
    let chat = waiting("tcp-chat", &["listen", "127.0.0.1:0"]);
    let mut wire = TcpStream::connect(chat.socket_addr()).unwrap();
    wire.set_read_timeout(Some(LIMIT)).unwrap();
    wire.write_all(b"hello zj").unwrap();
    hears(&chat, "hello zj");
    type_line(&chat, "hahahaha");
    assert_eq!(recv(&mut wire), b"hahahaha");
    type_line(&chat, "");
    type_line(&chat, "an empty line is nothing to send");
    assert_eq!(recv(&mut wire), b"an empty line is nothing to send");
    drop(wire);
    chat.wait(LIMIT).unwrap().assert_success();
}

/// The tutorials' server goes on after our end without closing: it is left to itself.
#[test]
fn a_peer_that_never_closes_holds_nobody() {
    let (chat, mut wire) = going_to_a_raw_listener();
    type_line(&chat, "bye");
    type_line(&chat, "q");
    let output = chat.wait(LIMIT).unwrap();
    output.assert_success();
    assert!(output.elapsed < LIMIT / 2, "{output}");
    let mut all = Vec::new();
    wire.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"bye\n");
}

#[test]
fn nc_is_answered_with_newlines() {
    let chat = waiting("tcp-chat", &["listen", "127.0.0.1:0"]);
    let mut wire = TcpStream::connect(chat.socket_addr()).unwrap();
    wire.set_read_timeout(Some(LIMIT)).unwrap();
    wire.write_all(b"one\r\ntwo\n").unwrap();
    hears(&chat, "one");
    hears(&chat, "two");
    type_line(&chat, "three");
    assert_eq!(recv(&mut wire), b"three\n");
    wire.write_all(b"the rest").unwrap();
    wire.shutdown(Shutdown::Write).unwrap();
    hears(&chat, "the rest");
    chat.wait(LIMIT).unwrap().assert_success();
    assert_eq!(recv(&mut wire), b"", "closed, and not reset");
}
