//! `cargo xtask tidy`: no program without a page, a test, a demo, a manual page and a row in README and CHANGELOG, page
//! and row in Chinese too; and no ladder and no output of a command on a page that is not what a run of today
//! shows.
//!
//! `demo-peers` needs the manual page alone: it is no program like the others, it stands in for the
//! servers of others.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::programs::{self, Program, STAND_IN};
use crate::say::say;
use crate::{Verdict, demo, dist, docs};

/// What is searched for the names of programs.
struct Places {
    /// The names of the files in `docs/`, without `.md`.
    pages: Vec<String>,
    /// The same of `docs/zh/`.
    pages_in_chinese: Vec<String>,
    /// The text of all integration tests.
    tests: String,
    readme: String,
    readme_in_chinese: String,
    changelog: String,
    /// The programs in the table of demos.
    shown: Vec<&'static str>,
    /// The programs in the table of commands.
    described: Vec<&'static str>,
}

/// Prints each thing that is missing.
pub(crate) fn run() -> anyhow::Result<Verdict> {
    let root = harness::workspace_root();
    let programs = programs::all()?;
    let places = Places {
        pages: pages(&root.join("docs"))?,
        pages_in_chinese: pages(&root.join("docs/zh"))?,
        tests: texts(&root.join("tests/it"))?,
        readme: text_of(&root.join("README.md"))?,
        readme_in_chinese: text_of(&root.join("README.zh-CN.md"))?,
        changelog: text_of(&root.join("CHANGELOG.md"))?,
        shown: demo::programs(),
        described: dist::described(),
    };
    let missing: Vec<_> = programs
        .iter()
        .flat_map(|program| missing(program, &places))
        .collect();
    // Said at once: the runs take a while, and one that fails ends us.
    missing.iter().for_each(|line| say(line));
    let outdated = docs::outdated()?;
    outdated.iter().for_each(|line| say(line));
    let is_good = missing.is_empty() && outdated.is_empty();
    if is_good {
        say(&format!(
            "ok: all {} programs have pages, a test, a demo, a manual page and rows",
            programs.len()
        ));
    }
    Ok(if is_good { Verdict::Good } else { Verdict::Bad })
}

fn missing(program: &Program, places: &Places) -> Vec<String> {
    let Program { name, package, .. } = program;
    // A server and its client share a page; it is named after their crate, which is named after the
    // server.
    let has_page = |pages: &[String]| pages.contains(name) || pages.contains(package);
    let in_a_test = places.tests.contains(&format!("\"{name}\""));
    let in_a_demo = places.shown.contains(&name.as_str());
    let is_row = |line: &str| line.starts_with('|') && line.contains(&format!("`{name}`"));
    let in_a_row = |text: &str| text.lines().any(is_row);
    let manual = (
        places.described.contains(&name.as_str()),
        "no manual page: not in the table of commands, xtask/src/dist/commands.rs".to_owned(),
    );
    let checks = [
        (
            has_page(&places.pages),
            format!("no page docs/{package}.md"),
        ),
        (
            has_page(&places.pages_in_chinese),
            format!("no page docs/zh/{package}.md"),
        ),
        (in_a_test, format!("no test in tests/it has \"{name}\"")),
        (
            in_a_demo,
            "no demo runs it: not in the table of demos, xtask/src/demo/table.rs".to_owned(),
        ),
        (
            in_a_row(&places.readme),
            format!("no row of a table in README.md has `{name}`"),
        ),
        (
            in_a_row(&places.readme_in_chinese),
            format!("no row of a table in README.zh-CN.md has `{name}`"),
        ),
        (
            in_a_row(&places.changelog),
            format!("no row of a table in CHANGELOG.md has `{name}`"),
        ),
    ];
    let checks = if name == STAND_IN {
        vec![manual]
    } else {
        checks.into_iter().chain([manual]).collect()
    };
    let wrong = checks.into_iter().filter(|(found, _)| !found);
    wrong.map(|(_, what)| format!("{name}: {what}")).collect()
}

/// The pages in `folder`, and not those in the folders inside it.
fn pages(folder: &Path) -> anyhow::Result<Vec<String>> {
    let pages = files(folder, "md")?;
    Ok(pages
        .iter()
        .filter(|page| page.parent() == Some(folder))
        .filter_map(|page| page.file_stem()?.to_str().map(str::to_owned))
        .collect())
}

fn texts(folder: &Path) -> anyhow::Result<String> {
    let files = files(folder, "rs")?;
    files.iter().map(|file| text_of(file)).collect()
}

/// The text of a file. One that is not there has none: what should stand in it will be missed.
fn text_of(file: &Path) -> anyhow::Result<String> {
    match fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        result => result.with_context(|| format!("cannot read {}", file.display())),
    }
}

/// The files in `folder`, and in those inside it, with this extension. None if there is no such folder.
fn files(folder: &Path, extension: &str) -> anyhow::Result<Vec<PathBuf>> {
    let cannot = || format!("cannot list {}", folder.display());
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        result => result.with_context(cannot)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.with_context(cannot)?.path();
        if path.is_dir() {
            found.extend(files(&path, extension)?);
        } else if path.extension().is_some_and(|have| have == extension) {
            found.push(path);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client() -> Program {
        Program {
            name: "time-client".to_owned(),
            package: "time-server".to_owned(),
            tls: false,
        }
    }

    #[test]
    fn a_client_is_content_with_the_page_of_its_server() {
        let places = Places {
            pages: vec!["time-server".to_owned()],
            pages_in_chinese: vec!["time-server".to_owned()],
            tests: r#"client("time-client")"#.to_owned(),
            readme: "| `time-client` | asks for the time |".to_owned(),
            readme_in_chinese: "| `time-client` | 问时间 |".to_owned(),
            changelog: "| `time-server`, `time-client` | four formats |".to_owned(),
            shown: vec!["time-client"],
            described: vec!["time-client"],
        };
        assert_eq!(missing(&client(), &places), [""; 0]);
    }

    #[test]
    fn each_missing_thing_is_named() {
        let places = Places {
            pages: vec![],
            pages_in_chinese: vec!["hello-server".to_owned()],
            tests: "// time-client".to_owned(),
            readme: "`time-client` is not in a table".to_owned(),
            readme_in_chinese: "| `time-server` | 报时 |".to_owned(),
            changelog: "| `time-server` | four formats |".to_owned(),
            shown: vec!["time-server"],
            described: vec!["time-server"],
        };
        assert_eq!(
            missing(&client(), &places),
            [
                "time-client: no page docs/time-server.md",
                "time-client: no page docs/zh/time-server.md",
                "time-client: no test in tests/it has \"time-client\"",
                "time-client: no demo runs it: not in the table of demos, xtask/src/demo/table.rs",
                "time-client: no row of a table in README.md has `time-client`",
                "time-client: no row of a table in README.zh-CN.md has `time-client`",
                "time-client: no row of a table in CHANGELOG.md has `time-client`",
                "time-client: no manual page: not in the table of commands, xtask/src/dist/commands.rs",
            ]
        );
    }

    #[test]
    fn a_page_in_chinese_is_not_taken_for_one_in_english() {
        let docs = tempfile::tempdir().unwrap();
        fs::create_dir(docs.path().join("zh")).unwrap();
        fs::write(docs.path().join("sms.md"), "").unwrap();
        fs::write(docs.path().join("zh/mailer.md"), "").unwrap();
        assert_eq!(pages(docs.path()).unwrap(), ["sms"]);
        assert_eq!(pages(&docs.path().join("zh")).unwrap(), ["mailer"]);
        assert_eq!(pages(&docs.path().join("none")).unwrap(), [""; 0]);
    }
}
