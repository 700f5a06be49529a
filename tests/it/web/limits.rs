//! What a client may send, and how long it may take.

use std::time::Instant;

use super::{Answer, Site};
use crate::wire::Peer;

fn site(flags: &[&str]) -> Site {
    Site::with(&[("a.txt", "one")], flags)
}

/// The answer to a header, and the end of the connection after it.
#[track_caller]
fn last_answer(mut peer: Peer) -> Answer {
    let answer = peer.answer("GET");
    answer.assert_field("Connection", "close");
    peer.expect_end();
    answer
}

#[test]
fn a_line_has_8_kib() {
    let site = site(&[]);
    let mut peer = site.connect();
    let query = "x".repeat(8192 - "GET /a.txt? HTTP/1.1".len());
    peer.gets(&format!("/a.txt?{query}")).assert_body("one");
    let field = format!("X: {}\r\n", "x".repeat(8192 - 3));
    peer.requests("GET", "/a.txt", &field);
    peer.answer("GET").assert_body("one");
    peer.requests("GET", &format!("/a.txt?{query}x"), "");
    last_answer(peer).assert_status(414);
    let mut peer = site.connect();
    peer.requests("GET", "/a.txt", &field.replace("X:", "XX:"));
    last_answer(peer).assert_status(431);
}

#[test]
fn an_endless_line_is_cut() {
    let site = site(&[]);
    let mut peer = site.connect();
    peer.send(vec![b'x'; 65_536]);
    last_answer(peer).assert_status(414);
    let mut peer = site.connect();
    peer.send([b"GET / HTTP/1.1\r\nX: ", &vec![b'x'; 65_536][..]].concat());
    last_answer(peer).assert_status(431);
}

#[test]
fn a_header_has_100_fields() {
    let site = site(&[]);
    let mut peer = site.connect();
    // With `Host` it is one more.
    peer.requests("GET", "/a.txt", &"X: y\r\n".repeat(99));
    peer.answer("GET").assert_body("one");
    peer.requests("GET", "/a.txt", &"X: y\r\n".repeat(100));
    last_answer(peer).assert_status(431);
    let mut peer = site.connect();
    let large = format!("X: {}\r\n", "y".repeat(8000));
    peer.requests("GET", "/a.txt", &large.repeat(9));
    last_answer(peer).assert_status(431);
}

/// One byte now and then does not keep a header alive for ever. Ten seconds are the server's; the
/// client waits for its answer.
#[test]
fn a_slow_header_is_cut() {
    let site = site(&["--idle-timeout", "0"]);
    let begin = Instant::now();
    let mut idle = site.connect();
    let mut slow = site.connect();
    slow.send("GET /a.txt HTTP/1.1\r\n");
    let mut second = site.connect();
    second.gets("/a.txt").assert_body("one");
    second.send("G");
    let mut body = site.connect();
    body.requests("POST", "/a.txt", "Content-Length: 5\r\n");
    body.send("x");
    for peer in [slow, second, body] {
        last_answer(peer).assert_status(408);
    }
    let took = begin.elapsed().as_secs();
    assert!((9..25).contains(&took), "after {took} s");
    // Silence between requests is not slow.
    idle.gets("/a.txt").assert_body("one");
}

#[test]
fn an_idle_connection_is_closed() {
    let site = site(&["--idle-timeout", "1"]);
    let mut peer = site.connect();
    peer.gets("/a.txt").assert_body("one");
    peer.expect_end();
}

#[test]
fn who_comes_when_all_places_are_taken_waits() {
    let site = site(&["--max-connections", "2", "--threads", "3"]);
    let mut first = site.connect();
    let mut second = site.connect();
    first.gets("/a.txt").assert_body("one");
    second.gets("/a.txt").assert_body("one");
    let mut third = site.connect();
    third.requests("GET", "/a.txt", "");
    for _ in 0..10 {
        first.gets("/a.txt").assert_body("one");
    }
    assert!(third.has_nothing());
    drop(first);
    third.answer("GET").assert_body("one");
    second.gets("/a.txt").assert_body("one");
}
