//! Headers that are malformed or hostile.

use super::Visit;
use super::site::{Answer, Site};

#[test]
fn what_is_malformed_is_refused_and_leaves_nothing() {
    for (answer, why) in [
        (
            "SSH-2.0-OpenSSH_9.6\r\n",
            "that is not HTTP/1.0 or 1.1: it does not begin with HTTP/1",
        ),
        (
            "<html>HTTP/0.9</html>",
            "that is not HTTP/1.0 or 1.1: it does not begin with HTTP/1",
        ),
        (
            "HTTP/3 200 OK\r\n\r\n",
            "that is not HTTP/1.0 or 1.1: it does not begin with HTTP/1",
        ),
        ("HTTP/1.1 2000 OK\r\n\r\n", "its first line is malformed"),
        (
            "HTTP/1.1 200 OK\r\nA : 1\r\n\r\n",
            "the name of a field holds a character that it must not have, or no colon follows",
        ),
        (
            "HTTP/1.1 200 OK\r\nA: \0\r\n\r\n",
            "the value of a field holds a NUL or a CR",
        ),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
            "the server changes to another protocol, which was not asked for",
        ),
    ] {
        let site = Site::saying(answer);
        let message = format!("page-fetch: cannot read the header of {{url}}: {why}");
        Visit::to(&site, &[]).assert_failed(&site, &message);
    }
}

#[test]
fn what_is_not_http_is_refused_though_the_server_waits() {
    let site = Site::playing([Answer::new("SSH-2.0-OpenSSH_9.6\r\n").then_silence()]);
    let message = "page-fetch: cannot read the header of {url}: that is not HTTP/1.0 or 1.1: it does \
                   not begin with HTTP/1";
    Visit::to(&site, &[]).assert_failed(&site, message);
}

/// A header that is refused is shown all the same, so that one sees why; but never obeyed.
#[test]
fn no_escape_sequence_reaches_the_terminal() {
    for answer in [
        "HTTP/1.1 200 \x1b[2J\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nA: \x1b]0;title\x07\r\n\r\nx",
        "HTTP/1.1 200 OK\r\n\x1b[2J: x\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nA: \u{9b}2J\u{202e}\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nA: a\rb\r\n\r\nx",
        "HTTP/1.1 302 Found\r\nLocation: \u{9b}2J://x\r\n\r\nx",
        "HTTP/1.1 302 Found\r\nLocation: http://\u{9b}2J/\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Encoding: \u{9b}2J\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: \u{9b}2J\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: \u{9b}2J\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: \x1b[1m\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: \x1b[2J://x\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Encoding: \x1b[2J\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: \x1b[2J\r\n\r\nx",
    ] {
        for flags in [["--follow", "-v"], ["-o", "x"]] {
            let visit = Visit::to(&Site::saying(answer), &flags);
            for output in [visit.output.stdout_text(), visit.output.stderr_text()] {
                let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
                assert!(!output.contains(acts), "{answer:?}: {output:?}");
            }
        }
    }
}

/// A page is no worse for what stands beside it.
#[test]
fn control_characters_in_values_are_shown_escaped_and_the_page_is_saved() {
    let site = Site::saying(
        "HTTP/1.1 200 \x1b[2J\r\nX: a\x1b[2J\x7f\r\nTransfer-Encoding: chunked\r\n\r\n\
         2\r\nhi\r\n0\r\nX-T: \x1b[1m\r\n\r\n",
    );
    let visit = Visit::to(&site, &[]);
    visit.assert_saved(b"hi");
    assert_eq!(
        visit.output.stdout_text(),
        "HTTP/1.1 200 \\x1b[2J\nX: a\\x1b[2J\\x7f\nTransfer-Encoding: chunked\n"
    );
    let trailer = "trailer: X-T: \\x1b[1m".to_owned();
    assert!(
        visit.output.stderr_lines().contains(&trailer),
        "{}",
        visit.output
    );
}

#[test]
fn a_folded_field_is_understood() {
    let site = Site::saying("HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nhi!");
    let visit = Visit::to(&site, &[]);
    visit.assert_saved(b"hi");
    assert_eq!(
        visit.output.stdout_text(),
        "HTTP/1.1 200 OK\nContent-Length:\n 2\n"
    );
}
