//! Everything that can be asked of a server, once, and what a user sees of it.

use std::fs;

use harness::{names, noise};

use super::assert_holds;
use super::peer::Peer;

#[test]
fn every_command_does_what_it_says() {
    let peer = Peer::start();
    let (here, there) = (peer.here(), peer.there());
    peer.write_here("a.txt", "Hello");
    let run = |folder: &str, args: &[&str]| {
        let output = peer.ftp(folder).args(args).run();
        output.assert_success();
        output.stdout_text().into_owned()
    };

    assert_eq!(run("", &["pwd"]), "/\n");
    assert_eq!(run("", &["mkdir", "pub", "pub/inner"]), "");
    assert_eq!(run("pub", &["pwd"]), "/pub\n");
    assert_eq!(run("/pub", &["pwd"]), "/pub\n");
    assert_eq!(
        run("", &["put", "a.txt", "--to", "pub"]),
        "stored pub/a.txt (5 bytes)\n"
    );
    assert_holds(there.join("pub/a.txt"), b"Hello");
    assert_eq!(run("pub", &["cat", "a.txt"]), "Hello");
    assert_eq!(run("", &["mv", "pub/a.txt", "pub/b.txt"]), "");
    let listed = run("pub", &["names"]);
    let mut listed: Vec<_> = listed.lines().collect();
    listed.sort_unstable();
    assert_eq!(listed, ["b.txt", "inner"]);
    let long = run("", &["ls", "pub"]);
    assert!(
        long.lines()
            .any(|line| line.starts_with('-') && line.ends_with(" b.txt")),
        "{long}"
    );
    assert!(
        long.lines()
            .any(|line| line.starts_with('d') && line.ends_with(" inner")),
        "{long}"
    );
    assert_eq!(run("pub", &["get", "b.txt"]), "saved b.txt (5 bytes)\n");
    assert_holds(here.join("b.txt"), b"Hello");
    assert_eq!(run("", &["rm", "pub/b.txt"]), "");
    assert_eq!(run("", &["rmdir", "pub/inner", "pub"]), "");
    assert_eq!(names(&there), [""; 0]);
    peer.stop();
}

#[test]
fn names_of_all_kinds_go_up_and_come_down() {
    let peer = Peer::start();
    let all = [
        "图 片.bin",
        " leads",
        "-rf",
        "a'b\"c",
        "100%",
        "a*b",
        "a[b]c",
        "ünï",
    ];
    for (seed, name) in all.iter().enumerate() {
        peer.write_here(name, noise(1000 + seed, seed as u64));
    }
    let run = |args: &[&str]| peer.ftp("").args(args).arg("--").args(all).run();
    run(&["put"]).assert_success();
    run(&["get", "-o", "back/"]).assert_success();
    for (seed, name) in all.iter().enumerate() {
        assert_holds(peer.there().join(name), &noise(1000 + seed, seed as u64));
        assert_holds(
            peer.here().join("back").join(name),
            &noise(1000 + seed, seed as u64),
        );
    }
}

#[test]
fn lines_of_text_have_the_line_ends_of_each_side() {
    let peer = Peer::start();
    peer.write_here("unix.txt", "a\n\nb\r\nc");
    peer.ftp("")
        .args(["--ascii", "put", "unix.txt"])
        .run()
        .assert_success();
    // The stand-in stores what comes over the wire.
    assert_holds(peer.there().join("unix.txt"), b"a\r\n\r\nb\r\nc");
    let got = peer
        .ftp("")
        .args(["--ascii", "get", "unix.txt", "-o", "back.txt"])
        .run();
    got.assert_success();
    assert_holds(peer.here().join("back.txt"), b"a\n\nb\nc");
    let shown = peer.ftp("").args(["--ascii", "cat", "unix.txt"]).run();
    assert_eq!(shown.stdout_text(), "a\n\nb\nc");
}

#[test]
fn the_server_may_connect_to_us() {
    let peer = Peer::start();
    let big = noise(700_000, 1);
    for name in ["a", "b", "c"] {
        peer.write_here(name, &big);
    }
    let put = peer.ftp("").args(["--active", "put", "a", "b", "c"]).run();
    put.assert_success();
    let get = peer
        .ftp("")
        .args(["get", "--active", "a", "b", "c", "-o", "back/"])
        .run();
    get.assert_success();
    for name in ["a", "b", "c"] {
        assert_holds(peer.there().join(name), &big);
        assert_holds(peer.here().join("back").join(name), &big);
    }
}

#[test]
fn over_ipv6() {
    let folder = harness::temp_dir();
    let server = harness::server("demo-peers")
        .dir(&folder)
        .args(["ftp", "there"]);
    let Ok(server) = server.args(["--listen", "[::1]:0"]).try_serve() else {
        eprintln!("left out: there is no IPv6 here");
        return;
    };
    fs::write(folder.path().join("there/a"), "Hello").unwrap();
    let url = format!("ftp://{}", server.address());
    let shown = super::ftp_updown().args([&url, "cat", "a"]).run();
    shown.assert_success();
    assert_eq!(shown.stdout_text(), "Hello", "{shown}");
}

/// To the library of the server, 0 seconds are none at all.
#[test]
fn a_server_without_an_idle_timeout_does_not_hang_up_at_once() {
    let peer = Peer::with(&["--idle-timeout", "0"], false);
    peer.write_there("a", "Hello");
    let url = format!("ftp://{}", peer.address());
    let shown = super::ftp_updown().args([&url, "cat", "a"]).run();
    assert_eq!(shown.assert_success().stdout_text(), "Hello");
}

#[test]
fn anybody_may_be_anonymous_or_somebody() {
    let peer = Peer::for_everybody();
    peer.write_there("a", "Hello");
    let url = format!("ftp://{}", peer.address());
    for flags in [&[][..], &["--user", "michael"]] {
        let shown = super::ftp_updown().args([&url, "cat", "a"]).args(flags);
        let shown = shown.env("FTP_PASSWORD", "x").run();
        assert_eq!(shown.assert_success().stdout_text(), "Hello");
    }
}
