//! Peers that mean no good, or have no luck: whatever they do ends their own connection at most.

use std::io::Write;

use harness::{LIMIT, Server, Stream, noise};

use crate::hello::welcomed;
use crate::told::{assert_harmless, log_of};
use crate::wire::Peer;

/// Waits until the log has this line, apart from its time, level and thread.
#[track_caller]
fn await_log(server: &Server, message: &str) {
    let said = |line: &str| line.ends_with(message);
    if let Err(failure) = server.wait_for_line(Stream::Stderr, said, LIMIT) {
        panic!("no line ends with {message:?}: {failure}");
    }
}

/// Messages have a limit so that a client cannot use up the server's memory by never ending one.
#[test]
fn ten_megabytes_without_a_newline_end_that_connection_only() {
    let server = Server::start("hello-server", &[]);
    let mut other = welcomed(&server);
    other.say_hello("Rose");
    #[cfg(target_os = "linux")]
    let before = crate::proc::peak_memory(server.id());

    let mut endless = welcomed(&server);
    let address = endless.address();
    for _ in 0..10 {
        // The connection may end while this is being sent.
        let _ = endless.socket.write_all(&vec![b'x'; 1 << 20]);
        other.say_hello("Think");
    }
    let answers = endless.rest_or_reset();
    assert_eq!(answers, b"", "it is no message");
    await_log(
        &server,
        &format!("dropped {address}: a message is longer than 1048576 bytes"),
    );
    other.say_hello("Babala");

    #[cfg(target_os = "linux")]
    {
        let grown = crate::proc::peak_memory(server.id()) - before;
        assert!(grown < 5 << 20, "the server has grown by {grown} bytes");
    }
}

#[test]
fn a_client_that_sends_a_byte_now_and_then_holds_up_nobody() {
    let server = Server::start("hello-server", &[]);
    let mut slow = welcomed(&server);
    slow.say_hello("a line first, so that pauses do not count");
    for byte in b"Michael" {
        slow.send([*byte]);
        let mut other = welcomed(&server);
        other.say_hello("Rose");
        other.send("exit\n");
        other.expect_end();
    }
    slow.send("\n");
    slow.expect("Hello, Michael!\n");
}

#[test]
fn a_reset_in_the_middle_of_a_message_ends_that_connection_only() {
    let server = Server::start("hello-server", &[]);
    let mut other = welcomed(&server);
    let mut unlucky = welcomed(&server);
    unlucky.say_hello("a line first, so that pauses do not count");
    unlucky.send("Mich");
    let address = unlucky.address();
    unlucky.reset();
    await_log(
        &server,
        &format!("dropped {address}: connection reset by peer"),
    );
    other.say_hello("Rose");
    welcomed(&server).say_hello("Think");
}

/// Some are gone before they are accepted, some while they are greeted.
fn reset_many(server: &Server) {
    for _ in 0..100 {
        Peer::connect(server).reset();
    }
    assert!(!Peer::connect(server).recv().is_empty(), "it still serves");
}

#[test]
fn clients_that_reset_at_once_are_no_reason_to_stop() {
    for program in ["time-server", "hello-server"] {
        let server = Server::start(program, &[]);
        reset_many(&server);
        for line in log_of(server) {
            assert!(!line.contains("os error"), "a number in {line:?}");
        }
    }
}

/// The address came with the connection; it need not be asked for when the peer has gone.
#[test]
fn a_client_that_has_gone_is_still_named_by_its_address() {
    for program in ["time-server", "hello-server"] {
        let server = Server::start(program, &["-v"]);
        reset_many(&server);
        for line in log_of(server) {
            assert!(line.contains("127.0.0.1:"), "no address in {line:?}");
        }
    }
}

#[test]
fn a_client_that_connects_and_leaves_is_no_reason_to_stop() {
    for program in ["time-server", "hello-server"] {
        let server = Server::start(program, &[]);
        for _ in 0..100 {
            drop(Peer::connect(&server));
        }
        assert!(!Peer::connect(&server).recv().is_empty());
    }
}

#[test]
fn escape_sequences_come_back_as_sent_and_are_logged_escaped() {
    let server = Server::start("hello-server", &["-vv"]);
    let mut peer = welcomed(&server);
    for (name, logged) in [
        ("\x1b]0;mine\x07\x1b[2J", r"\x1b]0;mine\x07\x1b[2J"),
        ("a\rb", r"a\rb"),
        ("\u{9b}1A", r"\u{9b}1A"),
        ("gpj.\u{202e}exe", r"gpj.\u{202e}exe"),
    ] {
        peer.say_hello(name);
        await_log(&server, &format!("received {logged}"));
    }
    let log = server.output().stderr;
    assert_harmless(&log);
    assert!(!String::from_utf8_lossy(&log).contains('\u{202e}'));
}

#[test]
fn bytes_that_are_no_utf8_are_logged_escaped() {
    let server = Server::start("hello-server", &["-vv"]);
    let mut peer = welcomed(&server);
    peer.send(b"Mi\xffchael\n");
    peer.expect(b"Hello, Mi\xffchael!\n");
    await_log(&server, r"received Mi\xffchael");
    assert_harmless(&server.output().stderr);
}

/// A name cannot write a line of log of its own.
#[test]
fn a_name_with_a_line_end_is_one_line_of_log() {
    let server = Server::start("hello-server", &["-vv", "--framing", "length"]);
    let mut peer = Peer::connect(&server);
    peer.expect(b"\0\0\0\x08Welcome!");
    peer.send(b"\0\0\0\x09two\nlines");
    peer.expect(b"\0\0\0\x11Hello, two\nlines!");
    await_log(&server, r"received two\nlines");
}

/// Bytes of no meaning at all, the same in every run.
#[test]
fn noise_in_any_framing_ends_its_own_connection_at_most() {
    for framing in ["text", "length", "raw"] {
        let server = Server::start("hello-server", &["--framing", framing, "-vv"]);
        for seed in 0..20 {
            let mut peer = Peer::connect(&server);
            let _ = peer.socket.write_all(&noise(4000, seed));
            let _ = peer.socket.shutdown(std::net::Shutdown::Write);
            peer.rest_or_reset();
        }
        assert!(!Peer::connect(&server).recv().is_empty());
        assert_harmless(&server.output().stderr);
    }
}
