//! `group-chat-server`, and what nc, the tutorials' programs and our own client would say to it.

mod console;
mod crowd;
mod ends;
mod framed;
mod limits;
mod nicknames;
mod open;
mod slow;
mod talk;
mod tutorial;

use std::io::{Read, Write};

use harness::{LIMIT, Launch, Server, Stream, server};
use serde_json::{Value, json};

use crate::wire::Peer;

/// What is said to whom writes to somebody who is not there.
const OFFLINE: &str = "server:对方已离线,不能接收消息";

/// A server with its input open, which tells of nobody's coming or going but in its log.
fn launch(args: &[&str]) -> Launch {
    launch_announcing(0, args)
}

fn launch_announcing(below: u32, args: &[&str]) -> Launch {
    server("group-chat-server")
        .args(["--announce-below", &below.to_string(), "-v"])
        .args(args)
        .stdin_pipe()
}

#[track_caller]
fn start(args: &[&str]) -> Server {
    launch(args).serve()
}

/// A server that tells of comings and goings while fewer than that are there.
#[track_caller]
fn start_announcing(below: u32) -> Server {
    launch_announcing(below, &[]).serve()
}

/// Waits until the log has a line that ends so.
#[track_caller]
fn logs(server: &Server, end: &str) -> String {
    let said = |line: &str| line.ends_with(end);
    server.wait_for_line(Stream::Stderr, said, LIMIT).unwrap()
}

/// Somebody with nc, in the room.
#[track_caller]
fn with_nc(server: &Server, name: &str) -> Peer {
    let mut peer = Peer::connect(server);
    peer.says(name);
    peer.is_in(name);
    peer
}

/// The tutorial's client, in the room: it sends its nickname in UTF-8, without a newline.
#[track_caller]
fn with_python(server: &Server, name: &str) -> Peer {
    let mut peer = Peer::connect(server);
    peer.send(name);
    logs(server, &format!("{} is {name}", peer.address()));
    peer
}

/// Our own client, in the room.
#[track_caller]
fn with_frames(server: &Server, name: &str) -> Peer {
    let mut peer = Peer::connect(server);
    peer.asks(json!({"type": "join", "nick": name}));
    let welcome = peer.told();
    assert_eq!(welcome["type"], "welcome", "{welcome}");
    assert_eq!(welcome["nick"], name);
    peer
}

impl<S: Read + Write> Peer<S> {
    /// Sends a line.
    #[track_caller]
    fn says(&mut self, line: &str) {
        self.send(format!("{line}\n"));
    }

    /// Receives this line.
    #[track_caller]
    fn hears(&mut self, line: &str) {
        self.expect(format!("{line}\n"));
    }

    /// Checks that somebody with nc is in the room: whoever is can write to themselves.
    #[track_caller]
    fn is_in(&mut self, name: &str) {
        self.says(&format!("{name}:am I in?"));
        self.hears(&format!("{name}:am I in?"));
    }

    /// Sends a frame.
    #[track_caller]
    fn asks(&mut self, request: Value) {
        self.send(frame(request.to_string()));
    }

    /// Says something in a frame.
    #[track_caller]
    fn tells(&mut self, to: &str, text: &str) {
        self.asks(json!({"type": "say", "to": to, "text": text}));
    }

    /// Receives a frame.
    #[track_caller]
    fn told(&mut self) -> Value {
        let header = self.receive(4).try_into().unwrap();
        let frame = self.receive(u32::from_be_bytes(header) as usize);
        serde_json::from_slice(&frame).unwrap()
    }

    /// Receives a frame with this message.
    #[track_caller]
    fn is_told(&mut self, from: &str, to: &str, text: &str) {
        let mut message = self.told();
        message.as_object_mut().unwrap().remove("time");
        let wanted = json!({"type": "message", "from": from, "to": to, "text": text});
        assert_eq!(message, wanted);
    }

    /// Receives a frame with an error of this code, and returns its text.
    #[track_caller]
    fn is_refused(&mut self, code: &str) -> String {
        let error = self.told();
        assert_eq!(
            (&error["type"], &error["code"]),
            (&json!("error"), &json!(code))
        );
        error["text"].as_str().unwrap().to_owned()
    }

    /// Checks that nothing was received but what was expected: the server answers in order.
    #[track_caller]
    fn hears_no_more(&mut self) {
        self.asks(json!({"type": "ping"}));
        assert_eq!(self.told(), json!({"type": "pong"}));
    }
}

/// 4 bytes of length, then the text.
fn frame(text: impl AsRef<[u8]>) -> Vec<u8> {
    let text = text.as_ref();
    let length = u32::try_from(text.len()).unwrap();
    [&length.to_be_bytes(), text].concat()
}
