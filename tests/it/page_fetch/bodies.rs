//! Each rule that can end a body: where it ends it, and what happens when it is cut short.

use super::Visit;
use super::site::{Answer, Site};

const LENGTH: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
    2;x=\"y\"\r\nHe\r\n3\r\nllo\r\n0\r\nX-Digest: abc\r\nX-Time: 1\r\n\r\n";
const CLOSE: &str = "HTTP/1.1 200 OK\r\nA: 1\r\n\r\nHello";

#[test]
fn the_rule_that_ended_the_body_is_said() {
    for (answer, ending) in [
        (LENGTH, "5 bytes, ended by Content-Length"),
        (CHUNKED, "5 bytes, ended by the empty chunk after 2 chunks"),
        (CLOSE, "5 bytes, ended by the server's close"),
    ] {
        for size in [1, 2, 3, 7, 1000] {
            let site = Site::playing([Answer::new(answer).in_parts_of(size)]);
            let visit = Visit::to(&site, &[]);
            visit.assert_saved(b"Hello");
            assert_eq!(visit.ending(), ending);
        }
    }
}

#[test]
fn a_body_that_is_complete_needs_no_close() {
    for answer in [LENGTH, CHUNKED] {
        let site = Site::playing([Answer::new(answer).then_silence()]);
        Visit::to(&site, &[]).assert_saved(b"Hello");
    }
}

#[test]
fn what_follows_a_complete_body_is_not_part_of_it() {
    for answer in [LENGTH, CHUNKED] {
        let site = Site::saying(format!("{answer}HTTP/1.1 200 OK\r\n\r\nanother answer"));
        Visit::to(&site, &[]).assert_saved(b"Hello");
    }
}

#[test]
fn trailer_fields_are_shown_on_stderr() {
    let visit = Visit::to(&Site::saying(CHUNKED), &[]);
    let stderr = visit.output.stderr_lines();
    let trailer: Vec<_> = stderr
        .iter()
        .filter(|line| line.starts_with("trailer"))
        .collect();
    assert_eq!(trailer, ["trailer: X-Digest: abc", "trailer: X-Time: 1"]);
}

#[test]
fn an_empty_body_is_an_empty_file() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    ] {
        Visit::to(&Site::saying(answer), &[]).assert_saved(b"");
    }
}

#[test]
fn a_page_of_many_megabytes_comes_whole() {
    let page: Vec<u8> = (0..20_000_000u32).map(|n| (n / 7) as u8).collect();
    let header = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", page.len());
    let site = Site::saying([header.as_bytes(), &page].concat());
    Visit::to(&site, &[]).assert_saved(&page);
}

/// Where a body says how long it is, no cut of the answer looks like a complete one.
#[test]
fn an_answer_that_is_cut_short_anywhere_leaves_nothing() {
    for answer in [LENGTH, CHUNKED] {
        let cuts = 0..answer.len();
        let site = Site::playing(cuts.clone().map(|cut| Answer::new(&answer[..cut])));
        for cut in cuts {
            let visit = Visit::to(&site, &[]);
            visit.output.assert_code(1);
            assert_eq!(visit.files(), [""; 0], "{cut}");
        }
    }
}

#[test]
fn what_was_cut_short_is_said() {
    for (answer, why) in [
        ("", "header of {url}: the server closed without an answer"),
        (
            "HTTP/1.1 200 OK\r\n",
            "header of {url}: it was cut short after 17 bytes",
        ),
        (
            &LENGTH[..LENGTH.len() - 1],
            "body of {url}: it was cut short after 4 bytes of 5",
        ),
        (
            &CHUNKED[..CHUNKED.len() - 1],
            "body of {url}: it was cut short after 5 bytes, before its last chunk was complete",
        ),
    ] {
        let site = Site::saying(answer);
        Visit::to(&site, &[]).assert_failed(&site, &format!("page-fetch: cannot read the {why}"));
    }
}

/// The close is the end of this body; a reset is none.
#[test]
fn a_reset_is_not_the_end_of_a_body() {
    let site = Site::playing([Answer::new(CLOSE).then_reset()]);
    let visit = Visit::to(&site, &[]);
    visit.output.assert_code(1);
    let stderr = visit.output.stderr_text();
    assert!(
        stderr.ends_with(": connection reset by peer\n"),
        "{}",
        visit.output
    );
    assert_eq!(visit.files(), [""; 0]);
}

#[test]
fn what_can_be_understood_in_two_ways_is_refused() {
    for (fields, why) in [
        (
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "it has both a Content-Length and a Transfer-Encoding, and one of them is a lie",
        ),
        (
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            "it has two different lengths: 5 and 6",
        ),
        (
            "Content-Length: +5\r\n",
            "its Content-Length is not a length: \"+5\"",
        ),
        (
            "Content-Length: 5\u{9b}1A\r\n",
            "its Content-Length is not a length: \"5\\u{9b}1A\"",
        ),
        (
            "Transfer-Encoding: gzip, chunked\r\n",
            "its Transfer-Encoding is not chunked but \"gzip, chunked\"",
        ),
    ] {
        let site = Site::saying(format!("HTTP/1.1 200 OK\r\n{fields}\r\nHello"));
        let message = format!("page-fetch: cannot read the body of {{url}}: {why}");
        Visit::to(&site, &[]).assert_failed(&site, &message);
    }
}

#[test]
fn chunks_that_are_malformed_are_refused() {
    for (body, why) in [
        ("x\r\n", "a chunk has no proper length"),
        ("-1\r\n", "a chunk has no proper length"),
        ("10000000000000000\r\n", "a chunk has no proper length"),
        ("5\nHello\n0\n\n", "a chunk has no proper length"),
        (
            "5\r\nHello!\r\n",
            "a chunk does not end where its length says",
        ),
        (
            "0\r\nA: \0\r\n\r\n",
            "the trailer after its last chunk cannot be understood: the value of a field holds a \
             NUL or a CR",
        ),
    ] {
        let site = Site::saying(format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
        ));
        let message = format!("page-fetch: cannot read the body of {{url}}: {why}");
        Visit::to(&site, &[]).assert_failed(&site, &message);
    }
}
