//! How much is on its way, and how a server that has died is found out.

use std::io::ErrorKind;
use std::time::Duration;

use harness::{LIMIT, Stream};
use serde_json::json;

use super::StandIn;
use crate::talkers::is_told;

#[test]
fn a_hundred_thousand_lines_arrive_whole_and_in_order() {
    let count = 100_000;
    let server = StandIn::start();
    let text: String = (0..count).map(|n| format!("line {n}\n")).collect();
    let client = server.launch(&[]).stdin(text).spawn();
    let mut wire = server.accept_in();
    for number in 0..count {
        assert_eq!(wire.hear()["text"], format!("line {number}"));
    }
    wire.hears_the_end();
    wire.close();
    client.wait(LIMIT).unwrap().assert_success();
}

/// A server that confirms nothing is sent 64 lines, and the rest once it does.
#[test]
fn at_most_64_lines_are_on_their_way() {
    let server = StandIn::start();
    let text: String = (0..200).map(|n| format!("{n}\n")).collect();
    let client = server.launch(&[]).stdin(text).spawn();
    let mut wire = server.accept_in();
    let mut pings = 0;
    for number in 0..64 {
        let mut value = wire.next();
        while value["type"] == "ping" {
            pings += 1;
            value = wire.next();
        }
        assert_eq!(value["text"], number.to_string());
    }
    assert_eq!(
        pings, 1,
        "a confirmation is asked for before the 64 are full"
    );
    let wait = Duration::from_millis(200);
    wire.socket.set_read_timeout(Some(wait)).unwrap();
    let more = wire.socket.peek(&mut [0]).map_err(|error| error.kind());
    assert!(
        matches!(more, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)),
        "no more, but {more:?}"
    );
    wire.socket.set_read_timeout(Some(LIMIT)).unwrap();
    wire.say(json!({"type": "pong"}));
    for number in 64..200 {
        wire.hears("all", &number.to_string());
    }
    wire.hears_the_end();
    wire.close();
    client.wait(LIMIT).unwrap().assert_success();
}

/// Long lines count by their bytes.
#[test]
fn long_lines_are_sent_whole() {
    let server = StandIn::start();
    let line = "x".repeat(100_000);
    let client = server.launch(&[]).stdin(format!("{line}\n").repeat(30));
    let client = client.spawn();
    let mut wire = server.accept_in();
    for _ in 0..30 {
        assert_eq!(wire.hear()["text"], line);
    }
    wire.hears_the_end();
    wire.close();
    client.wait(LIMIT).unwrap().assert_success();
}

/// A server that holds us to one message a second needs time, and is given it.
#[test]
fn a_server_that_has_said_slow_down_is_given_time() {
    let server = StandIn::start();
    let client = server
        .launch(&["--timeout", "0.5"])
        .stdin("1\n2\n3\n")
        .spawn();
    let mut wire = server.accept_in();
    wire.say(json!({"type": "error", "code": "slow_down", "text": "slowly"}));
    for _ in 0..3 {
        wire.next();
    }
    // Three times as long as its patience with a server that has said nothing.
    std::thread::sleep(Duration::from_millis(1500));
    wire.hears_the_end();
    wire.close();
    client.wait(LIMIT).unwrap().assert_success();
}

#[test]
fn a_silent_server_is_asked_whether_it_is_there() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&["--ping-after", "0.1", "--timeout", "0.4"]);
    for _ in 0..3 {
        assert_eq!(wire.next(), json!({"type": "ping"}));
        wire.say(json!({"type": "pong"}));
    }
    assert_eq!(wire.next(), json!({"type": "ping"}));
    let output = client.wait(LIMIT).unwrap();
    output.assert_code(1);
    assert!(
        output.stderr_text().ends_with(": no pong within 0.4 s\n"),
        "{output}"
    );
}

/// Whoever does not read our stdout keeps the chat waiting; the server is not to blame for it.
#[cfg(unix)]
#[test]
fn a_reader_that_pauses_is_no_silent_server() {
    let server = StandIn::start();
    let client = server
        .launch(&["--timeout", "0.3", "--ping-after", "0.1"])
        .under(["sh", "-c", r#""$0" "$@" | { sleep 1; cat; }"#])
        .stdin_pipe()
        .spawn();
    let mut wire = server.accept_in();
    // More than a pipe holds.
    let text = "x".repeat(1000);
    for _ in 0..300 {
        wire.bob_says(&text);
    }
    wire.bob_says("end");
    let all = client.wait_for_lines(Stream::Stdout, LIMIT, |lines| {
        lines
            .iter()
            .any(|line| line == "Bob:end")
            .then_some(lines.len())
    });
    // Had the time of waiting been counted, the connection would have been given up before that.
    assert_eq!(all.unwrap(), 301);
}

#[test]
fn a_server_that_does_not_read_is_a_failure() {
    let server = StandIn::start();
    let line = format!("{}\n", "x".repeat(1_000_000));
    let client = server
        .launch(&["--timeout", "0.5"])
        .stdin(line.repeat(30))
        .spawn();
    let wire = server.accept_in();
    is_told(&client, "may not have arrived");
    let output = client.wait(LIMIT).unwrap();
    output.assert_code(1);
    assert!(
        output.stderr_text().contains("cannot go on talking to"),
        "{output}"
    );
    drop(wire);
}
