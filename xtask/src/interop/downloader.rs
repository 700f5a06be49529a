//! downloader against nginx.

use std::fmt::Write;
use std::fs;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use harness::noise;

use super::ours::{ends, holds, unfinished, until};
use crate::servers::{Running, nginx};

/// How many files are downloaded at once.
const FILES: usize = 1000;

/// The size of each file differs a little, that none passes for another.
fn file(number: usize) -> Vec<u8> {
    noise(1000 + 7 * number, number as u64)
}

/// A thousand files from a list, and a listing as the tutorial's gateway gives it.
pub(super) fn many() -> Result<String> {
    let server = nginx(
        "location /moved/ { rewrite ^/moved/(.*)$ /$1 redirect; }",
        None,
    )?;
    let folder = harness::temp_dir();
    let mut list = String::new();
    for number in 0..FILES {
        let name = format!("{number}.jpg");
        fs::write(server.files().join(&name), file(number)).context("cannot write a file")?;
        // Every tenth has moved; it is called as it was asked for all the same.
        let moved = if number % 10 == 0 { "moved/" } else { "" };
        let _ = writeln!(list, "http://{}/{moved}{name}", server.address());
    }
    fs::write(folder.path().join("urls.txt"), list).context("cannot write the list")?;
    let downloader = harness::client("downloader").dir(&folder);
    ends(
        downloader.args(["-i", "urls.txt", "-o", "data", "-j", "16"]),
        0,
    )?;
    for number in 0..FILES {
        holds(
            &folder.path().join(format!("data/{number}.jpg")),
            &file(number),
        )?;
    }
    let count = fs::read_dir(folder.path().join("data"))?.count();
    ensure!(count == FILES, "expected {FILES} files, found {count}");

    listing(&server, &folder)?;
    absent(&server, &folder)?;
    Ok(format!(
        "{FILES} files, every tenth by a redirect; 8 by a listing; 404 and 503 told apart"
    ))
}

fn listing(server: &Running, folder: &TempDir) -> Result<()> {
    let url = |name: &str| format!("http://{}/{name}", server.address());
    let item = |number: usize| serde_json::json!({ "title": "图", "picUrl": url(&format!("{number}.jpg")) });
    let items: Vec<_> = (0..8).map(item).collect();
    let listing = serde_json::json!({ "code": 200, "msg": "success", "newslist": items });
    fs::write(server.files().join("listing.json"), listing.to_string()).context("cannot write")?;
    let downloader = harness::client("downloader").dir(folder);
    ends(
        downloader.args(["--listing", &url("listing.json"), "-o", "listed"]),
        0,
    )?;
    for number in 0..8 {
        holds(
            &folder.path().join(format!("listed/{number}.jpg")),
            &file(number),
        )?;
    }
    Ok(())
}

/// What is not there is gone for good; a server that has no time is worth another try.
fn absent(server: &Running, folder: &TempDir) -> Result<()> {
    let busy = nginx("location / { return 503; }", None)?;
    let absent = format!("http://{}/absent.jpg", server.address());
    let later = format!("http://{}/later.jpg", busy.address());
    let there = format!("http://{}/1.jpg", server.address());
    let downloader = || {
        harness::client("downloader")
            .dir(folder)
            .args(["--retries", "1", "-o", "some"])
    };
    ends(downloader().arg(&later), 75)?;
    ends(downloader().args([&absent, &later, &there]), 1)?;
    holds(&folder.path().join("some/1.jpg"), &file(1))
}

/// Killed in the middle of a file, it goes on where it was.
pub(super) fn resumed() -> Result<String> {
    const WHOLE: usize = 4_000_000;
    // Slow the first time, until it is asked for a part.
    let server = nginx(
        "set $slow 1m; if ($http_range) { set $slow 0; } limit_rate $slow;",
        None,
    )?;
    let big = noise(WHOLE, 4);
    fs::write(server.files().join("big.jpg"), &big).context("cannot write a file")?;
    let folder = harness::temp_dir();
    let url = format!("http://{}/big.jpg", server.address());
    let downloader = || {
        harness::client("downloader")
            .dir(&folder)
            .args([&url, "--resume"])
    };

    let running = downloader().try_spawn()?;
    let data = folder.path().join("data");
    until("a part of the file", || {
        Ok((unfinished(&data)? > WHOLE / 10).then_some(()))
    })?;
    // SIGKILL: it can put nothing in order.
    drop(running);
    ensure!(!data.join("big.jpg").exists(), "there is half a file");
    ends(downloader(), 0)?;
    holds(&data.join("big.jpg"), &big)?;
    let left = fs::read_dir(&data)?.count();
    ensure!(left == 1, "expected one file, found {left}");

    let partial = |line: &&str| line.starts_with("206 ");
    let (line, from) = until("a request for the rest, in nginx's log", || {
        let log = server.log("requests.log")?;
        let line = log.lines().find(partial).map(str::to_owned);
        let from = line
            .as_deref()
            .and_then(|line| line.split("bytes=").nth(1))
            .map(|range| range.trim_end_matches('-').parse::<usize>());
        Ok(line.zip(from))
    })?;
    let from = from.with_context(|| format!("not a range: {line}"))?;
    ensure!(
        from > WHOLE / 20 && from < WHOLE,
        "it went on at {from}: {line}"
    );
    Ok(format!(
        "{WHOLE} bytes, killed, and the rest from byte {from}"
    ))
}
