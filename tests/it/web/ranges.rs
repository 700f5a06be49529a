//! Parts of files.

use harness::noise;

use super::{Site, write};

const DIGITS: &str = "0123456789";

fn site() -> Site {
    Site::with(&[("digits.txt", DIGITS), ("empty.txt", "")], &[])
}

fn range(value: &str) -> String {
    format!("Range: {value}\r\n")
}

#[test]
fn one_part_is_sent_alone() {
    let site = site();
    for (value, body, field) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
        ("bytes=-99", DIGITS, "bytes 0-9/10"),
        ("bytes=5-99999999999999999999999", "56789", "bytes 5-9/10"),
        ("bytes=0-1,2-3", "0123", "bytes 0-3/10"),
        ("bytes=100-,-1", "9", "bytes 9-9/10"),
    ] {
        let answer = site.ask("GET", "/digits.txt", &range(value));
        answer
            .assert_status(206)
            .assert_field("Content-Range", field);
        answer.assert_field("Content-Type", "text/plain; charset=utf-8");
        assert_eq!(answer.text(), body, "{value}");
    }
}

#[test]
fn several_parts_come_one_behind_the_other() {
    let site = site();
    let answer = site.ask("GET", "/digits.txt", &range("bytes=5-6, 0-1"));
    answer.assert_status(206);
    let media_type = answer.field("Content-Type").unwrap();
    let boundary = media_type
        .strip_prefix("multipart/byteranges; boundary=")
        .unwrap();
    let part = |range: &str, body: &str| {
        format!(
            "\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Range: {range}\r\n\r\n{body}"
        )
    };
    let parts = [part("bytes 0-1/10", "01"), part("bytes 5-6/10", "56")].concat();
    assert_eq!(answer.text(), format!("{parts}\r\n--{boundary}--\r\n"));
}

#[test]
fn parts_of_a_large_file_are_right() {
    let site = site();
    let large = noise(3_000_000, 1);
    write(site.path(), "large.bin", &large);
    let mut peer = site.connect();
    peer.requests("GET", "/large.bin", &range("bytes=1000000-2999998"));
    let answer = peer.answer("GET");
    answer
        .assert_status(206)
        .assert_field("Content-Range", "bytes 1000000-2999998/3000000");
    assert!(answer.body == large[1_000_000..2_999_999]);
    peer.requests("GET", "/large.bin", &range("bytes=0-999999,2000000-"));
    let answer = peer.answer("GET");
    let body = answer.body.as_slice();
    assert!(body.windows(1000).any(|bytes| bytes == &large[..1000]));
    assert!(body.windows(1000).any(|bytes| bytes == &large[2_999_000..]));
    peer.gets("/digits.txt").assert_body(DIGITS);
}

#[test]
fn a_part_that_is_not_there_is_told_with_the_size() {
    let site = site();
    for value in [
        "bytes=10-",
        "bytes=10-11",
        "bytes=-0",
        "bytes=99999999999999999999-",
    ] {
        let answer = site.ask("GET", "/digits.txt", &range(value));
        answer
            .assert_status(416)
            .assert_field("Content-Range", "bytes */10");
    }
    site.ask("GET", "/empty.txt", &range("bytes=0-"))
        .assert_status(416);
}

#[test]
fn what_is_no_range_is_passed_over() {
    let site = site();
    let thousand = format!("bytes=0-0{}", ",2-2".repeat(999));
    for value in [
        "bytes=5-4",
        "bytes=",
        "bytes=-",
        "bytes=x-y",
        "lines=0-1",
        "bytes=0-1-2",
        &thousand,
    ] {
        site.ask("GET", "/digits.txt", &range(value))
            .assert_body(DIGITS);
    }
    let mut peer = site.connect();
    peer.requests("HEAD", "/digits.txt", &range("bytes=0-0"));
    peer.answer("HEAD")
        .assert_status(200)
        .assert_field("Content-Length", "10");
}

#[test]
fn if_range_keeps_parts_of_two_files_apart() {
    let site = site();
    let answer = site.get("/digits.txt");
    let tag = answer.field("ETag").unwrap();
    let time = answer.field("Last-Modified").unwrap();
    let ask = |value: &str| {
        let fields = format!("{}If-Range: {value}\r\n", range("bytes=0-1"));
        site.ask("GET", "/digits.txt", &fields)
    };
    ask(tag).assert_status(206);
    ask(time).assert_status(206);
    ask("\"other\"").assert_body(DIGITS);
    ask(&format!("W/{tag}")).assert_body(DIGITS);
    ask("Sun, 06 Nov 1994 08:49:37 GMT").assert_body(DIGITS);
}
