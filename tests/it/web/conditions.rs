//! What the client has already is not sent again.

use harness::noise;

use super::{Site, write};

const OLD: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
const FUTURE: &str = "Fri, 31 Dec 9999 23:59:59 GMT";

#[test]
fn what_has_not_changed_is_304() {
    let site = Site::with(&[("small.txt", "one")], &[]);
    write(site.path(), "large.bin", noise(1_000_000, 1));
    for target in ["/small.txt", "/large.bin"] {
        let whole = site.get(target);
        let (tag, time) = (
            whole.field("ETag").unwrap(),
            whole.field("Last-Modified").unwrap(),
        );
        let mut peer = site.connect();
        for (fields, status) in [
            (format!("If-None-Match: {tag}\r\n"), 304),
            (format!("If-None-Match: W/{tag}\r\n"), 304),
            (format!("If-None-Match: \"x\", {tag}\r\n"), 304),
            ("If-None-Match: *\r\n".to_owned(), 304),
            ("If-None-Match: \"x\"\r\n".to_owned(), 200),
            (format!("If-Modified-Since: {time}\r\n"), 304),
            (format!("If-Modified-Since: {FUTURE}\r\n"), 304),
            (format!("If-Modified-Since: {OLD}\r\n"), 200),
            ("If-Modified-Since: yesterday\r\n".to_owned(), 200),
            // A tag goes before a time.
            (
                format!("If-None-Match: \"x\"\r\nIf-Modified-Since: {time}\r\n"),
                200,
            ),
            (
                format!("If-None-Match: {tag}\r\nIf-Modified-Since: {OLD}\r\n"),
                304,
            ),
            (format!("If-Match: {tag}\r\n"), 200),
            ("If-Match: \"x\"\r\n".to_owned(), 412),
            (format!("If-Unmodified-Since: {time}\r\n"), 200),
            (format!("If-Unmodified-Since: {OLD}\r\n"), 412),
            (format!("If-None-Match: {tag}\r\nRange: bytes=0-0\r\n"), 304),
        ] {
            peer.requests("GET", target, &fields);
            let answer = peer.answer("GET");
            assert_eq!(answer.status, status, "{fields} for {}", answer.header);
            if status == 304 {
                assert!(answer.body.is_empty());
                assert_eq!(answer.field("Content-Length"), None);
                answer
                    .assert_field("ETag", tag)
                    .assert_field("Last-Modified", time);
            }
        }
        peer.gets(target).assert_body(&whole.body);
    }
}

#[test]
fn another_content_has_another_tag() {
    let site = Site::with(
        &[("a.txt", "one"), ("b.txt", "two")],
        &["--cache-size", "0"],
    );
    let tag = |answer: super::Answer| answer.field("ETag").unwrap().to_owned();
    let first = tag(site.get("/a.txt"));
    assert_eq!(first, tag(site.get("/a.txt")));
    write(site.path(), "a.txt", "other");
    let second = tag(site.get("/a.txt"));
    assert_ne!(first, second);
    site.ask("GET", "/a.txt", &format!("If-None-Match: {first}\r\n"))
        .assert_body("other");
}
