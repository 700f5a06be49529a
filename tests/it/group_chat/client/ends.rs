//! How a conversation ends, and what the exit code says of it.

use std::io::Write;
use std::net::Shutdown;
use std::time::Duration;

#[cfg(unix)]
use harness::Signal;
use harness::{LIMIT, Output, Process};
use serde_json::json;
use socket2::SockRef;

use super::{PROGRAM, StandIn};
use crate::talkers::{hears, is_told, type_line};
use crate::wire;

/// Waits for a failure, and returns its last line without the program's name.
#[track_caller]
fn failure(client: Process) -> String {
    let output = client.wait(LIMIT).unwrap();
    output.assert_code(1);
    last_line(&output)
}

#[track_caller]
fn last_line(output: &Output) -> String {
    let line = output.stderr_lines().pop().unwrap();
    assert!(!line.contains("os error"), "{line}");
    match line.strip_prefix(&format!("{PROGRAM}: ")) {
        Some(message) => message.to_owned(),
        None => panic!("an error at the end of {output}"),
    }
}

#[test]
fn at_the_end_of_input_it_waits_until_the_server_has_taken_everything() {
    let server = StandIn::start();
    let client = server.launch(&[]).stdin("one\nBob:two\nthree").spawn();
    let mut wire = server.accept_in();
    for (to, text) in [("all", "one"), ("Bob", "two"), ("all", "three")] {
        let wanted = json!({"type": "say", "to": to, "text": text});
        assert_eq!(wire.next(), wanted);
    }
    assert_eq!(wire.next(), json!({"type": "ping"}));
    // What the server has to say of the lines comes before the pong.
    wire.say(json!({"type": "error", "code": "not_online", "text": "no Bob"}));
    is_told(&client, "refused: no Bob");
    wire.bob_says("still there?");
    hears(&client, "Bob:still there?");
    wire.say(json!({"type": "pong"}));
    assert_eq!(wire.next_or_end(), None, "a half-close after the pong");
    wire.bob_says("last words");
    wire.close();
    let output = client.wait(LIMIT).unwrap();
    output.assert_success();
    assert_eq!(
        output.stdout_lines(),
        ["Bob:still there?", "Bob:last words"]
    );
}

#[test]
fn without_a_line_it_hears_what_comes_before_the_pong_and_leaves() {
    let server = StandIn::start();
    let client = server.launch(&[]).spawn();
    let mut wire = server.accept_in();
    assert_eq!(wire.next(), json!({"type": "ping"}));
    wire.bob_says("said before you came");
    wire.say(json!({"type": "pong"}));
    assert_eq!(wire.next_or_end(), None);
    drop(wire);
    let output = client.wait(LIMIT).unwrap();
    output.assert_success();
    assert_eq!(output.stdout_lines(), ["Bob:said before you came"]);
}

#[test]
fn quit_leaves_in_the_same_way_and_what_follows_is_not_sent() {
    for args in [&[][..], &["--stay"]] {
        let server = StandIn::start();
        let (client, mut wire) = server.joined(args);
        client.write_stdin("bye\n/quit\nnever\n").unwrap();
        wire.hears("all", "bye");
        wire.hears_the_end();
        wire.close();
        client.wait(LIMIT).unwrap().assert_success();
    }
}

/// A server that does not close is left all the same.
#[test]
fn nobody_waits_for_ever_for_a_server_that_does_not_close() {
    let server = StandIn::start();
    let client = server.launch(&[]).stdin("bye\n").spawn();
    let mut wire = server.accept_in();
    wire.hears("all", "bye");
    wire.hears_the_end();
    client.wait(LIMIT).unwrap().assert_success();
}

#[test]
fn a_server_that_confirms_nothing_is_a_failure() {
    let server = StandIn::start();
    let client = server
        .launch(&["--timeout", "0.3"])
        .stdin("one\ntwo\n")
        .spawn();
    let wire = server.accept_in();
    let error = failure(client);
    let address = &server.address;
    assert_eq!(
        error,
        format!("cannot go on talking to {address}: no pong within 0.3 s")
    );
    drop(wire);
}

#[test]
fn with_stay_it_goes_on_listening() {
    let server = StandIn::start();
    let client = server.launch(&["--stay"]).stdin("one\n").spawn();
    let mut wire = server.accept_in();
    wire.hears("all", "one");
    wire.bob_says("hello");
    hears(&client, "Bob:hello");
    // It has asked for a confirmation, has it, and is still there.
    assert_eq!(wire.next(), json!({"type": "ping"}));
    wire.say(json!({"type": "pong"}));
    wire.bob_says("again");
    hears(&client, "Bob:again");
    #[cfg(unix)]
    {
        client.signal(Signal::Terminate).unwrap();
        assert_eq!(wire.next_or_end(), None);
        drop(wire);
        client.wait(LIMIT).unwrap().assert_success();
    }
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_in_each_state_with_0() {
    for signal in [Signal::Interrupt, Signal::Terminate] {
        // Joining.
        let server = StandIn::start();
        let client = server.client(&[]);
        let mut wire = server.accept();
        wire.next();
        client.signal(signal).unwrap();
        client.wait(LIMIT).unwrap().assert_success();
        // In, with something said.
        let (client, mut wire) = server.joined(&[]);
        type_line(&client, "said");
        wire.hears("all", "said");
        client.signal(signal).unwrap();
        assert_eq!(wire.next_or_end(), None);
        wire.bob_says("good bye");
        wire.close();
        let output = client.wait(LIMIT).unwrap();
        output.assert_success();
        assert_eq!(output.stdout_lines(), ["Bob:good bye"]);
        // Away.
        let (client, wire) = server.joined(&["--reconnect"]);
        let _place = server.stop(wire);
        is_told(&client, "connection lost");
        client.signal(signal).unwrap();
        client.wait(LIMIT).unwrap().assert_success();
    }
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_it_at_once() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    is_told(&client, "in as Ann");
    client.signal(Signal::Terminate).unwrap();
    assert_eq!(wire.next_or_end(), None);
    // Right behind the first it may be taken for the same.
    let output = loop {
        client.signal(Signal::Terminate).unwrap();
        if let Ok(output) = client.wait(Duration::from_millis(50)) {
            break output;
        }
    };
    output.assert_code(1);
}

#[test]
fn a_server_that_closes_is_a_failure() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    wire.bob_says("last words");
    wire.close();
    let output = client.wait(LIMIT).unwrap();
    output.assert_code(1);
    assert_eq!(output.stdout_lines(), ["Bob:last words"]);
    assert_eq!(
        last_line(&output),
        format!(
            "cannot go on talking to {}: the server closed",
            server.address
        )
    );
}

#[test]
fn a_reset_is_a_failure() {
    let server = StandIn::start();
    let (client, wire) = server.joined(&[]);
    is_told(&client, "in as Ann");
    SockRef::from(&wire.socket)
        .set_linger(Some(Duration::ZERO))
        .unwrap();
    drop(wire);
    let error = failure(client);
    assert!(
        error.starts_with("cannot go on talking to ") && error.contains("connection reset"),
        "{error}"
    );
}

#[test]
fn lines_that_may_not_have_arrived_are_told() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&[]);
    client.write_stdin("one\ntwo\n").unwrap();
    assert_eq!(wire.next()["text"], "one");
    assert_eq!(wire.next()["text"], "two");
    wire.close();
    is_told(&client, "the last 2 lines may not have arrived");
    failure(client);
}

#[test]
fn a_server_that_says_nothing_is_a_failure_that_names_the_step() {
    let server = StandIn::start();
    let client = server.client(&["--timeout", "0.3"]);
    let wire = server.accept();
    let address = &server.address;
    assert_eq!(
        failure(client),
        format!("cannot join {address} as Ann: no welcome within 0.3 s")
    );
    drop(wire);
}

#[test]
fn a_server_that_closes_before_its_welcome_is_a_failure() {
    let server = StandIn::start();
    let client = server.client(&[]);
    let mut wire = server.accept();
    wire.next();
    wire.close();
    let address = &server.address;
    assert_eq!(
        failure(client),
        format!("cannot join {address} as Ann: the server closed")
    );
}

#[test]
fn nobody_there_is_a_failure_also_with_reconnect() {
    let (_bound, address) = wire::closed_port();
    for args in [&[][..], &["--reconnect"]] {
        let output = harness::client(PROGRAM)
            .args([&address, "--nick", "Ann"])
            .args(args)
            .run();
        output.assert_code(1);
        assert_eq!(
            output.stderr_text(),
            format!("{PROGRAM}: cannot connect to {address}: connection refused\n")
        );
    }
}

#[test]
fn a_server_of_another_kind_is_a_failure_that_says_so() {
    for words in [
        &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
        "server:昵称已被使用".as_bytes(),
        b"\0\0\0\x05hello",
        b"\0\0\0\x02[]",
    ] {
        let server = StandIn::start();
        let client = server.client(&[]);
        let mut wire = server.accept();
        wire.next();
        wire.socket.write_all(words).unwrap();
        let error = failure(client);
        assert!(
            error.contains(" as Ann: it does not speak the protocol of this chat: "),
            "{error}"
        );
    }
}

#[test]
fn a_frame_that_is_too_long_or_cut_short_is_a_failure() {
    for (bytes, why) in [
        (
            &((1 << 20) + 1u32).to_be_bytes()[..],
            "a message is longer than 1048576 bytes",
        ),
        (
            b"\0\0\0\x05hel",
            "the connection was closed inside a message (2 bytes are missing)",
        ),
        (
            b"\0\0",
            "the connection was closed inside a message (2 bytes are missing)",
        ),
    ] {
        let server = StandIn::start();
        let (client, mut wire) = server.joined(&[]);
        wire.socket.write_all(bytes).unwrap();
        wire.socket.shutdown(Shutdown::Write).unwrap();
        let error = failure(client);
        assert!(error.ends_with(why), "{error}");
    }
}

#[test]
fn a_line_that_is_no_text_is_a_failure_after_what_was_said_before() {
    let server = StandIn::start();
    let client = server.launch(&[]).stdin(b"good\n\xff\n").spawn();
    let mut wire = server.accept_in();
    wire.hears("all", "good");
    wire.hears_the_end();
    wire.close();
    let error = failure(client);
    assert!(error.ends_with("it is not UTF-8"), "{error}");
}

#[cfg(unix)]
#[test]
fn a_closed_stdout_ends_it_quietly() {
    for args in [&["-q"][..], &["-q", "--reconnect"], &["-q", "--json"]] {
        let server = StandIn::start();
        let client = server
            .launch(args)
            .under(crate::talkers::INTO_HEAD)
            .stdin_pipe()
            .spawn();
        let mut wire = server.accept_in();
        wire.bob_says("one");
        let more = br#"{"type":"notice","text":"more"}"#;
        let frame = [&[0, 0, 0, more.len() as u8], &more[..]].concat();
        harness::wait_until("its end", || wire.socket.write_all(&frame).err());
        let output = client.wait(LIMIT).unwrap();
        assert_eq!(output.stdout_lines().pop().unwrap(), "0", "{output}");
        assert_eq!(output.stderr_text(), "");
    }
}
