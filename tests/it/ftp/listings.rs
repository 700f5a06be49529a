//! Listings: what a server calls its files is not trusted.

use std::io::Write;

use harness::names;

use super::host::Host;
use crate::told::{assert_harmless, error_of};

#[test]
fn a_listing_is_shown_and_does_not_act() {
    for (command, sent) in [("ls", "LIST pub"), ("names", "NLST pub")] {
        let mut host = Host::serving(move |line| {
            line.send(sent, "a\r\n\x1b[2Jb\rc\nd \u{202e}\u{9b}1A\r\n\r\nlast");
            line.part();
        });
        let output = host.ftp().args([command, "pub"]).run();
        output.assert_success();
        assert_harmless(&output.stdout);
        let lines = ["a", r"\x1b[2Jb\rc", r"d \u{202e}\u{9b}1A", "last"];
        assert_eq!(output.stdout_lines(), lines);
        host.finish();
    }
}

#[test]
fn a_line_of_a_listing_has_an_end() {
    let mut host = Host::serving(|line| {
        let mut data = line.start("LIST");
        while data.write_all(&[b'x'; 4096]).is_ok() {}
        let _ = line.try_say("426 gone\r\n");
        line.wait_for_end(harness::LIMIT);
    });
    let output = host.ftp().arg("ls").run();
    let line = error_of("ftp-updown", &output, 1);
    assert_eq!(
        line,
        "cannot list the folder: a line of the listing is longer than 16384 bytes"
    );
    host.finish();
}

const HOSTILE: [&str; 14] = [
    "../up",
    "a/../../b",
    "/tmp/abs",
    "..\\back",
    "C:\\x",
    ".bashrc",
    "CON",
    "NUL.txt",
    "a:stream",
    "dot.",
    "\x1b[2J",
    "x\u{202e}gpj",
    "y.part",
    " lead",
];

/// Only what is a name is asked for, and nothing is written outside the folder.
#[test]
fn hostile_names_are_refused_and_the_others_come() {
    let mut host = Host::serving(|line| {
        line.answer("PWD", "257 \"/\" is it\r\n");
        line.answer("CWD /pub", "250 ok\r\n");
        let mut listing = String::from("type=cdir; .\r\ntype=pdir; ..\r\n");
        for name in HOSTILE {
            listing += &format!("type=file;size=1; {name}\r\n");
        }
        for name in ["..", "../d", ".ssh", "\x1b[1A"] {
            listing += &format!("type=dir; {name}\r\n");
        }
        listing += "type=OS.unix=slink:/etc; link\r\ntype=OS.unix=chr-1/2; device\r\n";
        listing += "type=file;size=5; good.txt\r\nwhat is this\r\n";
        line.send("MLSD", &listing);
        line.answer("TYPE I", "200 ok\r\n");
        line.send("RETR good.txt", "Hello");
        line.answer("CWD /", "250 ok\r\n");
        line.part();
    });
    let got = host
        .ftp()
        .args(["-r", "get", "pub", "-o", "inner/here"])
        .run();
    got.assert_code(1);
    assert_eq!(
        got.stdout_text(),
        "saved inner/here/pub/good.txt (5 bytes)\n"
    );
    assert_harmless(&got.stderr);
    let told = got.stderr_text();
    for part in [
        "cannot get /pub/../up: a name in a listing has no folders in it",
        "cannot get /pub/.bashrc: it begins with a dot",
        r"cannot get /pub/\x1b[2J: it holds a character that file names must not have",
        "passed over /pub/link",
        "passed over /pub/device",
        "cannot make out this line of a listing: what is this",
        "ftp-updown: 19 of 20 could not be fetched",
    ] {
        assert!(told.contains(part), "{part:?} in {got}");
    }
    host.finish();
    assert_eq!(host.files(), ["inner"]);
    assert_eq!(
        names(host.folder().path().join("inner/here/pub")),
        ["good.txt"]
    );
}

#[test]
fn a_server_that_knows_no_mlsd_is_asked_for_a_list() {
    let mut host = Host::serving(|line| {
        line.answer("PWD", "257 \"/home\" is it\r\n");
        line.answer("CWD /home/pub", "250 ok\r\n");
        line.open_port();
        line.answer("MLSD", "500 what?\r\n");
        line.send(
            "LIST",
            "total 2\r\n-rw-r--r-- 1 a b 5 Nov 26 12:00 a b\r\ndrwxr-xr-x 2 a b 9 Nov 26 12:00 sub\r\n",
        );
        line.answer("TYPE I", "200 ok\r\n");
        line.send("RETR a b", "Hello");
        line.answer("CWD /home/pub/sub", "250 ok\r\n");
        // It is not asked again what it does not know.
        line.send("LIST", "");
        line.answer("CWD /home", "250 ok\r\n");
        line.part();
    });
    host.ftp().args(["-r", "get", "pub"]).run().assert_success();
    host.finish();
    assert_eq!(names(host.folder().path().join("pub")), ["a b", "sub"]);
}

/// Each folder has another one in it.
#[test]
fn folders_without_end_have_an_end() {
    let mut host = Host::serving(|line| {
        line.answer("PWD", "257 \"/\" is it\r\n");
        loop {
            match line.hear().as_str() {
                "CWD /" => break line.say("250 ok\r\n"),
                heard if heard.starts_with("CWD ") => {
                    line.say("250 ok\r\n");
                    line.send("MLSD", "type=dir; d\r\n");
                }
                heard => panic!("{heard}"),
            }
        }
        line.part();
    });
    let got = host.ftp().args(["-r", "get", "d"]).run();
    got.assert_code(1);
    assert!(
        got.stderr_text()
            .contains("it is more than 64 folders deep"),
        "{got}"
    );
    host.finish();
}

#[test]
fn files_without_end_have_an_end() {
    let long = format!("type=file;size=1; {}\r\n", "x".repeat(16_000));
    for (piece, why) in [
        (
            "type=file;size=1; x\r\n".repeat(1000),
            "there are more than 100000 files and folders",
        ),
        (long, "its listings are longer than 32 MiB"),
    ] {
        let mut host = Host::serving(move |line| {
            line.answer("PWD", "257 \"/\" is it\r\n");
            line.answer("CWD /d", "250 ok\r\n");
            let mut data = line.start("MLSD");
            while data.write_all(piece.as_bytes()).is_ok() {}
            line.say("426 as you like\r\n");
            line.answer("CWD /", "250 ok\r\n");
            line.part();
        });
        let got = host.ftp().args(["-r", "get", "d"]).run();
        got.assert_code(1);
        assert!(got.stderr_text().contains(why), "{got}");
        host.finish();
        assert_eq!(host.files(), [""; 0]);
    }
}
