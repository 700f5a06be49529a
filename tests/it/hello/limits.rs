//! What `hello-server` allows its clients: how many at once, and how long to be silent.

use harness::{LIMIT, Stream};

use super::{start, welcomed};
use crate::told::log_of;
use crate::wire::Peer;

#[test]
fn at_the_cap_the_next_one_waits_until_somebody_leaves() {
    let server = start(&["--max-connections", "2", "-v"]);
    let mut first = welcomed(&server);
    let mut second = welcomed(&server);
    // The kernel connects it; the server does not take it yet.
    let mut third = Peer::connect(&server);
    for _ in 0..20 {
        first.say_hello("Rose");
        second.say_hello("Think");
    }
    assert!(third.has_nothing(), "it was served beyond the cap");
    let gone = first.address();
    first.send("exit\n");
    first.expect_end();
    drop(first);
    third.expect("Welcome!");
    third.say_hello("Babala");
    second.say_hello("Think");

    // There were never three: one had left before the third came.
    let log = log_of(server);
    let line = |what: String| log.iter().position(|line| line.ends_with(&what)).unwrap();
    let left = line(format!("{gone} closed"));
    let came = line(format!("{} connected", third.address()));
    assert!(left < came, "{log:#?}");
}

#[test]
fn a_place_is_free_again_after_a_reset_too() {
    let server = start(&["--max-connections", "1"]);
    for _ in 0..10 {
        welcomed(&server).reset();
    }
    welcomed(&server).say_hello("Rose");
}

/// A server at its cap waits; it does not ask again and again.
#[cfg(target_os = "linux")]
#[test]
fn waiting_at_the_cap_costs_no_processor_time() {
    use crate::proc::processor_ticks;

    let server = start(&["--max-connections", "1"]);
    let mut only = welcomed(&server);
    let _waiting: Vec<Peer> = (0..20).map(|_| Peer::connect(&server)).collect();
    only.send("a name, ended by a pause of 0.2 s");
    only.recv();
    let before = processor_ticks(server.id());
    for _ in 0..3 {
        only.send("another, and its pause");
        only.recv();
    }
    let spent = processor_ticks(server.id()) - before;
    assert!(spent <= 10, "{spent} ticks in 0.6 s");
}

#[test]
fn a_silent_client_is_closed_when_its_time_is_up() {
    let server = start(&["--idle-timeout", "0.3"]);
    let mut silent = welcomed(&server);
    silent.expect_end();
    let why = format!("dropped {}: nothing came for 0.3 s", silent.address());
    let said = |line: &str| line.ends_with(&why);
    server.wait_for_line(Stream::Stderr, said, LIMIT).unwrap();
}

#[test]
fn silence_in_the_middle_of_a_message_counts_too() {
    let server = start(&["--idle-timeout", "1", "--framing", "length"]);
    let mut silent = Peer::connect(&server);
    silent.send(b"\0\0\0\x07Mich");
    silent.expect(b"\0\0\0\x08Welcome!");
    silent.expect_end();
}

#[test]
fn silence_in_the_middle_of_a_line_counts_too() {
    let server = start(&["--idle-timeout", "1"]);
    let mut silent = Peer::connect(&server);
    silent.send("a line first, so that pauses do not count\nMich");
    silent.expect("Welcome!Hello, a line first, so that pauses do not count!\n");
    silent.expect_end();
}

#[test]
fn without_an_idle_timeout_silence_is_allowed() {
    let patient = start(&["--idle-timeout", "0"]);
    let impatient = start(&["--idle-timeout", "0.2"]);
    let mut silent = welcomed(&patient);
    for _ in 0..3 {
        welcomed(&impatient).expect_end();
    }
    silent.say_hello("Rose");
}

/// Its answers fill the buffers between the two, and then the server can only wait, in a thread
/// of its own and not for ever.
#[test]
fn a_client_that_never_reads_is_dropped_and_holds_up_nobody() {
    use std::io::Write;

    let server = start(&["--idle-timeout", "1"]);
    let mut greedy = welcomed(&server);
    let address = greedy.address();
    let names = "Rose\n".repeat(10_000);
    let sending =
        std::thread::spawn(move || while greedy.socket.write_all(names.as_bytes()).is_ok() {});
    while !sending.is_finished() {
        welcomed(&server).say_hello("Think");
    }
    sending.join().unwrap();
    let why = format!("dropped {address}: it does not read what it is sent");
    let said = |line: &str| line.ends_with(&why);
    server.wait_for_line(Stream::Stderr, said, LIMIT).unwrap();
}
