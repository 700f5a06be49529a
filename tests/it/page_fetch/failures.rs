//! What goes wrong before and while an answer comes, and wrong usage.

use std::net::TcpListener;

use harness::{LIMIT, Signal, Stream, names, temp_dir};

use super::site::{Answer, Site};
use super::{Visit, page_fetch};
use crate::wire::closed_port;

#[test]
fn nobody_listens() {
    let (_bound, address) = closed_port();
    let visit = Visit::by(page_fetch().arg(&address));
    assert_eq!(
        visit.output.assert_code(1).stderr_text(),
        format!("page-fetch: cannot connect to {address}: connection refused\n")
    );
    assert_eq!(visit.files(), [""; 0]);
}

#[test]
fn a_host_that_nobody_knows() {
    let visit = Visit::by(page_fetch().arg("http://nobody.invalid/"));
    let stderr = visit.output.assert_code(1).stderr_text();
    let beginning = "page-fetch: cannot find the host nobody.invalid: ";
    assert!(stderr.starts_with(beginning), "{stderr}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_connection_that_does_not_come_about() {
    let (_full, address) = crate::wire::full_port();
    let visit = Visit::by(page_fetch().args([&address.to_string(), "--timeout", "0.3"]));
    assert_eq!(
        visit.output.assert_code(1).stderr_text(),
        format!("page-fetch: cannot connect to {address}: no answer within 0.3 s\n")
    );
}

#[test]
fn each_silence_is_told_by_the_step_that_it_is_in() {
    for (answer, why) in [
        ("", "header of {url}: nothing came for 1 s"),
        (
            "HTTP/1.1 200 OK\r\n",
            "header of {url}: nothing came for 1 s",
        ),
        (
            "HTTP/1.1 200 OK\r\n\r\nHel",
            "body of {url}: nothing came for 1 s",
        ),
    ] {
        let site = Site::playing([Answer::new(answer).then_silence()]);
        let message = format!("page-fetch: cannot read the {why}");
        Visit::to(&site, &["--timeout", "1"]).assert_failed(&site, &message);
    }
}

#[test]
fn a_handshake_that_is_not_answered() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let visit = Visit::by(page_fetch().args([&url, "--timeout", "0.3"]));
    assert_eq!(
        visit.output.assert_code(1).stderr_text(),
        "page-fetch: cannot open TLS with 127.0.0.1: no answer within 0.3 s\n"
    );
}

#[cfg(unix)]
#[test]
fn nothing_is_left_behind_after_ctrl_c() {
    for signal in [Signal::Interrupt, Signal::Terminate] {
        let site = Site::playing([Answer::new("HTTP/1.1 200 OK\r\n\r\nHel").then_silence()]);
        let folder = temp_dir();
        let process = page_fetch()
            .args([&site.url("/"), "-v", "-o", "made/for/it"])
            .dir(folder.path())
            .spawn();
        let saving = |line: &str| line.contains("saving");
        process
            .wait_for_line(Stream::Stderr, saving, LIMIT)
            .unwrap();
        process.signal(signal).unwrap();
        let output = process.wait(LIMIT).unwrap();
        let url = site.url("/");
        assert_eq!(
            output.assert_code(1).stderr_lines().last().unwrap(),
            &format!("page-fetch: cannot read the body of {url}: interrupted")
        );
        assert_eq!(names(&folder), [""; 0]);
    }
}

#[test]
fn wrong_usage_is_one_line_and_2() {
    for (args, message) in [
        (
            &[][..],
            "the following required arguments were not provided: <URL>",
        ),
        (
            &["ftp://x/"],
            "invalid value 'ftp://x/' for '<URL>': only http and https can be fetched, not ftp",
        ),
        (
            &["http://x/a b"],
            "invalid value 'http://x/a b' for '<URL>': a space or a control character cannot stand \
             in a URL (a space is %20)",
        ),
        (
            &["http://x/\r\nX-Evil: 1"],
            "invalid value 'http://x/ X-Evil: 1' for '<URL>': a space or a control character cannot \
             stand in a URL (a space is %20)",
        ),
        (
            &["http://ann:secret@x/"],
            "invalid value 'http://ann:secret@x/' for '<URL>': a user or a password does not belong \
             into a URL, and is never sent",
        ),
        (
            &["x", "--timeout", "-1"],
            "invalid value '-1' for '--timeout <SECS>': a time in seconds is a number from 0 up",
        ),
        (
            &["x", "--max-size", "-1"],
            "invalid value '-1' for '--max-size <SIZE>': a size is a whole number, alone or with KiB, MiB, GiB or TiB",
        ),
        (
            &["x", "--max-size", "1MB"],
            "invalid value '1MB' for '--max-size <SIZE>': a size is a whole number, alone or with KiB, MiB, GiB or TiB",
        ),
        (
            &["x", "--head", "-o", "y"],
            "the argument '--head' cannot be used with '--output <FILE>'",
        ),
        (
            &["x", "--request", "-q"],
            "the argument '--request' cannot be used with '--quiet'",
        ),
    ] {
        let output = page_fetch().args(args).run();
        let said = output.assert_code(2).stderr_text();
        assert_eq!(said, format!("page-fetch: {message} (see --help)\n"));
    }
}

#[test]
fn help_has_an_example_and_every_limit() {
    let output = page_fetch().arg("--help").run();
    let help = output.assert_success().stdout_text();
    for word in [
        "Example: page-fetch",
        "64 KiB",
        "100 fields",
        "16 interim",
        "4 KiB",
        "10 redirects",
        "1GiB",
    ] {
        assert!(help.contains(word), "{word}: {help}");
    }
}
