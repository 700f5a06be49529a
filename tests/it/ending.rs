//! Ctrl-C and SIGTERM: a server accepts no more, lets what is in flight finish, and is gone within
//! 3 s with exit code 0; a second signal does not wait.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use harness::{LIMIT, Output, Server, Signal, Stream};

use crate::hello::welcomed;
use crate::wire::Peer;

const SERVERS: [&str; 2] = ["time-server", "hello-server"];
const SIGNALS: [Signal; 2] = [Signal::Interrupt, Signal::Terminate];

/// From the request to the end, at most.
const SOON: Duration = Duration::from_secs(3);

/// Sends the signal, and checks that the server ends well and soon.
#[track_caller]
fn end(server: &Server, signal: Signal) -> Output {
    server.signal(signal).expect("it can be sent a signal");
    let asked = Instant::now();
    let output = server.wait(LIMIT).expect("it ends");
    let took = asked.elapsed();
    output.assert_success();
    assert!(took < SOON, "it took {took:?} to end {output}");
    output
}

#[test]
fn a_server_without_clients_ends_quietly() {
    for program in SERVERS {
        for signal in SIGNALS {
            let server = Server::start(program, &[]);
            let output = end(&server, signal);
            assert_eq!(
                output.stdout_text(),
                format!("listening on {}\n", server.address())
            );
            assert_eq!(output.stderr_text(), "");
        }
    }
    let server = Server::start("time-server", &["--udp"]);
    assert_eq!(end(&server, Signal::Interrupt).stderr_text(), "");
}

#[test]
fn clients_that_are_connected_see_the_end_of_the_stream() {
    for signal in SIGNALS {
        let server = Server::start("hello-server", &[]);
        let mut silent: Vec<Peer> = (0..10).map(|_| welcomed(&server)).collect();
        let mut lively = welcomed(&server);
        lively.say_hello("Rose");
        let output = end(&server, signal);
        silent.iter_mut().for_each(Peer::expect_end);
        lively.expect_end();
        assert_eq!(output.stderr_text(), "");
    }
}

#[test]
fn what_is_in_flight_is_answered() {
    let server = Server::start("hello-server", &["--delay", "0.3", "-vv"]);
    let mut peer = welcomed(&server);
    peer.send("Rose\nThink\nBabala\n");
    let begun = |line: &str| line.ends_with("received Rose");
    server.wait_for_line(Stream::Stderr, begun, LIMIT).unwrap();
    end(&server, Signal::Interrupt);
    peer.expect("Hello, Rose!\nHello, Think!\nHello, Babala!\n");
    peer.expect_end();
}

/// A message that only its pause would have ended is ended by the end.
#[test]
fn a_message_without_a_newline_is_answered_too() {
    let server = Server::start("hello-server", &["--framing", "text", "-vv"]);
    let mut peer = welcomed(&server);
    peer.send("Rose");
    end(&server, Signal::Interrupt);
    peer.expect("Hello, Rose!");
    peer.expect_end();
}

#[test]
fn a_time_that_was_sent_arrives_even_if_the_client_has_sent_something_too() {
    let server = Server::start("time-server", &[]);
    let mut talker = Peer::connect(&server);
    talker.send("what time is it?");
    talker.await_something();
    end(&server, Signal::Interrupt);
    talker.receive(26);
    talker.expect_end();
}

#[test]
fn work_that_takes_longer_than_the_grace_is_cut_off() {
    let server = Server::start("hello-server", &["--delay", "60", "-vv"]);
    let mut peer = welcomed(&server);
    peer.send("Rose\n");
    let begun = |line: &str| line.ends_with("received Rose");
    server.wait_for_line(Stream::Stderr, begun, LIMIT).unwrap();
    let output = end(&server, Signal::Interrupt);
    let last = output.stderr_lines().pop().unwrap();
    assert!(
        last.contains(" WARN ") && last.ends_with("cut off: 1"),
        "{last}"
    );
    peer.rest_or_reset();
}

#[test]
fn a_client_that_never_reads_does_not_keep_the_server() {
    let server = Server::start("hello-server", &[]);
    let mut greedy = welcomed(&server);
    let names = "Rose\n".repeat(10_000);
    let sending = thread::spawn(move || while greedy.socket.write_all(names.as_bytes()).is_ok() {});
    welcomed(&server).say_hello("Think");
    end(&server, Signal::Interrupt);
    sending.join().unwrap();
}

#[test]
fn a_client_that_goes_on_sending_does_not_keep_the_server() {
    for program in SERVERS {
        let server = Server::start(program, &[]);
        let mut peer = Peer::connect(&server);
        peer.await_something();
        let mut reading = Peer {
            socket: peer.socket.try_clone().unwrap(),
        };
        let reading = thread::spawn(move || drop(reading.rest_or_reset()));
        let sending = thread::spawn(move || while peer.socket.write_all(b"Rose\n").is_ok() {});
        end(&server, Signal::Interrupt);
        sending.join().unwrap();
        reading.join().unwrap();
    }
}

#[test]
fn clients_that_wait_at_the_cap_do_not_keep_the_server() {
    let server = Server::start("hello-server", &["--max-connections", "1"]);
    let mut only = welcomed(&server);
    let mut waiting: Vec<Peer> = (0..5).map(|_| Peer::connect(&server)).collect();
    only.say_hello("Rose");
    end(&server, Signal::Interrupt);
    only.expect_end();
    for peer in &mut waiting {
        assert_eq!(peer.rest_or_reset(), b"");
    }
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    for (first, second) in [
        (Signal::Interrupt, Signal::Interrupt),
        (Signal::Terminate, Signal::Terminate),
        (Signal::Interrupt, Signal::Terminate),
    ] {
        let server = Server::start("hello-server", &["--delay", "60", "-vv"]);
        let mut idle = welcomed(&server);
        let mut busy = welcomed(&server);
        busy.send("Rose\n");
        let begun = |line: &str| line.ends_with("received Rose");
        server.wait_for_line(Stream::Stderr, begun, LIMIT).unwrap();
        server.signal(first).unwrap();
        // The first has been taken when the idle client is closed. Two of a kind sent at once
        // would be one.
        idle.expect_end();
        // Right behind the first it may be taken for the same.
        let output = loop {
            server.signal(second).unwrap();
            if let Ok(output) = server.wait(Duration::from_millis(50)) {
                break output;
            }
        };
        // Left to itself it would have ended well, after its grace.
        output.assert_code(1);
    }
}

/// An address of its own, so that no other test can be given the port meanwhile.
#[cfg(target_os = "linux")]
#[test]
fn after_the_end_nobody_listens_any_more() {
    for program in SERVERS {
        let server = Server::start(program, &["--listen", "127.0.0.3:0"]);
        let address = server.socket_addr();
        end(&server, Signal::Interrupt);
        let error = std::net::TcpStream::connect(address).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    }
}
