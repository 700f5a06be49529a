//! Ten thousand at once, from one thread.

use harness::{LIMIT, Stream, open_file_limit};

use super::start;
use crate::talkers::{note, type_line};
use crate::wire::Peer;

const CLIENTS: usize = 10_000;

/// What other tests of this process may have open at the same time.
const OTHERS: u64 = 6_000;

/// As many as this system allows: each is an open file here, and another one in the server.
fn allowed() -> usize {
    let limit = open_file_limit();
    let ours = limit.saturating_sub(OTHERS).max(limit / 4);
    let clients = CLIENTS.min(usize::try_from(ours).unwrap_or(CLIENTS));
    note(&format!("{clients} clients, of at most {limit} open files"));
    clients
}

#[test]
fn a_message_from_one_reaches_ten_thousand() {
    let clients = allowed();
    let server = start(&[]);
    let mut peers: Vec<Peer> = (0..clients).map(|_| Peer::connect(&server)).collect();
    for (n, peer) in peers.iter_mut().enumerate() {
        peer.says(&format!("n{n}\nn{n}:am I in?"));
    }
    for (n, peer) in peers.iter_mut().enumerate() {
        peer.hears(&format!("n{n}:am I in?"));
    }
    let (last, others) = peers.split_last_mut().unwrap();
    last.says("你好");
    for peer in others {
        peer.hears(&format!("n{}:你好", clients - 1));
    }
    type_line(&server, "who");
    let told = |line: &str| line == format!("{clients} online");
    server.wait_for_line(Stream::Stdout, told, LIMIT).unwrap();
    #[cfg(target_os = "linux")]
    {
        let memory = crate::proc::memory(server.id());
        note(&format!("the server has {} KiB", memory >> 10));
        assert!(memory <= 40 << 20, "{memory} bytes");
    }
    server.stop().assert_success();
}
