//! `time-client` with servers that are not ours: the tutorial's, slow ones and broken ones.

use harness::{Output, client};

use crate::told::{assert_harmless, error_of};
use crate::wire::{Peer, RawServer};

/// What the client does when a server says something and closes.
fn told_by(talk: impl FnOnce(Peer) + Send + 'static) -> (String, Output) {
    let server = RawServer::start(talk);
    let address = server.address.clone();
    let output = client("time-client").arg(&address).run();
    server.end();
    (address, output)
}

#[track_caller]
fn assert_prints(answer: &'static [u8], printed: &str) {
    let (_, output) = told_by(move |mut peer| peer.send(answer));
    assert_eq!(output.assert_success().stdout_text(), printed);
    assert_harmless(&output.stdout);
    assert_eq!(output.stderr_text(), "");
}

#[test]
fn the_tutorials_server_is_understood() {
    assert_prints(
        b"2026-11-21 08:15:30.123456",
        "2026-11-21 08:15:30.123456\n",
    );
}

#[test]
fn white_space_at_the_end_is_not_printed() {
    assert_prints(
        b"Saturday, November 21, 2026\r\n",
        "Saturday, November 21, 2026\n",
    );
    assert_prints(b"  noon \t\r\n\n", "  noon\n");
}

#[test]
fn what_could_act_on_a_terminal_is_escaped() {
    assert_prints(b"\x1b[2Jnoon\x07\r12:00\n", "\\x1b[2Jnoon\\x07\\r12:00\n");
    assert_prints("\u{9b}2Jnoon".as_bytes(), "\\u{9b}2Jnoon\n");
    assert_prints(b"no\xffon", "no\\xffon\n");
    assert_prints("正午".as_bytes(), "正午\n");
}

#[test]
fn an_answer_that_comes_in_pieces_is_one_answer() {
    let (_, output) = told_by(|mut peer| {
        for byte in b"2026-11-21 08:15:30.123456" {
            peer.send([*byte]);
        }
    });
    assert_eq!(
        output.assert_success().stdout_text(),
        "2026-11-21 08:15:30.123456\n"
    );
}

#[test]
fn an_empty_answer_is_an_error() {
    let (address, output) = told_by(drop);
    assert_eq!(
        error_of("time-client", &output, 1),
        format!("cannot read the time from {address}: the server closed without a word")
    );
}

#[test]
fn an_answer_has_8192_bytes_at_most() {
    assert_prints(&[b'x'; 8192], &format!("{}\n", "x".repeat(8192)));
    let (address, output) = told_by(|mut peer| peer.send([b'x'; 8193]));
    assert_eq!(
        error_of("time-client", &output, 1),
        format!("cannot read the time from {address}: the answer is longer than 8192 bytes")
    );
}

#[test]
fn an_endless_answer_is_an_error() {
    let (address, output) = told_by(|mut peer| {
        use std::io::Write;
        while peer.socket.write_all(&[b'x'; 4096]).is_ok() {}
    });
    assert_eq!(
        error_of("time-client", &output, 1),
        format!("cannot read the time from {address}: the answer is longer than 8192 bytes")
    );
}

/// The reset may come before the client has so much as noticed that it is connected.
#[test]
fn a_reset_is_told() {
    let (address, output) = told_by(|mut peer| {
        peer.send(b"2026-11");
        peer.reset();
    });
    let message = error_of("time-client", &output, 1);
    let tasks = ["cannot read the time from", "cannot connect to"];
    let expected = tasks.map(|task| format!("{task} {address}: connection reset by peer"));
    assert!(expected.contains(&message), "{message}");
}
