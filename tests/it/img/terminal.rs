//! What img-client shows on a terminal.

use std::io::Write;
use std::sync::mpsc;

use harness::{noise, temp_dir};

use super::{base64, dumps, serve_once, serve_text, tree};
use crate::pty::AtTerminal;

/// A GIF of one white pixel.
const PIXEL: &[u8] =
    b"GIF87a\x01\0\x01\0\x80\0\0\xff\xff\xff\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/// Starts the client at a terminal of its own.
fn start(address: &str, folder: &tempfile::TempDir, more: &[&str]) -> AtTerminal {
    let folder = folder.path().to_str().unwrap();
    AtTerminal::start("img-client", &[&[address, "-o", folder], more].concat())
}

/// A server that sends half of a picture whose size it says first, and the rest when it is told.
fn half_and_half() -> (String, mpsc::Sender<()>) {
    let (go_on, wait) = mpsc::channel();
    let address = serve_once(move |client| {
        let data = base64(&noise(2_000_000, 1));
        let (first, rest) = data.split_at(data.len() / 2);
        client.write_all(b"{\"filename\":\"a.jpg\",\"size\":2000000,\"filedata\":\"")?;
        client.write_all(first.as_bytes())?;
        let _ = wait.recv();
        write!(client, "{rest}\"}}")
    });
    (address, go_on)
}

fn has_bar(lines: &[String]) -> bool {
    let total = "1.91 MiB";
    lines
        .iter()
        .any(|line| line.contains("the picture a.jpg") && line.contains(total))
}

#[test]
fn a_bar_grows_while_a_picture_comes_and_is_taken_away() {
    let dir = temp_dir();
    let (address, go_on) = half_and_half();
    let mut client = start(&address, &dir, &[]);
    client.wait_until(has_bar);
    go_on.send(()).unwrap();
    assert_eq!(client.wait(), Some(0));
    let saved = format!("saved {}/a.jpg (2000000 bytes)", dir.path().display());
    assert_eq!(client.wait_for_line(&saved), [saved]);
}

#[test]
fn no_bar_when_quiet() {
    let dir = temp_dir();
    let (address, go_on) = half_and_half();
    go_on.send(()).unwrap();
    let mut client = start(&address, &dir, &["-q"]);
    assert_eq!(client.wait(), Some(0));
    client.wait_until(|lines| lines.concat().contains("saved"));
    let seen = String::from_utf8_lossy(&client.raw()).into_owned();
    assert!(!seen.contains("MiB"), "{seen}");
}

#[test]
fn a_hostile_name_does_nothing_to_the_terminal_by_way_of_the_bar() {
    let dir = temp_dir();
    let text = "{\"size\":1000000,\"filename\":\"\\u001b[2J.jpg\",\"filedata\":\"AAAA";
    let mut client = start(&serve_text(text), &dir, &[]);
    assert_eq!(client.wait(), Some(1));
    client.wait_until(|lines| lines.concat().contains(r#""\x1b[2J.jpg""#));
    let seen = String::from_utf8_lossy(&client.raw()).into_owned();
    assert!(!seen.contains("\x1b[2J"), "{seen:?}");
    assert_eq!(tree(dir.path()), [""; 0]);
}

#[test]
fn show_draws_the_picture_below_its_line() {
    let dir = temp_dir();
    let mut client = start(&serve_text(dumps("a.gif", PIXEL)), &dir, &["--show"]);
    assert_eq!(client.wait(), Some(0));
    let lines = client.wait_until(|lines| lines.concat().contains(['▀', '▄']));
    assert!(lines[0].starts_with("saved "), "{lines:?}");
    assert!(client.has_its_mode_back());
}

#[test]
fn what_cannot_be_drawn_is_saved_all_the_same() {
    let dir = temp_dir();
    let text = dumps("a.gif", &PIXEL[..20]) + &dumps("b.png", b"\x1b[2J no picture");
    let mut client = start(&serve_text(text), &dir, &["--show"]);
    assert_eq!(client.wait(), Some(0));
    let lines = client.wait_until(|lines| lines.concat().matches("cannot show").count() == 2);
    let said = lines.concat();
    for why in [
        "a.gif: ",
        "b.png: it is no picture of a kind that can be drawn (PNG, JPEG, GIF)",
    ] {
        assert!(said.contains(why), "{said}");
    }
    assert_eq!(tree(dir.path()), ["a.gif", "b.png"]);
}
