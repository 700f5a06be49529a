//! What is shown on a terminal.

use std::sync::{Arc, Mutex, mpsc};

use harness::noise;

use super::Desk;
use super::site::{Answer, Site};
use crate::pty::AtTerminal;

fn start(desk: &Desk, more: &[&str]) -> AtTerminal {
    let folder = desk.folder.path().to_str().unwrap();
    AtTerminal::start("downloader", &[&["-o", folder], more].concat())
}

/// A site with a long file, of which the second half comes when it is told, and short ones.
fn half_and_half() -> (Site, mpsc::Sender<()>) {
    let (go_on, until) = mpsc::channel();
    let until = Arc::new(Mutex::new(until));
    let site = Site::answering(move |request, _| match request.path() {
        "/long" => Answer::ok(noise(2_000_000, 1)).holding_back(1_000_000, &until),
        _ => Answer::ok("short"),
    });
    (site, go_on)
}

#[test]
fn a_bar_for_what_is_long_and_one_for_the_whole() {
    let (site, go_on) = half_and_half();
    let desk = Desk::new();
    let mut terminal = start(
        &desk,
        &[&site.url("/long"), &site.url("/a"), &site.url("/b")],
    );
    terminal.wait_until(|lines| {
        // A bar ends where the line does, and then two look like one.
        let seen = lines.concat();
        [
            "/a (5 bytes)",
            "/b (5 bytes)",
            "long ",
            "/1.91 MiB",
            "files ",
            " 2/3",
        ]
        .iter()
        .all(|part| seen.contains(part))
    });
    go_on.send(()).unwrap();
    assert_eq!(terminal.wait(), Some(0));
    // The lines stay, the bars do not.
    let seen = terminal.wait_for_line("3 files saved, 2000010 bytes");
    let saved = seen.iter().filter(|line| line.starts_with("saved "));
    assert_eq!(saved.count(), 3, "{seen:?}");
    let seen = seen.concat();
    assert!(!seen.contains("MiB") && !seen.contains("/3"), "{seen}");
}

#[test]
fn no_bars_when_quiet() {
    let (site, go_on) = half_and_half();
    go_on.send(()).unwrap();
    let desk = Desk::new();
    let mut terminal = start(&desk, &["-q", &site.url("/long")]);
    assert_eq!(terminal.wait(), Some(0));
    terminal.wait_for_line("1 file saved, 2000000 bytes");
    let seen = String::from_utf8_lossy(&terminal.raw()).into_owned();
    assert!(!seen.contains("MiB"), "{seen}");
}
