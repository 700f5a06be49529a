//! What is recorded, and who may read it.

use harness::{LIMIT, Launch, Server, client, names, server, temp_dir, wait_until};

use super::{Taped, story, tap, told};
use crate::hello::welcomed;
use crate::told::error_of;
use crate::wire::Peer;

#[test]
fn a_talk_is_on_the_tape_with_direction_connection_and_time() {
    let hello = Server::start("hello-server", &["--framing", "length"]);
    let taped = Taped::start(hello.address(), &[]);
    let args = ["--framing", "length", taped.tap.address(), "Ann"];
    client("hello-client").args(args).run().assert_success();
    assert_eq!(
        story(&taped.stop(), 1)[..5],
        told(&[
            ("client open", ""),
            ("server data", "\0\0\0\x08Welcome!"),
            ("client data", "\0\0\0\x03Ann"),
            ("server data", "\0\0\0\x0bHello, Ann!"),
            ("client data", "\0\0\0\x04exit"),
        ])
    );
}

/// It can be followed while it grows.
#[test]
fn what_was_seen_is_on_the_tape_at_once() {
    let hello = Server::start("hello-server", &[]);
    let taped = Taped::start(hello.address(), &[]);
    let mut peer = welcomed(&taped.tap);
    for name in ["Ann", "Bob"] {
        peer.say_hello(name);
        let answer = format!("Hello, {name}!\n").into_bytes();
        wait_until("the answer", || {
            let mut events = super::events_so_far(&taped.path()).into_iter();
            events.find(|event| event.bytes == answer)
        });
    }
}

#[cfg(unix)]
#[test]
fn nobody_but_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;

    let hello = Server::start("hello-server", &[]);
    let folder = temp_dir();
    let launch = server("wiretap").under(["sh", "-c", r#"umask 0; exec "$0" "$@""#]);
    let path = folder.path().join("a.tape");
    let tap = launch
        .args(["--to", hello.address(), "--tape"])
        .arg(&path)
        .serve();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    tap.stop().assert_success();
}

#[test]
fn what_is_there_is_not_replaced_unless_that_is_asked_for() {
    let folder = temp_dir();
    let path = folder.path().join("a.tape");
    std::fs::write(&path, "precious").unwrap();
    let tape = ["--to", "127.0.0.1:1", "--tape", path.to_str().unwrap()];
    let output = server("wiretap")
        .args(tape)
        .try_serve()
        .err()
        .unwrap()
        .to_string();
    assert!(
        output.contains("it is there already (see --on-conflict)"),
        "{output}"
    );
    let tap = server("wiretap")
        .args(tape)
        .args(["--on-conflict", "rename"])
        .serve();
    assert!(folder.path().join("a-1.tape").exists());
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    tap.stop().assert_success();
    let tap = server("wiretap")
        .args(tape)
        .args(["--on-conflict", "overwrite"])
        .serve();
    tap.stop().assert_success();
    assert!(super::events(&path).is_empty());
}

#[test]
fn a_tape_that_cannot_be_made_is_an_error() {
    let folder = temp_dir();
    for (path, why) in [
        (
            folder.path().join("no/such/folder"),
            "no such file or directory",
        ),
        (folder.path().to_owned(), "it is there already"),
    ] {
        let output = client("wiretap")
            .args(["--to", "127.0.0.1:1", "--tape"])
            .arg(&path)
            .run();
        let message = error_of("wiretap", &output, 1);
        assert!(message.contains(why), "{message}");
    }
    // And a port that is taken leaves no tape behind.
    let taken = Server::start("hello-server", &[]);
    let path = folder.path().join("a.tape");
    let args = ["--to", "127.0.0.1:1", "--listen", taken.address(), "--tape"];
    let output = client("wiretap").args(args).arg(&path).run();
    error_of("wiretap", &output, 1);
    assert!(!path.exists());
}

/// A tape that ends in the middle without a word would be taken for all that was said.
#[cfg(unix)]
#[test]
fn a_full_disk_ends_the_program_and_is_told() {
    let hello = Server::start("hello-server", &[]);
    let folder = temp_dir();
    // 8 blocks of 512 bytes, or of 1024.
    let limited = Launch::program("wiretap")
        .under(["sh", "-c", r#"ulimit -f 8; exec "$0" "$@""#])
        .args(["--to", hello.address(), "--show", "none", "--tape"])
        .arg(folder.path().join("a.tape"))
        .args(["--listen", "127.0.0.1:0"]);
    let tap = limited.serve();
    let mut peer = welcomed(&tap);
    peer.send("x".repeat(20_000));
    peer.rest_or_reset();
    let output = tap.wait(LIMIT).unwrap();
    output.assert_code(1);
    assert!(
        output.stderr_text().contains("cannot write the tape"),
        "{output}"
    );
    assert!(output.stderr_text().contains("file too large"), "{output}");
}

#[test]
fn nothing_is_recorded_that_was_not_asked_for() {
    let hello = Server::start("hello-server", &[]);
    let folder = temp_dir();
    let args = ["--to", hello.address(), "--show", "none"];
    let tap = server("wiretap").args(args).dir(&folder).serve();
    welcomed(&tap).say_hello("Ann");
    assert_eq!(tap.stop().stdout_lines().len(), 1);
    assert_eq!(names(&folder), [""; 0]);
}

/// One relay behind the other: what the first passes on is what the second records.
#[test]
fn relays_can_be_put_in_a_row() {
    let hello = Server::start("hello-server", &[]);
    let second = Taped::start(hello.address(), &[]);
    let first = tap(second.tap.address(), &["--chunk", "2"]);
    let mut peer = Peer::connect(&first);
    peer.expect("Welcome!");
    peer.say_hello("Annabel");
    drop(peer);
    first.stop().assert_success();
    let events = second.stop();
    let said = story(&events, 1);
    assert_eq!(said[2].1, b"Annabel\n");
    let pieces = events
        .iter()
        .filter(|event| event.what == "client data")
        .count();
    assert!(pieces > 1, "{events:?}");
}
