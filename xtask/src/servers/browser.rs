//! Chromium without a window, led by chromedriver as its user would: by the protocol WebDriver (W3C),
//! which is JSON over HTTP and is spoken here by curl.

use anyhow::{Context, Result, bail};
use base64::prelude::{BASE64_STANDARD, Engine};
use harness::{Launch, Process};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Tool, start_on_port};

/// Under this name WebDriver hands out elements of a page.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Chromium, without what it would do on its own account: it looks for no news, and root may run it.
/// A sound may play though nobody has clicked.
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
];

/// A browser with one window.
pub(crate) struct Browser {
    session: String,
    /// Where Chromium keeps what it knows; and the driver, whose end is the browser's.
    _profile: TempDir,
    _driver: Process,
}

impl Browser {
    /// Opens a window of this size, in pixels.
    pub(crate) fn open(width: u32, height: u32) -> Result<Browser> {
        let launch = |port: u16| Ok(Tool::CHROMEDRIVER.launch().arg(format!("--port={port}")));
        let (driver, address) = start_on_port(launch)?;
        let profile = harness::temp_dir();
        let own = [
            format!("--user-data-dir={}", profile.path().display()),
            format!("--window-size={width},{height}"),
        ];
        let args: Vec<_> = FLAGS
            .iter()
            .map(|&flag| flag.to_owned())
            .chain(own)
            .collect();
        let binary = Tool::CHROMIUM.path().context("there is no chromium")?;
        let options = json!({ "binary": binary, "args": args });
        let wanted =
            json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": options } } });
        let sessions = format!("http://{address}/session");
        let opened = ask(post(&sessions, &wanted))?;
        let id = opened["sessionId"].as_str();
        let id = id.with_context(|| format!("chromedriver opened no session: {opened}"))?;
        Ok(Browser {
            session: format!("{sessions}/{id}"),
            _profile: profile,
            _driver: driver,
        })
    }

    /// Goes to a page, and waits until it is there.
    pub(crate) fn go(&self, url: &str) -> Result<()> {
        self.command("url", &json!({ "url": url })).map(drop)
    }

    /// Clicks on the link with this text.
    pub(crate) fn click(&self, text: &str) -> Result<()> {
        let found = self.command("element", &json!({ "using": "link text", "value": text }))?;
        let element = found[ELEMENT].as_str();
        let element = element.with_context(|| format!("no link {text:?}: {found}"))?;
        self.command(&format!("element/{element}/click"), &json!({}))
            .map(drop)
    }

    /// Runs a script in the page; what it hands to `done`.
    pub(crate) fn run(&self, script: &str) -> Result<Value> {
        let script = format!("const done = arguments[0];\n{script}");
        self.command("execute/async", &json!({ "script": script, "args": [] }))
    }

    /// What the window shows, as a PNG.
    pub(crate) fn screenshot(&self) -> Result<Vec<u8>> {
        let shown = ask(curl(&format!("{}/screenshot", self.session)))?;
        let text = shown.as_str().context("the screenshot is no text")?;
        BASE64_STANDARD
            .decode(text)
            .context("the screenshot is not base64")
    }

    fn command(&self, command: &str, what: &Value) -> Result<Value> {
        ask(post(&format!("{}/{command}", self.session), what))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Killed instead, the driver would leave Chromium behind.
        let _ = ask(curl(&self.session).args(["-X", "DELETE"]));
    }
}

fn curl(url: &str) -> Launch {
    Tool::CURL.launch().args(["-sS", url])
}

fn post(url: &str, what: &Value) -> Launch {
    curl(url)
        .args(["-H", "Content-Type: application/json", "-d", "@-"])
        .stdin(what.to_string())
}

/// The value that a command answers with.
fn ask(curl: Launch) -> Result<Value> {
    let output = curl.try_run()?;
    let mut answer: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("chromedriver does not answer in JSON: {output}"))?;
    let value = answer["value"].take();
    if let Some(message) = value["message"].as_str() {
        let first = message.lines().next().unwrap_or_default();
        bail!("the browser cannot do that: {first}");
    }
    Ok(value)
}
