//! `--framing length` and `--framing raw`, byte for byte.

use harness::{LIMIT, Stream, client};

use super::start;
use crate::told::log_of;
use crate::wire::Peer;

/// 4 bytes of length, big-endian, then the message.
fn framed(message: &str) -> Vec<u8> {
    let length = u32::try_from(message.len()).expect("a short message");
    [&length.to_be_bytes(), message.as_bytes()].concat()
}

#[test]
fn a_length_goes_before_every_message() {
    let server = start(&["--framing", "length"]);
    let mut peer = Peer::connect(&server);
    peer.expect(b"\0\0\0\x08Welcome!");
    peer.send(b"\0\0\0\x07Michael");
    peer.expect(b"\0\0\0\x0fHello, Michael!");
    peer.send(b"\0\0\0\x04exit");
    peer.expect_end();
}

#[test]
fn a_framed_message_may_hold_anything() {
    let server = start(&["--framing", "length"]);
    let mut peer = Peer::connect(&server);
    peer.expect(framed("Welcome!"));
    for name in ["", "\n", "two\nlines\r\n", "\0\0\0\x05", "你好"] {
        peer.send(framed(name));
        peer.expect(framed(&format!("Hello, {name}!")));
    }
    let longest = "x".repeat(1 << 20);
    peer.send(framed(&longest));
    peer.expect(framed(&format!("Hello, {longest}!")));
}

#[test]
fn framed_messages_may_come_together_or_byte_by_byte() {
    let server = start(&["--framing", "length"]);
    let mut peer = Peer::connect(&server);
    peer.expect(framed("Welcome!"));
    let both = [framed("Michael"), framed("Tracy")].concat();
    let answers = [framed("Hello, Michael!"), framed("Hello, Tracy!")].concat();
    peer.send(&both);
    peer.expect(&answers);
    for byte in &both {
        peer.send([*byte]);
    }
    peer.expect(&answers);
}

#[test]
fn a_framed_stream_may_end_between_messages() {
    let server = start(&["--framing", "length"]);
    let mut peer = Peer::connect(&server);
    peer.expect(framed("Welcome!"));
    peer.send(framed("Michael"));
    peer.finish();
    peer.expect(framed("Hello, Michael!"));
    peer.expect_end();
    assert_eq!(log_of(server), [""; 0]);
}

#[test]
fn a_stream_cut_inside_a_message_is_logged_and_answered_up_to_there() {
    let server = start(&["--framing", "length"]);
    for (cut, missing) in [
        (&b"\0\0"[..], 2),
        (b"\0\0\0\x07", 7),
        (b"\0\0\0\x07Mich", 3),
    ] {
        let mut peer = Peer::connect(&server);
        peer.expect(framed("Welcome!"));
        peer.send([&framed("Rose"), cut].concat());
        peer.finish();
        peer.expect(framed("Hello, Rose!"));
        peer.expect_end();
        let why = format!(
            "dropped {}: the connection was closed inside a message ({missing} bytes are missing)",
            peer.address()
        );
        let said = |line: &str| line.ends_with(&why);
        server.wait_for_line(Stream::Stderr, said, LIMIT).unwrap();
    }
}

#[test]
fn an_announcement_over_the_limit_ends_that_connection() {
    let server = start(&["--framing", "length"]);
    let mut other = Peer::connect(&server);
    other.expect(framed("Welcome!"));
    for announced in [(1 << 20) + 1, u32::MAX] {
        let mut liar = Peer::connect(&server);
        liar.expect(framed("Welcome!"));
        liar.send([&framed("Think")[..], &announced.to_be_bytes()].concat());
        // What came before it is answered.
        liar.expect(framed("Hello, Think!"));
        liar.expect_end();
        let why = format!(
            "dropped {}: a message is longer than 1048576 bytes",
            liar.address()
        );
        let said = |line: &str| line.ends_with(&why);
        server.wait_for_line(Stream::Stderr, said, LIMIT).unwrap();
    }
    other.send(framed("Rose"));
    other.expect(framed("Hello, Rose!"));
}

#[test]
fn raw_takes_what_one_read_brings_for_one_message() {
    let server = start(&["--framing", "raw"]);
    let mut tutorial = Peer::connect(&server);
    assert_eq!(tutorial.recv(), b"Welcome!");
    for name in ["Michael", "Tracy\nSarah\n"] {
        tutorial.send(name);
        assert_eq!(tutorial.recv(), format!("Hello, {name}!").as_bytes());
    }
    tutorial.send("exit");
    tutorial.expect_end();
}

#[test]
fn our_two_programs_understand_each_other_in_every_framing() {
    for framing in ["text", "length", "raw"] {
        let server = start(&["--framing", framing]);
        let output = client("hello-client")
            .args([server.address(), "--framing", framing])
            .run();
        assert_eq!(
            output.assert_success().stdout_text(),
            "Welcome!\nHello, Michael!\nHello, Tracy!\nHello, Sarah!\n",
            "{framing}"
        );
        assert_eq!(output.stderr_text(), "");
    }
}
