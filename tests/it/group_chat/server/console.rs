//! The operator's console: the server's own input.

use harness::{LIMIT, Server, Stream};

use super::{launch, start, with_frames, with_nc, with_python};
use crate::talkers::type_line;

/// The lines on stdout after the first, once there are so many.
#[track_caller]
fn answers(server: &Server, count: usize) -> Vec<String> {
    let enough = |lines: &[String]| (lines.len() > count).then(|| lines[1..].to_vec());
    server
        .wait_for_lines(Stream::Stdout, LIMIT, enough)
        .unwrap()
}

#[test]
fn a_line_goes_to_everyone_as_a_notice() {
    let server = start(&[]);
    let mut nc = with_nc(&server, "Ann");
    let mut python = with_python(&server, "小红");
    type_line(&server, "明天 all: see you");
    nc.hears("server:明天 all: see you");
    assert_eq!(python.recv(), b"server:\xc3\xf7\xcc\xec all: see you");
    type_line(&server, "");
    type_line(&server, "quitting time");
    nc.hears("server:quitting time");
}

#[test]
fn who_lists_those_in_the_room_on_stdout() {
    let server = start(&[]);
    type_line(&server, "who");
    assert_eq!(answers(&server, 1), ["0 online"]);
    let _cid = with_frames(&server, "小红");
    let _ann = with_nc(&server, "Ann");
    type_line(&server, "who");
    assert_eq!(answers(&server, 4)[1..], ["2 online", "Ann", "小红"]);
}

#[test]
fn quit_ends_the_server_and_tells_its_clients() {
    let server = start(&[]);
    let mut nc = with_nc(&server, "Ann");
    type_line(&server, "good bye");
    type_line(&server, "quit");
    nc.hears("server:good bye");
    nc.expect_end();
    drop(nc);
    server.wait(LIMIT).unwrap().assert_success();
}

#[test]
fn the_end_of_input_leaves_the_server_running() {
    let server = start(&[]);
    let mut nc = with_nc(&server, "Ann");
    server.write_stdin("the last line").unwrap();
    server.close_stdin();
    nc.hears("server:the last line");
    nc.is_in("Ann");
    with_nc(&server, "Bob").says("hi");
    nc.hears("Bob:hi");
    server.stop().assert_success();
}

#[test]
fn a_notice_reaches_the_open_room_too() {
    let server = launch(&["--open"]).serve();
    let mut nc = crate::wire::Peer::connect(&server);
    nc.says("hi");
    let length = format!(
        "('127.0.0.1', {}):hi\n",
        nc.socket.local_addr().unwrap().port()
    )
    .len();
    nc.receive(length);
    type_line(&server, "你好");
    nc.hears("server:你好");
}
