//! The time by datagram: one for one, and none for the ports that would answer back.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::thread;

use harness::{LIMIT, Server, client};

use super::PYTHON;
use crate::told::{assert_shape, error_of};
use crate::wire::{has_ipv6, skip};

fn start(args: &[&str]) -> Server {
    Server::start("time-server", &[&["--udp"], args].concat())
}

/// A socket at a port of its own, or at a given one.
fn socket(port: u16) -> std::io::Result<UdpSocket> {
    let socket = UdpSocket::bind(("127.0.0.1", port))?;
    socket.set_read_timeout(Some(LIMIT))?;
    Ok(socket)
}

#[track_caller]
fn receive(socket: &UdpSocket) -> String {
    let mut buffer = [0; 2048];
    let length = socket.recv(&mut buffer).expect("an answer comes");
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[track_caller]
fn assert_no_more(socket: &UdpSocket) {
    socket
        .set_nonblocking(true)
        .expect("a socket can be asked without waiting");
    let more = socket.recv(&mut [0; 2048]);
    let nothing = more
        .as_ref()
        .is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
    assert!(nothing, "one datagram too many: {more:?}");
}

#[test]
fn the_ready_line_says_that_it_is_udp() {
    let server = start(&[]);
    let line = server.lines(harness::Stream::Stdout).remove(0);
    assert_eq!(line, format!("listening on udp {}", server.address()));
}

#[cfg(unix)]
#[test]
fn any_datagram_gets_exactly_one_even_an_empty_one() {
    let server = start(&[]);
    let socket = socket(0).unwrap();
    let longest = vec![b'x'; 65_507];
    for question in [&b""[..], b"what time is it?", &longest] {
        socket.send_to(question, server.socket_addr()).unwrap();
        assert_shape(&receive(&socket), PYTHON);
    }
    server.stop().assert_success();
    assert_no_more(&socket);
}

#[test]
fn a_datagram_from_a_port_that_answers_back_gets_none() {
    let server = start(&[]);
    for port in [7, 13, 17, 19, 37] {
        let small = match socket(port) {
            Ok(socket) => socket,
            Err(error) => {
                skip(&format!("port {port} cannot be had ({error})"));
                continue;
            }
        };
        small.send_to(b"hello", server.socket_addr()).unwrap();
        // Datagrams are answered in the order in which they came: with this answer, the other
        // would be here.
        let other = socket(0).unwrap();
        other.send_to(b"hello", server.socket_addr()).unwrap();
        assert_shape(&receive(&other), PYTHON);
        assert_no_more(&small);
    }
}

#[test]
fn every_format_goes_into_a_datagram() {
    for (format, shape) in [
        ("rfc3339", "0000-00-00T00:00:00.000000+00:00"),
        ("unix", "0000000000"),
        ("%H:%M", "00:00"),
    ] {
        let server = start(&["--format", format]);
        let socket = socket(0).unwrap();
        socket.send_to(b"", server.socket_addr()).unwrap();
        assert_shape(&receive(&socket), shape);
    }
    let server = start(&["--format", "rfc867"]);
    let socket = socket(0).unwrap();
    socket.send_to(b"", server.socket_addr()).unwrap();
    assert!(receive(&socket).ends_with("+00:00\r\n"));
}

#[test]
fn our_client_asks_and_prints() {
    let server = start(&[]);
    let output = client("time-client")
        .args(["--udp", server.address()])
        .run();
    let text = output.assert_success().stdout_text();
    assert_shape(text.strip_suffix('\n').unwrap(), PYTHON);
    assert_eq!(output.stderr_text(), "");
}

#[test]
fn ipv6_works_like_ipv4() {
    if !has_ipv6() {
        return;
    }
    let server = start(&["--listen", "[::1]:0"]);
    let output = client("time-client")
        .args(["--udp", server.address()])
        .run();
    assert_shape(output.assert_success().stdout_text().trim_end(), PYTHON);
}

/// A datagram may be lost, so the client asks again.
#[test]
fn our_client_asks_again_when_nothing_comes_back() {
    let lossy = socket(0).unwrap();
    let address = lossy.local_addr().unwrap().to_string();
    let answering = thread::spawn(move || {
        let mut buffer = [0; 2048];
        lossy.recv_from(&mut buffer).expect("a question");
        let (_, asker) = lossy.recv_from(&mut buffer).expect("the question again");
        lossy
            .send_to(b"noon\r\n", asker)
            .expect("the asker is there");
    });
    let output = client("time-client").args(["--udp", &address]).run();
    assert_eq!(output.assert_success().stdout_text(), "noon\n");
    answering.join().unwrap();
}

#[test]
fn silence_is_told_with_the_step_and_the_time() {
    let silent = socket(0).unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let output = client("time-client")
        .args(["--udp", &address, "--timeout", "0.3"])
        .run();
    assert_eq!(
        error_of("time-client", &output, 1),
        format!("cannot get the time from udp {address}: no answer within 0.3 s")
    );
}

/// A socket that is connected to somebody else: for anyone but them, nobody is there.
#[test]
fn nobody_there_is_told_at_once() {
    let taken = socket(0).unwrap();
    taken.connect(taken.local_addr().unwrap()).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = client("time-client").args(["--udp", &address]).run();
    assert_eq!(
        error_of("time-client", &output, 1),
        format!("cannot get the time from udp {address}: connection refused")
    );
}

#[test]
fn a_port_in_use_is_told() {
    let taken = socket(0).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = client("time-server")
        .args(["--udp", "--listen", &address])
        .run();
    assert_eq!(
        error_of("time-server", &output, 1),
        format!("cannot listen on udp {address}: address already in use")
    );
}

#[test]
fn datagrams_over_a_unix_socket_are_wrong_usage() {
    for (program, args) in [
        (
            "time-server",
            ["--udp", "--listen", "unix:/tmp/time"].as_slice(),
        ),
        ("time-client", ["--udp", "unix:/tmp/time"].as_slice()),
    ] {
        let output = client(program).args(args).run();
        let message = error_of(program, &output, 2);
        assert!(message.contains("unix:/tmp/time"), "{message}");
    }
}
