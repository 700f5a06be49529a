//! Whatever a server can make long has an end.

use super::Visit;
use super::site::{Answer, Site};

#[track_caller]
fn assert_refused(answer: String, flags: &[&str], message: &str) {
    // The answer goes on, for all that we know.
    let site = Site::playing([Answer::new(answer).then_silence()]);
    let visit = Visit::to(&site, flags);
    visit.assert_failed(&site, &format!("page-fetch: cannot read the {message}"));
}

#[test]
fn a_header_of_a_megabyte() {
    let answer = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\nx", "x".repeat(1 << 20));
    assert_refused(answer, &[], "header of {url}: it is longer than 64 KiB");
}

#[test]
fn a_header_that_does_not_end() {
    let answer = format!("HTTP/1.1 200 OK\r\n{}", "A: 1\r\n".repeat(1 << 17));
    assert_refused(answer, &[], "header of {url}: it is longer than 64 KiB");
}

#[test]
fn a_hundred_fields_and_one() {
    let answer = |fields| {
        let fields = "A: 1\r\n".repeat(fields);
        format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 1\r\n\r\nx")
    };
    Visit::to(&Site::saying(answer(99)), &[]).assert_saved(b"x");
    assert_refused(
        answer(100),
        &[],
        "header of {url}: it has more than 100 fields",
    );
}

#[test]
fn interim_answers_without_end() {
    let interim = "HTTP/1.1 103 Early Hints\r\n\r\n";
    let last = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
    Visit::to(&Site::saying(interim.repeat(16) + last), &[]).assert_saved(b"x");
    assert_refused(
        interim.repeat(17),
        &[],
        "header of {url}: more than 16 interim answers came, and no final one",
    );
}

#[test]
fn a_chunk_with_an_endless_extension() {
    let answer = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;{}",
        "x".repeat(5000)
    );
    assert_refused(
        answer,
        &[],
        "body of {url}: a chunk begins with a line of more than 4 KiB",
    );
}

#[test]
fn a_body_over_the_limit() {
    let header = "HTTP/1.1 200 OK\r\n";
    let over = "body of {url}: it is larger than 4 KiB (see --max-size)";
    for (field, body) in [
        ("A: 1", "x".repeat(4097)),
        ("Content-Length: 4097", String::new()),
        ("Content-Length: 18446744073709551615", String::new()),
        ("Transfer-Encoding: chunked", "1001\r\n".into()),
        (
            "Transfer-Encoding: chunked",
            "1\r\nx\r\nffffffffffffffff\r\n".into(),
        ),
    ] {
        let answer = format!("{header}{field}\r\n\r\n{body}");
        assert_refused(answer, &["--max-size", "4KiB"], over);
    }
    let page = "x".repeat(4096);
    let site = Site::saying(format!("{header}\r\n{page}"));
    Visit::to(&site, &["--max-size", "4KiB"]).assert_saved(page.as_bytes());
}
