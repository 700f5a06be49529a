//! What is to be downloaded under which name, settled before anything is.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail};
use common::exit::Usage;
use common::printable::{printable, printable_path};
use common::received::{OnConflict, numbered};

use crate::link::{Link, LinkError, MAX_URL};
use crate::web::Errand;

/// The most URLs in one run.
pub const MAX_URLS: usize = 100_000;

/// The longest list or listing, in bytes.
pub const MAX_LIST: u64 = 16 << 20;

/// A file to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Where it comes from.
    pub errand: Errand,
    /// What it is called, without a folder.
    pub name: String,
}

/// Who wants what, with every name given once.
#[derive(Debug)]
pub struct Plan {
    on_conflict: OnConflict,
    jobs: Vec<Job>,
    /// The names that are given, in lower case: to some systems `A.jpg` and `a.jpg` are one file.
    names: HashSet<String>,
    /// The URLs that are there: none is downloaded twice.
    urls: HashSet<String>,
    /// What cannot be downloaded at all.
    refused: Vec<String>,
}

impl Plan {
    /// Nothing is to be downloaded so far.
    pub fn new(on_conflict: OnConflict) -> Self {
        Plan {
            on_conflict,
            jobs: Vec::new(),
            names: HashSet::new(),
            urls: HashSet::new(),
            refused: Vec::new(),
        }
    }

    /// The jobs, and a line about each URL that did not become one.
    pub fn settle(self) -> (Vec<Job>, Vec<String>) {
        (self.jobs, self.refused)
    }

    /// One more URL, as it was written.
    ///
    /// # Errors
    /// There are too many.
    pub fn add_text(&mut self, text: &str) -> anyhow::Result<()> {
        match Link::parse(text) {
            Ok(link) => self.add(Errand::of_user(link)),
            Err(error) => self.refuse(bad_url(text, &error)),
        }
    }

    /// One more URL.
    ///
    /// # Errors
    /// There are too many.
    pub fn add(&mut self, errand: Errand) -> anyhow::Result<()> {
        if self.urls.contains(errand.link.as_str()) {
            tracing::debug!("{} is named twice", errand.link);
            return Ok(());
        }
        let name = match errand.link.file_name() {
            Ok(name) => name,
            Err(error) => {
                let line = format!("cannot name a file after {}: {error}", errand.link);
                return self.refuse(line);
            }
        };
        let Some(name) = self.free_name(name) else {
            let link = errand.link;
            return self.refuse(format!(
                "cannot download {link}: another URL of this run has that name (see --on-conflict rename)"
            ));
        };
        self.has_room()?;
        self.names.insert(name.to_lowercase());
        self.urls.insert(errand.link.as_str().to_owned());
        self.jobs.push(Job { errand, name });
        Ok(())
    }

    /// One more that cannot be downloaded. The line says why.
    ///
    /// # Errors
    /// There are too many.
    pub fn refuse(&mut self, line: String) -> anyhow::Result<()> {
        self.has_room()?;
        self.refused.push(line);
        Ok(())
    }

    /// Every URL of a list: one a line, blank lines and those that begin with # left out.
    ///
    /// # Errors
    /// The list cannot be read, is too long, or is no text.
    pub fn add_list(&mut self, path: &Path) -> anyhow::Result<()> {
        let task = || format!("cannot read the list {}", printable_path(path));
        let list: Box<dyn Read> = match path == Path::new("-") {
            true => Box::new(io::stdin().lock()),
            false => Box::new(File::open(path).with_context(task)?),
        };
        let mut read = 0;
        for line in BufReader::new(list.take(MAX_LIST + 1)).lines() {
            let line = line.with_context(task)?;
            read += line.len() as u64 + 1;
            if read > MAX_LIST {
                return Err(anyhow::anyhow!("it is longer than 16 MiB")).with_context(task);
            }
            match line.trim() {
                "" => {}
                comment if comment.starts_with('#') => {}
                url => self.add_text(url)?,
            }
        }
        Ok(())
    }

    fn has_room(&self) -> anyhow::Result<()> {
        if self.jobs.len() + self.refused.len() >= MAX_URLS {
            bail!("there are more than {MAX_URLS} URLs");
        }
        Ok(())
    }

    /// The name, or one like it that nobody has, if that is allowed. Overwriting is for what was
    /// there before: nobody wants the last of several files only.
    fn free_name(&self, name: String) -> Option<String> {
        let is_free = |name: &String| !self.names.contains(&name.to_lowercase());
        if self.on_conflict == OnConflict::Rename {
            (0..=MAX_URLS)
                .map(|number| numbered(&name, number))
                .find(is_free)
        } else {
            Some(name).filter(is_free)
        }
    }
}

/// A URL that is not to be seen: the first line of standard input, as `-` asks for it. Some services want
/// a key in the URL, and everybody on the host can read a command line.
///
/// # Errors
/// Nothing can be read there, or it is no text.
pub fn hidden_url() -> anyhow::Result<String> {
    let mut line = String::new();
    io::stdin()
        .lock()
        .take(MAX_URL as u64 + 2)
        .read_line(&mut line)
        .context("cannot read the URL of the listing from standard input")?;
    match line.trim() {
        "" => Err(Usage(
            "cannot read the URL of the listing from standard input: it is empty".into(),
        )
        .into()),
        url => Ok(url.to_owned()),
    }
}

/// What is wrong with a text that is no URL we take.
pub fn bad_url(text: &str, error: &LinkError) -> String {
    format!("cannot download {}: {error}", shortened(text))
}

/// A text that is no URL, short enough for a message.
fn shortened(text: &str) -> String {
    const SHOWN: usize = 100;
    match text.len() {
        0 => "an empty URL".into(),
        length if length > MAX_URL => {
            let beginning: String = text.chars().take(SHOWN).collect();
            format!("{}…", printable(&beginning))
        }
        // It may have a password or a key in it all the same.
        _ => match text.split_once(['@', '?']) {
            Some((before, _)) if before.contains("://") => {
                let scheme = before.split("://").next().unwrap_or_default();
                format!("{}://…", printable(scheme))
            }
            _ => printable(text).to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(on_conflict: OnConflict, urls: &[&str]) -> (Vec<String>, Vec<String>) {
        let mut plan = Plan::new(on_conflict);
        urls.iter().for_each(|url| plan.add_text(url).unwrap());
        let (jobs, refused) = plan.settle();
        (jobs.into_iter().map(|job| job.name).collect(), refused)
    }

    const TWINS: [&str; 5] = [
        "http://h/a.jpg",
        "http://h/b/a.jpg",
        "http://h/A.JPG",
        "http://h/a-1.jpg",
        "http://h/a.jpg#again",
    ];

    #[test]
    fn a_name_is_given_once() {
        for on_conflict in [OnConflict::Refuse, OnConflict::Overwrite] {
            let (names, refused) = settle(on_conflict, &TWINS);
            assert_eq!(names, ["a.jpg", "a-1.jpg"]);
            assert_eq!(refused.len(), 2, "{refused:?}");
            assert!(
                refused[0].contains("http://h/b/a.jpg: another URL"),
                "{refused:?}"
            );
        }
        let (names, refused) = settle(OnConflict::Rename, &TWINS);
        assert_eq!(names, ["a.jpg", "a-1.jpg", "A-2.JPG", "a-1-1.jpg"]);
        assert!(refused.is_empty(), "{refused:?}");
    }

    #[test]
    fn what_cannot_be_downloaded_is_told_without_its_secrets() {
        let (names, refused) = settle(
            OnConflict::Refuse,
            &[
                "ftp://h/x",
                "x.jpg",
                "http://me:secret@h/x",
                "http://h/.x?key=secret",
                "",
            ],
        );
        assert!(names.is_empty());
        assert_eq!(
            refused,
            [
                "cannot download ftp://h/x: only http and https are downloaded",
                "cannot download x.jpg: it is no URL: relative URL without a base \
                 (write http:// or https:// in front)",
                "cannot download http://…: a user or a password in a URL is not taken",
                "cannot name a file after http://h/.x?…: it begins with a dot",
                "cannot download an empty URL: it is no URL: relative URL without a base \
                 (write http:// or https:// in front)",
            ]
        );
    }
}
