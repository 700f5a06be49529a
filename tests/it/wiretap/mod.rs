//! `wiretap` between all sorts of peers.
//!
//! | about | where |
//! |---|---|
//! | that every byte passes, and every way to end | [`relay`] |
//! | our own programs through a bad line, a row each | [`programs`] |
//! | the bad line itself | [`spoiling`] |
//! | `--udp`, `--ftp` | [`datagrams`], [`ftp`] |
//! | what is recorded, and who may read it | [`tape`] |
//! | what is shown, live and from a tape | [`views`] |
//! | command lines | [`usage`] |

mod datagrams;
mod ftp;
mod programs;
mod relay;
mod spoiling;
mod tape;
mod usage;
mod views;

use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use harness::{LIMIT, Output, Server};
use serde_json::Value;
use tempfile::TempDir;

/// A relay to `to`, with these flags, that shows nothing.
#[track_caller]
fn tap(to: &str, args: &[&str]) -> Server {
    let all = [&["--to", to, "--show", "none"], args].concat();
    Server::start("wiretap", &all)
}

/// A relay with a tape.
struct Taped {
    tap: Server,
    folder: TempDir,
}

impl Taped {
    #[track_caller]
    fn start(to: &str, args: &[&str]) -> Taped {
        let folder = harness::temp_dir();
        let path = folder.path().join("a.tape");
        let tape = ["--tape", path.to_str().unwrap()];
        let tap = tap(to, &[&tape, args].concat());
        Taped { tap, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("a.tape")
    }

    /// Ends the relay, and reads the tape.
    #[track_caller]
    fn stop(self) -> Vec<Event> {
        let path = self.path();
        self.tap.stop().assert_success();
        events(&path)
    }
}

/// An event on a tape.
#[derive(Clone, Debug, PartialEq)]
struct Event {
    time: f64,
    connection: u64,
    /// `client open`, `server data`
    what: String,
    bytes: Vec<u8>,
    dropped: bool,
}

/// The events on a tape, each line read as strictly as its description.
#[track_caller]
fn events(path: &Path) -> Vec<Event> {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.ends_with('\n'), "the last line of {text:?} is whole");
    read(&text)
}

/// The events so far on a tape that is still being written: its last line may be cut short, as its page says.
#[track_caller]
fn events_so_far(path: &Path) -> Vec<Event> {
    let text = std::fs::read_to_string(path).unwrap();
    let whole = text.rfind('\n').map_or(0, |at| at + 1);
    match whole {
        0 => Vec::new(),
        _ => read(&text[..whole]),
    }
}

#[track_caller]
fn read(text: &str) -> Vec<Event> {
    let mut lines = text.lines();
    let header: Value = serde_json::from_str(lines.next().unwrap()).unwrap();
    assert_eq!(header["wiretap"], 1);
    for key in ["started", "listen", "to"] {
        assert!(header[key].is_string(), "{key} in {header}");
    }
    let event = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| value[key].as_str().unwrap_or_default();
        Event {
            time: value["time"].as_f64().unwrap(),
            connection: value["conn"].as_u64().unwrap(),
            what: format!("{} {}", text("side"), text("event")),
            bytes: STANDARD.decode(text("bytes")).unwrap(),
            dropped: value["dropped"].as_bool().unwrap_or_default(),
        }
    };
    let events: Vec<_> = lines.map(event).collect();
    let times: Vec<_> = events.iter().map(|event| event.time).collect();
    assert!(times.is_sorted(), "times in order: {times:?}");
    events
}

/// What was done on a connection, with data that follows each other put together: TCP may cut it
/// anywhere.
fn story(events: &[Event], connection: u64) -> Vec<(String, Vec<u8>)> {
    let mut story: Vec<(String, Vec<u8>)> = Vec::new();
    for event in events.iter().filter(|event| event.connection == connection) {
        match story.last_mut() {
            Some((what, bytes)) if *what == event.what && what.ends_with("data") => {
                bytes.extend_from_slice(&event.bytes);
            }
            _ => story.push((event.what.clone(), event.bytes.clone())),
        }
    }
    story
}

/// The story as it is expected.
fn told(story: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let own = |(what, bytes): &(&str, &str)| ((*what).to_owned(), bytes.as_bytes().to_vec());
    story.iter().map(own).collect()
}

/// Connects, and checks that the first thing that comes is a reset. It may come so soon that
/// connecting already finds it.
#[track_caller]
fn expect_reset_at_once(tap: &Server) {
    let received = TcpStream::connect(tap.socket_addr()).and_then(|mut socket| {
        socket.set_read_timeout(Some(LIMIT))?;
        socket.read(&mut [0])
    });
    let error = received.expect_err("a reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

/// Draws a tape.
fn draw(path: &Path, view: &str) -> Output {
    let path = path.to_str().unwrap();
    harness::client("wiretap")
        .args(["draw", path, "--as", view])
        .run()
}
