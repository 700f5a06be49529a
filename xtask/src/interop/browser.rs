//! mini-web and a real browser: Chromium, without a window.
//!
//! What a browser does is told by itself: a page in the folder walks through the site by a script, and
//! says how it went by asking for `/done?…`, which stands in the access log a moment later. So nothing is
//! waited for but that line.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use harness::{LIMIT, Launch, Process, Server, Stream};

use crate::servers::Tool;

/// Walks from a listing to a page, and plays a sound from the middle.
const WALK: &str = r#"<!DOCTYPE html>
<meta charset="utf-8">
<title>A walk</title>
<iframe></iframe>
<script>
const told = (what) => fetch('/done?' + encodeURIComponent(what));
const event = (target, name) => new Promise((done, failed) => {
  target.addEventListener(name, done, {once: true});
  target.addEventListener('error', () => failed(new Error(target.error?.message ?? name)), {once: true});
});
async function walk() {
  const frame = document.querySelector('iframe');
  let loaded = event(frame, 'load');
  frame.src = '/music/';
  await loaded;
  const names = [...frame.contentDocument.querySelectorAll('tbody a')].map((link) => link.textContent);
  const link = [...frame.contentDocument.querySelectorAll('a')].find((link) => link.textContent == '你好 & <b>.html');
  loaded = event(frame, 'load');
  link.click();
  await loaded;
  const heading = frame.contentDocument.querySelector('h1').textContent;
  const sound = new Audio('/music/tone.wav');
  sound.muted = true;
  await event(sound, 'canplay');
  sound.currentTime = 100;
  await event(sound, 'seeked');
  await sound.play();
  while (sound.currentTime <= 100) await event(sound, 'timeupdate');
  return [names.join(), heading, Math.round(sound.duration)].join('|');
}
walk().then(told, (error) => told('failed: ' + error));
</script>
"#;

/// The page behind the link.
const PAGE: &str = "<!DOCTYPE html><meta charset=\"utf-8\"><h1>Found</h1>";

/// How long the sound is, in seconds.
const SECONDS: u32 = 120;

/// Lists a folder, follows a link with an odd name, plays a sound from the middle by a range, and takes
/// pictures of the listing, light and dark.
pub(super) fn a_walk() -> Result<String> {
    let folder = harness::temp_dir();
    let site = folder.path().join("site");
    let music = site.join("music");
    fs::create_dir_all(&music)?;
    fs::write(site.join("walk.html"), WALK)?;
    fs::write(music.join("你好 & <b>.html"), PAGE)?;
    fs::write(music.join("tone.wav"), tone(SECONDS))?;
    let server = harness::server("mini-web").arg(&site);
    let server = server.args(["--access-log", "-"]).try_serve()?;

    let browser = browse(folder.path(), &[&url(&server, "/walk.html")])?;
    let told = server.wait_for_line(Stream::Stderr, |line| line.contains("\"GET /done?"), LIMIT)?;
    drop(browser);
    let wanted = "../,tone.wav,你好 & <b>.html|Found|120";
    let found = told
        .split(['?', ' '])
        .find(|word| word.contains('|') || word.contains("%7C"));
    let found = found.with_context(|| format!("expected {wanted:?}, found {told:?}"))?;
    ensure!(
        unescape(found) == wanted,
        "expected {wanted:?}, found {:?}",
        unescape(found)
    );

    let light = picture(folder.path(), &server, "light", "1")?;
    let dark = picture(folder.path(), &server, "dark", "0")?;
    ensure!(
        light != dark,
        "the listing looks the same when dark is preferred"
    );

    let output = server.try_stop()?;
    let log = output.stderr_text();
    let parts = log
        .lines()
        .filter(|line| line.contains("/music/tone.wav HTTP/1.1\" 206 "));
    let parts = parts.count();
    ensure!(
        parts >= 2,
        "expected two parts of the sound and more, found {parts} in {log}"
    );
    Ok(format!(
        "a link followed, {parts} parts of a sound, pictures of {} and {} bytes",
        light.len(),
        dark.len()
    ))
}

fn url(server: &Server, path: &str) -> String {
    format!("http://{}{path}", server.address())
}

/// Chromium, with a folder for all that it keeps.
fn chromium(folder: &Path) -> Launch {
    Tool::CHROMIUM
        .launch()
        .arg(format!(
            "--user-data-dir={}",
            folder.join("profile").display()
        ))
        // Its sandbox does not work for root, nor in most containers; what it is shown is ours.
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
        ])
        .args([
            "--no-first-run",
            "--disable-background-networking",
            "--disable-sync",
        ])
        .args(["--mute-audio", "--autoplay-policy=no-user-gesture-required"])
        // Its folders are ours too.
        .env("HOME", folder)
}

fn browse(folder: &Path, args: &[&str]) -> Result<Process> {
    Ok(chromium(folder)
        .arg("--remote-debugging-port=0")
        .args(args)
        .try_spawn()?)
}

/// A picture of the listing, for somebody who prefers this scheme (Chromium's number for it).
fn picture(folder: &Path, server: &Server, name: &str, scheme: &str) -> Result<Vec<u8>> {
    let path = folder.join(name).with_extension("png");
    let output = chromium(folder)
        .arg(format!("--blink-settings=preferredColorScheme={scheme}"))
        .arg(format!("--screenshot={}", path.display()))
        .args(["--window-size=800,400", &url(server, "/music/")])
        .try_run()?;
    let picture = fs::read(&path).with_context(|| format!("no picture was made by {output}"))?;
    if !picture.starts_with(b"\x89PNG\r\n\x1a\n") {
        bail!("a picture of {} bytes that is none", picture.len());
    }
    Ok(picture)
}

/// `%7C` is `|`.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let hex = behind.get(..2).filter(|_| first == b'%');
        let hex = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(hex.unwrap_or(first));
        rest = if hex.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A sound file of so many seconds: two channels of 16 bits, 44,100 times a second.
fn tone(seconds: u32) -> Vec<u8> {
    const RATE: u32 = 44_100;
    const FRAME: u32 = 4;
    let length = seconds * RATE * FRAME;
    let mut file = Vec::with_capacity(44 + length as usize);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + length).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * FRAME).to_le_bytes());
    file.extend_from_slice(b"\x04\0\x10\0data");
    file.extend_from_slice(&length.to_le_bytes());
    for frame in 0..seconds * RATE {
        // A tone of 441 Hz, as a triangle.
        let at = (frame % 100) as i16;
        let level = 200 * (50 - (at - 50).abs());
        file.extend_from_slice(&level.to_le_bytes());
        file.extend_from_slice(&level.to_le_bytes());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sound_has_the_length_that_it_says() {
        let sound = tone(1);
        assert_eq!(sound.len(), 44 + 44_100 * 4);
        assert_eq!(&sound[40..44], &(44_100_u32 * 4).to_le_bytes());
    }

    #[test]
    fn what_was_escaped_is_read() {
        assert_eq!(unescape("a%7Cb%20%e4%bd%a0%"), "a|b 你%");
    }
}
