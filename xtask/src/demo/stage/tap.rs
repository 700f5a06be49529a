//! A relay between the clients of an act and their server, that shows what goes over the wire.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use harness::{Server, Stream};
use serde_json::Value;
use tempfile::TempDir;

use super::text;
use crate::demo::table::{Act, Part};

/// The relay.
const PROGRAM: &str = "wiretap";

/// What went over the wire.
#[derive(Clone, Debug)]
pub(in crate::demo) struct Wire {
    /// As text, for a terminal.
    pub(in crate::demo) ladder: Vec<String>,
    /// As a picture (SVG).
    pub(in crate::demo) picture: String,
    /// As it was recorded.
    pub(in crate::demo) tape: String,
}

/// A relay with a tape.
pub(super) struct Tap {
    relay: Server,
    folder: TempDir,
    /// What the server is called.
    name: String,
}

impl Tap {
    /// Starts one before `server`, unless there is nobody to be relayed, or the act has one of its own.
    pub(super) fn before(
        server: &Server,
        part: &Part,
        act: &Act,
        limit: Duration,
    ) -> Result<Option<Tap>, String> {
        if act.clients.is_empty() || part.program() == PROGRAM {
            return Ok(None);
        }
        let folder = harness::temp_dir();
        let ready = server.lines(Stream::Stdout);
        let is_udp = ready
            .first()
            .is_some_and(|line| line.starts_with("listening on udp "));
        let is_ftp = part.command.starts_with("demo-peers ftp");
        let flag = |given: bool, flag: &'static str| given.then_some(flag);
        let launch = harness::server(PROGRAM)
            .args(["--to", server.address(), "--show", "none", "--tape"])
            .arg(folder.path().join("tape"))
            .args(flag(is_udp, "--udp"))
            .args(flag(is_ftp, "--ftp"))
            .limit(limit);
        let relay = launch.try_serve().map_err(text)?;
        // The stand-ins are one program; which of them it is stands behind its name.
        let words = part.command.split(' ');
        let words = words.take(if part.program() == "demo-peers" { 2 } else { 1 });
        let name = words.collect::<Vec<_>>().join(" ");
        Ok(Some(Tap {
            relay,
            folder,
            name,
        }))
    }

    /// Where the clients are to connect.
    pub(super) fn address(&self) -> &str {
        self.relay.address()
    }

    /// Waits until all connections are over: a client that has ended has closed its own, and the server
    /// may be about to. What has not ended then does not end by itself.
    fn await_ends(&self) {
        const PATIENCE: Duration = Duration::from_secs(1);
        const LOOK: Duration = Duration::from_millis(5);
        let begin = Instant::now();
        let path = self.folder.path().join("tape");
        while begin.elapsed() < PATIENCE
            && fs::read_to_string(&path).is_ok_and(|tape| open(&tape) > 0)
        {
            thread::sleep(LOOK);
        }
    }

    /// Ends the relay, and draws its tape.
    pub(super) fn draw(self, limit: Duration) -> Result<Wire, String> {
        self.await_ends();
        let output = self.relay.interrupt_and_wait(limit).map_err(text)?;
        super::succeeded(output)?;
        let path = self.folder.path().join("tape");
        let tape = fs::read_to_string(&path)
            .map_err(|error| format!("cannot read what went over the wire: {error}"))?;
        let named = named(&tape, &self.name).ok_or("the tape has no header")?;
        let draw = |view: &str| {
            let launch = harness::client(PROGRAM).args(["draw", "-", "--as", view]);
            let output = launch.stdin(named.as_str()).limit(limit).try_run();
            super::succeeded(output.map_err(text)?)
        };
        Ok(Wire {
            ladder: draw("ladder")?.stdout_lines(),
            picture: draw("svg")?.stdout_text().into_owned(),
            tape: named,
        })
    }
}

/// How many connections on a tape are still open.
fn open(tape: &str) -> usize {
    let count = |event: &str| tape.matches(&format!("\"event\":\"{event}\"")).count();
    let resets = |side: &str| {
        tape.matches(&format!("\"side\":\"{side}\",\"event\":\"reset\""))
            .count()
    };
    // A connection may be reset from both sides.
    let over = count("close") + resets("client").max(resets("server"));
    count("open").saturating_sub(over)
}

/// The tape, with the server's name in its header in the place of an address that was free by chance.
fn named(tape: &str, name: &str) -> Option<String> {
    let (header, events) = tape.split_once('\n')?;
    let mut header: Value = serde_json::from_str(header).ok()?;
    *header.get_mut("to")? = name.into();
    Some(format!("{header}\n{events}"))
}
