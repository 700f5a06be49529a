//! Ctrl-C, unix sockets, and what the log shows of strangers.

use std::time::{Duration, Instant};

#[cfg(unix)]
use harness::temp_dir;
use harness::{LIMIT, Server, Signal};

use super::{launch, logs, start, start_announcing, with_frames, with_nc, with_python};
use crate::told::{assert_harmless, log_of};
use crate::wire::Peer;

/// Ends a server by a signal, and checks that it ends well and soon.
#[cfg(unix)]
#[track_caller]
fn end(server: &Server, signal: Signal) {
    server.signal(signal).unwrap();
    let asked = Instant::now();
    server.wait(LIMIT).unwrap().assert_success();
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(3), "it took {took:?}");
}

#[test]
fn the_ready_line_is_the_first_and_the_only_one() {
    let server = start(&[]);
    with_nc(&server, "Ann").says("hi");
    let output = server.stop();
    let ready = format!("listening on {}\n", server_address(&output.stdout_text()));
    assert_eq!(output.stdout_text(), ready);
}

fn server_address(stdout: &str) -> &str {
    let address = stdout.trim_end().strip_prefix("listening on ").unwrap();
    assert!(address.parse::<std::net::SocketAddr>().unwrap().port() != 0);
    address
}

/// What it has said would take minutes to be heard at the server's pace; a reset says that it has gone.
#[test]
fn a_client_that_breaks_off_while_it_is_read_slowly_gives_up_its_nickname_at_once() {
    let server = start(&[]);
    for is_slowed_first in [true, false] {
        let mut hasty = with_nc(&server, "Ann");
        let address = hasty.address();
        hasty.send("all:hello\n".repeat(10_000));
        if is_slowed_first {
            assert!(!hasty.recv().is_empty(), "it is told to slow down");
        }
        hasty.reset();
        let dropped = format!("dropped {address} Ann: connection reset by peer");
        logs(&server, &dropped);
    }
    with_nc(&server, "Ann");
}

#[cfg(unix)]
#[test]
fn a_signal_is_the_end_of_the_stream_for_all() {
    for signal in [Signal::Interrupt, Signal::Terminate] {
        let server = start(&[]);
        let mut peers = [
            with_nc(&server, "Ann"),
            with_python(&server, "Rose"),
            with_frames(&server, "Bob"),
            Peer::connect(&server),
        ];
        end(&server, signal);
        peers.iter_mut().for_each(Peer::expect_end);
    }
}

/// More than the kernel keeps for it, and less than the queue.
#[cfg(unix)]
#[test]
fn what_is_queued_is_sent_before_the_end() {
    let server = start(&["--rate", "0", "--queue", "64MiB"]);
    let mut slow = with_nc(&server, "slow");
    let mut ann = with_nc(&server, "Ann");
    let line = "x".repeat(1000);
    let count = 20_000;
    for _ in 0..count {
        ann.says(&line);
    }
    ann.is_in("Ann");
    server.signal(Signal::Interrupt).unwrap();
    let heard = slow.rest();
    assert_eq!(heard.len(), count * "Ann:\n".len() + count * line.len());
    drop((slow, ann));
    server.wait(LIMIT).unwrap().assert_success();
}

#[cfg(unix)]
#[test]
fn one_who_does_not_read_does_not_hold_up_the_end() {
    let server = start(&["--rate", "0", "--queue", "64MiB"]);
    let _stalled = with_nc(&server, "stalled");
    let mut ann = with_nc(&server, "Ann");
    for _ in 0..20_000 {
        ann.says(&"x".repeat(1000));
    }
    ann.is_in("Ann");
    end(&server, Signal::Interrupt);
}

#[cfg(unix)]
#[test]
fn the_room_may_be_a_file() {
    let dir = temp_dir();
    let path = dir.path().join("room");
    let address = format!("unix:{}", path.display());
    let server = start(&["--listen", &address]);
    assert_eq!(server.address(), address);
    let mut ann = Peer::connect_unix(&path);
    ann.says("Ann");
    ann.is_in("Ann");
    let mut bob = Peer::connect_unix(&path);
    bob.says("Bob\nAnn:hi");
    ann.hears("Bob:hi");
    end(&server, Signal::Interrupt);
    ann.expect_end();
    bob.expect_end();
    assert!(!path.exists());

    let server = launch(&["--open", "--listen", &address]).serve();
    let mut ann = Peer::connect_unix(&path);
    ann.says("hi");
    ann.hears("unix:hi");
    let mut bob = Peer::connect_unix(&path);
    bob.says("ho");
    bob.hears("unix:ho");
    ann.hears("unix:ho");
    server.stop().assert_success();
}

#[test]
fn the_log_shows_nothing_of_strangers_raw() {
    let server = start(&["-v"]);
    let mut ann = with_nc(&server, "Ann");
    for bad in ["\x1b[2J", "\u{202e}nnA", "a\rb"] {
        let mut peer = Peer::connect(&server);
        peer.says(bad);
        assert!(peer.recv().starts_with(b"server:a nickname has "));
        ann.says(&format!("Ann:{bad}"));
        ann.recv();
    }
    let mut framed = with_frames(&server, "Bob");
    framed.send(super::frame("\x1b]0;title\x07"));
    framed.is_refused("bad_message");
    let log = log_of(server);
    assert!(
        log.iter().any(|line| line.contains(r"sent \x1b[2J")),
        "{log:#?}"
    );
    assert_harmless(log.join("\n").as_bytes());
}

#[test]
fn a_reset_ends_one_connection_only() {
    let server = start_announcing(100);
    let mut ann = with_nc(&server, "Ann");
    let bob = with_nc(&server, "Bob");
    ann.hears("server:Bob has joined");
    bob.reset();
    ann.hears("server:Bob has left");
    ann.is_in("Ann");
}
