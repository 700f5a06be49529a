//! Connections that are used again, and those that are not.

use harness::noise;

use super::Site;

const FILES: [(&str, &str); 2] = [("a.txt", "one"), ("b.txt", "two!")];

#[test]
fn a_connection_serves_many_requests() {
    let site = Site::with(&FILES, &[]);
    let mut peer = site.connect();
    for _ in 0..100 {
        peer.gets("/a.txt").assert_body("one");
        peer.gets("/b.txt").assert_body("two!");
        peer.gets("/missing").assert_status(404);
    }
}

#[test]
fn requests_in_one_segment_are_answered_in_order() {
    let site = Site::with(&FILES, &[]);
    let large = noise(300_000, 1);
    super::write(site.path(), "large.bin", &large);
    let mut peer = site.connect();
    let one = |target| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    let all = [
        "/a.txt",
        "/large.bin",
        "/missing",
        "/b.txt",
        "/large.bin",
        "/a.txt",
    ];
    peer.send(all.map(one).concat().repeat(20));
    for _ in 0..20 {
        peer.answer("GET").assert_body("one");
        peer.answer("GET").assert_body(&large);
        peer.answer("GET").assert_status(404);
        peer.answer("GET").assert_body("two!");
        peer.answer("GET").assert_body(&large);
        peer.answer("GET").assert_body("one");
    }
}

#[test]
fn a_request_may_arrive_in_any_pieces() {
    let site = Site::with(&FILES, &[]);
    let request = "GET /b.txt HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\nGET /a.txt";
    let rest = " HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut peer = site.connect();
    for byte in request.bytes() {
        peer.send([byte]);
    }
    peer.answer("GET").assert_body("two!");
    peer.send(rest);
    peer.answer("GET").assert_body("one");
}

#[test]
fn close_is_obeyed() {
    let site = Site::with(&FILES, &[]);
    let large = noise(3_000_000, 1);
    super::write(site.path(), "large.bin", &large);
    for target in ["/a.txt", "/a.txt", "/large.bin", "/missing"] {
        let mut peer = site.connect();
        peer.requests("GET", target, "Connection: close\r\n");
        let answer = peer.answer("GET");
        answer.assert_field("Connection", "close");
        if target == "/large.bin" {
            answer.assert_body(&large);
        }
        peer.expect_end();
    }
}

/// Whoever sends more all the same is not reset: it could lose the answer that way.
#[test]
fn what_comes_after_close_is_not_answered() {
    let site = Site::with(&FILES, &[]);
    let mut peer = site.connect();
    let more = "GET /b.txt HTTP/1.1\r\nHost: a\r\n\r\n".repeat(100);
    peer.send(format!(
        "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n{more}"
    ));
    peer.answer("GET").assert_body("one");
    peer.expect_end();
}

#[test]
fn http_1_0_is_closed_unless_it_asks_otherwise() {
    let site = Site::with(&FILES, &[]);
    let mut peer = site.connect();
    peer.send("GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let answer = peer.answer("GET");
    answer
        .assert_body("one")
        .assert_field("Connection", "keep-alive");
    peer.send("GET /b.txt HTTP/1.0\r\n\r\n");
    let answer = peer.answer("GET");
    answer
        .assert_body("two!")
        .assert_field("Connection", "close");
    peer.expect_end();
}

/// `printf … | nc` closes its side right after the request.
#[test]
fn a_client_that_closes_its_side_gets_its_answers() {
    let site = Site::with(&FILES, &[]);
    let large = noise(3_000_000, 1);
    super::write(site.path(), "large.bin", &large);
    let mut peer = site.connect();
    peer.requests("GET", "/large.bin", "");
    peer.requests("GET", "/a.txt", "");
    peer.finish();
    peer.answer("GET").assert_body(&large);
    peer.answer("GET").assert_body("one");
    peer.expect_end();
}

#[test]
fn an_empty_line_before_a_request_is_passed_over() {
    let site = Site::with(&FILES, &[]);
    let mut peer = site.connect();
    peer.send("\r\nGET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n\r\n");
    peer.answer("GET").assert_body("one");
    peer.gets("/b.txt").assert_body("two!");
}

#[test]
fn a_body_is_read_and_thrown_away() {
    let site = Site::with(&FILES, &[]);
    let mut peer = site.connect();
    peer.requests("GET", "/a.txt", "Content-Length: 5\r\n");
    peer.send("hello");
    peer.answer("GET").assert_body("one");
    peer.requests("POST", "/a.txt", "Transfer-Encoding: chunked\r\n");
    peer.send("5\r\nhello\r\n0\r\nA: b\r\n\r\n");
    peer.answer("POST").assert_status(405);
    peer.requests(
        "PUT",
        "/a.txt",
        "Expect: 100-continue\r\nContent-Length: 100000\r\n",
    );
    peer.expect("HTTP/1.1 100 Continue\r\n\r\n");
    peer.send(vec![b'x'; 100_000]);
    peer.answer("PUT").assert_status(405);
    peer.gets("/b.txt").assert_body("two!");
    for method in ["DELETE", "OPTIONS", "PATCH", "TRACE", "get", "BREW"] {
        peer.requests(method, "/a.txt", "");
        peer.answer(method)
            .assert_status(405)
            .assert_field("Allow", "GET, HEAD");
    }
}
