//! mini-web, as a browser sees it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::servers::browser::Browser;

/// Two minutes of sound: more than a browser fetches before it is asked for the end.
const SECONDS: u32 = 120;

/// Samples a second, of two bytes.
const RATE: u32 = 44_100;

/// Plays a moment at the beginning, then a moment near the end, and tells how long the sound is.
const PLAY: &str = "
    const audio = document.body.appendChild(new Audio('tone.wav'));
    audio.controls = true;
    audio.onerror = () => done('error: ' + audio.error.message);
    audio.ontimeupdate = () => {
        if (audio.currentTime > 110.2) {
            audio.pause();
            done(audio.duration);
        } else if (audio.currentTime > 0.2 && audio.currentTime < 100) {
            audio.currentTime = 110;
        }
    };
    audio.play().catch((error) => done('error: ' + error));
";

/// Opens a listing, follows links, and plays a sound from the middle.
pub(super) fn visits() -> Result<String> {
    let folder = harness::temp_dir();
    let here = folder.path();
    site(here).context("cannot make the site")?;
    let log = harness::temp_dir();
    let log = log.path().join("access.log");
    let server = harness::server("mini-web")
        .arg(here)
        .arg("--access-log")
        .arg(&log)
        .try_serve()?;

    let browser = Browser::open(1000, 700)?;
    let at = |expected: &str| -> Result<()> {
        let found = browser.run("done(location.pathname + ' ' + document.title)")?;
        ensure!(found == expected, "expected {expected:?}, found {found}");
        Ok(())
    };
    browser.go(&format!("http://{}/", server.address()))?;
    let listed = browser.run("done([...document.links].map((link) => link.textContent))")?;
    for name in ["a folder/", "page.html", "tone.wav", "<b>你好.txt"] {
        let listed = listed.as_array().context("the listing has no links")?;
        ensure!(
            listed.iter().any(|link| link == name),
            "no {name} in the listing: {listed:?}"
        );
    }
    // A name is text, whatever it looks like.
    let bold = browser.run("done(document.querySelectorAll('b').length)")?;
    ensure!(bold == 0, "a file's name has become markup");
    let screenshot = browser.screenshot()?;
    ensure!(
        screenshot.starts_with(b"\x89PNG") && screenshot.len() > 5000,
        "the screenshot shows nothing"
    );

    browser.click("a folder/")?;
    browser.click("inner page.html")?;
    at("/a%20folder/inner%20page.html Inside")?;
    browser.go(&format!("http://{}/", server.address()))?;
    browser.click("page.html")?;
    at("/page.html A page")?;

    let length = browser.run(PLAY)?;
    ensure!(
        length.as_f64() == Some(f64::from(SECONDS)),
        "the sound did not play: {length}"
    );
    drop(browser);
    server.stop().assert_success();
    let log = fs::read_to_string(&log).context("cannot read the access log")?;
    let ranges = log
        .lines()
        .filter(|line| line.contains("GET /tone.wav ") && line.contains("\" 206 "))
        .count();
    ensure!(
        ranges >= 2,
        "expected the sound in two ranges at least: {log}"
    );
    Ok(format!(
        "a listing, links, a sound in {ranges} ranges, a screenshot of {} bytes",
        screenshot.len()
    ))
}

fn site(here: &Path) -> std::io::Result<()> {
    let page = |title: &str| format!("<!DOCTYPE html>\n<title>{title}</title>\n<h1>{title}</h1>\n");
    fs::write(here.join("page.html"), page("A page"))?;
    fs::write(here.join("<b>你好.txt"), "你好\n")?;
    fs::create_dir(here.join("a folder"))?;
    fs::write(here.join("a folder/inner page.html"), page("Inside"))?;
    fs::write(here.join("tone.wav"), tone())
}

/// A WAVE file: a header of 44 bytes, then one channel of samples (a tone of 441 Hz).
fn tone() -> Vec<u8> {
    let length = SECONDS * RATE * 2;
    let mut file = Vec::with_capacity(44 + length as usize);
    file.extend(b"RIFF");
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // Plain samples, one channel.
    file.extend([1, 0, 1, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend((RATE * 2).to_le_bytes());
    // Bytes for a sample of all channels, bits for one of one.
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    for sample in 0..SECONDS * RATE {
        let height = (sample % 100) as i16 * 80 - 4000;
        file.extend(height.to_le_bytes());
    }
    file
}
