//! The tutorials' other servers, as settings of `hello-server`, each with its tutorial's client.

use std::time::{Duration, Instant};

use super::{start, welcomed};
use crate::wire::Peer;

#[test]
fn the_threaded_echo_answers_until_quit() {
    let server = start(&[
        "--greeting",
        "",
        "--reply",
        "Your msg = {}",
        "--exit-word",
        "quit",
    ]);
    let mut tutorial = Peer::connect(&server);
    for message in ["hello", "exit", "你好"] {
        tutorial.send(message);
        assert_eq!(tutorial.recv(), format!("Your msg = {message}").as_bytes());
    }
    tutorial.send("quit");
    tutorial.expect_end();
}

/// The tutorial reads a line, newline included, and puts that into its answer.
#[test]
fn the_line_server_answers_a_line_with_a_line() {
    let server = start(&["--greeting", "", "--reply", "hello {}"]);
    let mut tutorial = Peer::connect(&server);
    tutorial.send("zj\n");
    tutorial.expect("hello zj\n");
    tutorial.finish();
    tutorial.expect_end();
}

#[test]
fn the_one_shot_server_serves_one_message_and_ends() {
    let server = start(&["--greeting", "", "--reply", "hahahaha", "--once"]);
    let mut tutorial = Peer::connect(&server);
    tutorial.send("hello zj");
    assert_eq!(tutorial.recv(), b"hahahaha");
    drop(tutorial);
    let output = server.wait(harness::LIMIT).unwrap();
    assert_eq!(output.assert_success().stderr_text(), "");
}

#[test]
fn the_one_shot_server_answers_the_first_of_many_only() {
    let server = start(&["--once"]);
    let mut peer = welcomed(&server);
    peer.send("Michael\nTracy\nSarah\n");
    peer.expect("Hello, Michael!\n");
    peer.expect_end();
    drop(peer);
    server.wait(harness::LIMIT).unwrap().assert_success();
}

#[test]
fn the_one_shot_server_ends_also_when_its_client_says_nothing() {
    let server = start(&["--once"]);
    drop(welcomed(&server));
    server.wait(harness::LIMIT).unwrap().assert_success();
}

/// The session server is the default one with the tutorial's second of work; here a fifth of it.
#[test]
fn the_session_server_works_for_a_while_before_each_answer() {
    const WORK: Duration = Duration::from_millis(200);
    /// What ends a message without a newline.
    const PAUSE: Duration = Duration::from_millis(200);
    let server = start(&["--delay", "0.2"]);
    let mut tutorial = Peer::connect(&server);
    assert_eq!(tutorial.recv(), b"Welcome!");
    for name in ["Rose", "Think", "Babala"] {
        let sent = Instant::now();
        tutorial.send(name);
        assert_eq!(tutorial.recv(), format!("Hello, {name}!").as_bytes());
        assert!(sent.elapsed() >= WORK + PAUSE, "{:?}", sent.elapsed());
    }
    tutorial.send("exit");
    assert_eq!(tutorial.recv(), b"");
}

#[test]
fn the_work_is_done_for_every_message_of_those_that_came_together() {
    let server = start(&["--delay", "0.1"]);
    let mut peer = welcomed(&server);
    let sent = Instant::now();
    peer.send("Rose\nThink\nBabala\n");
    peer.expect("Hello, Rose!\nHello, Think!\nHello, Babala!\n");
    assert!(sent.elapsed() >= Duration::from_millis(300));
}

/// Work for one client is no work for the others: each has its thread.
#[test]
fn the_work_for_one_holds_up_no_other() {
    let server = start(&["--delay", "0.3"]);
    let mut peers: Vec<Peer> = (0..20).map(|_| welcomed(&server)).collect();
    let sent = Instant::now();
    peers.iter_mut().for_each(|peer| peer.send("Rose\n"));
    peers
        .iter_mut()
        .for_each(|peer| peer.expect("Hello, Rose!\n"));
    // One after another it would be 6 s.
    assert!(
        sent.elapsed() < Duration::from_secs(5),
        "{:?}",
        sent.elapsed()
    );
}

/// The tutorial's port is 1234. A given port is here one that was free, at an address of its own,
/// so that no other test can be given it meanwhile.
#[cfg(target_os = "linux")]
#[test]
fn a_server_started_again_gets_the_port_it_had() {
    let first = start(&["--listen", "127.0.0.2:0"]);
    let address = first.address().to_owned();
    // The server closes first, so the port is left in TIME_WAIT.
    let mut peer = welcomed(&first);
    peer.send("exit\n");
    peer.expect_end();
    first.stop().assert_success();
    let again = start(&["--listen", &address]);
    assert_eq!(again.address(), address);
    welcomed(&again).say_hello("Rose");
}

#[test]
fn without_an_exit_word_no_word_closes() {
    let server = start(&["--exit-word", ""]);
    let mut peer = welcomed(&server);
    for name in ["exit", "quit", ""] {
        peer.say_hello(name);
    }
}

#[test]
fn the_message_goes_wherever_the_reply_has_a_place_for_it() {
    for (reply, answer) in [
        ("{}, {}", "Rose, Rose\n"),
        ("{0} {", "{0} {\n"),
        ("", "\n"),
        ("再见{}", "再见Rose\n"),
    ] {
        let server = start(&["--greeting", "", "--reply", reply]);
        let mut peer = Peer::connect(&server);
        peer.send("Rose\n");
        peer.expect(answer);
    }
}
