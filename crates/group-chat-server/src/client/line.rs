//! What a typed line means.

use crate::protocol::{EVERYONE, Request};

/// The lines that `/help` shows.
pub const HELP: [&str; 5] = [
    "TEXT is to everyone, NAME:TEXT to NAME alone",
    ":TEXT is to everyone, whatever colons are in it",
    "//TEXT is to everyone, beginning with one slash",
    "/who tells who is there",
    "/quit leaves",
];

/// A typed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// Something for the server.
    For(Errand),
    /// Show [`HELP`].
    Help,
    /// Leave.
    Quit,
    /// It looks like a command and is none; with its first word.
    Unknown(String),
}

/// What the server is to be told. It becomes a [`Request`] when it is sent, because only then it
/// is known what kind of room this is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Say this, to whom it says itself.
    Say(String),
    /// Say this to everyone.
    SayToAll(String),
    /// Ask who is there.
    Who,
}

impl Line {
    /// Reads a line.
    pub fn read(text: &str) -> Line {
        let Some(command) = text.strip_prefix('/') else {
            return Line::For(Errand::Say(text.to_owned()));
        };
        if command.starts_with('/') {
            // Not an address, even if it has a colon: `//host:/path` is about a place.
            return Line::For(Errand::SayToAll(command.to_owned()));
        }
        match command.trim_end() {
            "who" => Line::For(Errand::Who),
            "help" => Line::Help,
            "quit" => Line::Quit,
            other => {
                let word = other.split_whitespace().next().unwrap_or_default();
                Line::Unknown(format!("/{word}"))
            }
        }
    }
}

impl Errand {
    /// The request that does it. In a room without nicknames nobody can be addressed, so all of
    /// the text is to everyone.
    pub fn request(&self, nicknames: bool) -> Request {
        let (to, text) = match self {
            Errand::Who => return Request::Who {},
            Errand::SayToAll(text) => (EVERYONE, text.as_str()),
            Errand::Say(text) => match text.split_once(':') {
                _ if !nicknames => (EVERYONE, text.as_str()),
                Some(("", rest)) => (EVERYONE, rest),
                Some((to, rest)) if !to.contains(char::is_whitespace) => (to, rest),
                _ => (EVERYONE, text.as_str()),
            },
        };
        Request::Say {
            to: to.to_owned(),
            text: text.to_owned(),
        }
    }

    /// How many bytes it keeps busy while it waits.
    pub fn size(&self) -> usize {
        match self {
            Errand::Say(text) | Errand::SayToAll(text) => text.len(),
            Errand::Who => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_says(line: &str, nicknames: bool, to: &str, text: &str) {
        let Line::For(errand) = Line::read(line) else {
            panic!("{line:?} is a command");
        };
        let wanted = Request::Say {
            to: to.into(),
            text: text.into(),
        };
        assert_eq!(errand.request(nicknames), wanted, "{line:?}");
    }

    #[test]
    fn a_name_before_a_colon_is_whom_it_is_to() {
        for (line, to, text) in [
            ("hello", "all", "hello"),
            ("", "all", ""),
            ("Ann:psst", "Ann", "psst"),
            ("小红:你好: 再见", "小红", "你好: 再见"),
            ("Ann:", "Ann", ""),
            ("all:hi", "all", "hi"),
            (":12:30", "all", "12:30"),
            (":", "all", ""),
            ("at 12:30", "all", "at 12:30"),
            (" Ann:no", "all", " Ann:no"),
            ("wide\u{3000}space:no", "all", "wide\u{3000}space:no"),
            ("http://x", "http", "//x"),
            ("//who", "all", "/who"),
            ("//a:b", "all", "/a:b"),
        ] {
            assert_says(line, true, to, text);
        }
    }

    #[test]
    fn without_nicknames_all_of_it_is_to_everyone() {
        assert_says("Ann:psst", false, "all", "Ann:psst");
        assert_says(":psst", false, "all", ":psst");
        assert_says("//a:b", false, "all", "/a:b");
    }

    #[test]
    fn a_slash_begins_a_command() {
        for (line, meant) in [
            ("/who", Line::For(Errand::Who)),
            ("/who ", Line::For(Errand::Who)),
            ("/help", Line::Help),
            ("/quit", Line::Quit),
            ("/quit now", Line::Unknown("/quit".into())),
            ("/WHO", Line::Unknown("/WHO".into())),
            ("/", Line::Unknown("/".into())),
            ("/etc/passwd is full", Line::Unknown("/etc/passwd".into())),
        ] {
            assert_eq!(Line::read(line), meant, "{line:?}");
        }
        assert_says(" /who", true, "all", " /who");
    }
}
