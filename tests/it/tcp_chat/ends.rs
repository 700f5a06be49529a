//! How a chat ends, and what the exit code says of it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

#[cfg(unix)]
use harness::Signal;
use harness::{LIMIT, client};
use socket2::SockRef;

use super::couple;
use crate::talkers::{going, hears, is_told, type_line, waiting};

#[test]
fn either_side_ends_it_by_a_word_or_by_the_end_of_input() {
    for word in ["q\n", "quit\n", ""] {
        for listener_ends in [true, false] {
            let (one, other) = couple(&[]);
            type_line(&one, "ready");
            hears(&other, "ready");
            let (ending, left) = match listener_ends {
                true => (&*one, &other),
                false => (&other, &*one),
            };
            ending.write_stdin(format!("last words\n{word}")).unwrap();
            if word.is_empty() {
                ending.close_stdin();
            }
            let ended = ending.wait(LIMIT).unwrap();
            ended.assert_success();
            let other = left.wait(LIMIT).unwrap();
            other.assert_success();
            assert_eq!(other.stdout_lines().last().unwrap(), "last words");
            assert!(other.stderr_text().contains("has left"), "{other}");
            assert!(
                ended.elapsed < LIMIT / 2,
                "two of ours do not wait for each other: {ended}"
            );
        }
    }
}

#[test]
fn words_that_only_begin_like_the_end_are_text() {
    let (one, other) = couple(&[]);
    for line in ["Q", "quite", " q", "q "] {
        type_line(&one, line);
        hears(&other, line);
    }
}

/// Whoever has ended it still hears what the other is saying.
#[test]
fn last_words_after_our_end_are_shown() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let chat = going("tcp-chat", &["connect", &address]);
    let (mut wire, _) = listener.accept().unwrap();
    wire.set_read_timeout(Some(LIMIT)).unwrap();
    chat.write_stdin("bye\nq\n").unwrap();
    let mut all = Vec::new();
    wire.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"bye\n");
    wire.write_all(b"good bye\n").unwrap();
    drop(wire);
    let output = chat.wait(LIMIT).unwrap();
    output.assert_success();
    assert_eq!(output.stdout_lines(), ["good bye"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_waiting_for_somebody_ends_with_0() {
    for signal in [Signal::Interrupt, Signal::Terminate] {
        let listening = waiting("tcp-chat", &["listen", "127.0.0.1:0"]);
        listening.signal(signal).unwrap();
        listening.wait(LIMIT).unwrap().assert_success();
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_chat_and_the_other_side_is_told() {
    for signal in [Signal::Interrupt, Signal::Terminate] {
        let (one, other) = couple(&[]);
        type_line(&one, "said before");
        hears(&other, "said before");
        one.signal(signal).unwrap();
        one.wait(LIMIT).unwrap().assert_success();
        is_told(&other, "has left");
        other.wait(LIMIT).unwrap().assert_success();
    }
}

#[test]
fn a_reset_is_a_failure() {
    let chat = waiting("tcp-chat", &["listen", "127.0.0.1:0"]);
    let mut wire = TcpStream::connect(chat.socket_addr()).unwrap();
    wire.write_all(b"half a conversation\n").unwrap();
    hears(&chat, "half a conversation");
    SockRef::from(&wire)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(wire);
    let output = chat.wait(LIMIT).unwrap();
    output.assert_code(1);
    let error = output.stderr_lines().pop().unwrap();
    assert!(
        error.starts_with("tcp-chat: cannot go on talking to 127.0.0.1:")
            && error.contains("connection reset")
            && !error.contains("os error"),
        "{error}"
    );
}

#[test]
fn a_message_without_an_end_is_a_failure_and_costs_no_memory() {
    let chat = waiting("tcp-chat", &["listen", "127.0.0.1:0"]);
    let mut wire = TcpStream::connect(chat.socket_addr()).unwrap();
    let chunk = [b'x'; 1 << 16];
    while wire.write_all(&chunk).is_ok() {}
    let output = chat.wait(LIMIT).unwrap();
    output.assert_code(1);
    let error = output.stderr_lines().pop().unwrap();
    assert!(
        error.ends_with("a message is longer than 1048576 bytes"),
        "{error}"
    );
}

#[test]
fn nobody_there_is_a_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let output = client("tcp-chat").args(["connect", &address]).run();
    output.assert_code(1);
    assert_eq!(
        output.stderr_text(),
        format!("tcp-chat: cannot connect to {address}: connection refused\n")
    );
}

#[test]
fn a_line_that_is_too_long_or_no_text_is_a_failure_after_what_was_said_before() {
    for (bad, why) in [
        (vec![b'x'; (1 << 20) + 1], "longer than 1048576 bytes"),
        (vec![0xff], "not UTF-8"),
    ] {
        let listening = waiting("tcp-chat", &["listen", "127.0.0.1:0"]);
        let output = client("tcp-chat")
            .args(["connect", listening.address()])
            .stdin([&b"good\n"[..], &bad, b"\n"].concat())
            .run();
        output.assert_code(1);
        assert!(output.stderr_text().contains(why), "{output}");
        hears(&listening, "good");
    }
}

#[cfg(unix)]
#[test]
fn a_closed_stdout_ends_it_quietly() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let chat = harness::Launch::program("tcp-chat")
        .args(["-q", "connect", &address])
        .under([
            "sh",
            "-c",
            r#"exec 3>&1; { "$0" "$@"; echo $? >&3; } | head -n 1"#,
        ])
        .stdin_pipe()
        .spawn();
    let (mut wire, _) = listener.accept().unwrap();
    wire.write_all(b"one\n").unwrap();
    hears(&chat, "one");
    // `head` has gone, or is just about to.
    while wire.write_all(b"more\n").is_ok() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let output = chat.wait(LIMIT).unwrap();
    assert_eq!(output.stdout_lines(), ["one", "0"]);
    assert_eq!(output.stderr_text(), "");
}
