//! Every view of one tape, against a kept expectation in `expected/`.
//!
//! When a view is changed on purpose, `KEEP=1 cargo test -p wiretap` writes the new ones; read the
//! difference before it is committed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::event::{Event, Side, What};
use crate::steps::Steps;
use Side::{Client, Server};

/// A page fetched, a mail begun, a reset, an upload in pieces, and datagrams.
fn events() -> Vec<Event> {
    let data = |text: &[u8]| What::Data(text.into());
    let datagram = |bytes: &[u8], dropped| What::Datagram {
        bytes: bytes.into(),
        dropped,
    };
    let request =
        b"GET /<b>?password=hunter2 HTTP/1.1\r\nHost: a\r\nAuthorization: Basic cjpo\r\n\r\n";
    let picture = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n\xff\xd8\xff\xe0".as_slice(),
        &[0; 36],
    ];
    let mut events = vec![
        (0, 1, Client, What::Open),
        (1_000, 1, Client, data(request)),
        (13_500, 1, Server, data(&picture.concat())),
        (13_700, 1, Server, What::HalfClose),
        (14_000, 1, Client, What::Close),
        (1_014_000, 2, Client, What::Open),
        (1_020_000, 2, Server, data(b"220 mail ESMTP\r\n")),
        (1_100_000, 2, Client, data(b"EHLO \x1b[2J\xe4\xbd\xa0\r\n")),
        (1_200_000, 2, Server, data(b"250-mail\r\n250 AUTH\r\n")),
        (1_300_000, 2, Client, data(b"AUTH PLAIN AGEAYg==\r\n")),
        (1_400_000, 2, Server, What::Reset),
        (61_400_000, 3, Client, What::Open),
    ];
    // Pieces that are one message; a pause, and something after it.
    for piece in 0..3 {
        events.push((
            61_401_000 + piece * 1000,
            3,
            Client,
            data(b"piece by piece, "),
        ));
    }
    events.extend([
        (
            61_450_000,
            3,
            Client,
            data("你好，世界；a line that does not fit between two life lines\n".as_bytes()),
        ),
        (61_451_000, 3, Server, data(b"\xca\xfe")),
        (62_000_000, 4, Client, datagram(b"hello", false)),
        (62_000_500, 4, Server, datagram(b"", false)),
        (62_001_000, 4, Client, datagram(b"lost; end", true)),
        (62_002_000, 4, Server, What::Reset),
    ]);
    let event = |(micros, connection, side, what)| Event {
        time: Duration::from_micros(micros),
        connection,
        side,
        what,
    };
    events.into_iter().map(event).collect()
}

fn scene() -> Scene {
    Scene {
        listen: "127.0.0.1:1".to_owned(),
        to: "<server>:80".to_owned(),
        started: "2026-11-26T12:00:00.000+08:00".to_owned(),
    }
}

fn shown(mut view: impl View) -> String {
    let mut out = String::new();
    let mut steps = Steps::new(view.wish());
    view.begin(&mut out);
    for event in events() {
        steps.take(&event);
    }
    steps.end();
    while let Some(step) = steps.next_step() {
        view.step(&step, &mut out);
    }
    view.end(&mut out);
    out
}

#[track_caller]
fn assert_kept(file: &str, view: impl View) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/view/expected")
        .join(file);
    let found = shown(view);
    if std::env::var_os("KEEP").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    let differs = |(number, (found, expected)): &(usize, (&str, &str))| {
        (found != expected).then(|| format!("line {number}:\n{found}\ninstead of\n{expected}"))
    };
    let mut lines = found.lines().zip(expected.lines()).enumerate();
    let difference = lines.find_map(|line| differs(&line));
    assert_eq!(difference, None, "{file}");
    assert_eq!(found.len(), expected.len(), "{file}");
    for secret in ["hunter2", "cjpo", "AGEAYg", "68 75 6e 74", "68756e74"] {
        assert!(!found.contains(secret), "{secret} in {file}");
    }
    let acts = |c: char| c != '\n' && common::printable::acts(c);
    assert!(!found.contains(acts), "a control character in {file}");
    found
}

#[test]
fn the_ladder() {
    assert_kept("ladder.txt", ladder::Ladder::plain(scene()));
}

#[test]
fn the_hex_dump() {
    assert_kept("hex.txt", hex::Hex);
}

#[test]
fn the_text() {
    assert_kept("text.txt", text::Text);
}

#[test]
fn the_json() {
    let found = assert_kept("json.txt", json::Json);
    for line in found.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn the_mermaid_diagram() {
    assert_kept("diagram.mmd", mermaid::Mermaid::new(scene()));
}

#[test]
fn the_picture() {
    let found = assert_kept("picture.svg", svg::Svg::new(scene()));
    assert_well_formed(&found);
}

#[test]
fn the_page() {
    let found = assert_kept("page.html", html::Html::new(scene()));
    for loaded in ["<script", "src=", "href=", "url(", "@import"] {
        assert!(!found.contains(loaded), "{loaded} in the page");
    }
    // As XML it is well formed but for its first line and what needs no end.
    let body = found.split_once("<body>").unwrap().1;
    let body = body.strip_suffix("</body>\n</html>\n").unwrap();
    assert_well_formed(&format!("<body>{body}</body>"));
}

/// Every tag has its end, in order, and no sign of markup stands in a text.
#[track_caller]
fn assert_well_formed(markup: &str) {
    let mut open = Vec::new();
    let mut rest = markup;
    while let Some(at) = rest.find('<') {
        assert!(!rest[..at].contains('>'), "{}", &rest[..at]);
        let end = at + rest[at..].find('>').unwrap();
        let tag = &rest[at + 1..end];
        let name = tag.split_whitespace().next().unwrap();
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name)),
            None if tag.ends_with('/') => {}
            None => open.push(name),
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn a_picture_and_a_page_of_a_hostile_tape_have_an_end() {
    let many = |view: &mut dyn View| {
        let mut out = String::new();
        let mut steps = Steps::new(view.wish());
        view.begin(&mut out);
        for number in 0..6_000 {
            steps.take(&Event {
                time: Duration::from_secs(number),
                connection: number,
                side: Client,
                what: What::Data([b'x'; 2000].as_slice().into()),
            });
            while let Some(step) = steps.next_step() {
                view.step(&step, &mut out);
            }
        }
        steps.end();
        while let Some(step) = steps.next_step() {
            view.step(&step, &mut out);
        }
        view.end(&mut out);
        out
    };
    let page = many(&mut html::Html::new(scene()));
    assert!(page.contains("… and 1,000 more"));
    assert!(page.len() < 24 << 20, "{}", page.len());
    let picture = many(&mut svg::Svg::new(scene()));
    assert!(picture.contains("and 4,000 more"));
    let diagram = many(&mut mermaid::Mermaid::new(scene()));
    assert!(diagram.contains("and 5,500 more"));
}
