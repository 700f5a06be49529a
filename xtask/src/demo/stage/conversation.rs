//! Runs an act in which people talk to each other: what is typed, and when.

use std::ops::Deref;

use harness::{Process, Server, Stream};

use super::{Player, Stage, Wire, succeeded, text};
use crate::demo::checks::Seen;
use crate::demo::table::{Act, Step};
use crate::demo::voice::Voice;

impl Stage {
    /// Starts everybody, types each line when all who are to hear the one before have, and ends the
    /// input of all.
    pub(super) fn converse(&self, act: &Act) -> Result<(Seen, Option<Wire>), String> {
        let mut voices = self.voices(act).into_iter();
        let mut address = String::new();
        let mut servers: Vec<Player<Server>> = Vec::new();
        for (part, voice) in act.servers.iter().zip(voices.by_ref()) {
            // A chat is told where to listen in its own way, so it is no `harness::server`.
            let launch = harness::client(part.program());
            let launch = self.prepare(launch, part, &address, &voice, None);
            let process = launch.stdin_pipe().try_serve().map_err(text)?;
            address = process.address().to_owned();
            servers.push(Player { process, voice });
        }
        let tap = self.tap(act, servers.last(), &mut address)?;
        let mut clients: Vec<Player<Process>> = Vec::new();
        for (part, voice) in act.clients.iter().zip(voices) {
            let launch = harness::client(part.program());
            let launch = self.prepare(launch, part, &address, &voice, None);
            let process = launch.stdin_pipe().try_spawn().map_err(text)?;
            if !act.script.is_empty() {
                let waited = process.wait_for_line(Stream::Stderr, |_| true, self.time_left());
                waited.map_err(text)?;
            }
            clients.push(Player { process, voice });
        }
        let talkers: Vec<&Process> = servers
            .iter()
            .map(|server| server.process.deref())
            .chain(clients.iter().map(|client| &client.process))
            .collect();
        for (who, line) in act.dialogue {
            self.say(&talkers, *who, line)?;
        }
        for step in act.script {
            self.take(&talkers, step)?;
        }
        talkers.iter().for_each(|talker| talker.close_stdin());
        let end = |process: &Process, voice: &Voice| {
            let output = process.wait(self.time_left()).map_err(text)?;
            voice.fall_silent();
            succeeded(output)
        };
        let end_client = |client: &Player<Process>| end(&client.process, &client.voice);
        let end_server = |server: Player<Server>| match act.script {
            [] => end(&server.process, &server.voice),
            _ => self.stop(server),
        };
        // The clients first: the server of a room would go on without them.
        let clients = clients.iter().map(end_client).collect::<Result<_, _>>()?;
        let wire = self.show_wire(tap)?;
        let servers = servers.into_iter().map(end_server);
        let seen = Seen {
            servers: servers.collect::<Result<_, _>>()?,
            clients,
            dialogue: act.dialogue,
            script: act.script,
            folder: None,
        };
        Ok((seen, wire))
    }

    /// Types a line, and waits until all the others have printed it, after whatever their programs put
    /// before it.
    fn say(&self, talkers: &[&Process], who: usize, line: &str) -> Result<(), String> {
        talkers[who]
            .write_stdin(format!("{line}\n"))
            .map_err(|error| format!("cannot type {line:?}: {error}"))?;
        for (_, other) in talkers
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != who)
        {
            let heard = |have: &str| have.ends_with(line);
            let waited = other.wait_for_line(Stream::Stdout, heard, self.time_left());
            waited.map_err(text)?;
        }
        Ok(())
    }

    /// Types what a step says, and waits until everybody has heard what they are to hear.
    fn take(&self, talkers: &[&Process], step: &Step) -> Result<(), String> {
        if let Some((who, line)) = step.typed {
            talkers[who]
                .write_stdin(format!("{line}\n"))
                .map_err(|error| format!("cannot type {line:?}: {error}"))?;
        }
        for (number, (who, stream, line)) in step.heard.iter().enumerate() {
            let same = |other: &&(usize, Stream, &str)| **other == step.heard[number];
            let mut missing = step.heard[..=number].iter().filter(same).count();
            let heard = |have: &str| {
                missing -= usize::from(have.contains(line));
                missing == 0
            };
            let waited = talkers[*who].wait_for_line(*stream, heard, self.time_left());
            waited.map_err(text)?;
        }
        Ok(())
    }
}
