//! What an earlier run has begun, another one finishes; and what it must not make of it.

use std::fs;
use std::io::Write;
use std::net::TcpStream;

use harness::noise;

use super::assert_holds;
use super::host::{Host, Line};

/// Large enough to be worth it.
const SIZE: usize = 2 << 20;

/// As much comes in the first run.
const PART: usize = 1_500_000;

/// As many bytes are fetched again.
const OVERLAP: usize = 4096;

const DATE: &str = "20261126120000";

/// What is asked of a server before a file of that size and date is fetched.
fn tell(line: &mut Line, size: usize, date: &str) {
    line.tell_size("a.bin", size);
    line.answer("MDTM a.bin", &format!("213 {date}\r\n"));
}

/// Sends a part of the file, and breaks off.
fn first_run(bytes: &[u8]) -> Host {
    let bytes = bytes.to_owned();
    let mut host = Host::serving(move |line| {
        tell(line, bytes.len(), DATE);
        line.start("RETR a.bin").write_all(&bytes[..PART]).unwrap();
        line.say("426 the line broke\r\n");
        line.part();
    });
    let got = host.ftp().args(["get", "a.bin"]).run();
    got.assert_code(1);
    assert!(
        got.stderr_text()
            .contains("what has come is in a.bin.part (--resume goes on"),
        "{got}"
    );
    host.finish();
    assert_eq!(host.files(), ["a.bin.origin.part.part", "a.bin.part"]);
    host
}

/// A second server with the same folder behind it.
fn second_run(first: &Host, bytes: &[u8], play: impl FnOnce(&mut Line) + Send + 'static) {
    let mut host = Host::serving(play);
    let got = host
        .ftp()
        .dir(first.folder())
        .args(["--resume", "get", "a.bin"])
        .run();
    got.assert_success();
    host.finish();
    assert_holds(first.folder().path().join("a.bin"), bytes);
    assert_eq!(first.files(), ["a.bin"]);
}

fn send_from(line: &mut Line, bytes: &[u8]) {
    line.answer("RETR a.bin", "150 here\r\n");
    line.data().write_all(bytes).unwrap();
    line.say("226 done\r\n");
}

/// Sends it all to somebody who may have had enough.
fn pour(mut data: TcpStream, bytes: &[u8]) {
    let _ = data.write_all(bytes);
}

#[test]
fn a_get_goes_on_where_it_ended() {
    let bytes = noise(SIZE, 1);
    let first = first_run(&bytes);
    let sent = bytes.clone();
    second_run(&first, &bytes, move |line| {
        tell(line, SIZE, DATE);
        line.open_port();
        line.answer(&format!("REST {}", PART - OVERLAP), "350 from there\r\n");
        send_from(line, &sent[PART - OVERLAP..]);
        line.part();
    });
}

/// The server says yes to `REST`, and begins at the beginning all the same.
#[test]
fn a_server_that_has_not_heard_rest_spoils_nothing() {
    // In the second file every piece is like every other, so that only its length tells.
    for bytes in [noise(SIZE, 2), vec![0; SIZE]] {
        let first = first_run(&bytes);
        let sent = bytes.clone();
        second_run(&first, &bytes, move |line| {
            tell(line, SIZE, DATE);
            line.open_port();
            line.answer(&format!("REST {}", PART - OVERLAP), "350 from there\r\n");
            line.answer("RETR a.bin", "150 here\r\n");
            pour(line.data(), &sent);
            line.say("226 done\r\n");
            line.open_port();
            send_from(line, &sent);
            line.part();
        });
    }
}

#[test]
fn a_server_without_rest_sends_all_of_it() {
    let bytes = noise(SIZE, 3);
    let first = first_run(&bytes);
    let sent = bytes.clone();
    second_run(&first, &bytes, move |line| {
        tell(line, SIZE, DATE);
        line.open_port();
        line.answer(&format!("REST {}", PART - OVERLAP), "502 I cannot\r\n");
        line.open_port();
        send_from(line, &sent);
        line.part();
    });
}

/// A file of another date or size is another file.
#[test]
fn a_part_of_another_file_is_thrown_away() {
    for (size, date) in [(SIZE, "20261126120001"), (SIZE + 1, DATE), (PART - 1, DATE)] {
        let first = first_run(&noise(SIZE, 4));
        let bytes = noise(size, 5);
        let sent = bytes.clone();
        second_run(&first, &bytes, move |line| {
            tell(line, size, date);
            line.open_port();
            send_from(line, &sent);
            line.part();
        });
    }
}

/// The same date and size, and yet another content: its tail is compared.
#[test]
fn a_part_that_does_not_fit_is_thrown_away() {
    let first = first_run(&noise(SIZE, 6));
    let bytes = noise(SIZE, 7);
    let sent = bytes.clone();
    second_run(&first, &bytes, move |line| {
        tell(line, SIZE, DATE);
        line.open_port();
        line.answer(&format!("REST {}", PART - OVERLAP), "350 from there\r\n");
        line.answer("RETR a.bin", "150 here\r\n");
        pour(line.data(), &sent[PART - OVERLAP..]);
        line.say("426 as you like\r\n");
        line.open_port();
        send_from(line, &sent);
        line.part();
    });
}

/// Killed between the last byte and the end.
#[test]
fn a_part_that_is_all_of_it_is_not_fetched_again() {
    let bytes = noise(SIZE, 8);
    let first = first_run(&bytes);
    fs::write(first.folder().path().join("a.bin.part"), &bytes).unwrap();
    second_run(&first, &bytes, |line| {
        tell(line, SIZE, DATE);
        line.part();
    });
}

#[test]
fn what_is_complete_is_here_already() {
    let bytes = noise(SIZE, 9);
    let first = first_run(&bytes);
    fs::remove_file(first.folder().path().join("a.bin.part")).unwrap();
    fs::remove_file(first.folder().path().join("a.bin.origin.part.part")).unwrap();
    fs::write(first.folder().path().join("a.bin"), &bytes).unwrap();
    second_run(&first, &bytes, |line| {
        tell(line, SIZE, DATE);
        line.part();
    });
}

/// Puts the file to a server that plays this.
fn put_on(bytes: &[u8], play: impl FnOnce(&mut Line) + Send + 'static) {
    let mut host = Host::serving(play);
    fs::write(host.folder().path().join("a.bin"), bytes).unwrap();
    host.ftp()
        .args(["--resume", "put", "a.bin"])
        .run()
        .assert_success();
    host.finish();
}

/// Is asked how much there is under the file's working name, which is returned.
fn tell_part(line: &mut Line) -> String {
    line.answer("TYPE I", "200 ok\r\n");
    let size = line.hear();
    line.say(format!("213 {PART}\r\n"));
    size.strip_prefix("SIZE ").unwrap().to_owned()
}

/// Has all of it, and gives it its name.
fn rename(line: &mut Line, working: &str) {
    line.answer(&format!("SIZE {working}"), &format!("213 {SIZE}\r\n"));
    line.answer(&format!("RNFR {working}"), "350 to what?\r\n");
    line.answer("RNTO a.bin", "250 done\r\n");
    line.part();
}

/// A put goes on with what is there under its working name, and takes the name at the end.
#[test]
fn a_put_goes_on_where_it_ended() {
    let bytes = noise(SIZE, 10);
    put_on(&bytes.clone(), move |line| {
        let working = tell_part(line);
        let rest = line.receive(&format!("APPE {working}"));
        assert!(rest == bytes[PART..]);
        rename(line, &working);
    });
}

/// Without `APPE` there is `REST`; and where that was not heard, the sizes tell.
#[test]
fn a_put_that_was_not_resumed_is_begun_anew() {
    let bytes = noise(SIZE, 11);
    put_on(&bytes.clone(), move |line| {
        let working = tell_part(line);
        line.open_port();
        line.answer(&format!("APPE {working}"), "502 what?\r\n");
        line.open_port();
        line.answer(&format!("REST {PART}"), "350 from there\r\n");
        line.answer(&format!("STOR {working}"), "150 go on\r\n");
        let mut data = line.data();
        std::io::copy(&mut data, &mut std::io::sink()).unwrap();
        line.say("226 done\r\n");
        line.answer(
            &format!("SIZE {working}"),
            &format!("213 {}\r\n", SIZE - PART),
        );
        let all = line.receive(&format!("STOR {working}"));
        assert!(all == bytes);
        rename(line, &working);
    });
}

/// A file that has changed has another working name, and is no part of what it was.
#[test]
fn a_put_of_a_changed_file_does_not_go_on_with_the_old_one() {
    let working = |bytes: &[u8]| {
        let mut host = Host::serving(|line| {
            line.answer("TYPE I", "200 ok\r\n");
            let size = line.hear();
            line.say("550 not here\r\n");
            line.open_port();
            line.answer(&size.replace("SIZE", "STOR"), "553 no\r\n");
            line.part();
        });
        fs::write(host.folder().path().join("a.bin"), bytes).unwrap();
        let put = host.ftp().args(["--resume", "-vv", "put", "a.bin"]).run();
        put.assert_code(1);
        host.finish();
        let told = put.stderr_text();
        let name = told.split("> SIZE ").nth(1).unwrap();
        name.lines().next().unwrap().to_owned()
    };
    let (old, new) = (working(b"old"), working(b"newer"));
    assert!(
        old.starts_with("a.bin.3-") && new.starts_with("a.bin.5-"),
        "{old} {new}"
    );
}
