//! More connections than a server may have open files: it says so now and then, waits, and goes
//! on when there is room again. It neither ends nor spins.

use harness::{LIMIT, Server, Signal, Stream, server};
use serde_json::Value;

use crate::hello::welcomed;
use crate::proc::processor_ticks;
use crate::told::log_of;
use crate::wire::Peer;

const CROWD: usize = 40;

/// A server that may have 20 open files, of which it needs some for itself.
fn cramped(program: &str) -> Server {
    server(program)
        .args(["--log-format", "json"])
        .under(["sh", "-c", r#"ulimit -n 20; exec "$0" "$@""#])
        .serve()
}

/// The complaint about it, if this is one.
fn complaint(line: &str) -> Option<Value> {
    let line: Value = serde_json::from_str(line).expect("a line of JSON");
    let message = line["message"].as_str().expect("a message");
    message
        .starts_with("cannot accept a connection for now: ")
        .then_some(line)
}

/// Waits for the `n`th complaint.
fn await_complaint(server: &Server, n: usize) -> Value {
    let look = |lines: &[String]| lines.iter().filter_map(|line| complaint(line)).nth(n);
    let complaint = server.wait_for_lines(Stream::Stderr, LIMIT, look);
    complaint.expect("it complains")
}

/// The milliseconds of the day in `2026-11-21 07:28:40.589+00:00`.
fn milliseconds(line: &Value) -> u64 {
    let time = line["timestamp"].as_str().expect("a time");
    let number = |from: usize, to: usize| time[from..to].parse::<u64>().expect("a number");
    ((number(11, 13) * 60 + number(14, 16)) * 60 + number(17, 19)) * 1000 + number(20, 23)
}

/// The soft limit is there for programs that use `select(2)`; a server may raise it, as far as the
/// hard one.
#[test]
fn a_soft_limit_is_raised_to_what_the_cap_needs() {
    for program in ["time-server", "hello-server"] {
        let server = server(program)
            .args(["--max-connections", "100"])
            .under(["sh", "-c", r#"ulimit -S -n 20; exec "$0" "$@""#])
            .serve();
        let mut crowd: Vec<Peer> = (0..100).map(|_| Peer::connect(&server)).collect();
        for peer in &mut crowd {
            assert!(!peer.recv().is_empty());
        }
        assert_eq!(log_of(server), [""; 0]);
    }
}

#[test]
fn a_server_without_descriptors_says_so_once_a_second_and_does_not_spin() {
    let server = cramped("hello-server");
    let _crowd: Vec<Peer> = (0..CROWD).map(|_| Peer::connect(&server)).collect();
    let first = await_complaint(&server, 0);
    let before = processor_ticks(server.id());
    let second = await_complaint(&server, 1);
    let spent = processor_ticks(server.id()) - before;
    let day = 24 * 3600 * 1000;
    let between = (milliseconds(&second) + day - milliseconds(&first)) % day;
    assert!(
        (1000..5000).contains(&between),
        "{between} ms from one to the next"
    );
    assert!(spent <= 10, "{spent} ticks in {between} ms");
}

#[test]
fn the_complaint_is_a_warning_in_plain_words() {
    let server = cramped("hello-server");
    let _crowd: Vec<Peer> = (0..CROWD).map(|_| Peer::connect(&server)).collect();
    let complaint = await_complaint(&server, 0);
    assert_eq!(complaint["level"], "WARN");
    let message = "cannot accept a connection for now: too many open files";
    assert_eq!(complaint["message"], message);
}

#[test]
fn those_inside_are_served_and_the_others_when_they_have_left() {
    let server = cramped("hello-server");
    let mut inside: Vec<Peer> = (0..5).map(|_| welcomed(&server)).collect();
    let outside: Vec<Peer> = (0..CROWD).map(|_| Peer::connect(&server)).collect();
    await_complaint(&server, 0);
    inside.iter_mut().for_each(|peer| peer.say_hello("Rose"));
    for mut peer in inside.into_iter().chain(outside) {
        peer.send("exit\n");
        let rest = peer.rest();
        assert!(rest.is_empty() || rest == b"Welcome!");
    }
    welcomed(&server).say_hello("Think");
    server.stop().assert_success();
}

/// It gives its clients 2 s to close, and then their descriptors to others.
#[test]
fn the_time_server_gets_over_it_by_itself() {
    let server = cramped("time-server");
    let mut crowd: Vec<Peer> = (0..20).map(|_| Peer::connect(&server)).collect();
    for peer in &mut crowd {
        assert_eq!(peer.rest().len(), 26);
    }
    server.stop().assert_success();
}

#[test]
fn ctrl_c_ends_a_server_without_descriptors() {
    let server = cramped("hello-server");
    let _crowd: Vec<Peer> = (0..CROWD).map(|_| Peer::connect(&server)).collect();
    await_complaint(&server, 0);
    server.signal(Signal::Interrupt).unwrap();
    server.wait(LIMIT).unwrap().assert_success();
}
