//! `--reconnect`.

use std::time::{Duration, Instant};

use harness::{LIMIT, Stream};
use serde_json::json;

use super::{PROGRAM, StandIn};
use crate::talkers::{hears, is_told, type_line};

#[test]
fn it_comes_back_to_a_restarted_server_and_says_so() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&["--reconnect"]);
    wire.bob_says("before");
    let place = server.stop(wire);
    let lost = is_told(
        &client,
        "connection lost: the server closed; trying again in",
    );
    assert!(lost.ends_with(" s") && lost.contains(" in 0."), "{lost}");
    is_told(&client, "connection refused; trying again in");
    let server = StandIn::at(place);
    let mut wire = server.accept_in();
    is_told(&client, "back again as Ann");
    wire.bob_says("after");
    hears(&client, "Bob:after");
    assert_eq!(client.lines(Stream::Stdout), ["Bob:before", "Bob:after"]);
    type_line(&client, "here again");
    wire.hears("all", "here again");
    client.close_stdin();
    wire.hears_the_end();
    wire.close();
    client.wait(LIMIT).unwrap().assert_success();
}

#[test]
fn the_pauses_grow() {
    let server = StandIn::start();
    let (client, wire) = server.joined(&["--reconnect"]);
    let _place = server.stop(wire);
    let told = client
        .wait_for_lines(Stream::Stderr, LIMIT, |lines| {
            let pauses = lines.iter().filter_map(|line| {
                let (_, rest) = line.split_once("trying again in ")?;
                rest.strip_suffix(" s")?.parse::<f64>().ok()
            });
            let pauses: Vec<_> = pauses.collect();
            (pauses.len() == 3).then_some(pauses)
        })
        .unwrap();
    for (pause, whole) in told.iter().zip([0.5, 1.0, 2.0]) {
        // As shown, rounded to a tenth.
        assert!(
            (whole * 0.5 - 0.051..=whole + 0.051).contains(pause),
            "{told:?}"
        );
    }
}

#[test]
fn lines_typed_meanwhile_are_sent_after_the_join() {
    let server = StandIn::start();
    let (client, wire) = server.joined(&["--reconnect"]);
    let place = server.stop(wire);
    is_told(&client, "connection lost");
    for number in 0..500 {
        type_line(&client, &format!("Bob:line {number}"));
    }
    let server = StandIn::at(place);
    let mut wire = server.accept_in();
    for number in 0..500 {
        wire.hears("Bob", &format!("line {number}"));
    }
}

/// More than are kept wait in the pipe; nothing is lost.
#[test]
fn a_script_that_ends_meanwhile_still_says_all_it_had_to_say() {
    let server = StandIn::start();
    let (client, wire) = server.joined(&["--reconnect"]);
    let place = server.stop(wire);
    is_told(&client, "connection lost");
    let lines: String = (0..5000).map(|n| format!("{n}\n")).collect();
    client.write_stdin(lines).unwrap();
    client.close_stdin();
    let server = StandIn::at(place);
    let mut wire = server.accept_in();
    for number in 0..5000 {
        wire.hears("all", &number.to_string());
    }
    wire.hears_the_end();
    wire.close();
    client.wait(LIMIT).unwrap().assert_success();
}

#[test]
fn what_may_not_have_arrived_is_told_and_not_sent_twice() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&["--reconnect"]);
    type_line(&client, "on its way");
    assert_eq!(wire.next()["text"], "on its way");
    let place = server.stop(wire);
    is_told(&client, "the last line may not have arrived");
    type_line(&client, "new");
    client.close_stdin();
    let server = StandIn::at(place);
    let mut wire = server.accept_in();
    wire.hears("all", "new");
    wire.hears_the_end();
    wire.close();
    let output = client.wait(LIMIT).unwrap();
    output.assert_code(1);
    assert_eq!(
        output.stderr_lines().pop().unwrap(),
        format!("{PROGRAM}: one line may not have arrived")
    );
}

#[test]
fn what_the_server_has_confirmed_is_not_told() {
    let server = StandIn::start();
    let (client, mut wire) = server.joined(&["--reconnect"]);
    type_line(&client, "arrived");
    wire.hears("all", "arrived");
    assert_eq!(wire.next(), json!({"type": "ping"}));
    wire.say(json!({"type": "pong"}));
    wire.bob_says("after the pong");
    hears(&client, "Bob:after the pong");
    let _place = server.stop(wire);
    is_told(&client, "connection lost");
    type_line(&client, "/quit");
    let output = client.wait(LIMIT).unwrap();
    output.assert_success();
    assert!(!output.stderr_text().contains("arrived"), "{output}");
}

/// The server may not have noticed yet that we have gone.
#[test]
fn a_nickname_that_our_predecessor_still_holds_is_waited_for() {
    let server = StandIn::start();
    let (client, wire) = server.joined(&["--reconnect"]);
    wire.close();
    for _ in 0..2 {
        let mut wire = server.accept();
        assert_eq!(wire.next(), json!({"type": "join", "nick": "Ann"}));
        wire.say(json!({"type": "error", "code": "nick_taken", "text": "Ann is taken"}));
        assert_eq!(wire.next_or_end(), None);
    }
    is_told(&client, "as Ann: Ann is taken; trying again in");
    let _wire = server.accept_in();
    is_told(&client, "back again as Ann");
}

#[test]
fn a_nickname_that_is_none_any_more_ends_it() {
    let server = StandIn::start();
    let (client, wire) = server.joined(&["--reconnect"]);
    wire.close();
    let mut wire = server.accept();
    wire.next();
    wire.say(json!({"type": "error", "code": "nick_invalid", "text": "new rules"}));
    let output = client.wait(LIMIT).unwrap();
    output.assert_code(1);
    assert!(
        output.stderr_text().ends_with("as Ann: new rules\n"),
        "{output}"
    );
}

#[test]
fn a_room_that_has_lost_its_nicknames_is_not_told_what_was_for_one_person() {
    let server = StandIn::start();
    let (client, wire) = server.joined(&["--reconnect"]);
    let place = server.stop(wire);
    is_told(&client, "connection lost");
    type_line(&client, "Bob:a secret");
    let server = StandIn::at(place);
    let mut wire = server.accept();
    wire.next();
    wire.say(json!({"type": "welcome", "nick": "('127.0.0.1', 1)", "online": 1}));
    assert_eq!(wire.next_or_end(), None);
    let output = client.wait(LIMIT).unwrap();
    output.assert_code(1);
    assert!(output.stderr_text().contains("no nicknames"), "{output}");
}

#[test]
fn quitting_while_the_server_is_away_tells_what_was_not_sent() {
    let server = StandIn::start();
    let (client, wire) = server.joined(&["--reconnect"]);
    let _place = server.stop(wire);
    is_told(&client, "connection lost");
    client.write_stdin("one\ntwo\n/quit\n").unwrap();
    let output = client.wait(LIMIT).unwrap();
    output.assert_code(1);
    assert_eq!(
        output.stderr_lines().pop().unwrap(),
        format!("{PROGRAM}: 2 lines were not sent")
    );
}

#[test]
fn the_end_of_input_while_the_server_is_away_and_nothing_waits_is_the_end() {
    let server = StandIn::start();
    let (client, wire) = server.joined(&["--reconnect"]);
    let _place = server.stop(wire);
    is_told(&client, "connection lost");
    client.close_stdin();
    client.wait(LIMIT).unwrap().assert_success();
}

/// A server that falls silent, that no longer reads, or that talks nonsense is left and looked
/// for again.
#[test]
fn a_server_that_has_hung_is_left_and_looked_for_again() {
    let server = StandIn::start();
    let args = ["--reconnect", "--timeout", "0.3", "--ping-after", "0.2"];
    let (client, wire) = server.joined(&args);
    is_told(&client, "connection lost: no pong within 0.3 s");
    let mut mute = server.accept();
    mute.next();
    is_told(&client, "no welcome within 0.3 s; trying again in");
    let mut other = server.accept_in();
    is_told(&client, "back again as Ann");
    other.bob_says("awake");
    hears(&client, "Bob:awake");
    drop((wire, mute));
}

/// One that lets everyone in and closes is not asked as fast as it closes.
#[test]
fn a_welcome_alone_does_not_make_the_pauses_short_again() {
    let server = StandIn::start();
    let (_client, wire) = server.joined(&["--reconnect"]);
    wire.close();
    let start = Instant::now();
    for _ in 0..3 {
        server.accept_in().close();
    }
    // A half of 0.5 + 1 + 2 s.
    assert!(start.elapsed() >= Duration::from_millis(1750));
}
