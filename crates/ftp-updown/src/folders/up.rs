//! A folder goes up.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::Context;
use common::exit::one_line;
use common::printable::printable_path;

use super::join;
use crate::control::Refused;
use crate::transfers::Transfers;

impl Transfers {
    /// Puts a folder with all that is in it into the server's current folder.
    ///
    /// # Errors
    /// The connection broke. What cannot be put there is counted.
    pub fn put_folder(&mut self, local: &Path, shown: &str) -> anyhow::Result<()> {
        let task = || format!("cannot put {}", printable_path(local));
        let base = self.session.place().with_context(task)?;
        // `.` and `..` have a name only once they are looked up.
        let real = fs::canonicalize(local).with_context(task)?;
        let path = match real.file_name() {
            Some(name) => join(&base, text(name).with_context(task)?),
            None => base.clone(),
        };
        let shown = match real.file_name().and_then(OsStr::to_str) {
            Some(name) => join(shown, name),
            None => shown.to_owned(),
        };
        self.put_all(local, &path, &shown)?;
        self.session.enter(&base).with_context(task)
    }

    fn put_all(&mut self, local: &Path, path: &str, shown: &str) -> anyhow::Result<()> {
        let task = || format!("cannot put {}", printable_path(local));
        let listed = self.enter_or_make(path).and_then(|()| local_entries(local));
        let entries = match listed.with_context(task) {
            Ok(entries) => entries,
            Err(error) => return self.count(Err(error)),
        };
        let mut folders = Vec::new();
        for entry in entries {
            let is_link = fs::symlink_metadata(&entry).is_ok_and(|facts| facts.is_symlink());
            let name = entry.file_name().unwrap_or_default();
            match fs::metadata(&entry) {
                Ok(facts) if facts.is_dir() && is_link => tracing::warn!(
                    "passed over {}: links may lead round in circles",
                    printable_path(&entry)
                ),
                Ok(facts) if facts.is_dir() => folders.push(entry),
                Ok(facts) if !facts.is_file() => {
                    tracing::warn!("passed over {}: it is no file", printable_path(&entry));
                }
                _ => {
                    let put = match text(name) {
                        Ok(name) => self.put(&entry, name, &join(shown, name)),
                        Err(error) => Err(error)
                            .with_context(|| format!("cannot put {}", printable_path(&entry))),
                    };
                    self.count(put)?;
                }
            }
        }
        for entry in folders {
            match text(entry.file_name().unwrap_or_default()) {
                Ok(name) => self.put_all(&entry, &join(path, name), &join(shown, name))?,
                Err(error) => {
                    let error = error.context(format!("cannot put {}", printable_path(&entry)));
                    self.count(Err(error))?;
                }
            }
        }
        Ok(())
    }

    /// Goes into a folder of the server, which is made if it is not there, and so are those above it.
    ///
    /// # Errors
    /// It is not there, and the server does not make it.
    pub fn enter_or_make(&mut self, path: &str) -> anyhow::Result<()> {
        match self.session.enter(path) {
            Err(error) if error.is::<Refused>() => {}
            entered => return entered,
        }
        if !self.make(path)? {
            let above = path.match_indices('/').map(|(at, _)| &path[..at]);
            for above in above.filter(|above| !above.is_empty()) {
                self.make(above)?;
            }
            self.session.request("MKD", path)?;
        }
        self.session.enter(path)
    }

    /// Whether the server makes this folder. It refuses those that are there, and those that would be
    /// in one that is not.
    fn make(&mut self, path: &str) -> anyhow::Result<bool> {
        match self.session.request("MKD", path) {
            Err(error) if error.is::<Refused>() => Ok(false),
            made => made.map(|_| true),
        }
    }
}

fn text(name: &OsStr) -> anyhow::Result<&str> {
    name.to_str().context("its name is not UTF-8")
}

/// In the order of their names, so that two runs do the same.
fn local_entries(folder: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(folder)?;
    let paths: Result<Vec<_>, _> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect();
    let mut paths = paths.map_err(|error| anyhow::anyhow!("{}", one_line(&error.into())))?;
    paths.sort();
    Ok(paths)
}
