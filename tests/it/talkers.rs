//! What the tests of both chats do: type a line, and wait for one.

use std::io::{self, Write};
use std::net::{SocketAddr, UdpSocket};

use harness::{LIMIT, Launch, Process, Server, Stream};

/// A chat that waits, on a free port, with its input open.
#[track_caller]
pub(crate) fn waiting(program: &str, args: &[&str]) -> Server {
    Launch::program(program).args(args).stdin_pipe().serve()
}

/// A chat that goes to somebody, with its input open.
#[track_caller]
pub(crate) fn going(program: &str, args: &[&str]) -> Process {
    Launch::program(program).args(args).stdin_pipe().spawn()
}

/// What runs a chat under a shell, with a `head` behind it that reads one line and goes. The chat's exit
/// code is printed after that.
#[cfg(unix)]
pub(crate) const INTO_HEAD: [&str; 3] = [
    "sh",
    "-c",
    r#"exec 3>&1; { "$0" "$@"; echo $? >&3; } | head -n 1"#,
];

#[track_caller]
pub(crate) fn type_line(process: &Process, line: &str) {
    process.write_stdin(format!("{line}\n")).unwrap();
}

/// Waits for this line on stdout.
#[track_caller]
pub(crate) fn hears(process: &Process, line: &str) {
    process
        .wait_for_line(Stream::Stdout, |have| have == line, LIMIT)
        .unwrap();
}

/// Waits for a line on stderr that has `part` in it.
#[track_caller]
pub(crate) fn is_told(process: &Process, part: &str) -> String {
    process
        .wait_for_line(Stream::Stderr, |have| have.contains(part), LIMIT)
        .unwrap()
}

/// A socket such as the tutorials' programs have, on loopback.
pub(crate) fn udp_peer() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// The next datagram, and who sent it.
#[track_caller]
pub(crate) fn receive(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = vec![0; 1 << 16];
    let (length, from) = socket.recv_from(&mut buffer).unwrap();
    buffer.truncate(length);
    (buffer, from)
}

/// Says that a test has not been made.
pub(crate) fn skipped(why: &str) {
    note(&format!("SKIPPED: {why}"));
}

/// Says something of a test, whatever comes of it. Cargo shows what `println!` prints for failed
/// tests only.
pub(crate) fn note(text: &str) {
    let test = std::thread::current().name().unwrap_or("?").to_owned();
    let _ = writeln!(io::stderr(), "{test}: {text}");
}
