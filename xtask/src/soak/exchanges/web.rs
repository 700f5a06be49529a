//! What speaks HTTP: mini-web, and the stand-ins for a page, a gateway and a listing.

use std::fs;

use anyhow::{Context, Result, ensure};
use demo_peers::page::PAGE;
use serde_json::Value;

use super::super::standing::Standing;
use super::super::talk::{Talk, check};
use super::{client, run};

/// A file that mini-web keeps in memory, and one that it does not.
pub(in crate::soak) const SMALL: &str = "small.bin";
pub(in crate::soak) const LARGE: &str = "large.bin";

/// What a client of each asks for first.
pub(in crate::soak) const GET_LARGE: &[u8] = b"GET /large.bin HTTP/1.1\r\nHost: soak\r\n\r\n";
pub(in crate::soak) const GET_PAGE: &[u8] = b"GET / HTTP/1.1\r\nHost: soak\r\n\r\n";
pub(in crate::soak) const GET_LISTING: &[u8] = b"GET /meinv/?num=3 HTTP/1.1\r\nHost: soak\r\n\r\n";
pub(in crate::soak) const GET_BALANCE: &[u8] =
    b"GET /webservice/sms.php?method=GetNum HTTP/1.1\r\nHost: soak\r\n\r\n";

/// The key of the vendor's examples, which the stand-in takes.
const KEY: &str = "1q784322ba1d9bb88d50cf5cdfd89k7d";

/// Three requests over one connection.
pub(in crate::soak) fn files(standing: &Standing<'_>, _: u64) -> Result<()> {
    let mut talk = Talk::with(standing.address())?;
    for name in [SMALL, LARGE, SMALL] {
        talk.say(format!("GET /{name} HTTP/1.1\r\nHost: soak\r\n\r\n"))?;
        check(name, &fs::read(standing.path(name))?, &answer(&mut talk)?)?;
    }
    Ok(())
}

pub(in crate::soak) fn fetch_file(standing: &Standing<'_>, _: u64) -> Result<()> {
    let expected = fs::read(standing.path(LARGE))?;
    fetch(standing, LARGE, &expected)
}

/// In each of the ways in which a body can end.
pub(in crate::soak) fn page(standing: &Standing<'_>, number: u64) -> Result<()> {
    let mut talk = Talk::with(standing.address())?;
    if number.is_multiple_of(2) {
        talk.say(GET_PAGE)?;
        return check("the page", PAGE.as_bytes(), &answer(&mut talk)?);
    }
    talk.say("GET /close HTTP/1.1\r\nHost: soak\r\n\r\n")?;
    talk.hear("HTTP/1.1 200 OK\r\n")?;
    while !talk.line()?.is_empty() {}
    check("the page", PAGE.as_bytes(), &talk.rest()?)
}

pub(in crate::soak) fn fetch_page(standing: &Standing<'_>, _: u64) -> Result<()> {
    fetch(standing, "chunked", PAGE.as_bytes())
}

fn fetch(standing: &Standing<'_>, path: &str, expected: &[u8]) -> Result<()> {
    let into = harness::temp_dir();
    let file = into.path().join("fetched");
    let url = format!("http://{}/{path}", standing.address());
    run(client(standing, "page-fetch").arg(url).arg("-o").arg(&file))?;
    check("the page", expected, &fs::read(file)?)
}

pub(in crate::soak) fn balance(standing: &Standing<'_>, _: u64) -> Result<()> {
    let form = format!("account=test&password={KEY}&format=json");
    let mut talk = Talk::with(standing.address())?;
    talk.say(format!(
        "POST /webservice/sms.php?method=GetNum HTTP/1.1\r\nHost: soak\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    ))?;
    let expected = r#"{"code":2,"msg":"查询成功","num":"50"}"#;
    check("the balance", expected.as_bytes(), &answer(&mut talk)?)
}

pub(in crate::soak) fn sms(standing: &Standing<'_>, _: u64) -> Result<()> {
    let gateway = format!("http://{}/webservice/sms.php", standing.address());
    let client = client(standing, "sms").args(["balance", "--account", "test"]);
    let client = client.args(["--password-file", "-", "--gateway", &gateway]);
    let output = run(client.stdin(KEY))?;
    let found = output.stdout_text();
    ensure!(found.contains("50"), "expected a balance of 50 of {output}");
    Ok(())
}

/// The listing, and the first picture in it, over one connection.
pub(in crate::soak) fn listing(standing: &Standing<'_>, _: u64) -> Result<()> {
    let mut talk = Talk::with(standing.address())?;
    talk.say(GET_LISTING)?;
    let listing: Value = serde_json::from_slice(&answer(&mut talk)?)?;
    let items = listing["newslist"].as_array().map_or(0, Vec::len);
    ensure!(items == 3, "expected 3 pictures, found {listing}");
    let url = listing["newslist"][0]["picUrl"].as_str();
    let path = url.and_then(|url| url.strip_prefix("http://soak/"));
    let path = path.with_context(|| format!("expected a picture's URL, found {url:?}"))?;
    talk.say(format!("GET /{path} HTTP/1.1\r\nHost: soak\r\n\r\n"))?;
    let picture = answer(&mut talk)?;
    check("a picture", b"BM", &picture[..picture.len().min(2)])
}

pub(in crate::soak) fn download(standing: &Standing<'_>, _: u64) -> Result<()> {
    let into = harness::temp_dir();
    let listing = format!("http://{}/meinv/?num=3", standing.address());
    let client = client(standing, "downloader").args(["--listing", &listing]);
    run(client.arg("-o").arg(into.path()))?;
    let found = fs::read_dir(into.path())?.count();
    ensure!(found == 3, "expected 3 pictures, found {found}");
    Ok(())
}

/// The body of an answer that says 200 and its length.
fn answer(talk: &mut Talk) -> Result<Vec<u8>> {
    talk.hear("HTTP/1.1 200 OK\r\n")?;
    let mut length = None;
    loop {
        let line = talk.line()?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = Some(value.trim().parse()?);
        }
    }
    talk.bytes(length.context("expected a Content-Length, found none")?)
}
