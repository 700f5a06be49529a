//! Ctrl-C, and sockets that are files.

use harness::{LIMIT, Signal, noise};

use super::{Site, write};

#[test]
fn what_is_in_flight_is_finished() {
    let site = Site::with(&[("a.txt", "one")], &[]);
    let large = noise(10_000_000, 1);
    write(site.path(), "large.bin", &large);
    let mut idle = site.connect();
    idle.gets("/a.txt").assert_body("one");
    let mut peer = site.connect();
    peer.requests("GET", "/large.bin", "");
    peer.await_something();
    site.server.signal(Signal::Interrupt).unwrap();
    peer.answer("GET").assert_body(&large);
    idle.expect_end();
    peer.expect_end();
    drop((idle, peer));
    let output = site.server.wait(LIMIT).unwrap();
    assert_eq!(output.assert_success().stderr_text(), "");
}

#[cfg(unix)]
#[test]
fn who_does_not_close_is_waited_for_two_seconds() {
    let site = Site::with(&[("a.txt", "one")], &[]);
    let mut idle = site.connect();
    idle.gets("/a.txt").assert_body("one");
    site.server.signal(Signal::Terminate).unwrap();
    site.server.wait(LIMIT).unwrap().assert_success();
}

#[cfg(unix)]
#[test]
fn a_unix_socket_serves_with_all_threads() {
    use crate::wire::Peer;

    let folder = harness::temp_dir();
    write(folder.path(), "site/a.txt", "one");
    let socket = folder.path().join("socket");
    let address = format!("unix:{}", socket.display());
    let launch = harness::server("mini-web").arg(folder.path().join("site"));
    let server = launch
        .args(["--listen", &address, "--threads", "3"])
        .serve();
    let large = noise(5_000_000, 1);
    write(folder.path(), "site/large.bin", &large);
    for _ in 0..10 {
        let mut peer = Peer::connect_unix(&socket);
        peer.gets("/a.txt").assert_body("one");
        peer.gets("/large.bin").assert_body(&large);
    }
    server.stop().assert_success();
    assert!(!socket.exists());
}

/// Each thread has a listener of its own at the same port, but a second server is still an error.
#[test]
fn a_port_in_use_is_an_error() {
    let site = Site::with(&[], &["--threads", "2"]);
    let address = site.server.address();
    let output = harness::client("mini-web")
        .args(["--listen", address, "--threads", "2"])
        .run();
    output.assert_code(1);
    let message = format!("mini-web: cannot listen on {address}: address already in use\n");
    assert_eq!(output.stderr_text(), message);
}
