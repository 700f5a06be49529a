//! Failures that pass, and the pauses between tries.

use std::io::Write;
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use harness::noise;

use super::site::{Answer, Site, ranges};
use super::{Desk, assert_error, at, listing, picture};

fn busy() -> Answer {
    Answer::new("503 Service Unavailable", "", "")
}

fn well() -> Answer {
    Answer::ok("here it is")
}

#[test]
fn a_failure_that_passes_is_waited_out() {
    for failing in [
        busy as fn() -> Answer,
        || Answer::new("429 Too Many Requests", "Retry-After: 0\r\n", ""),
        || Answer::new("408 Request Timeout", "Connection: close\r\n", "").then_close(),
        || Answer::raw("").then_close(),
        || Answer::raw("").then_reset(),
        || Answer::raw("HTTP/1.1 200 OK\r\nContent-").then_close(),
        || Answer::ok("here it is").without(3).then_close(),
        || Answer::ok("here it is").without(3).then_reset(),
    ] {
        let site = Site::playing([failing, failing, well]);
        let desk = Desk::new();
        let output = desk.run(&["--retries", "2", &site.url("/a")]);
        output.assert_success();
        desk.assert_only("a", b"here it is");
        assert_eq!(site.requests().len(), 3);
        let told = output.stderr_lines();
        assert!(told[0].contains("; try 1 of 2 more in 0."), "{output}");
        assert!(told[1].contains("; try 2 of 2 more in "), "{output}");
    }
}

#[test]
fn there_are_so_many_tries_and_no_more() {
    let site = Site::playing([busy as fn() -> Answer]);
    for retries in [0, 2] {
        let before = site.requests().len();
        let output = Desk::new().run(&["--retries", &retries.to_string(), &site.url("/a")]);
        assert_error(&output, 75, &site.url("/a"), "503 Service Unavailable");
        assert_eq!(site.requests().len() - before, retries + 1);
    }
}

#[test]
fn what_will_not_pass_is_not_tried_again() {
    for (answer, why) in [
        (
            (|| Answer::new("404 Not Found", "", "")) as fn() -> Answer,
            "404 Not Found",
        ),
        (
            || Answer::raw("SSH-2.0-OpenSSH_9.9\r\n\r\n").then_close(),
            "its answer cannot be understood: ",
        ),
    ] {
        let site = Site::playing([answer]);
        let output = Desk::new().run(&[&site.url("/a")]);
        let error = super::error(&output, 1);
        let expected = format!("cannot download {}: {why}", site.url("/a"));
        assert!(error.starts_with(&expected), "{error}");
        assert_eq!(site.requests().len(), 1);
    }
}

#[test]
fn a_server_that_falls_silent_is_not_waited_for() {
    for silence in [
        (|| Answer::raw("").then_silence()) as fn() -> Answer,
        || Answer::raw("HTTP/1.1 200 OK\r\n").then_silence(),
        || Answer::ok("here it is").without(3).then_silence(),
    ] {
        let site = Site::playing([silence, well]);
        let desk = Desk::new();
        let output = desk.run(&["--timeout", "0.3", &site.url("/a")]);
        output.assert_success();
        assert!(
            output.stderr_text().contains("nothing came for 0.3 s"),
            "{output}"
        );
        desk.assert_only("a", b"here it is");
    }
}

/// The time-out is for silence: what comes slowly, comes.
#[test]
fn a_slow_server_is_waited_for() {
    let server = listing();
    let desk = Desk::new();
    let started = Instant::now();
    desk.run(&["--timeout", "0.5", &at(&server, "/slow/picture-1.bmp")])
        .assert_success();
    assert!(started.elapsed() > Duration::from_millis(500));
    desk.assert_only("picture-1.bmp", &picture(&server, 1));
}

/// But not for a header: a byte now and then would hold a connection for as long as a server likes.
#[test]
fn a_header_that_drips_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a", listener.local_addr().unwrap());
    let dripping = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let begun = socket.write_all(b"HTTP/1.1 200 OK\r\nX: ");
        while begun.is_ok() && socket.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let output = Desk::new().run(&["--timeout", "2", "--retries", "0", &url]);
    let why = "the header of its answer did not end within 4 s";
    assert_error(&output, 75, &url, why);
    dripping.join().unwrap();
}

#[test]
fn a_pause_that_the_server_asks_for_is_kept() {
    let server = listing();
    let desk = Desk::new();
    let started = Instant::now();
    let output = desk.run(&["--listing", &at(&server, "/meinv/?num=3&way=busy")]);
    output.assert_success();
    assert!(started.elapsed() >= Duration::from_secs(1), "{output}");
    assert_eq!(desk.files().len(), 3);
    assert!(
        output
            .stderr_text()
            .contains("429 Too Many Requests; try 1 of 3 more in 1.0 s"),
        "{output}"
    );
}

#[test]
fn a_pause_may_be_told_by_a_date() {
    let site = Site::playing([
        || {
            let fields = "Date: Sat, 21 Nov 2026 08:15:30 GMT\r\n\
                          Retry-After: Sat, 21 Nov 2026 08:15:32 GMT\r\n";
            Answer::new("503 Service Unavailable", fields, "")
        },
        well,
    ]);
    let started = Instant::now();
    Desk::new().run(&[&site.url("/a")]).assert_success();
    assert!(started.elapsed() >= Duration::from_secs(2));
}

#[test]
fn whoever_asks_for_a_day_is_left_alone() {
    let server = listing();
    let desk = Desk::new();
    let url = at(&server, "/closed/picture-1.bmp");
    let output = desk.run(&[&url]);
    let why = "503 Service Unavailable; it asks to be left alone for 86400 s";
    assert_error(&output, 75, &url, why);
}

#[test]
fn what_has_come_is_not_asked_for_again() {
    let body = noise(1_500_000, 1);
    let well = ranges(body.clone(), "\"tag\"");
    let site = Site::answering(move |request, number| match number {
        0 | 1 => {
            let answer = well(request);
            let half = if number == 0 { 900_000 } else { 300_000 };
            answer.without(half).then_close()
        }
        _ => well(request),
    });
    let desk = Desk::new();
    desk.run(&[&site.url("/a")]).assert_success();
    desk.assert_only("a", &body);
    let requests = site.requests();
    let ranges: Vec<_> = requests
        .iter()
        .map(|request| request.field("range"))
        .collect();
    assert_eq!(
        ranges,
        [None, Some("bytes=600000-"), Some("bytes=1200000-")]
    );
}

#[test]
fn flaky_and_broken_servers_of_a_listing() {
    let server = listing();
    let expected = picture(&server, 2);
    for way in [
        "cut",
        "flaky",
        "chunked",
        "close",
        "moved",
        "whole",
        "displaced",
    ] {
        let desk = Desk::new();
        let url = at(&server, &format!("/meinv/index?num=2&way={way}"));
        desk.run(&["--listing", &url]).assert_success();
        assert_eq!(desk.files(), ["picture-1.bmp", "picture-2.bmp"], "{way}");
        assert!(desk.read("picture-2.bmp") == expected, "{way}");
    }
    // The size that was announced never comes.
    let url = at(&server, "/short/picture-2.bmp");
    let output = Desk::new().run(&["--retries", "1", &url]);
    let error = super::error(&output, 75);
    assert!(
        error.contains("the connection was closed too early"),
        "{error}"
    );
}
