//! `hello-client` with servers that are not ours: the tutorials', and broken ones.

use harness::{LIMIT, Launch, Output, Stream, client};

use crate::told::{assert_harmless, error_of, line_of};
use crate::wire::{Peer, RawServer};

/// What a tutorial's server does for one client: greets, then answers what each read brings until
/// it is the exit word. Returns all the reads.
fn tutorial(mut peer: Peer, greeting: &str, reply: &str, exit: &str) -> Vec<String> {
    let mut reads = Vec::new();
    peer.send(greeting);
    loop {
        let data = String::from_utf8(peer.recv()).expect("names are UTF-8");
        reads.push(data.clone());
        if data.is_empty() || data == exit {
            return reads;
        }
        peer.send(reply.replace("{}", &data));
    }
}

fn hello(address: &str) -> Launch {
    client("hello-client").arg(address)
}

#[test]
fn the_tutorials_server_reads_exactly_the_names_and_exit() {
    let server = RawServer::start(|peer| tutorial(peer, "Welcome!", "Hello, {}!", "exit"));
    let output = hello(&server.address).run();
    assert_eq!(
        output.assert_success().stdout_text(),
        "Welcome!\nHello, Michael!\nHello, Tracy!\nHello, Sarah!\n"
    );
    assert_eq!(output.stderr_text(), "");
    assert_eq!(server.end(), ["Michael", "Tracy", "Sarah", "exit"]);
}

#[test]
fn the_session_tutorials_names_can_be_given() {
    let server = RawServer::start(|peer| tutorial(peer, "Welcome!", "Hello, {}!", "exit"));
    let output = hello(&server.address)
        .args(["Rose", "Think", "巴巴拉"])
        .run();
    assert_eq!(
        output.assert_success().stdout_lines(),
        [
            "Welcome!",
            "Hello, Rose!",
            "Hello, Think!",
            "Hello, 巴巴拉!"
        ]
    );
    assert_eq!(server.end(), ["Rose", "Think", "巴巴拉", "exit"]);
}

#[test]
fn the_threaded_echo_needs_no_greeting_and_another_word() {
    let server = RawServer::start(|peer| tutorial(peer, "", "Your msg = {}", "quit"));
    let output = hello(&server.address)
        .args(["--no-greeting", "--exit-word", "quit", "one", "two"])
        .run();
    assert_eq!(
        output.assert_success().stdout_lines(),
        ["Your msg = one", "Your msg = two"]
    );
    assert_eq!(server.end(), ["one", "two", "quit"]);
}

/// It reads a line, answers with that line in it, and is done.
#[test]
fn the_line_server_is_sent_a_line() {
    let server = RawServer::start(|mut peer| {
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            line.extend(peer.receive(1));
        }
        peer.send([b"hello ", line.as_slice()].concat());
        line
    });
    let output = hello(&server.address)
        .args(["--no-greeting", "--newline", "zj"])
        .run();
    assert_eq!(output.assert_success().stdout_text(), "hello zj\n");
    assert_eq!(server.end(), b"zj\n");
}

#[test]
fn the_one_shot_server_may_close_before_the_exit_word() {
    let server = RawServer::start(|mut peer| {
        let message = peer.recv();
        peer.send("hahahaha");
        message
    });
    let output = hello(&server.address)
        .args(["--no-greeting", "hello zj"])
        .run();
    assert_eq!(output.assert_success().stdout_text(), "hahahaha\n");
    assert_eq!(output.stderr_text(), "");
    assert_eq!(server.end(), b"hello zj");
}

#[test]
fn an_answer_that_comes_in_pieces_is_one_answer() {
    let server = RawServer::start(|mut peer| {
        peer.send("Welcome!\n");
        peer.receive("Michael".len());
        for byte in b"Hello, Michael!\n" {
            peer.send([*byte]);
        }
        peer.recv()
    });
    let output = hello(&server.address).arg("Michael").run();
    assert_eq!(
        output.assert_success().stdout_text(),
        "Welcome!\nHello, Michael!\n"
    );
    assert_eq!(server.end(), b"exit");
}

/// Results are seen when they come, not when the program ends.
#[test]
fn an_answer_is_printed_as_soon_as_it_has_come() {
    let (seen, go_on) = std::sync::mpsc::channel();
    let server = RawServer::start(move |mut peer| {
        for answer in ["Welcome!\n", "Hello, Rose!\n"] {
            peer.send(answer);
            go_on.recv().expect("the test goes on");
            peer.recv();
        }
    });
    let process = hello(&server.address).arg("Rose").spawn();
    for answer in ["Welcome!", "Hello, Rose!"] {
        let wanted = |line: &str| line == answer;
        process
            .wait_for_line(Stream::Stdout, wanted, LIMIT)
            .unwrap();
        seen.send(()).unwrap();
    }
    process.wait(LIMIT).unwrap().assert_success();
    server.end();
}

#[test]
fn a_line_may_end_with_cr_lf() {
    let server = RawServer::start(|peer| tutorial(peer, "Welcome!\r\n", "Hello, {}!\r\n", "exit"));
    let output = hello(&server.address).arg("Rose").run();
    assert_eq!(
        output.assert_success().stdout_text(),
        "Welcome!\nHello, Rose!\n"
    );
    server.end();
}

#[test]
fn what_could_act_on_a_terminal_is_escaped() {
    let server =
        RawServer::start(|peer| tutorial(peer, "\x1b]0;mine\x07", "\x1b[2J{}\u{9b}A", "exit"));
    let output = hello(&server.address).arg("\x1b[7mRose").run();
    assert_eq!(
        output.assert_success().stdout_text(),
        "\\x1b]0;mine\\x07\n\\x1b[2J\\x1b[7mRose\\u{9b}A\n"
    );
    assert_harmless(&output.stdout);
    server.end();
}

#[test]
fn bytes_that_are_no_utf8_are_escaped() {
    let server = RawServer::start(|mut peer| {
        peer.send(b"Wel\xffcome\n");
        peer.recv();
        peer.send(b"\xe4\xbd\n");
    });
    let output = hello(&server.address).arg("Rose").run();
    assert_eq!(
        output.assert_success().stdout_text(),
        "Wel\\xffcome\n\\xe4\\xbd\n"
    );
    server.end();
}

#[test]
fn a_name_the_wire_cannot_carry_is_wrong_usage() {
    for (args, says) in [
        (&["two\nlines"][..], "two\\nlines"),
        (&[""], "empty name"),
        (&["--framing", "raw", ""], "empty name"),
        (&["--newline", "two\nlines"], "two\\nlines"),
    ] {
        // Nobody is there, and nobody is asked: the names are looked at first.
        let output = hello("127.0.0.1:1").args(args).run();
        let message = error_of("hello-client", &output, 2);
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn a_name_of_two_lines_or_none_is_fine_where_lengths_part_them() {
    let server = super::start(&["--framing", "length"]);
    let output = hello(server.address())
        .args(["--framing", "length", "two\nlines", ""])
        .run();
    assert_eq!(
        output.assert_success().stdout_lines(),
        ["Welcome!", "Hello, two\\nlines!", "Hello, !"]
    );
}

/// What the client does when a server does this, and the message it ends with after what it has
/// printed.
fn failing(talk: impl FnOnce(Peer) + Send + 'static, args: &[&str]) -> (Output, String) {
    let server = RawServer::start(talk);
    let address = server.address.clone();
    let output = hello(&address)
        .args(["Michael", "Tracy"])
        .args(args)
        .limit(LIMIT)
        .run();
    output.assert_code(1);
    let message = line_of("hello-client", &output);
    server.end();
    let what = format!("cannot talk to {address}: ");
    let why = message
        .strip_prefix(&what)
        .unwrap_or_else(|| panic!("{message}"));
    (output, why.to_owned())
}

#[test]
fn a_server_that_closes_without_a_word_is_told() {
    let (output, why) = failing(drop, &[]);
    assert_eq!(
        why,
        "cannot read the greeting: the server closed without a word"
    );
    assert_eq!(output.stdout_text(), "");
}

#[test]
fn a_server_that_closes_in_the_middle_is_told_with_the_name() {
    let (output, why) = failing(
        |mut peer| {
            peer.send("Welcome!\n");
            peer.recv();
            peer.send("Hello, Michael!\n");
            peer.recv();
        },
        &[],
    );
    assert_eq!(why, "cannot read the answer to Tracy: the server closed");
    assert_eq!(output.stdout_text(), "Welcome!\nHello, Michael!\n");
}

#[test]
fn a_reset_is_told_with_the_name() {
    let (_, why) = failing(
        |mut peer| {
            peer.send("Welcome!\n");
            peer.recv();
            peer.reset();
        },
        &[],
    );
    assert_eq!(
        why,
        "cannot read the answer to Michael: connection reset by peer"
    );
}

#[test]
fn a_name_in_an_error_is_escaped() {
    let (output, why) = failing(
        |mut peer| {
            peer.send("Welcome!\n");
            for _ in ["Michael", "Tracy"] {
                peer.recv();
                peer.send("Hello!\n");
            }
            peer.recv();
        },
        &["\x1b[2J\u{202e}"],
    );
    assert_eq!(
        why,
        "cannot read the answer to \\x1b[2J\\u{202e}: the server closed"
    );
    assert_harmless(&output.stderr);
}

#[test]
fn an_endless_answer_is_an_error() {
    let (_, why) = failing(
        |mut peer| {
            use std::io::Write;
            while peer.socket.write_all(&[b'x'; 64 << 10]).is_ok() {}
        },
        &[],
    );
    assert_eq!(
        why,
        "cannot read the greeting: a message is longer than 1048576 bytes"
    );
}

#[test]
fn a_length_over_the_limit_is_an_error() {
    let (_, why) = failing(|mut peer| peer.send("Welcome!"), &["--framing", "length"]);
    assert_eq!(
        why,
        "cannot read the greeting: a message is longer than 1048576 bytes"
    );
}

#[test]
fn an_answer_cut_short_is_an_error() {
    let (_, why) = failing(
        |mut peer| peer.send(b"\0\0\0\x08Welc"),
        &["--framing", "length"],
    );
    assert_eq!(
        why,
        "cannot read the greeting: the connection was closed inside a message (4 bytes are missing)"
    );
}

#[test]
fn a_server_that_never_greets_is_told() {
    let (_, why) = failing(|mut peer| drop(peer.recv()), &["--timeout", "0.3"]);
    assert_eq!(why, "cannot read the greeting: nothing came for 0.3 s");
}

#[test]
fn a_server_that_never_answers_is_told_with_the_name() {
    let (output, why) = failing(
        |mut peer| {
            peer.send("Welcome!\n");
            peer.receive("Michael".len());
            peer.expect_end();
        },
        &["--timeout", "0.3"],
    );
    assert_eq!(
        why,
        "cannot read the answer to Michael: nothing came for 0.3 s"
    );
    assert_eq!(output.stdout_text(), "Welcome!\n");
}
