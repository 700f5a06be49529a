//! What is expected of the demos. A check gets what was seen and returns it in a few words, or says
//! what was expected and what was found.
//!
//! That every process ended with the exit code it should has been checked before (`stage.rs`).

pub(super) mod download;
pub(super) mod ftp;
pub(super) mod mail;
pub(super) mod sms;
pub(super) mod wiretap;

pub(super) mod web;

use std::fs;
use std::path::Path;

use harness::{Output, Stream};
use tempfile::TempDir;

use super::table::Step;

/// What the processes of one act left behind, in the order in which they stand in the table.
pub(super) struct Seen {
    pub(super) servers: Vec<Output>,
    pub(super) clients: Vec<Output>,
    /// What was typed, and by whom.
    pub(super) dialogue: &'static [(usize, &'static str)],
    pub(super) script: &'static [Step],
    /// The folder with the act's pictures, in which everything ran.
    pub(super) folder: Option<TempDir>,
}

/// What was seen in all acts of a demo, in; what to say of it, or what is wrong with it, out.
pub(super) type Check = fn(&[Seen]) -> Result<String, String>;

/// How often a name is sent in the demo of framing.
const FLOOD: usize = 3000;

/// The lines that one client printed, and no others.
pub(super) fn lines(seen: &[Seen], expected: &[&str]) -> Result<String, String> {
    let found = client_lines(seen).concat();
    if found == expected {
        Ok(found.join(" / "))
    } else {
        Err(format!("expected the lines {expected:?}, found {found:?}"))
    }
}

/// Two clients, each with the time, and the second not the earlier.
pub(super) fn two_times(seen: &[Seen]) -> Result<String, String> {
    let found = client_lines(seen).concat();
    let [first, second] = found.as_slice() else {
        return Err(format!("expected two lines with the time, found {found:?}"));
    };
    for line in &found {
        if !is_time(line) {
            return Err(format!(
                "expected a time like 2026-11-21 08:15:30.123456, found {line:?}"
            ));
        }
    }
    // Every field has a fixed width and the larger stand before the smaller: text sorts like time.
    if second < first {
        return Err(format!(
            "expected a second time not before {first}, found {second}"
        ));
    }
    let clock = second.split(' ').next_back().unwrap_or(second);
    Ok(format!("{first}, then {clock}"))
}

fn is_time(line: &str) -> bool {
    const LIKE: &str = "2026-11-21 08:15:30.123456";
    let alike = |(have, like): (char, char)| match like {
        '0'..='9' => have.is_ascii_digit(),
        mark => have == mark,
    };
    line.chars().count() == LIKE.len() && line.chars().zip(LIKE.chars()).all(alike)
}

/// Under `raw`, the first act, names have run together; under `length`, the second, none have, and none
/// is missing.
pub(super) fn run_together_under_raw_only(seen: &[Seen]) -> Result<String, String> {
    let acts = client_lines(seen);
    let [raw, length] = acts.as_slice() else {
        return Err(format!("expected two acts, found {}", acts.len()));
    };
    let raw = replies(raw)?;
    let most = raw.iter().map(|reply| names_in(reply)).max().unwrap_or(0);
    if raw.len() >= FLOOD || most < 2 {
        let found = raw.len();
        return Err(format!(
            "expected names run together under raw, found {found} replies with at most {most} in one"
        ));
    }
    let length = replies(length)?;
    let one_by_one = ["Hello, Michael!", "Hello, Tracy!", "Hello, Sarah!"]
        .iter()
        .cycle();
    let wrong = length
        .iter()
        .zip(one_by_one)
        .find(|(found, expected)| found != expected);
    if length.len() != FLOOD || wrong.is_some() {
        let found = length.len();
        return Err(format!(
            "expected {FLOOD} replies under length, in order, one name each; found {found}, \
             first wrong one (found, expected): {wrong:?}"
        ));
    }
    Ok(format!(
        "{FLOOD} names: raw {} replies, up to {most} names in one; length {} replies, one name each",
        raw.len(),
        length.len()
    ))
}

/// The lines after the greeting.
fn replies(lines: &[String]) -> Result<&[String], String> {
    match lines.split_first() {
        Some((greeting, replies)) if greeting == "Welcome!" => Ok(replies),
        other => Err(format!(
            "expected the greeting Welcome! first, found {:?}",
            other.map(|(line, _)| line)
        )),
    }
}

fn names_in(reply: &str) -> usize {
    ["Michael", "Tracy", "Sarah"]
        .iter()
        .map(|name| reply.matches(name).count())
        .sum()
}

/// Three clients that printed the same page, each with another rule that ended it on its stderr.
pub(super) fn one_page_by_three_rules(seen: &[Seen]) -> Result<String, String> {
    const RULES: [&str; 3] = ["Content-Length", "the empty chunk", "the server's close"];
    let clients: Vec<_> = seen.iter().flat_map(|act| &act.clients).collect();
    if clients.len() != RULES.len() {
        return Err(format!("expected three clients, found {}", clients.len()));
    }
    for (client, rule) in clients.iter().zip(RULES) {
        let page = client.stdout_text();
        if !page.contains("<h1>") || page != clients[0].stdout_text() {
            return Err(format!(
                "expected the same page three times, found {page:?}"
            ));
        }
        let told = client.stderr_lines();
        let ended = format!("body: {} bytes, ended by {rule}", page.len());
        if !told.iter().any(|line| line.starts_with(&ended)) {
            return Err(format!("expected {ended:?} on stderr, found {told:?}"));
        }
    }
    let bytes = clients[0].stdout.len();
    Ok(format!("{bytes} bytes each, ended by {}", RULES.join(", ")))
}

/// Each client has saved every picture, as it was.
pub(super) fn pictures_arrive(seen: &[Seen]) -> Result<String, String> {
    let mut told = Vec::new();
    for act in seen {
        let folder = act.folder.as_ref().ok_or("the demo has no pictures")?;
        let sent = pictures(folder.path())?;
        let total: usize = sent.iter().map(|(_, bytes)| bytes.len()).sum();
        for client in &act.clients {
            let lines = client.stdout_lines();
            for (name, bytes) in &sent {
                let end = format!("{name} ({} bytes)", bytes.len());
                let line = lines.iter().find(|line| line.ends_with(&end));
                let path = line
                    .and_then(|line| line.strip_prefix("saved ")?.split(" (").next())
                    .ok_or_else(|| {
                        format!("expected a line like saved …/{end}, found {lines:?}")
                    })?;
                if fs::read(folder.path().join(path)).ok().as_ref() != Some(bytes) {
                    return Err(format!(
                        "expected the bytes of {name} in {path}, found others"
                    ));
                }
            }
        }
        let (clients, pictures) = (act.clients.len(), sent.len());
        let (clients, pictures) = (count(clients, "client"), count(pictures, "picture"));
        told.push(format!(
            "{pictures}, {total} bytes, to {clients}, as they were sent"
        ));
    }
    Ok(told.join("; "))
}

/// Everybody has printed what the others typed, in that order and once, and nothing of their own.
pub(super) fn everybody_heard(seen: &[Seen]) -> Result<String, String> {
    let mut told = Vec::new();
    for act in seen {
        let talkers: Vec<_> = act.servers.iter().chain(&act.clients).collect();
        for (number, talker) in talkers.iter().enumerate() {
            let others = act.dialogue.iter().filter(|(who, _)| *who != number);
            let expected: Vec<_> = others.map(|(_, line)| *line).collect();
            let found = talker.stdout_lines();
            let typed = |line: &&String| act.dialogue.iter().any(|(_, text)| line.ends_with(text));
            let heard: Vec<_> = found.iter().filter(typed).collect();
            let same = |(line, text): (&&String, &&str)| line.ends_with(text);
            if heard.len() != expected.len() || !heard.iter().zip(&expected).all(same) {
                return Err(format!(
                    "expected talker {} to hear {expected:?}, found {found:?}",
                    number + 1
                ));
            }
        }
        let lines = act.dialogue.len();
        told.push(format!(
            "{} typed by {}, each heard once by the others",
            count(lines, "line"),
            count(talkers.len(), "talker")
        ));
    }
    Ok(told.join("; "))
}

/// Each client has printed what the script says that it hears, in that order and once, and nothing
/// else, but for who has come and gone.
pub(super) fn all_heard_what_was_for_them(seen: &[Seen]) -> Result<String, String> {
    let [act] = seen else {
        return Err(format!("expected one act, found {}", seen.len()));
    };
    let comes_or_goes = |line: &str| {
        line.starts_with("server:")
            && (line.ends_with(" has joined") || line.ends_with(" has left"))
    };
    let mut heard = 0;
    for (number, client) in act.clients.iter().enumerate() {
        let who = act.servers.len() + number;
        let heard_by = |step: &Step| {
            let mine = |(hearer, stream, _): &&(usize, Stream, _)| {
                *hearer == who && *stream == Stream::Stdout
            };
            step.heard
                .iter()
                .filter(mine)
                .map(|(_, _, line)| *line)
                .collect()
        };
        let mut expected: Vec<&str> = act
            .script
            .iter()
            .flat_map(|step| -> Vec<&str> { heard_by(step) })
            .collect();
        expected.retain(|line| !comes_or_goes(line));
        let mut found = client.stdout_lines();
        found.retain(|line| !comes_or_goes(line));
        let same = |(line, end): (&String, &&str)| line.ends_with(end);
        if found.len() != expected.len() || !found.iter().zip(&expected).all(same) {
            return Err(format!(
                "expected client {} to hear {expected:?}, found {found:?}",
                number + 1
            ));
        }
        heard += found.len();
    }
    let typed = act
        .script
        .iter()
        .filter(|step| step.typed.is_some())
        .count();
    Ok(format!(
        "{} typed, {} heard by those they were for",
        count(typed, "line"),
        count(heard, "line")
    ))
}

/// `1 client`, `2 clients`
fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// The files of a folder, not of those inside it, with their bytes.
fn pictures(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, String> {
    let cannot = |error| format!("cannot read the pictures: {error}");
    let mut pictures = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        if path.is_file() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            pictures.push((name.into_owned(), fs::read(&path).map_err(cannot)?));
        }
    }
    Ok(pictures)
}

/// Act by act, the lines of its clients one after the other.
fn client_lines(seen: &[Seen]) -> Vec<Vec<String>> {
    let lines = |act: &Seen| act.clients.iter().flat_map(Output::stdout_lines).collect();
    seen.iter().map(lines).collect()
}

#[cfg(test)]
mod tests;
