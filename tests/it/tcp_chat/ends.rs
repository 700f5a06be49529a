//! How a chat ends, and what the exit code says of it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

#[cfg(unix)]
use harness::Signal;
use harness::{LIMIT, Launch, client};
use socket2::SockRef;

use super::couple;
use crate::talkers::{going, hears, is_told, type_line, waiting};
use crate::wire::closed_port;

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

/// There is nobody to take leave of yet.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_while_connecting_ends_at_once() {
    let (_full, address) = crate::wire::full_port();
    for signal in [Signal::Interrupt, Signal::Terminate] {
        let text = address.to_string();
        let chat = going("tcp-chat", &["connect", &text, "--timeout", "600"]);
        let begun = || is_connecting_to(address.port()).then_some(());
        harness::wait_until("a connection that does not come about", begun);
        chat.signal(signal).unwrap();
        let output = chat.wait(LIMIT).unwrap();
        assert!(!output.success(), "{output}");
    }
}

/// Whether anybody on this host is waiting for the answer of a port of 127.0.0.1, from `/proc`.
#[cfg(target_os = "linux")]
fn is_connecting_to(port: u16) -> bool {
    const SYN_SENT: &str = "02";
    let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let remote = format!("0100007F:{port:04X}");
    let mut fields = sockets.lines().map(|line| line.split_whitespace().skip(2));
    fields
        .any(|mut fields| fields.next() == Some(remote.as_str()) && fields.next() == Some(SYN_SENT))
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

/// Closes so that the other side gets a reset.
fn reset(wire: TcpStream) {
    let now = Some(Duration::ZERO);
    SockRef::from(&wire).set_linger(now).unwrap();
}

/// The tutorials' programs leave without reading what has come since their last `recv`, and the
/// system then resets the connection.
#[test]
fn a_peer_that_leaves_something_unread_has_left() {
    let chat = waiting("tcp-chat", &["listen", "127.0.0.1:0"]);
    let mut wire = TcpStream::connect(chat.socket_addr()).unwrap();
    wire.write_all(b"half a conversation\n").unwrap();
    hears(&chat, "half a conversation");
    type_line(&chat, "are you still there?");
    wire.peek(&mut [0]).unwrap();
    drop(wire);
    let output = chat.wait(LIMIT).unwrap();
    output.assert_success();
    let told = "has left, perhaps without having read everything";
    let times = output.stderr_text().matches(told).count();
    assert_eq!(times, 1, "{output}");
}

#[test]
fn what_came_just_before_a_reset_is_shown() {
    let chat = waiting("tcp-chat", &["listen", "127.0.0.1:0"]);
    let mut wire = TcpStream::connect(chat.socket_addr()).unwrap();
    is_told(&chat, "talking to");
    wire.write_all(b"bye").unwrap();
    reset(wire);
    let output = chat.wait(LIMIT).unwrap();
    output.assert_success();
    assert_eq!(output.stdout_lines()[1..], ["bye"]);
    assert!(output.stderr_text().contains("has left"), "{output}");
}

#[test]
fn a_message_that_a_reset_cuts_short_is_a_failure() {
    let args = ["listen", "127.0.0.1:0", "--framing", "length"];
    let chat = waiting("tcp-chat", &args);
    let mut wire = TcpStream::connect(chat.socket_addr()).unwrap();
    is_told(&chat, "talking to");
    wire.write_all(b"\0\0\0\x05by").unwrap();
    reset(wire);
    let output = chat.wait(LIMIT).unwrap();
    output.assert_code(1);
    let why = "the connection was closed inside a message (3 bytes are missing)";
    assert!(output.stderr_text().contains(why), "{output}");
}

/// The other side's end is the end of what it says; it may still read.
#[test]
fn all_that_is_left_to_say_is_said_to_one_who_has_ended_first() {
    let text: String = (0..300_000).map(|n| format!("line number {n}\n")).collect();
    for patient in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let chat = Launch::program("tcp-chat")
            .args(["connect", &address])
            .stdin(text.clone())
            .spawn();
        let (mut wire, _) = listener.accept().unwrap();
        wire.set_read_timeout(Some(LIMIT)).unwrap();
        wire.shutdown(Shutdown::Write).unwrap();
        is_told(&chat, "has left");
        if patient {
            // Longer than anybody waits who has nothing to send; what there is does not fit into
            // the buffers between us.
            thread::sleep(Duration::from_millis(600));
        }
        let mut all = String::new();
        wire.read_to_string(&mut all).unwrap();
        assert!(all == text, "{} of {} bytes", all.len(), text.len());
        chat.wait(LIMIT).unwrap().assert_success();
    }
}

#[test]
fn two_that_end_at_once_have_heard_each_other() {
    for _ in 0..20 {
        let one = Launch::program("tcp-chat")
            .args(["listen", "127.0.0.1:0"])
            .stdin("a\nb\n")
            .serve();
        let other = client("tcp-chat")
            .args(["connect", one.address()])
            .stdin("c\nd\n")
            .run();
        other.assert_success();
        assert_eq!(other.stdout_lines(), ["a", "b"]);
        let one = one.wait(LIMIT).unwrap();
        one.assert_success();
        assert_eq!(one.stdout_lines()[1..], ["c", "d"]);
    }
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
    let (_bound, address) = closed_port();
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
    let chat = Launch::program("tcp-chat")
        .args(["-q", "connect", &address])
        .under(crate::talkers::INTO_HEAD)
        .stdin_pipe()
        .spawn();
    let (mut wire, _) = listener.accept().unwrap();
    wire.write_all(b"one\n").unwrap();
    hears(&chat, "one");
    // `head` has gone, or is just about to.
    harness::wait_until("its end", || wire.write_all(b"more\n").err());
    let output = chat.wait(LIMIT).unwrap();
    assert_eq!(output.stdout_lines(), ["one", "0"]);
    assert_eq!(output.stderr_text(), "");
}
