//! How fast, how long, how many.

use std::thread;
use std::time::{Duration, Instant};

use super::{launch, logs, start, with_frames, with_nc, with_python};
use crate::wire::Peer;

#[test]
fn who_talks_too_fast_is_told_once_and_nothing_is_lost() {
    let server = start(&["--rate", "10"]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_nc(&server, "Bob");
    let begun = Instant::now();
    let lines: String = (0..25).map(|n| format!("Bob:{n}\n")).collect();
    ann.send(&lines);
    for n in 0..25 {
        bob.hears(&format!("Ann:{n}"));
    }
    // Two had been used to come in, and ten may come at once.
    assert!(begun.elapsed() >= Duration::from_millis(1500));
    ann.hears("server:at most 10 messages a second are taken; yours will wait");
    ann.is_in("Ann");
}

/// Whoever has been silent for long may say as much at once as one who has just come, and no more.
#[test]
fn silence_is_not_saved_up() {
    let server = start(&["--rate", "10"]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_nc(&server, "Bob");
    thread::sleep(Duration::from_millis(1200));
    let begun = Instant::now();
    let lines: String = (0..31).map(|n| format!("Bob:{n}\n")).collect();
    ann.send(&lines);
    for n in 0..31 {
        bob.hears(&format!("Ann:{n}"));
    }
    // Ten at once, and then ten a second.
    assert!(begun.elapsed() >= Duration::from_millis(2000));
}

#[test]
fn as_many_as_the_rate_may_come_at_once() {
    let server = start(&["--rate", "3"]);
    let mut bob = with_frames(&server, "Bob");
    let mut ann = Peer::connect(&server);
    ann.send("Ann\n1\n2\n");
    bob.is_told("Ann", "all", "1");
    bob.is_told("Ann", "all", "2");
    assert!(ann.has_nothing(), "it was not too fast");
}

#[test]
fn a_framed_client_is_slowed_down_in_the_same_way() {
    let server = start(&["--rate", "5"]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = with_frames(&server, "Bob");
    for n in 0..12 {
        bob.tells("Ann", &n.to_string());
    }
    for n in 0..12 {
        ann.hears(&format!("Bob:{n}"));
    }
    bob.is_refused("slow_down");
    bob.hears_no_more();
}

#[test]
fn what_a_fast_one_has_sent_before_it_left_arrives_to_the_last_byte() {
    let server = start(&["--rate", "4"]);
    let mut bob = with_nc(&server, "Bob");
    let mut ann = Peer::connect(&server);
    ann.send("Ann\n1\n2\n3\n4\n5\nwithout a newline");
    ann.finish();
    bob.hears("Ann:1\nAnn:2\nAnn:3\nAnn:4\nAnn:5\nAnn:without a newline");
    ann.rest();
}

#[test]
fn a_slow_one_is_not_slowed_down_by_a_fast_one() {
    let server = start(&["--rate", "2"]);
    let mut bob = with_nc(&server, "Bob");
    let mut ann = with_nc(&server, "Ann");
    ann.send("Bob:1\nBob:2\nBob:3\nBob:4\n");
    let cid = with_frames(&server, "Cid");
    bob.hears("Ann:1\nAnn:2\nAnn:3\nAnn:4");
    drop(cid);
}

#[test]
fn a_line_over_the_limit_is_thrown_away_and_the_next_one_is_fine() {
    let server = start(&["--max-message", "100", "--rate", "0"]);
    let mut bob = with_nc(&server, "Bob");
    let mut ann = with_nc(&server, "Ann");
    let told = "server:a message has at most 100 bytes; yours was thrown away";
    for length in [101, 1000, 200_000] {
        ann.says(&"x".repeat(length));
        ann.hears(told);
        ann.says("all:next");
        bob.hears("Ann:next");
    }
    // All in one.
    ann.send(format!("one\n{}\ntwo\n", "x".repeat(101)));
    bob.hears("Ann:one\nAnn:two");
    ann.hears(told);
    let most = "y".repeat(100);
    ann.says(&most);
    bob.hears(&format!("Ann:{most}"));
    ann.is_in("Ann");
}

#[test]
fn a_long_text_without_a_newline_is_thrown_away_up_to_the_pause() {
    let server = start(&["--max-message", "100"]);
    let mut bob = with_nc(&server, "Bob");
    let mut python = with_python(&server, "Rose");
    python.send("x".repeat(500));
    let told = python.recv();
    assert!(told.starts_with(b"server:a message has at most 100 bytes"));
    // What comes within the pause still belongs to it; what comes after it does not. Two more
    // pauses, of another, are longer than that one.
    for name in ["one", "two"] {
        with_python(&server, name);
    }
    python.send("all:next");
    bob.hears("Rose:next");
}

#[test]
fn the_default_limit_is_16_kib() {
    let server = start(&[]);
    let mut bob = with_nc(&server, "Bob");
    let mut ann = with_nc(&server, "Ann");
    let most = "x".repeat(16 << 10);
    ann.says(&most);
    bob.hears(&format!("Ann:{most}"));
    ann.says(&format!("{most}x"));
    ann.hears("server:a message has at most 16384 bytes; yours was thrown away");
}

#[test]
fn at_the_cap_the_next_one_waits_until_somebody_leaves() {
    let server = start(&["--max-connections", "2"]);
    let mut ann = with_nc(&server, "Ann");
    let bob = with_nc(&server, "Bob");
    let mut cid = Peer::connect(&server);
    cid.says("Cid\nCid:am I in?");
    for _ in 0..10 {
        ann.is_in("Ann");
    }
    assert!(cid.has_nothing(), "it was served beyond the cap");
    drop(bob);
    cid.hears("Cid:am I in?");
}

#[test]
fn a_silent_client_is_cut_only_where_that_is_asked_for() {
    let server = start(&["--idle-timeout", "0.5"]);
    let mut ann = with_nc(&server, "Ann");
    ann.rest_or_reset();
    let why = format!("dropped {} Ann: nothing came for 0.5 s", ann.address());
    logs(&server, &why);
    let mut nobody = Peer::connect(&server);
    nobody.rest_or_reset();
    let why = format!("dropped {}: nothing came for 0.5 s", nobody.address());
    logs(&server, &why);
}

#[cfg(unix)]
#[test]
fn more_connections_than_open_files_are_waited_out() {
    let server = launch(&[])
        .under(["sh", "-c", r#"ulimit -n 20; exec "$0" "$@""#])
        .serve();
    let mut inside = with_nc(&server, "Ann");
    let crowd: Vec<Peer> = (0..40).map(|_| Peer::connect(&server)).collect();
    logs(
        &server,
        "cannot accept a connection for now: too many open files",
    );
    inside.is_in("Ann");
    drop(crowd);
    with_nc(&server, "Bob").says("Ann:hi");
    inside.hears("Bob:hi");
    server.stop().assert_success();
}

/// Nobody talks: the server looks for silent connections once a second, and that is all.
#[cfg(target_os = "linux")]
#[test]
fn waiting_costs_no_processor_time() {
    use crate::proc::processor_ticks;

    let server = start(&["--max-connections", "3", "--rate", "2"]);
    let mut ann = with_nc(&server, "Ann");
    let mut bob = Peer::connect(&server);
    let _beyond: Vec<Peer> = (0..5).map(|_| Peer::connect(&server)).collect();
    let before = processor_ticks(server.id());
    // Ann has half a second to wait for each.
    ann.says("Ann:1\nAnn:2\nAnn:3\nAnn:4");
    bob.says("Bob");
    bob.is_in("Bob");
    ann.hears("server:at most 2 messages a second are taken; yours will wait");
    ann.hears("Ann:1\nAnn:2\nAnn:3\nAnn:4");
    let spent = processor_ticks(server.id()) - before;
    assert!(spent <= 10, "{spent} ticks in two seconds");
}
