//! `hello-client --pipeline`: everything is sent at once, and nothing is lost or waited for.

use harness::{LIMIT, client};

use super::start;
use crate::told::line_of;
use crate::wire::RawServer;

#[test]
fn every_name_is_answered_in_order() {
    let server = start(&[]);
    let output = client("hello-client")
        .args([
            server.address(),
            "--pipeline",
            "--repeat",
            "3000",
            "Rose",
            "Think",
        ])
        .run();
    let lines = output.assert_success().stdout_lines();
    let answers = ["Hello, Rose!", "Hello, Think!"].repeat(3000);
    assert_eq!(lines[0], "Welcome!");
    assert!(lines[1..] == answers, "{output}");
    let counted = output.stderr_text();
    assert!(
        counted.ends_with(" sent 6000 messages, received 6000\n"),
        "{counted}"
    );
}

#[test]
fn a_list_can_be_repeated_one_by_one() {
    let server = start(&[]);
    let output = client("hello-client")
        .args([server.address(), "--newline", "--repeat", "3", "Rose"])
        .run();
    let lines = output.assert_success().stdout_lines();
    assert_eq!(
        lines,
        ["Welcome!", "Hello, Rose!", "Hello, Rose!", "Hello, Rose!"]
    );
}

/// Both sides send while they are sent to; if either only wrote, both would wait for ever.
#[test]
fn more_than_the_buffers_between_them_hold_goes_through() {
    let server = start(&[]);
    let name = "x".repeat(100_000);
    let output = client("hello-client")
        .args([server.address(), "--pipeline", "--repeat", "200", &name])
        .run();
    output.assert_success();
    let whole = format!("Hello, {name}!");
    let lines = output.stdout_lines();
    assert_eq!(lines.iter().filter(|line| **line == whole).count(), 200);
}

#[test]
fn lengths_keep_fast_messages_apart() {
    let server = start(&["--framing", "length"]);
    let output = client("hello-client")
        .args([server.address(), "--pipeline", "--framing", "length"])
        .run();
    let lines = output.assert_success().stdout_lines();
    assert_eq!(
        lines,
        [
            "Welcome!",
            "Hello, Michael!",
            "Hello, Tracy!",
            "Hello, Sarah!"
        ]
    );
}

/// One write of a few bytes arrives in one piece on loopback, so one read takes all three.
#[test]
fn raw_runs_fast_messages_together() {
    let server = start(&["--framing", "raw"]);
    let output = client("hello-client")
        .args([server.address(), "--pipeline", "--framing", "raw"])
        .run();
    let lines = output.assert_success().stdout_lines();
    assert_eq!(lines, ["Welcome!", "Hello, MichaelTracySarah!"]);
    let counted = output.stderr_text();
    assert!(
        counted.ends_with(" sent 3 messages, received 1\n"),
        "{counted}"
    );
}

#[test]
fn a_server_that_neither_reads_nor_answers_is_given_up() {
    let server = RawServer::start(|mut peer| {
        peer.send("Welcome!\n");
        // Kept open, and what it is sent is left where it is.
        peer
    });
    let name = "x".repeat(100_000);
    let output = client("hello-client")
        .args([
            &server.address,
            "--pipeline",
            "--repeat",
            "1000",
            "--timeout",
            "0.3",
            &name,
        ])
        .limit(LIMIT)
        .run();
    output.assert_code(1);
    let message = line_of("hello-client", &output);
    let what = format!("cannot talk to {}: cannot ", server.address);
    assert!(message.starts_with(&what), "{message}");
    server.end();
}
