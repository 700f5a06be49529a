//! Sockets that are files: made when a server starts, removed when it ends, replaced only when
//! nobody answers there.

use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

use harness::{LIMIT, Server, Signal, Stream, client, temp_dir};

use crate::told::{assert_shape, error_of};
use crate::wire::Peer;

const SERVERS: [&str; 2] = ["time-server", "hello-server"];

fn at(path: &Path) -> String {
    format!("unix:{}", path.display())
}

fn start(program: &str, path: &Path) -> Server {
    let server = Server::start(program, &["--listen", &at(path)]);
    assert_eq!(server.address(), at(path));
    assert!(is_socket(path));
    server
}

fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

/// Either server speaks first.
#[track_caller]
fn assert_served(path: &Path) {
    assert!(!Peer::connect_unix(path).recv().is_empty());
}

#[test]
fn the_time_is_told_over_a_unix_socket() {
    let dir = temp_dir();
    let path = dir.path().join("time");
    let server = start("time-server", &path);
    let told = Peer::connect_unix(&path).rest();
    assert_shape(
        &String::from_utf8(told).unwrap(),
        "0000-00-00 00:00:00.000000",
    );
    let output = client("time-client").arg(server.address()).run();
    let text = output.assert_success().stdout_text();
    assert_shape(&text, "0000-00-00 00:00:00.000000\n");
}

#[test]
fn hello_is_said_over_a_unix_socket() {
    let dir = temp_dir();
    let path = dir.path().join("hello");
    let server = start("hello-server", &path);
    let mut tutorial = Peer::connect_unix(&path);
    tutorial.expect("Welcome!");
    tutorial.send("Michael");
    tutorial.expect("Hello, Michael!");
    tutorial.say_hello("Tracy");
    tutorial.send("exit\n");
    tutorial.expect_end();
    let output = client("hello-client")
        .args([server.address(), "Rose"])
        .run();
    assert_eq!(
        output.assert_success().stdout_lines(),
        ["Welcome!", "Hello, Rose!"]
    );
}

#[test]
fn the_file_is_gone_after_ctrl_c_and_sigterm() {
    for program in SERVERS {
        for signal in [Signal::Interrupt, Signal::Terminate] {
            let dir = temp_dir();
            let path = dir.path().join("socket");
            let server = start(program, &path);
            assert_served(&path);
            server.signal(signal).unwrap();
            server.wait(LIMIT).unwrap().assert_success();
            assert!(!path.exists());
        }
    }
}

#[test]
fn the_file_is_gone_after_a_server_that_serves_once() {
    let dir = temp_dir();
    let path = dir.path().join("socket");
    let server = Server::start("hello-server", &["--once", "--listen", &at(&path)]);
    let mut peer = Peer::connect_unix(&path);
    peer.send("Rose\n");
    assert_eq!(peer.rest(), b"Welcome!Hello, Rose!\n");
    drop(peer);
    server.wait(LIMIT).unwrap().assert_success();
    assert!(!path.exists());
}

#[test]
fn what_a_killed_server_left_is_replaced() {
    for program in SERVERS {
        let dir = temp_dir();
        let path = dir.path().join("socket");
        let killed = start(program, &path);
        killed.kill();
        killed.wait(LIMIT).unwrap();
        assert!(is_socket(&path), "a killed server leaves its file");
        let output = client("time-client").arg(at(&path)).run();
        let refused = format!("cannot connect to {}: connection refused", at(&path));
        assert_eq!(error_of("time-client", &output, 1), refused);
        let server = start(program, &path);
        assert_served(&path);
        server.stop().assert_success();
        assert!(!path.exists());
    }
}

#[test]
fn a_socket_somebody_answers_at_is_left_to_them() {
    for program in SERVERS {
        let dir = temp_dir();
        let path = dir.path().join("socket");
        let first = start("time-server", &path);
        let output = client(program).args(["--listen", &at(&path)]).run();
        let message = format!("cannot listen on {}: address already in use", at(&path));
        assert_eq!(error_of(program, &output, 1), message);
        assert_served(&path);
        first.stop().assert_success();
    }
}

#[test]
fn a_file_that_is_no_socket_is_left_alone() {
    let dir = temp_dir();
    let path = dir.path().join("letter");
    fs::write(&path, "dear").unwrap();
    for program in SERVERS {
        let output = client(program).args(["--listen", &at(&path)]).run();
        let message = format!("cannot listen on {}: address already in use", at(&path));
        assert_eq!(error_of(program, &output, 1), message);
        assert_eq!(fs::read(&path).unwrap(), b"dear");
    }
}

#[test]
fn what_somebody_else_has_put_there_since_is_not_removed() {
    for program in SERVERS {
        let dir = temp_dir();
        let path = dir.path().join("socket");
        let server = start(program, &path);
        fs::remove_file(&path).unwrap();
        let _other = UnixListener::bind(&path).unwrap();
        server.stop().assert_success();
        assert!(is_socket(&path));
    }
}

#[test]
fn what_is_in_flight_is_answered() {
    let dir = temp_dir();
    let path = dir.path().join("socket");
    let listen = at(&path);
    let server = Server::start(
        "hello-server",
        &["--listen", &listen, "--delay", "0.2", "-vv"],
    );
    let mut peer = Peer::connect_unix(&path);
    peer.send("Rose\nThink\n");
    let begun = |line: &str| line.ends_with("received Rose");
    server.wait_for_line(Stream::Stderr, begun, LIMIT).unwrap();
    server.signal(Signal::Interrupt).unwrap();
    assert_eq!(peer.rest(), b"Welcome!Hello, Rose!\nHello, Think!\n");
    server.wait(LIMIT).unwrap().assert_success();
}

/// Where the backlog of a unix socket is full, Linux says "try again" instead of waiting.
#[cfg(target_os = "linux")]
#[test]
fn a_connection_that_never_comes_about_is_told_with_the_time() {
    use std::os::unix::net::UnixStream;

    use socket2::{Domain, SockAddr, Socket, Type};

    let dir = temp_dir();
    let path = dir.path().join("full");
    let full = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
    full.bind(&SockAddr::unix(&path).unwrap()).unwrap();
    full.listen(0).unwrap();
    // A backlog of 0 holds one.
    let _only = UnixStream::connect(&path).unwrap();
    let address = at(&path);
    let output = client("time-client")
        .args([&address, "--timeout", "0.3"])
        .run();
    assert_eq!(
        error_of("time-client", &output, 1),
        format!("cannot connect to {address}: no answer within 0.3 s")
    );
}

#[test]
fn a_relative_path_is_fine() {
    let dir = temp_dir();
    let server = client("time-server")
        .args(["--listen", "unix:socket"])
        .dir(&dir)
        .serve();
    assert_eq!(server.address(), "unix:socket");
    assert_served(&dir.path().join("socket"));
    server.stop().assert_success();
    assert!(!dir.path().join("socket").exists());
}
