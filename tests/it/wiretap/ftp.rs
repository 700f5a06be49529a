//! `--ftp`, with stand-ins for both ends: what a real client and a real server say is a few lines.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use harness::LIMIT;

use super::{Taped, story, tap};
use crate::wire::{Peer, RawServer};

/// The port in an answer to EPSV.
fn port_of(answer: &str) -> u16 {
    let port = answer
        .split("|||")
        .nth(1)
        .and_then(|rest| rest.split('|').next());
    port.and_then(|port| port.parse().ok()).expect(answer)
}

/// The port in an answer to PASV.
fn passive_port_of(answer: &str) -> u16 {
    let numbers = answer.split(['(', ')']).nth(1).expect(answer);
    let numbers: Vec<u16> = numbers
        .split(',')
        .map(|number| number.parse().unwrap())
        .collect();
    assert_eq!(numbers[..4], [127, 0, 0, 1], "{answer}");
    numbers[4] << 8 | numbers[5]
}

fn line(peer: &mut Peer) -> String {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        line.extend(peer.receive(1));
    }
    String::from_utf8(line).unwrap()
}

fn data(port: u16) -> TcpStream {
    let data = TcpStream::connect(("127.0.0.1", port)).unwrap();
    data.set_read_timeout(Some(LIMIT)).unwrap();
    data
}

/// A server that announces `answer`, with its port in it, and serves one file there.
fn server(answer: impl Fn(u16) -> String + Send + 'static) -> RawServer<u16> {
    RawServer::start(move |mut peer| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        peer.send("220-227 (1,2,3,4,5,6) is no answer here\r\n220 ready\r\n");
        peer.expect("EPSV\r\n");
        peer.send(answer(port));
        let (mut data, _) = listener.accept().unwrap();
        data.write_all(b"the file").unwrap();
        drop(data);
        peer.send("226 done\r\n");
        peer.expect_end();
        port
    })
}

fn fetch(server: RawServer<u16>, flags: &[&str], port_of: impl Fn(&str) -> u16) {
    let taped = Taped::start(&server.address, &[&["--ftp"], flags].concat());
    let mut peer = Peer::connect(&taped.tap);
    assert_eq!(
        line(&mut peer),
        "220-227 (1,2,3,4,5,6) is no answer here\r\n"
    );
    assert_eq!(line(&mut peer), "220 ready\r\n");
    peer.send("EPSV\r\n");
    let port = port_of(&line(&mut peer));
    let mut file = String::new();
    data(port).read_to_string(&mut file).unwrap();
    assert_eq!(file, "the file");
    peer.expect("226 done\r\n");
    drop(peer);
    let servers_port = server.end();
    assert_ne!(port, servers_port, "the client was sent past the relay");
    let events = taped.stop();
    // The tape has what the server said, not what became of it.
    let said = story(&events, 1);
    let said: Vec<u8> = said.into_iter().flat_map(|(_, bytes)| bytes).collect();
    assert!(!String::from_utf8(said).unwrap().contains(&port.to_string()));
    let of_data = story(&events, 2);
    assert_eq!(of_data[0].0, "client open");
    assert_eq!(of_data[1], ("server data".to_owned(), b"the file".to_vec()));
}

#[test]
fn the_answer_to_epsv_is_rewritten_and_the_data_followed() {
    let answer = |port| format!("229 Entering Extended Passive Mode (|||{port}|)\r\n");
    fetch(server(answer), &[], port_of);
}

#[test]
fn the_answer_to_pasv_is_rewritten_whatever_address_it_has() {
    let answer = |port: u16| {
        format!(
            "227 Entering Passive Mode (192,0,2,1,{},{}).\r\n",
            port >> 8,
            port & 255
        )
    };
    fetch(server(answer), &[], passive_port_of);
}

#[test]
fn an_answer_in_pieces_is_rewritten_too() {
    let server = RawServer::start(|mut peer| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        peer.expect("EPSV\r\n");
        for byte in format!("229 ok (|||{port}|)\r\n").bytes() {
            peer.send([byte]);
        }
        let (mut data, _) = listener.accept().unwrap();
        data.write_all(b"the file").unwrap();
    });
    let tap = tap(&server.address, &["--ftp", "--chunk", "1"]);
    let mut peer = Peer::connect(&tap);
    peer.send("EPSV\r\n");
    let port = port_of(&line(&mut peer));
    let mut file = String::new();
    data(port).read_to_string(&mut file).unwrap();
    assert_eq!(file, "the file");
    server.end();
}

/// The bytes pass as they came, and nothing waits for a line that does not end.
#[test]
fn what_is_no_such_answer_is_left_as_it_is() {
    let endless = format!("227 {}", "x".repeat(2000));
    let texts = [
        "229 (|||no port|)\r\n",
        "229 no end",
        "\r\n",
        "22",
        "8\r\n",
        &endless,
    ];
    let all = texts.concat();
    let texts = texts.map(str::to_owned);
    let server = RawServer::start(move |mut peer| texts.iter().for_each(|text| peer.send(text)));
    let tap = tap(&server.address, &["--ftp"]);
    let mut peer = Peer::connect(&tap);
    assert_eq!(String::from_utf8(peer.rest()).unwrap(), all);
    server.end();
}

/// Behind `234` all is encrypted; bytes that happen to look like an answer are none.
#[test]
fn nothing_is_changed_once_the_line_is_encrypted() {
    let text = "234 go\r\n\x17\n229 ok (|||12345|)\r\n";
    let server = RawServer::start(move |mut peer| peer.send(text));
    let tap = tap(&server.address, &["--ftp"]);
    let mut peer = Peer::connect(&tap);
    assert_eq!(String::from_utf8(peer.rest()).unwrap(), text);
    server.end();
}

#[test]
fn without_the_flag_nothing_is_changed() {
    let text = "229 ok (|||12345|)\r\n";
    let server = RawServer::start(move |mut peer| peer.send(text));
    let tap = tap(&server.address, &[]);
    let mut peer = Peer::connect(&tap);
    assert_eq!(String::from_utf8(peer.rest()).unwrap(), text);
    server.end();
}
