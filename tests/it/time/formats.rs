//! Every way to write the time, as it goes over the wire.

use std::time::{SystemTime, UNIX_EPOCH};

use harness::{Server, client, server};

use crate::told::assert_shape;
use crate::wire::Peer;

/// Half an hour more than a whole number of hours, in the notation of POSIX (west is positive).
const ZONE: &str = "<+0530>-5:30";

fn told(server: &Server) -> String {
    String::from_utf8(Peer::connect(server).rest()).expect("a time is text")
}

fn in_format(format: &str) -> String {
    told(&Server::start("time-server", &["--format", format]))
}

#[test]
fn rfc3339_has_six_decimals_and_an_offset() {
    assert_shape(&in_format("rfc3339"), "0000-00-00T00:00:00.000000+00:00");
}

#[test]
fn rfc867_is_a_line_that_ends_with_cr_lf() {
    let line = in_format("rfc867");
    let (day, rest) = line.split_once(", ").unwrap();
    assert!(day.ends_with("day"), "{line}");
    let (month, rest) = rest.split_once(' ').unwrap();
    assert!(month.chars().all(char::is_alphabetic), "{line}");
    let (day, rest) = rest.split_once(", ").unwrap();
    assert!((1..=31).contains(&day.parse().unwrap()), "{line}");
    assert_shape(rest, "0000 00:00:00+00:00\r\n");
}

#[test]
fn our_client_prints_rfc867_without_the_cr() {
    let server = Server::start("time-server", &["--format", "rfc867"]);
    let output = client("time-client").arg(server.address()).run();
    let text = output.assert_success().stdout_text().into_owned();
    assert!(
        text.ends_with("+00:00\n") && !text.contains('\r'),
        "{text:?}"
    );
}

#[test]
fn unix_is_the_seconds_since_1970() {
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs()
    };
    let server = Server::start("time-server", &["--format", "unix"]);
    let before = now();
    let told: u64 = told(&server).parse().unwrap();
    assert!((before..=now()).contains(&told), "{told}");
}

#[test]
fn a_pattern_is_written_as_strftime_does() {
    assert_shape(
        &in_format("on %d/%m at %H:%M, 100%%"),
        "on 00/00 at 00:00, 000%",
    );
    assert_eq!(in_format("%%"), "%");
}

#[test]
fn the_local_time_is_told_unless_utc_is_asked_for() {
    const PATTERN: &str = "%s %H:%M %:z";
    for (utc, offset, zone) in [(false, 5 * 3600 + 1800, "+05:30"), (true, 0, "+00:00")] {
        let server = server("time-server")
            .args(["--format", PATTERN])
            .args(utc.then_some("--utc"))
            .env("TZ", ZONE)
            .serve();
        let told = told(&server);
        let seconds: u64 = told.split(' ').next().unwrap().parse().unwrap();
        let minutes = (seconds + offset) / 60;
        let (hour, minute) = (minutes / 60 % 24, minutes % 60);
        assert_eq!(told, format!("{seconds} {hour:02}:{minute:02} {zone}"));
    }
}

#[test]
fn the_named_formats_follow_the_zone_too() {
    for (format, ends) in [("rfc3339", "+05:30"), ("rfc867", "+05:30\r\n")] {
        let server = server("time-server")
            .args(["--format", format])
            .env("TZ", ZONE)
            .serve();
        let told = told(&server);
        assert!(told.ends_with(ends), "{told:?}");
    }
}
