//! Whole folders, down and up.
//!
//! We go into each folder and name its files as they are called there. A path would not do: servers
//! take a `*`, a `[` or a `-` in the argument of a listing for something else.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use common::exit::one_line;
use common::printable::{printable, printable_path};
use common::received::safe_file_name;

use crate::control::Refused;
use crate::get::Remote;
use crate::lines::read_lines;
use crate::listing::{Entry, Kind, Nothing, human, machine};
use crate::transfers::Transfers;

/// How many folders deep one may lie in the other.
pub const MAX_DEPTH: usize = 64;

/// How many files and folders one run may be told of. A server could invent them for ever.
pub const MAX_ENTRIES: usize = 100_000;

impl Transfers {
    /// Gets a folder with all that is in it, into `folder`, under its own name; or a file.
    ///
    /// # Errors
    /// The connection broke. What cannot be had is counted.
    pub fn get_folder(&mut self, remote: &str, folder: &Path) -> anyhow::Result<()> {
        let task = || format!("cannot get {}", printable(remote));
        let base = self.session.place().with_context(task)?;
        let path = join(&base, remote);
        let name = last_part(remote);
        if let Err(error) = self.session.enter(&path) {
            let got = match error.is::<Refused>() && name.is_some() {
                true => self.get(Remote::named(remote), folder, name.unwrap_or_default()),
                false => Err(error).with_context(task),
            };
            return self.count(got);
        }
        // `/` and `.` have no name to give to a folder of ours.
        let folder = name.map_or(folder.to_owned(), |name| folder.join(name));
        let mut told = 0;
        self.get_all(&path, &folder, 0, &mut told)?;
        self.session.enter(&base).with_context(task)
    }

    /// Gets all that is in the current folder, which is `path`.
    fn get_all(
        &mut self,
        path: &str,
        folder: &Path,
        depth: usize,
        told: &mut usize,
    ) -> anyhow::Result<()> {
        let listed = self.list(told);
        let listed = listed.and_then(|entries| {
            let shown = printable_path(folder).to_string();
            let made = fs::create_dir_all(folder);
            made.with_context(|| format!("cannot create the folder {shown}"))?;
            Ok(entries)
        });
        let listed = listed.with_context(|| format!("cannot get {}", printable(path)));
        let entries = match listed {
            Ok(entries) => entries,
            Err(error) => return self.count(Err(error)),
        };
        let (folders, others): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|entry| entry.kind == Kind::Folder);
        for entry in others {
            let shown = printable(&join(path, &entry.name)).to_string();
            match entry.kind {
                Kind::Link => {
                    tracing::warn!("passed over {shown}: links may lead round in circles")
                }
                Kind::Other => tracing::warn!("passed over {shown}: it is no file"),
                Kind::File | Kind::Folder => {
                    let got = self.get_listed(&entry, folder, &shown);
                    self.count(got)?;
                }
            }
        }
        for entry in folders {
            let inner = join(path, &entry.name);
            let entered = trusted(&entry.name).and_then(|name| {
                if depth == MAX_DEPTH {
                    bail!("it is more than {MAX_DEPTH} folders deep");
                }
                self.session.enter(&inner)?;
                Ok(name)
            });
            match entered {
                Ok(name) => self.get_all(&inner, &folder.join(name), depth + 1, told)?,
                Err(error) => {
                    let error = error.context(format!("cannot get {}", printable(&inner)));
                    self.count(Err(error))?;
                }
            }
        }
        Ok(())
    }

    fn get_listed(&mut self, entry: &Entry, folder: &Path, shown: &str) -> anyhow::Result<()> {
        let name = trusted(&entry.name).with_context(|| format!("cannot get {shown}"))?;
        let remote = Remote {
            name,
            size: entry.size,
            modified: entry.modified.clone(),
        };
        self.get(remote, folder, name)
    }

    /// What is in the current folder.
    fn list(&mut self, told: &mut usize) -> anyhow::Result<Vec<Entry>> {
        if self.machine_listing {
            match self.list_by("MLSD", machine, told) {
                Err(error) if Refused::is_of_unknown(&error) => self.machine_listing = false,
                listed => return listed,
            }
        }
        self.list_by("LIST", human, told)
    }

    fn list_by(
        &mut self,
        command: &str,
        read: impl Fn(&str) -> Result<Entry, Nothing>,
        told: &mut usize,
    ) -> anyhow::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut unclear = Vec::new();
        let mut each = |line: &[u8]| {
            *told += 1;
            if *told > MAX_ENTRIES {
                bail!("there are more than {MAX_ENTRIES} files and folders");
            }
            match std::str::from_utf8(line).map(&read) {
                Ok(Ok(entry)) => entries.push(entry),
                Ok(Err(Nothing::Meant)) => {}
                Ok(Err(Nothing::Unclear)) | Err(_) => unclear.push(printable(line).to_string()),
            }
            Ok(())
        };
        read_lines(&mut self.session, command, "", &mut each)?;
        for line in unclear {
            let error = anyhow::anyhow!("cannot make out this line of a listing: {line}");
            self.count(Err(error))?;
        }
        Ok(entries)
    }

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

    /// Goes into a folder of the server, which is made if it is not there.
    ///
    /// # Errors
    /// It is not there, and the server does not make it.
    pub fn enter_or_make(&mut self, path: &str) -> anyhow::Result<()> {
        match self.session.enter(path) {
            Err(error) if error.is::<Refused>() => {
                self.session.request("MKD", path)?;
                self.session.enter(path)
            }
            entered => entered,
        }
    }
}

/// A name from a listing, if it is one that can do no harm. It has to be that as it is: what it names
/// on the server is asked for by the same name.
fn trusted(name: &str) -> anyhow::Result<&str> {
    let safe = safe_file_name(name)?;
    if safe != name {
        bail!("a name in a listing has no folders in it");
    }
    Ok(name)
}

/// What stands behind the last slash, if that names something.
pub(crate) fn last_part(path: &str) -> Option<&str> {
    let name = path.trim_end_matches('/').rsplit('/').next()?;
    Some(name).filter(|name| !matches!(*name, "" | "." | ".."))
}

/// One path behind the other, unless it begins anew.
pub(crate) fn join(base: &str, path: &str) -> String {
    match (base.strip_suffix('/').unwrap_or(base), path) {
        (_, path) if path.starts_with('/') => path.to_owned(),
        (_, "") => base.to_owned(),
        ("", path) if base.is_empty() => path.to_owned(),
        (base, path) => format!("{base}/{path}"),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_a_listing_is_taken_as_it_is_or_not_at_all() {
        for name in ["a.txt", "你好.txt", "a b", "-rf"] {
            assert_eq!(trusted(name).unwrap(), name);
        }
        for name in [
            "",
            ".",
            "..",
            "../x",
            "a/../../b",
            "/abs/x",
            "..\\x",
            "C:\\x",
            "x\0y",
            ".bashrc",
            "CON",
            "a:stream",
            "dot.",
            "\x1b[2J",
            "a/b",
            "x.part",
        ] {
            assert!(trusted(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn paths_have_a_last_part_and_can_be_joined() {
        for (path, last) in [
            ("a", Some("a")),
            ("a/b/", Some("b")),
            ("/", None),
            ("", None),
            ("a/..", None),
            (".", None),
        ] {
            assert_eq!(last_part(path), last, "{path}");
        }
        for (base, path, joined) in [
            ("/", "a", "/a"),
            ("/pub", "a", "/pub/a"),
            ("/pub", "/a", "/a"),
            ("", "a", "a"),
            ("/pub", "", "/pub"),
        ] {
            assert_eq!(join(base, path), joined);
        }
    }
}
