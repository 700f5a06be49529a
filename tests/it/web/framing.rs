//! What could be understood in two ways is answered 400, and that is the end of the connection.

use super::Site;

/// Sends it, with a good request behind it, and checks that it is refused and the other one is not
/// answered.
#[track_caller]
fn assert_refused(site: &Site, request: &[u8], status: u16) {
    let mut peer = site.connect();
    peer.send([request, b"GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n"].concat());
    let answer = peer.answer("GET");
    assert_eq!(
        answer.status,
        status,
        "{} to {}",
        answer.header,
        request.escape_ascii()
    );
    answer.assert_field("Connection", "close");
    let rest = peer.rest();
    assert!(
        rest.is_empty(),
        "{} after {}",
        rest.escape_ascii(),
        request.escape_ascii()
    );
}

fn site() -> Site {
    Site::with(&[("a.txt", "one")], &[])
}

#[test]
fn a_header_that_is_not_right_is_refused() {
    let site = site();
    for header in [
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "GET / HTTP/0.9\r\nHost: a\r\n\r\n",
        "GET / http/1.1\r\nHost: a\r\n\r\n",
        "GET /\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GE T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n",
        "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\x07b\r\n\r\n",
    ] {
        assert_refused(&site, header.as_bytes(), 400);
    }
}

#[test]
fn a_body_whose_end_is_not_clear_is_refused() {
    let site = site();
    for fields in [
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: ",
        "Content-Length: 18446744073709551616",
        "Content-Length: 99999999999999999999999999",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: xchunked",
    ] {
        for method in ["GET", "POST"] {
            let request = format!("{method} /a.txt HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n");
            assert_refused(&site, request.as_bytes(), 400);
        }
    }
    let request = "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_refused(&site, request.as_bytes(), 400);
}

#[test]
fn a_bad_chunk_is_refused() {
    let site = site();
    for chunks in [
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "0x5\r\nhello\r\n",
        "5 \r\nhello\r\n",
        "5\nhello\r\n",
        "5\r\nhello!\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "fffffffffffffffff\r\n",
        "0\r\n\n",
    ] {
        let request = format!(
            "POST /a.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}"
        );
        assert_refused(&site, request.as_bytes(), 400);
    }
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    let site = site();
    let request = "POST /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n";
    assert_refused(&site, request.as_bytes(), 413);
    let request = "POST /a.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n";
    assert_refused(&site, request.as_bytes(), 413);
}

#[test]
fn bytes_that_are_no_request_are_refused() {
    let site = site();
    // A TLS client's first words, and noise.
    assert_refused(
        &site,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        400,
    );
    assert_refused(&site, b"\xff\xfe\xfd\r\n\r\n", 400);
    assert_refused(&site, b"hello\r\n\r\n", 400);
}

/// A peer's mistake is its own affair.
#[test]
fn the_others_are_served_meanwhile() {
    let site = site();
    let mut peer = site.connect();
    peer.gets("/a.txt").assert_body("one");
    assert_refused(&site, b"GET / HTTP/1.1\r\n\r\n", 400);
    site.connect().reset();
    peer.gets("/a.txt").assert_body("one");
}
