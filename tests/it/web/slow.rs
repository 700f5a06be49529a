//! Clients that read slowly, or not at all, and files that change under way.

use std::fs::File;
use std::thread;

use harness::noise;

use super::{Site, write};

/// More than the buffers between us take.
const LARGE: usize = 30_000_000;

#[test]
fn who_does_not_read_holds_up_nobody() {
    let site = Site::with(&[("a.txt", "one")], &["--threads", "1"]);
    let large = noise(LARGE, 1);
    write(site.path(), "large.bin", &large);
    let mut slow = site.connect();
    slow.requests("GET", "/large.bin", "");
    let mut other = site.connect();
    for _ in 0..100 {
        other.gets("/a.txt").assert_body("one");
    }
    slow.answer("GET").assert_body(&large);
}

#[test]
fn who_takes_nothing_is_cut() {
    let site = Site::with(&[], &["--idle-timeout", "1", "-v"]);
    write(site.path(), "large.bin", noise(LARGE, 1));
    let mut peer = site.connect();
    peer.requests("GET", "/large.bin", "");
    let told = |line: &str| line.contains("dropped") && line.contains("nothing came for 1 s");
    let address = peer.address();
    let line = site
        .server
        .wait_for_line(harness::Stream::Stderr, told, harness::LIMIT)
        .unwrap();
    assert!(line.contains(&address), "{line}");
    assert!(peer.rest_or_reset().len() < LARGE);
}

/// The silence counts, not the length of the transfer.
#[test]
fn who_reads_slowly_is_not_cut() {
    let site = Site::with(&[], &["--idle-timeout", "2"]);
    let large = noise(LARGE, 1);
    write(site.path(), "large.bin", &large);
    let mut peer = site.connect();
    peer.requests("GET", "/large.bin", "Connection: close\r\n");
    let mut got = Vec::new();
    // Six pauses of a second are far more than two seconds; this is about time.
    for _ in 0..6 {
        thread::sleep(std::time::Duration::from_secs(1));
        got.extend(peer.receive(LARGE / 7));
    }
    got.extend(peer.rest());
    assert!(got.ends_with(&large[LARGE - 1000..]) && got.len() > LARGE);
}

/// A thousand requests for a large file take no more memory than one, and no thousand open files.
#[test]
fn requests_wait_while_answers_do() {
    let site = Site::with(&[("a.txt", "one")], &["--threads", "1"]);
    let file = noise(1_000_000, 1);
    write(site.path(), "file.bin", &file);
    let mut peer = site.connect();
    let request = "GET /file.bin HTTP/1.1\r\nHost: a\r\n\r\n";
    let mut sender = super::Peer {
        socket: peer.socket.try_clone().unwrap(),
    };
    let sending = thread::spawn(move || sender.send(request.repeat(1000)));
    let mut other = site.connect();
    other.gets("/a.txt").assert_body("one");
    #[cfg(target_os = "linux")]
    {
        let open = std::fs::read_dir(format!("/proc/{}/fd", site.server.id()))
            .unwrap()
            .count();
        assert!(open < 200, "{open} open files");
    }
    for _ in 0..100 {
        peer.answer("GET").assert_body(&file);
    }
    for _ in 100..1000 {
        assert_eq!(peer.answer("GET").body.len(), file.len());
    }
    sending.join().unwrap();
}

#[test]
fn a_file_that_becomes_shorter_ends_the_connection() {
    let site = Site::with(&[("a.txt", "one")], &[]);
    write(site.path(), "large.bin", noise(LARGE, 1));
    let mut peer = site.connect();
    peer.requests("GET", "/large.bin", "");
    peer.await_something();
    let file = File::options()
        .write(true)
        .open(site.path().join("large.bin"))
        .unwrap();
    file.set_len(1000).unwrap();
    // Less than was promised, and an end: the client can tell.
    assert!(peer.rest_or_reset().len() < LARGE);
    site.get("/a.txt").assert_body("one");
}

#[test]
fn who_leaves_in_the_middle_takes_nothing_along() {
    let site = Site::with(&[("a.txt", "one")], &[]);
    write(site.path(), "large.bin", noise(LARGE, 1));
    for _ in 0..20 {
        let mut peer = site.connect();
        peer.requests("GET", "/large.bin", "");
        peer.receive(1000);
        peer.reset();
    }
    site.get("/a.txt").assert_body("one");
}
