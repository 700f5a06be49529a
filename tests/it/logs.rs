//! Log lines: the tutorials' four fields, how much is said, and in which shape. All of it goes to
//! stderr.

use harness::{LIMIT, Output, Server, Stream, client, server};
use serde_json::Value;

use crate::hello::welcomed;
use crate::told::{assert_harmless, assert_shape};
use crate::wire::Peer;

/// One client that talks, and one that is cut off; their addresses, and what the server logged.
fn log_of(args: &[&str]) -> ([String; 2], Vec<String>) {
    let server = Server::start("hello-server", args);
    let mut good = welcomed(&server);
    good.say_hello("Rose");
    good.send("exit\n");
    good.expect_end();
    let address = good.address();
    drop(good);
    let mut bad = welcomed(&server);
    bad.say_hello("first");
    let addresses = [address, bad.address()];
    bad.reset();
    // It has been noticed when its place, the only one, is free again.
    welcomed(&server).send("exit\n");
    server.kill();
    let output = server.wait(LIMIT).expect("it was killed");
    assert_harmless(&output.stderr);
    assert_eq!(output.stdout_lines().len(), 1, "{output}");
    (addresses, output.stderr_lines())
}

/// The level, the thread and the message, after a time that is one.
#[track_caller]
fn fields(line: &str) -> (&str, &str, &str) {
    let (time, rest) = line.split_at("2026-11-21 07:28:40.589+00:00".len());
    assert_shape(time, "0000-00-00 00:00:00.000+00:00");
    let (level, rest) = rest.trim_start().split_once(' ').expect("a level");
    let (thread, message) = rest.split_once(' ').expect("a thread");
    (level, thread, message)
}

#[test]
fn a_line_has_time_level_thread_and_message() {
    let ([good, bad], log) = log_of(&["-vv", "--max-connections", "1"]);
    let log: Vec<_> = log.iter().map(|line| fields(line)).collect();
    let expected = [
        ("DEBUG", "client-1", format!("{good} connected")),
        ("TRACE", "client-1", "received Rose".to_owned()),
        ("TRACE", "client-1", "received exit".to_owned()),
        ("DEBUG", "client-1", format!("{good} closed")),
        ("DEBUG", "client-2", format!("{bad} connected")),
        ("TRACE", "client-2", "received first".to_owned()),
        (
            "INFO",
            "client-2",
            format!("dropped {bad}: connection reset by peer"),
        ),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(l, t, m)| (*l, *t, m.as_str()))
        .collect();
    assert_eq!(log[..expected.len()], expected);
}

#[test]
fn json_has_the_same_four_fields() {
    let ([_, bad], log) = log_of(&["-vv", "--log-format", "json", "--max-connections", "1"]);
    let log: Vec<Value> = log
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for line in &log {
        let line = line.as_object().unwrap();
        let fields: Vec<&str> = line.keys().map(String::as_str).collect();
        assert_eq!(fields, ["level", "message", "threadName", "timestamp"]);
        assert!(line.values().all(Value::is_string));
    }
    assert_eq!(log[1]["message"], "received Rose");
    assert_eq!(log[1]["level"], "TRACE");
    assert_eq!(log[1]["threadName"], "client-1");
    let dropped = format!("dropped {bad}: connection reset by peer");
    assert!(
        log.iter().any(|line| line["message"] == dropped),
        "{log:#?}"
    );
}

#[test]
fn json_escapes_what_a_peer_sent_as_text_does() {
    let server = Server::start("hello-server", &["-vv", "--log-format=json"]);
    welcomed(&server).say_hello("\x1b[2J\" \u{202e}");
    let received = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["message"] == "received \\x1b[2J\" \\u{202e}"
    };
    server
        .wait_for_line(Stream::Stderr, received, LIMIT)
        .unwrap();
    assert_harmless(&server.output().stderr);
}

#[test]
fn by_default_only_what_went_wrong_is_said() {
    let ([_, bad], log) = log_of(&["--max-connections", "1"]);
    let log: Vec<_> = log.iter().map(|line| fields(line)).collect();
    let dropped = format!("dropped {bad}: connection reset by peer");
    assert_eq!(log, [("INFO", "client-2", dropped.as_str())]);
}

#[test]
fn verbose_tells_connections_and_twice_verbose_messages() {
    let ([good, _], log) = log_of(&["-v", "--max-connections", "1"]);
    assert!(
        log.iter()
            .any(|line| line.ends_with(&format!("{good} connected"))),
        "{log:#?}"
    );
    assert!(
        log.iter()
            .any(|line| line.ends_with(&format!("{good} closed"))),
        "{log:#?}"
    );
    assert!(
        !log.iter().any(|line| line.contains("received")),
        "{log:#?}"
    );
}

#[test]
fn quiet_is_silent() {
    let (_, log) = log_of(&["-q", "--max-connections", "1"]);
    assert_eq!(log, [""; 0]);
}

#[test]
fn a_quiet_client_still_tells_its_error() {
    let (_silent, address) = crate::wire::listener();
    for program in ["time-client", "hello-client"] {
        let output = client(program)
            .args(["-q", &address, "--timeout", "0.1"])
            .run();
        crate::told::error_of(program, &output, 1);
    }
}

#[test]
fn the_flags_may_stand_before_or_after_the_address() {
    let server = Server::start("hello-server", &[]);
    let flags = ["-q", "--timeout", "20", "--log-format", "json"];
    let address = [server.address(), "Rose"];
    for args in [
        [&flags[..], &address].concat(),
        [&address[..], &flags].concat(),
    ] {
        let output = client("hello-client").args(args).run();
        assert_eq!(
            output.assert_success().stdout_lines(),
            ["Welcome!", "Hello, Rose!"]
        );
        assert_eq!(output.stderr_text(), "");
    }
}

#[test]
fn the_time_server_logs_the_same_way() {
    let server = Server::start("time-server", &["-v"]);
    let mut peer = Peer::connect(&server);
    peer.rest();
    let connected = format!("{} connected", peer.address());
    let said = |line: &str| line.ends_with(&connected);
    let line = server.wait_for_line(Stream::Stderr, said, LIMIT).unwrap();
    assert_eq!(fields(&line), ("DEBUG", "main", connected.as_str()));
}

#[test]
fn a_client_tells_its_connection_and_what_it_sends() {
    let server = Server::start("hello-server", &[]);
    let address = server.address();
    let connected = format!("connected to {address}");
    for (ways, sent) in [
        (&[][..], &["sent Rose", "sent exit"][..]),
        (&["--pipeline"], &["sent Rose"]),
    ] {
        let args = [&["-vv", address, "Rose"], ways].concat();
        let output = client("hello-client").args(args).run();
        let log = output.assert_success().stderr_lines();
        let log: Vec<_> = log.iter().map(|line| fields(line)).collect();
        assert_eq!(log[0], ("DEBUG", "main", connected.as_str()));
        let traced = log.iter().filter(|(level, ..)| *level == "TRACE");
        let traced: Vec<_> = traced.map(|(.., message)| *message).collect();
        assert_eq!(traced, sent);
    }
    let server = Server::start("time-server", &[]);
    let address = server.address();
    let output = client("time-client").args(["-v", address]).run();
    let log = output.assert_success().stderr_lines();
    let connected = format!("connected to {address}");
    assert_eq!(fields(&log[0]), ("DEBUG", "main", connected.as_str()));
}

/// The time of a line is local, and says where that is.
#[test]
fn a_line_has_the_local_time() {
    let server = server("time-server")
        .arg("-v")
        .env("TZ", "<+0530>-5:30")
        .serve();
    Peer::connect(&server).rest();
    let line = server
        .wait_for_line(Stream::Stderr, |_| true, LIMIT)
        .unwrap();
    assert!(line[..29].ends_with("+05:30"), "{line}");
}

/// Nobody reads the log any more, and that is no reason to stop serving.
#[cfg(unix)]
#[test]
fn a_server_whose_log_is_closed_goes_on() {
    let dir = harness::temp_dir();
    let script = r#"mkfifo fifo; exec 5<>fifo 2>fifo 5<&-; exec "$0" "$@""#;
    let server = server("hello-server")
        .arg("-vv")
        .under(["sh", "-c", script])
        .dir(&dir)
        .serve();
    for _ in 0..3 {
        welcomed(&server).say_hello("Rose");
    }
    let output: Output = server.stop();
    output.assert_success();
}
