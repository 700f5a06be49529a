//! The commands on a page, run again, with what they print today.
//!
//! ````text
//! <!-- run: printf 'Hello\n' > hello.txt -->
//! ```console
//! $ mini-web . &
//! …
//! $ page-fetch 127.0.0.1:8080/hello.txt
//! …
//! ```
//! <!-- end -->
//! ````
//!
//! A line that begins with `$` is a command, and goes on behind a backslash; what stands below it is what
//! it prints, on stdout and stderr together as on a terminal. What the comment says is run before, a line
//! a command, and not shown. All blocks of a page share a folder, which is new, and their servers: one ends
//! at the end of the page, or when another is to have its address.
//!
//! Behind a line `then` the comment has what is run after the commands, not shown either. The server started
//! last is ended after it, and what it has printed below its first line is shown: its log. Such a block may
//! be without commands.
//!
//! Servers listen on free ports, with the address of the page standing for the real one in both directions.
//! What differs from run to run is made the same ([`super::stable`]). The shell is `sh`. A block with a
//! program of others that is not installed stays as it is.

use anyhow::{Context, Result, ensure};

use super::Place;
use super::session::Session;

/// What stands between what is run before and what after.
const THEN: &str = "then";

/// A page with new outputs in its blocks at `places`.
pub(super) fn filled(text: &str, places: &[Place]) -> Result<String> {
    if places.is_empty() {
        return Ok(text.to_owned());
    }
    let mut session = Session::new()?;
    let mut filled = String::new();
    let mut at = 0;
    for place in places {
        filled += &text[at..place.from];
        let (before, after) = around(&place.argument);
        session.prepare(&before)?;
        filled += &session.block(&text[place.from..place.to], after.as_deref())?;
        at = place.to;
    }
    Ok(filled + &text[at..])
}

/// What a comment says to run before a block, and what after it, if its server is to tell then.
fn around(argument: &str) -> (Vec<&str>, Option<Vec<&str>>) {
    let lines: Vec<_> = argument.lines().map(str::trim).collect();
    match lines.iter().position(|line| *line == THEN) {
        Some(then) => (lines[..then].to_vec(), Some(lines[then + 1..].to_vec())),
        None => (lines, None),
    }
}

/// A block as it stands on a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'a> {
    /// The line above the commands.
    pub(super) fence: &'a str,
    /// As they are written, a continued one with its line breaks.
    pub(super) commands: Vec<String>,
}

impl Block<'_> {
    pub(super) fn read(text: &str) -> Result<Block<'_>> {
        const PROMPT: &str = "$ ";
        let mut lines = text.lines();
        let fence = lines.next().unwrap_or_default();
        ensure!(
            fence.starts_with("```") && lines.next_back() == Some("```"),
            "between the comments should be one block, and nothing else"
        );
        let mut commands: Vec<String> = Vec::new();
        let mut goes_on = false;
        for line in lines {
            if goes_on {
                let command = commands.last_mut().context("no command to go on with")?;
                *command += &format!("\n{line}");
            } else if let Some(command) = line.strip_prefix(PROMPT) {
                commands.push(command.to_owned());
            } else {
                continue;
            }
            goes_on = line.ends_with('\\');
        }
        Ok(Block { fence, commands })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_of_a_block_are_read_and_its_outputs_are_not() {
        let text = "```console\n$ one &\nout\n$ two \\\n    --and more\nout\n\nout\n$ three\n```\n";
        let block = Block::read(text).unwrap();
        assert_eq!(block.fence, "```console");
        assert_eq!(block.commands, ["one &", "two \\\n    --and more", "three"]);
    }

    #[test]
    fn what_is_no_block_is_an_error() {
        for text in ["", "text\n", "```\n$ one\n```\ntext\n"] {
            assert!(Block::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_run_after_stands_behind_then() {
        assert_eq!(around(""), (vec![], None));
        assert_eq!(around("echo then"), (vec!["echo then"], None));
        assert_eq!(around("then\nb\n c"), (vec![], Some(vec!["b", "c"])));
        assert_eq!(around("a\nthen"), (vec!["a"], Some(vec![])));
    }
}
