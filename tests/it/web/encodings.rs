//! Compressed siblings.

use std::fs::File;
use std::time::{Duration, SystemTime};

use harness::noise;

use super::{Site, write};

fn accept(value: &str) -> String {
    format!("Accept-Encoding: {value}\r\n")
}

#[test]
fn a_sibling_is_sent_to_those_who_take_it() {
    let files = [
        ("a.js", "plain"),
        ("a.js.br", "brotli"),
        ("a.js.gz", "gzip"),
        ("b.css", "plain"),
        ("b.css.gz", "gzip"),
        ("c.txt", "plain"),
    ];
    let site = Site::with(&files, &[]);
    for _again in 0..2 {
        for (target, accepted, body, encoding) in [
            ("/a.js", "gzip, deflate, br", "brotli", Some("br")),
            ("/a.js", "gzip", "gzip", Some("gzip")),
            ("/a.js", "br;q=0.1, gzip;q=0.2", "gzip", Some("gzip")),
            ("/a.js", "identity", "plain", None),
            ("/a.js", "br;q=0", "plain", None),
            ("/a.js", "*", "brotli", Some("br")),
            ("/b.css", "gzip, br", "gzip", Some("gzip")),
            ("/b.css", "br", "plain", None),
            ("/c.txt", "gzip, br", "plain", None),
        ] {
            let answer = site.ask("GET", target, &accept(accepted));
            answer.assert_body(body);
            assert_eq!(
                answer.field("Content-Encoding"),
                encoding,
                "{target} {accepted}"
            );
            let varies = (target != "/c.txt").then_some("Accept-Encoding");
            assert_eq!(answer.field("Vary"), varies, "{target}");
            let media_type = answer.field("Content-Type").unwrap();
            assert!(media_type.starts_with("text/"), "{media_type}");
        }
        let plain = site.get("/a.js");
        plain
            .assert_body("plain")
            .assert_field("Vary", "Accept-Encoding");
    }
}

#[test]
fn each_encoding_has_a_tag_of_its_own() {
    let site = Site::with(
        &[("a.js", "one"), ("a.js.br", "two"), ("a.js.gz", "three")],
        &[],
    );
    let tags = ["identity", "br", "gzip"].map(|encoding| {
        let answer = site.ask("GET", "/a.js", &accept(encoding));
        answer.field("ETag").unwrap().to_owned()
    });
    assert!(
        tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2],
        "{tags:?}"
    );
    let fields = format!("{}If-None-Match: {}\r\n", accept("br"), tags[1]);
    let answer = site.ask("GET", "/a.js", &fields);
    answer
        .assert_status(304)
        .assert_field("Vary", "Accept-Encoding");
    let fields = format!("{}If-None-Match: {}\r\n", accept("br"), tags[2]);
    site.ask("GET", "/a.js", &fields).assert_body("two");
    let fields = format!("{}Range: bytes=1-3\r\n", accept("gzip"));
    assert_eq!(site.ask("GET", "/a.js", &fields).text(), "hre");
}

#[test]
fn large_files_have_siblings_too() {
    let site = Site::with(&[], &[]);
    let (plain, packed) = (noise(500_000, 1), noise(100_000, 1));
    write(site.path(), "a.wasm", &plain);
    write(site.path(), "a.wasm.gz", &packed);
    let answer = site.ask("GET", "/a.wasm", &accept("gzip"));
    answer
        .assert_body(&packed)
        .assert_field("Content-Type", "application/wasm");
    site.get("/a.wasm").assert_body(&plain);
}

/// It was made of what the file was before.
#[test]
fn a_sibling_that_is_older_than_its_file_is_not_sent() {
    let site = Site::with(&[("a.js", "new"), ("a.js.gz", "old")], &[]);
    let file = File::options()
        .write(true)
        .open(site.path().join("a.js.gz"))
        .unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(100))
        .unwrap();
    site.ask("GET", "/a.js", &accept("gzip")).assert_body("new");
}
