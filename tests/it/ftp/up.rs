//! Files go up.

use std::fs;
use std::io::{Read, Write};

use harness::{names, noise};

use super::assert_holds;
use super::host::{Host, Line};
use super::peer::Peer;
use crate::told::error_of;
use harness::Output;

/// Takes a file under its working name, which is returned.
fn take(line: &mut Line, name: &str, bytes: &[u8]) -> String {
    line.answer("TYPE I", "200 ok\r\n");
    let (working, mut data) = line.start_storing();
    assert!(
        working.starts_with(name) && working.ends_with(".part"),
        "{working}"
    );
    let mut received = Vec::new();
    data.read_to_end(&mut received).unwrap();
    assert!(received == bytes);
    line.say("226 done\r\n");
    line.answer(
        &format!("SIZE {working}"),
        &format!("213 {}\r\n", bytes.len()),
    );
    working
}

fn with_file(host: &Host) {
    fs::write(host.folder().path().join("a.txt"), "Hello").unwrap();
}

#[test]
fn what_is_there_is_replaced_by_what_is_complete() {
    let peer = Peer::start();
    peer.write_there("a.bin", "old");
    let bytes = noise(3_000_000, 1);
    peer.write_here("a.bin", &bytes);
    let put = peer.ftp("").args(["put", "a.bin"]).run();
    put.assert_success();
    assert_eq!(put.stdout_text(), "stored a.bin (3000000 bytes)\n");
    assert_holds(peer.there().join("a.bin"), &bytes);
    assert_eq!(names(peer.there()), ["a.bin"]);
}

#[test]
fn directly_where_nothing_may_be_renamed() {
    let peer = Peer::start();
    peer.write_here("a", "new");
    peer.write_there("a", "much older");
    let put = peer.ftp("").args(["put", "--direct", "a", "-vv"]).run();
    put.assert_success();
    assert!(
        put.stderr_text().contains("> STOR a\n") && !put.stderr_text().contains("RNFR"),
        "{put}"
    );
    assert_holds(peer.there().join("a"), b"new");
}

#[test]
fn what_cannot_be_read_keeps_none_of_the_others() {
    let peer = Peer::start();
    peer.write_here("a", "1");
    peer.write_here("b", "2");
    fs::create_dir(peer.here().join("folder")).unwrap();
    let put = peer
        .ftp("")
        .args(["put", "a", "absent", "folder", "b"])
        .run();
    put.assert_code(1);
    assert_eq!(
        put.stdout_lines(),
        ["stored a (1 bytes)", "stored b (1 bytes)"]
    );
    let told = put.stderr_lines();
    assert!(
        told[0].ends_with("cannot put absent: no such file or directory"),
        "{put}"
    );
    assert!(
        told[1].ends_with("cannot put folder: it is a folder (see -r)"),
        "{put}"
    );
    assert_eq!(told[2], "ftp-updown: 2 of 4 could not be stored");
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let peer = Peer::start();
    peer.write_here("a", "1");
    let put = peer.ftp("").args(["put", "a", "--to", "absent"]).run();
    let line = error_of("ftp-updown", &put, 1);
    assert!(
        line.starts_with("cannot go into the folder absent: the server said 550"),
        "{line}"
    );
    assert_eq!(names(peer.there()), [""; 0]);
}

#[test]
fn a_server_that_does_not_have_it_whole_is_found_out() {
    let mut host = Host::serving(|line| {
        line.answer("TYPE I", "200 ok\r\n");
        let (working, mut data) = line.start_storing();
        data.read_to_end(&mut Vec::new()).unwrap();
        line.say("226 done\r\n");
        line.answer(&format!("SIZE {working}"), "213 4\r\n");
        line.part();
    });
    with_file(&host);
    let put = host.ftp().args(["put", "a.txt"]).run();
    let line = error_of("ftp-updown", &put, 1);
    assert_eq!(line, "cannot put a.txt: the server has 4 of 5 bytes");
    host.finish();
}

/// Some servers do not rename onto what is there.
#[test]
fn the_old_file_is_deleted_where_it_is_in_the_way() {
    let mut host = Host::serving(|line| {
        let working = take(line, "a.txt", b"Hello");
        let from = format!("RNFR {working}");
        line.answers(&[
            (&from, "350 to what?\r\n"),
            ("RNTO a.txt", "553 it is there\r\n"),
            ("DELE a.txt", "250 gone\r\n"),
            (&from, "350 to what?\r\n"),
            ("RNTO a.txt", "250 done\r\n"),
        ]);
        line.part();
    });
    with_file(&host);
    host.ftp().args(["put", "a.txt"]).run().assert_success();
    host.finish();
}

#[test]
fn a_server_that_renames_nothing_is_told() {
    let mut host = Host::serving(|line| {
        let working = take(line, "a.txt", b"Hello");
        line.answer(&format!("RNFR {working}"), "550 not allowed\r\n");
        line.answer("DELE a.txt", "550 not allowed either\r\n");
        line.part();
    });
    with_file(&host);
    let put = host.ftp().args(["put", "a.txt"]).run();
    let line = error_of("ftp-updown", &put, 1);
    assert!(
        line.starts_with("cannot put a.txt: it is there as a.txt.5-"),
        "{line}"
    );
    assert!(
        line.ends_with(
            ".part, and cannot be renamed (see --direct): the server said 550 not allowed"
        )
    );
    host.finish();
}

/// A transfer that breaks leaves an unfinished file on the server, and one is told its name.
#[track_caller]
fn says_what_stays(put: &Output, error: &str) {
    let stderr = put.assert_code(1).stderr_text();
    let (log, line) = stderr.split_once('\n').unwrap();
    assert!(log.contains("what has arrived there is in a.bin."), "{put}");
    assert!(log.ends_with(".part (--resume goes on with it)"), "{put}");
    assert_eq!(line, format!("ftp-updown: {error}\n"));
}

/// A full disk: the server says why before we have sent everything.
#[test]
fn the_reason_of_a_server_that_stops_listening_is_told() {
    let mut host = Host::serving(|line| {
        line.answer("TYPE I", "200 ok\r\n");
        let (_, mut data) = line.start_storing();
        data.read_exact(&mut [0; 1000]).unwrap();
        drop(data);
        line.say("552 the disk is full\r\n");
        line.part();
    });
    fs::write(host.folder().path().join("a.bin"), noise(20_000_000, 1)).unwrap();
    let put = host.ftp().args(["put", "a.bin"]).run();
    says_what_stays(
        &put,
        "cannot put a.bin: the server said 552 the disk is full",
    );
    host.finish();
}

#[test]
fn a_server_that_does_not_read_is_not_waited_for_for_ever() {
    let mut host = Host::serving(|line| {
        line.answer("TYPE I", "200 ok\r\n");
        let (_, mut data) = line.start_storing();
        line.wait_for_end(harness::LIMIT);
        let _ = data.write_all(b"x");
    });
    fs::write(host.folder().path().join("a.bin"), noise(50_000_000, 1)).unwrap();
    let put = host.ftp().args(["--timeout", "0.5", "put", "a.bin"]).run();
    says_what_stays(&put, "cannot put a.bin: it took nothing for 0.5 s");
    host.finish();
}

#[test]
fn names_in_other_scripts_are_announced_once() {
    let mut host = Host::serving(|line| {
        line.answer("OPTS UTF8 ON", "501 I know no options\r\n");
        line.answer("DELE 图", "250 gone\r\n");
        line.answer("DELE 片", "250 gone\r\n");
        line.part();
    });
    host.ftp().args(["rm", "图", "片"]).run().assert_success();
    host.finish();
}
