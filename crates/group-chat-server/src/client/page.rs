//! How what the server says is shown: to a person at a terminal, to a script as `FROM:TEXT`, or
//! as the JSON that came.
//!
//! All of it was written by strangers, so all of it is made printable here.

use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Local};
use common::printable::printable;
use common::terminal::Screen;

use super::json_line::json_line;
use crate::protocol::{EVERYONE, ErrorCode, OPERATOR, Reply};

/// The colours that nicknames are shown in: red to cyan, which can be read on black and on white.
const COLOURS: std::ops::RangeInclusive<u8> = 31..=36;

/// For whom it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A person: with the time, and with colours if they are wanted.
    Terminal {
        /// Whether nicknames have colours.
        colour: bool,
    },
    /// A script: `FROM:TEXT`.
    Lines,
    /// A script: one JSON object a line.
    Json,
}

/// The page that the conversation is written on. Clones write on the same one.
#[derive(Clone, Debug)]
pub struct Page {
    screen: Screen,
    style: Style,
}

impl Page {
    /// A page that is shown on `screen`.
    pub fn new(screen: Screen, style: Style) -> Self {
        Page { screen, style }
    }

    /// Shows a frame that came, if it is shown as it is. It has to be JSON.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn frame(&self, json: &str) -> anyhow::Result<()> {
        match self.style {
            Style::Json => self.screen.print(&json_line(json)),
            Style::Terminal { .. } | Style::Lines => Ok(()),
        }
    }

    /// Shows what a frame says, unless the frame itself was shown. A welcome and a pong are for
    /// the conversation, not for who reads it.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn reply(&self, reply: &Reply) -> anyhow::Result<()> {
        if matches!(self.style, Style::Json) {
            return Ok(());
        }
        match reply {
            Reply::Message {
                from,
                to,
                text,
                time,
            } => self.message(from, to != EVERYONE, text, time),
            Reply::Notice { text } => self.message(OPERATOR, false, text, ""),
            Reply::People { nicks } => self.people(nicks),
            Reply::Error { code, text } => self.error(*code, text),
            Reply::Welcome { .. } | Reply::Pong {} => Ok(()),
        }
    }

    fn message(&self, from: &str, private: bool, text: &str, time: &str) -> anyhow::Result<()> {
        let text = printable(text);
        let name = printable(from);
        let Style::Terminal { colour } = self.style else {
            return self.screen.print(&format!("{name}:{text}"));
        };
        let name = match colour {
            true => format!("\x1b[{}m{name}\x1b[39m", colour_of(from)),
            false => name.to_string(),
        };
        let mark = if private { " (to you)" } else { "" };
        let stamp = stamp(time);
        self.screen.print(&format!("{stamp} {name}{mark}: {text}"))
    }

    fn people(&self, nicks: &[String]) -> anyhow::Result<()> {
        let mut nicks: Vec<_> = nicks.iter().map(String::as_str).collect();
        nicks.sort_by_cached_key(|nick| nick.to_lowercase());
        let text = format!("{} online: {}", nicks.len(), nicks.join(", "));
        self.message(OPERATOR, false, &text, "")
    }

    /// Shows that the server did not do something. A script finds it on stderr, where it cannot
    /// be taken for what somebody said.
    fn error(&self, code: ErrorCode, text: &str) -> anyhow::Result<()> {
        match self.style {
            Style::Terminal { .. } => {
                let text = printable(text);
                self.screen
                    .print(&format!("{} refused: {text}", stamp("")))?;
            }
            // Nothing is lost by that one.
            _ if code == ErrorCode::SlowDown => tracing::info!("{}", printable(text)),
            _ => tracing::error!("refused: {}", printable(text)),
        }
        Ok(())
    }

    /// Shows how the connection is doing. `text` has to be printable.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn status(&self, text: &str) -> anyhow::Result<()> {
        match self.style {
            Style::Terminal { .. } => self.screen.print(&format!("{} * {text}", stamp(""))),
            Style::Lines | Style::Json => {
                tracing::info!("{text}");
                Ok(())
            }
        }
    }

    /// Shows what is wrong with something that was typed. `text` has to be printable.
    ///
    /// # Errors
    /// Stdout cannot be written to.
    pub fn complaint(&self, text: &str) -> anyhow::Result<()> {
        match self.style {
            Style::Terminal { .. } => self.screen.print(text),
            Style::Lines | Style::Json => {
                tracing::error!("{text}");
                Ok(())
            }
        }
    }
}

/// The colour of a nickname: the same one each time, in whichever case it is written.
fn colour_of(nick: &str) -> u8 {
    // Its result may differ from one version of Rust to the next, but not within a program.
    let mut hasher = DefaultHasher::new();
    nick.to_lowercase().hash(&mut hasher);
    let count = u64::from(COLOURS.end() - COLOURS.start()) + 1;
    COLOURS.start() + (hasher.finish() % count) as u8
}

/// A time stamp in local time: `[08:15:30]`, with the date if it is not today's (what was said
/// before we came may be old). Of a time that is none, the time it is now.
fn stamp(time: &str) -> String {
    let now = Local::now();
    let then = match DateTime::parse_from_rfc3339(time) {
        Ok(then) => then.with_timezone(&Local),
        Err(_) => now,
    };
    let format = match then.date_naive() == now.date_naive() {
        true => "[%H:%M:%S]",
        false => "[%Y-%m-%d %H:%M:%S]",
    };
    then.format(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_has_a_date_when_it_is_not_todays() {
        let now = Local::now();
        let at = |time: DateTime<Local>| stamp(&time.to_rfc3339());
        assert_eq!(at(now), now.format("[%H:%M:%S]").to_string());
        let then = now - chrono::Duration::days(2);
        assert_eq!(at(then), then.format("[%Y-%m-%d %H:%M:%S]").to_string());
        for nonsense in ["", "yesterday", "2026-13-01T00:00:00Z"] {
            assert_eq!(stamp(nonsense).len(), "[00:00:00]".len(), "{nonsense:?}");
        }
    }

    #[test]
    fn a_colour_belongs_to_a_name_in_any_case() {
        for nick in ["Ann", "小红", "", "Örjan"] {
            assert!(COLOURS.contains(&colour_of(nick)));
            assert_eq!(colour_of(nick), colour_of(&nick.to_lowercase()));
        }
        let names = (0..100).map(|n| colour_of(&format!("name{n}")));
        assert!(names.collect::<std::collections::HashSet<_>>().len() > 1);
    }
}
