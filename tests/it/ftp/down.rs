//! Files come down.

use std::fs;
use std::io::Write;

use harness::names;

use super::assert_holds;
use super::host::Host;
use super::peer::Peer;
use crate::told::{error_of, line_of};

#[test]
fn one_that_is_missing_keeps_none_of_the_others() {
    let peer = Peer::start();
    peer.write_there("a", "1");
    peer.write_there("b", "2");
    let got = peer
        .ftp("")
        .args(["get", "a", "absent", "b", "-o", "back"])
        .run();
    got.assert_code(1);
    assert_eq!(
        got.stdout_lines(),
        ["saved back/a (1 bytes)", "saved back/b (1 bytes)"]
    );
    let told = got.stderr_lines();
    assert!(
        told[0].contains("cannot get absent: the server said 550"),
        "{got}"
    );
    assert_eq!(told[1], "ftp-updown: 1 of 3 could not be fetched");
    assert_eq!(names(peer.here().join("back")), ["a", "b"]);
}

#[test]
fn what_is_missing_leaves_nothing() {
    let peer = Peer::start();
    let got = peer
        .ftp("")
        .args(["get", "absent", "-o", "made/for/it"])
        .run();
    let line = error_of("ftp-updown", &got, 1);
    assert!(
        line.starts_with("cannot get absent: the server said 550 "),
        "{line}"
    );
    assert_eq!(names(peer.here()), [""; 0]);
}

#[test]
fn it_is_saved_where_one_wants_it() {
    let peer = Peer::start();
    fs::create_dir(peer.there().join("sub")).unwrap();
    peer.write_there("sub/a.txt", "Hello");
    for (output, path) in [
        (None, "a.txt"),
        (Some("b.txt"), "b.txt"),
        (Some("new/"), "new/a.txt"),
        (Some("new/c.txt"), "new/c.txt"),
        (Some("deep/er/d"), "deep/er/d"),
    ] {
        let mut get = peer.ftp("").args(["get", "sub/a.txt"]);
        if let Some(output) = output {
            get = get.args(["-o", output]);
        }
        let got = get.run();
        got.assert_success();
        assert_eq!(got.stdout_text(), format!("saved {path} (5 bytes)\n"));
        assert_holds(peer.here().join(path), b"Hello");
    }
}

#[test]
fn what_is_here_already_is_left_unless_one_says_otherwise() {
    let peer = Peer::start();
    peer.write_there("a.txt", "new");
    peer.write_here("a.txt", "old");
    let refused = peer.ftp("").args(["get", "a.txt"]).run();
    let line = error_of("ftp-updown", &refused, 1);
    let why = "cannot get a.txt: cannot save a.txt: it is there already (see --on-conflict)";
    assert_eq!(line, why);
    assert_holds(peer.here().join("a.txt"), b"old");

    let renamed = peer
        .ftp("")
        .args(["get", "a.txt", "--on-conflict", "rename"])
        .run();
    renamed.assert_success();
    assert_holds(peer.here().join("a-1.txt"), b"new");
    let replaced = peer
        .ftp("")
        .args(["--on-conflict", "overwrite", "get", "a.txt"])
        .run();
    replaced.assert_success();
    assert_holds(peer.here().join("a.txt"), b"new");
    assert_eq!(names(peer.here()), ["a-1.txt", "a.txt"]);
}

/// The server closes the data connection early and says that all is well.
#[test]
fn a_file_that_is_too_short_is_told_by_its_size() {
    let mut host = Host::serving(|line| {
        line.tell_size("a.txt", 10);
        line.send("RETR a.txt", "12345");
        line.part();
    });
    let got = host.ftp().args(["-q", "get", "a.txt"]).run();
    assert_eq!(
        error_of("ftp-updown", &got, 1),
        "cannot get a.txt: only 5 of 10 bytes came"
    );
    assert_eq!(host.files(), ["a.txt.part"]);
    host.finish();
}

#[test]
fn more_than_was_announced_is_not_taken() {
    let mut host = Host::serving(|line| {
        line.tell_size("a.txt", 3);
        let mut data = line.start("RETR a.txt");
        // The client may go before the end.
        let _ = data.write_all(&[b'x'; 100_000]);
        drop(data);
        let _ = line.try_say("226 done\r\n");
        line.wait_for_end(harness::LIMIT);
    });
    let got = host.ftp().args(["-q", "get", "a.txt"]).run();
    let line = error_of("ftp-updown", &got, 1);
    assert_eq!(
        line,
        "cannot get a.txt: more came than it was said to be long"
    );
    assert_eq!(host.files(), [""; 0]);
    host.finish();

    let mut host = Host::serving(|line| {
        line.tell_size("a.txt", 3);
        line.send("RETR a.txt", "Hello");
        line.part();
    });
    let shown = host.ftp().args(["cat", "a.txt"]).run();
    shown.assert_code(1);
    assert_eq!(
        shown.stderr_text(),
        "ftp-updown: cannot show a.txt: more came than it was said to be long\n"
    );
    host.finish();
}

#[test]
fn the_last_word_is_the_servers() {
    let mut host = Host::serving(|line| {
        line.answer("TYPE I", "200 ok\r\n");
        line.answer("SIZE a.txt", "502 no such thing\r\n");
        line.start("RETR a.txt").write_all(b"12345").unwrap();
        line.say("451 the disk is broken\r\n");
        line.part();
    });
    let got = host.ftp().args(["-q", "get", "a.txt"]).run();
    let line = error_of("ftp-updown", &got, 1);
    assert_eq!(
        line,
        "cannot get a.txt: the server said 451 the disk is broken"
    );
    host.finish();
}

#[test]
fn a_server_without_sizes_is_believed() {
    let mut host = Host::serving(|line| {
        line.answer("TYPE I", "200 ok\r\n");
        line.answer("SIZE a.txt", "500 what?\r\n");
        line.send("RETR a.txt", "12345");
        line.part();
    });
    let got = host.ftp().args(["get", "a.txt"]).run();
    got.assert_success();
    assert_holds(host.folder().path().join("a.txt"), b"12345");
    host.finish();
}

#[test]
fn an_empty_file_may_come_without_a_connection_being_used() {
    let mut host = Host::serving(|line| {
        line.tell_size("a.txt", 0);
        line.open_port();
        line.answer("RETR a.txt", "226 that was all\r\n");
        line.data();
        line.part();
    });
    host.ftp().args(["get", "a.txt"]).run().assert_success();
    assert_holds(host.folder().path().join("a.txt"), b"");
    host.finish();
}

#[test]
fn a_silent_data_connection_is_not_waited_for_for_ever() {
    let mut host = Host::serving(|line| {
        line.tell_size("a.txt", 10);
        let mut data = line.start("RETR a.txt");
        data.write_all(b"123").unwrap();
        line.wait_for_end(harness::LIMIT);
    });
    let got = host
        .ftp()
        .args(["-q", "--timeout", "0.5", "get", "a.txt"])
        .run();
    let line = error_of("ftp-updown", &got, 1);
    assert_eq!(line, "cannot get a.txt: nothing came for 0.5 s");
    assert_eq!(host.files(), ["a.txt.part"]);
    host.finish();
}

/// Ctrl-C leaves what has come, and says where.
#[cfg(unix)]
#[test]
fn an_interrupted_get_leaves_its_part() {
    let mut host = Host::serving(|line| {
        line.tell_size("a.txt", 10);
        let mut data = line.start("RETR a.txt");
        data.write_all(b"123").unwrap();
        line.wait_for_end(harness::LIMIT);
    });
    let get = host.ftp().args(["-vv", "get", "a.txt"]).spawn();
    let begun = |line: &str| line.contains("< 150 here");
    get.wait_for_line(harness::Stream::Stderr, begun, harness::LIMIT)
        .unwrap();
    let output = get.interrupt_and_wait(harness::LIMIT).unwrap();
    output.assert_code(1);
    let last = output.stderr_lines().pop();
    assert_eq!(
        last.as_deref(),
        Some("ftp-updown: cannot get a.txt: interrupted"),
        "{output}"
    );
    host.finish();
}

/// Before the transfer there is nothing that had to be printed.
#[test]
fn a_closed_stdout_ends_it_quietly() {
    let peer = Peer::start();
    peer.write_there("a", vec![b'x'; 3_000_000]);
    let cat = "exec \"$0\" \"$1\" cat a | head -c 1";
    let url = format!("ftp://michael@{}", peer.address());
    let program = harness::program("ftp-updown");
    let shown = harness::Launch::command("sh")
        .args(["-c", cat])
        .arg(program)
        .arg(url);
    let shown = shown.env("FTP_PASSWORD", super::PASSWORD).run();
    shown.assert_success();
    assert_eq!(
        (shown.stdout_text(), shown.stderr_text()),
        ("x".into(), "".into())
    );
}

/// It is the caller's business what `name` is: the last line is the one about the whole.
#[test]
fn a_broken_control_connection_ends_the_run() {
    let mut host = Host::serving(|line| {
        line.tell_size("a", 1);
        line.open_port();
        assert_eq!(line.hear(), "RETR a");
    });
    let got = host.ftp().args(["get", "a", "b"]).run();
    got.assert_code(1);
    let told = line_of("ftp-updown", &got);
    assert_eq!(
        told,
        "cannot get a: cannot read the server's answer: it closed the connection"
    );
    host.finish();
}
