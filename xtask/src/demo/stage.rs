//! Runs one demo: its servers, its clients, and the check at the end.
//!
//! Whatever goes wrong here returns early. That is all it takes to leave nothing running: a process is
//! killed and reaped when the value that stands for it is dropped.

mod conversation;
mod tap;

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use harness::{Launch, Output, Process, Server};
use tempfile::TempDir;

use super::checks::Seen;
use super::picture;
use super::table::{Act, Demo, Part};
use super::voice::Voice;
use crate::say::{Paint, say};
use tap::Tap;
pub(super) use tap::Wire;

/// So many lines of a ladder are shown.
const SHOWN_RUNGS: usize = 24;

/// How long one demo may take, all of its acts together.
const DEMO_LIMIT: Duration = Duration::from_secs(60);

/// A demo that was run.
pub(super) struct Performance {
    /// What was seen, or what was wrong.
    pub(super) outcome: Result<String, String>,
    /// What its acts have left, as far as they were played to their ends.
    pub(super) acts: Vec<Seen>,
    /// And what went over the wire in each.
    pub(super) wires: Vec<Option<Wire>>,
}

/// Runs `demo`.
pub(super) fn perform(demo: &Demo) -> Performance {
    let stage = Stage {
        paint: Paint::for_stdout(),
        deadline: Instant::now() + DEMO_LIMIT,
    };
    let mut acts = Vec::new();
    let mut wires = Vec::new();
    for act in &demo.acts {
        match stage.play(act) {
            Ok((seen, wire)) => {
                acts.push(seen);
                wires.push(wire);
            }
            Err(wrong) => {
                let outcome = Err(wrong);
                return Performance {
                    outcome,
                    acts,
                    wires,
                };
            }
        }
    }
    let outcome = (demo.check)(&acts);
    Performance {
        outcome,
        acts,
        wires,
    }
}

struct Stage {
    paint: Paint,
    deadline: Instant,
}

/// A process of an act, and the voice that it speaks with.
struct Player<P> {
    process: P,
    voice: Arc<Voice>,
}

impl Stage {
    fn play(&self, act: &Act) -> Result<(Seen, Option<Wire>), String> {
        if !act.title.is_empty() {
            say(&self.paint.dim(&format!("· {}", act.title)));
        }
        if !act.dialogue.is_empty() || !act.script.is_empty() {
            return self.converse(act);
        }
        let folder = make_pictures(act)?;
        let mut voices = self.voices(act).into_iter();
        let mut address = String::new();

        let mut servers = Vec::new();
        for (part, voice) in act.servers.iter().zip(voices.by_ref()) {
            let launch = harness::server(part.program());
            let process = self
                .prepare(launch, part, &address, &voice, folder.as_ref())
                .try_serve()
                .map_err(text)?;
            address = process.address().to_owned();
            servers.push(Player { process, voice });
        }
        let tap = self.tap(act, servers.last(), &mut address)?;

        let mut clients = Vec::new();
        let mut running = Vec::new();
        for (part, voice) in act.clients.iter().zip(voices) {
            let launch = harness::client(part.program());
            let process = self
                .prepare(launch, part, &address, &voice, folder.as_ref())
                .try_spawn()
                .map_err(text)?;
            running.push(Player { process, voice });
            if !act.at_once {
                let codes = &act.exit_codes[clients.len().min(act.exit_codes.len())..];
                clients.extend(self.finish(&mut running, codes)?);
            }
        }
        clients.extend(self.finish(&mut running, act.exit_codes)?);
        let wire = self.show_wire(tap)?;

        // The last one first: a relay ends before the server behind it.
        let mut stopped = Vec::new();
        for server in servers.into_iter().rev() {
            stopped.push(self.stop(server)?);
        }
        stopped.reverse();
        let seen = Seen {
            servers: stopped,
            clients,
            dialogue: act.dialogue,
            script: act.script,
            folder,
        };
        Ok((seen, wire))
    }

    /// Puts a relay before the server that the clients go to, and its address in the place of the
    /// server's.
    fn tap(
        &self,
        act: &Act,
        server: Option<&Player<Server>>,
        address: &mut String,
    ) -> Result<Option<Tap>, String> {
        let (Some(server), Some(part)) = (server, act.servers.last()) else {
            return Ok(None);
        };
        let tap = Tap::before(&server.process, part, act, self.time_left())?;
        if let Some(tap) = &tap {
            *address = tap.address().to_owned();
        }
        Ok(tap)
    }

    /// Ends the relay, if there is one, and shows what it has seen.
    fn show_wire(&self, tap: Option<Tap>) -> Result<Option<Wire>, String> {
        let Some(tap) = tap else {
            return Ok(None);
        };
        let wire = tap.draw(self.time_left())?;
        say(&self.paint.dim("over the wire:"));
        for line in wire.ladder.iter().take(SHOWN_RUNGS) {
            say(line);
        }
        if let Some(more @ 1..) = wire.ladder.len().checked_sub(SHOWN_RUNGS) {
            say(&self.paint.dim(&format!("… and {more} more lines")));
        }
        Ok(Some(wire))
    }

    /// A voice for each process: its kind, and its number where there are several of the kind.
    fn voices(&self, act: &Act) -> Vec<Arc<Voice>> {
        let labels = |kind: &str, count: usize| -> Vec<String> {
            match count {
                1 => vec![kind.to_owned()],
                _ => (1..=count)
                    .map(|number| format!("{kind} {number}"))
                    .collect(),
            }
        };
        let all = match act.dialogue {
            [] => [
                labels("server", act.servers.len()),
                labels("client", act.clients.len()),
            ]
            .concat(),
            _ => labels("talker", act.servers.len() + act.clients.len()),
        };
        let width = all.iter().map(String::len).max().unwrap_or(0);
        let voice = |(index, label): (usize, &String)| {
            Arc::new(Voice::new(label, width, index, self.paint))
        };
        all.iter().enumerate().map(voice).collect()
    }

    fn prepare(
        &self,
        mut launch: Launch,
        part: &Part,
        address: &str,
        voice: &Arc<Voice>,
        folder: Option<&TempDir>,
    ) -> Launch {
        let voice = Arc::clone(voice);
        if let Some(folder) = folder {
            launch = launch.dir(folder);
        }
        launch
            .args(part.args(address))
            .stdin(part.input)
            .limit(self.time_left())
            .sink(move |stream, line| voice.say(stream, line))
    }

    /// Waits for each process to end, and to end well, which is with its code or else with 0.
    fn finish(
        &self,
        running: &mut Vec<Player<Process>>,
        codes: &[i32],
    ) -> Result<Vec<Output>, String> {
        let codes = codes.iter().copied().chain(std::iter::repeat(0));
        let end = |(player, code): (Player<Process>, i32)| {
            let output = player.process.wait(self.time_left()).map_err(text)?;
            player.voice.fall_silent();
            ended(output, code)
        };
        running.drain(..).zip(codes).map(end).collect()
    }

    fn stop(&self, server: Player<Server>) -> Result<Output, String> {
        let output = server
            .process
            .interrupt_and_wait(self.time_left())
            .map_err(text)?;
        server.voice.fall_silent();
        succeeded(output)
    }

    fn time_left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}

/// Makes the pictures of an act, if it has any, and the folder that they are in.
fn make_pictures(act: &Act) -> Result<Option<TempDir>, String> {
    if act.pictures.is_empty() {
        return Ok(None);
    }
    let folder = harness::temp_dir();
    for (name, side) in act.pictures {
        fs::write(folder.path().join(name), picture::bmp(*side))
            .map_err(|error| format!("cannot make the picture {name}: {error}"))?;
    }
    Ok(Some(folder))
}

fn succeeded(output: Output) -> Result<Output, String> {
    ended(output, 0)
}

fn ended(output: Output, code: i32) -> Result<Output, String> {
    if output.code == Some(code) {
        Ok(output)
    } else {
        Err(format!("expected exit code {code} of {output}"))
    }
}

fn text(failure: harness::Failure) -> String {
    failure.to_string()
}
