//! Memory: for ten thousand who wait, and for files of any size.

use harness::{noise, open_file_limit};

use super::{Site, write};
use crate::proc::{memory, peak_memory};
use crate::talkers::note;
use crate::wire::Peer;

/// What other tests of this process may have open at the same time.
const OTHERS: u64 = 6_000;

#[test]
fn ten_thousand_idle_connections_are_held_in_40_mib() {
    let limit = open_file_limit();
    let ours = limit.saturating_sub(OTHERS).max(limit / 4);
    let clients = usize::try_from(ours).unwrap().min(10_000);
    note(&format!("{clients} clients, of at most {limit} open files"));
    let site = Site::with(&[("a.txt", "one")], &["--idle-timeout", "0"]);
    let mut peers: Vec<Peer> = (0..clients).map(|_| site.connect()).collect();
    for _ in 0..2 {
        for peer in &mut peers {
            peer.requests("GET", "/a.txt", "");
        }
        for peer in &mut peers {
            peer.answer("GET").assert_body("one");
        }
    }
    let held = memory(site.server.id());
    note(&format!("the server has {} KiB", held >> 10));
    assert!(held <= 40 << 20, "{held} bytes");
    for peer in &mut peers {
        peer.gets("/a.txt").assert_body("one");
    }
}

#[test]
fn memory_does_not_grow_with_a_file() {
    let site = Site::with(&[("a.txt", "one")], &[]);
    site.get("/a.txt").assert_body("one");
    let before = peak_memory(site.server.id());
    let large = noise(100_000_000, 1);
    write(site.path(), "large.bin", &large);
    site.get("/large.bin").assert_body(&large);
    let grown = peak_memory(site.server.id()) - before;
    note(&format!("{} KiB for 100 MB", grown >> 10));
    assert!(grown < 2 << 20, "{grown} bytes");
}
