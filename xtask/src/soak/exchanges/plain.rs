//! The time, hellos, and pictures.

use std::fs;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::standing::Standing;
use super::super::talk::{self, Talk, check, shown};
use super::{client, expect_lines, run};

/// The picture that is served.
pub(in crate::soak) const PICTURE: &str = "picture.jpg";

pub(in crate::soak) fn time(standing: &Standing<'_>, _: u64) -> Result<()> {
    is_a_time(&Talk::with(standing.address())?.rest()?)
}

pub(in crate::soak) fn time_by_datagram(standing: &Standing<'_>, _: u64) -> Result<()> {
    is_a_time(&talk::ask(standing.address(), b"what time is it?")?)
}

pub(in crate::soak) fn time_client(standing: &Standing<'_>, _: u64) -> Result<()> {
    let output = run(client(standing, "time-client").arg(standing.address().to_string()))?;
    is_a_time(output.stdout_text().trim_end().as_bytes())
}

/// Whether it looks like `2026-11-21 08:15:30.123456`.
fn is_a_time(found: &[u8]) -> Result<()> {
    const SHAPE: &[u8] = b"0000-00-00 00:00:00.000000";
    let shape = |byte: &u8| if byte.is_ascii_digit() { b'0' } else { *byte };
    let found_shape: Vec<u8> = found.iter().map(shape).collect();
    let shown = shown(found);
    ensure!(found_shape == SHAPE, "expected a time, found {shown}");
    Ok(())
}

/// What one who says hello says first.
pub(in crate::soak) const HELLO: &[u8] = b"Rose\n";

pub(in crate::soak) fn hello(standing: &Standing<'_>, number: u64) -> Result<()> {
    let mut talk = Talk::with(standing.address())?;
    talk.hear("Welcome!")?;
    for name in [format!("Rose {number}"), format!("Think {number}")] {
        talk.say(format!("{name}\n"))?;
        talk.hear(format!("Hello, {name}!\n"))?;
    }
    talk.say("exit\n")?;
    check("the end", b"", &talk.rest()?)
}

pub(in crate::soak) fn hello_client(standing: &Standing<'_>, _: u64) -> Result<()> {
    let address = standing.address().to_string();
    let output = run(client(standing, "hello-client").args([&address, "Rose", "Think"]))?;
    let expected = ["Welcome!", "Hello, Rose!", "Hello, Think!"].map(str::to_owned);
    expect_lines(&output, &expected)
}

pub(in crate::soak) fn picture(standing: &Standing<'_>, _: u64) -> Result<()> {
    let found = Talk::with(standing.address())?.rest()?;
    let found: Value = serde_json::from_slice(&found).with_context(|| {
        let (shown, length) = (shown(&found), found.len());
        format!("expected an object, found {length} bytes: {shown}")
    })?;
    let text = found["filedata"].as_str().unwrap_or_default();
    let file = fs::read(standing.path(PICTURE))?;
    check("the picture", &file, &STANDARD.decode(text)?)
}

pub(in crate::soak) fn img_client(standing: &Standing<'_>, _: u64) -> Result<()> {
    let into = harness::temp_dir();
    let client = client(standing, "img-client").arg(standing.address().to_string());
    run(client.arg("-o").arg(into.path()))?;
    let file = fs::read(standing.path(PICTURE))?;
    check("the picture", &file, &fs::read(into.path().join(PICTURE))?)
}
