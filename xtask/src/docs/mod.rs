//! `cargo xtask docs`: the ladders and the outputs of commands on the pages, made anew from real runs.
//!
//! On a page, a ladder stands between two comments:
//!
//! ````text
//! <!-- wire: hello -->
//! ```text
//! …
//! ```
//! <!-- end -->
//! ````
//!
//! The name is that of a demo, which is run; what went over the wire in it is put there. What differs
//! from run to run is taken out ([`stable`]). Commands and what they print stand between comments too, see
//! [`runs`]. `cargo xtask tidy` makes the same and compares, follows the [`links`], and looks from each
//! page to its twin ([`twins`]).

mod links;
mod runs;
mod session;
mod stable;
mod twins;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::say::say;
use crate::{Verdict, demo};

const WIRE: &str = "<!-- wire:";
const RUN: &str = "<!-- run:";
const BEGIN_ENDS: &str = "-->\n";
const END: &str = "<!-- end -->";

/// Where something that is made stands in the text of a page.
#[derive(Debug, PartialEq, Eq)]
struct Place {
    /// What the first comment says: the name of a demo, or what is run before.
    argument: String,
    /// From behind the first comment to before the second.
    from: usize,
    to: usize,
}

/// The ladders that have been made so far, by the names of their demos: a page in Chinese has those of its
/// twin in English.
type Ladders = BTreeMap<String, String>;

/// Puts new ladders and outputs on all pages.
pub(crate) fn run() -> Result<Verdict> {
    let mut changed = 0;
    let mut ladders = Ladders::new();
    for page in pages()? {
        if let Some(text) = page.made_anew(&mut ladders)? {
            fs::write(&page.path, text)
                .with_context(|| format!("cannot write {}", page.path.display()))?;
            say(&format!("{}: made anew", page.name()));
            changed += 1;
        }
    }
    say(&format!("ok: {changed} pages have changed"));
    Ok(Verdict::Good)
}

/// A line for each link that leads nowhere, for each page that is out of date, and for what a page lacks that
/// its twin in the other language has.
pub(crate) fn outdated() -> Result<Vec<String>> {
    let root = harness::workspace_root();
    let all = links::pages(root)?;
    let mut lines = [links::astray(root, &all), twins::apart(&all)].concat();
    let mut ladders = Ladders::new();
    for page in pages()? {
        if page.made_anew(&mut ladders)?.is_some() {
            let name = page.name();
            lines.push(format!(
                "{name}: a run of today shows something else: cargo xtask docs"
            ));
        }
        if let Some(twin) = page.in_chinese()?
            && demos(&twin.text)? != demos(&page.text)?
        {
            let (name, twin) = (page.name(), twin.name());
            lines.push(format!("{twin}: it has not the ladders of {name}"));
        }
    }
    Ok(lines)
}

/// A page with ladders or outputs on it.
struct Page {
    path: PathBuf,
    text: String,
}

/// The READMEs and every page, in English and in Chinese, if there is one of them on it.
fn pages() -> Result<Vec<Page>> {
    let root = harness::workspace_root();
    let mut paths = vec![root.join("README.md"), root.join("README.zh-CN.md")];
    for folder in ["docs", "docs/zh"] {
        let cannot = || format!("cannot list {folder}");
        for entry in fs::read_dir(root.join(folder)).with_context(cannot)? {
            paths.push(entry.with_context(cannot)?.path());
        }
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    let pages: Vec<Page> = paths.into_iter().map(Page::read).collect::<Result<_>>()?;
    Ok(pages
        .into_iter()
        .filter(|page| page.text.contains(WIRE) || page.text.contains(RUN))
        .collect())
}

impl Page {
    fn read(path: PathBuf) -> Result<Page> {
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Page { path, text })
    }

    /// The page of the same name in `docs/zh/`, if this one is in `docs/` and there is one.
    fn in_chinese(&self) -> Result<Option<Page>> {
        let docs = harness::workspace_root().join("docs");
        let Ok(name) = self.path.strip_prefix(&docs) else {
            return Ok(None);
        };
        let twin = docs.join("zh").join(name);
        twin.is_file().then(|| Page::read(twin)).transpose()
    }

    fn name(&self) -> String {
        let root = harness::workspace_root();
        let name = self
            .path
            .strip_prefix(root)
            .unwrap_or(Path::new(&self.path));
        name.display().to_string()
    }

    /// The text with new ladders and outputs; `None` if those that are there are the same.
    fn made_anew(&self, ladders: &mut Ladders) -> Result<Option<String>> {
        let wires = places(&self.text, WIRE).with_context(|| self.name())?;
        for Place { argument: demo, .. } in &wires {
            if !ladders.contains_key(demo) {
                let ladder = ladder(demo).with_context(|| self.name())?;
                ladders.insert(demo.clone(), ladder);
            }
        }
        let text = filled(&self.text, &wires, ladders);
        let runs = places(&text, RUN).with_context(|| self.name())?;
        let text = runs::filled(&text, &runs).with_context(|| self.name())?;
        Ok((text != self.text).then_some(text))
    }
}

/// The ladder of a demo, act by act, from a run of it.
fn ladder(name: &str) -> Result<String> {
    let tapes = demo::tapes(name)?;
    ensure!(
        !tapes.is_empty(),
        "nothing goes over a wire in the demo {name}"
    );
    let mut text = String::new();
    for tape in tapes {
        let tape = stable::tape(&tape).with_context(|| format!("the tape of {name}"))?;
        let draw = harness::client("wiretap").args(["draw", "-"]).stdin(tape);
        let output = draw.try_run()?;
        ensure!(
            output.success(),
            "cannot draw the ladder of {name}: {output}"
        );
        if !text.is_empty() {
            text.push('\n');
        }
        text += &stable::ladder(&output.stdout_text());
    }
    Ok(text)
}

/// The demos whose ladders stand on a page, in their order.
fn demos(text: &str) -> Result<Vec<String>> {
    let places = places(text, WIRE)?;
    Ok(places.into_iter().map(|place| place.argument).collect())
}

/// All places behind comments that begin so.
fn places(text: &str, begin: &str) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(comment) = text[at..].find(begin) {
        let argument = at + comment + begin.len();
        let length = text[argument..].find(BEGIN_ENDS);
        let length = length.with_context(|| format!("a comment {begin} without its end"))?;
        let from = argument + length + BEGIN_ENDS.len();
        let argument = text[argument..argument + length].trim().to_owned();
        let length = text[from..].find(END);
        let to = from + length.with_context(|| format!("no {END} behind {begin} {argument}"))?;
        places.push(Place { argument, from, to });
        at = to + END.len();
    }
    Ok(places)
}

fn filled(text: &str, places: &[Place], ladders: &Ladders) -> String {
    let mut filled = String::new();
    let mut at = 0;
    for place in places {
        filled += &text[at..place.from];
        if let Some(ladder) = ladders.get(&place.argument) {
            filled += &format!("```text\n{ladder}```\n");
        }
        at = place.to;
    }
    filled + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_is_put_between_its_comments_and_nothing_else_is_touched() {
        let page =
            "a\n<!-- wire: hello -->\nold\n<!-- end -->\nb\n<!-- wire: time -->\n<!-- end -->\n";
        let places = places(page, WIRE).unwrap();
        assert_eq!(demos(page).unwrap(), ["hello", "time"]);
        let ladders = ["hello", "time"].map(|name| (name.to_owned(), format!("{name}!\n")));
        assert_eq!(
            filled(page, &places, &ladders.into()),
            "a\n<!-- wire: hello -->\n```text\nhello!\n```\n<!-- end -->\nb\n\
             <!-- wire: time -->\n```text\ntime!\n```\n<!-- end -->\n"
        );
    }

    #[test]
    fn a_comment_without_its_end_is_an_error() {
        assert!(places("<!-- wire: hello -->\nold\n", WIRE).is_err());
        assert!(places("<!-- wire: hello", WIRE).is_err());
        assert_eq!(places("no comment", WIRE).unwrap(), []);
    }

    #[test]
    fn what_is_run_before_may_have_several_lines() {
        let page = "<!-- run: -->\na\n<!-- end -->\n<!-- run:\none\ntwo -->\n<!-- end -->\n";
        let arguments = places(page, RUN).unwrap();
        let arguments: Vec<_> = arguments.into_iter().map(|place| place.argument).collect();
        assert_eq!(arguments, ["", "one\ntwo"]);
    }
}
