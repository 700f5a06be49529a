//! A folder comes down.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use common::printable::{printable, printable_path};
use common::received::safe_file_name;

use super::{join, last_part};
use crate::control::Refused;
use crate::get::Remote;
use crate::lines::read_lines;
use crate::listing::{Entry, Kind, Nothing, human, machine};
use crate::transfers::Transfers;

/// How many folders deep one may lie in the other.
const MAX_DEPTH: usize = 64;

/// How many files and folders there may be in a folder and those below it, and how many bytes their
/// listings may have in all. A server could invent them for ever.
const MAX_ENTRIES: usize = 100_000;
const MAX_LISTED: usize = 32 << 20;

/// How much listings have told of so far.
#[derive(Debug, Default)]
struct Told {
    entries: usize,
    bytes: usize,
}

impl Told {
    fn add(&mut self, line: &[u8]) -> anyhow::Result<()> {
        self.entries += 1;
        self.bytes += line.len();
        if self.entries > MAX_ENTRIES {
            bail!("there are more than {MAX_ENTRIES} files and folders");
        }
        if self.bytes > MAX_LISTED {
            bail!("its listings are longer than 32 MiB");
        }
        Ok(())
    }
}

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
        let mut told = Told::default();
        self.get_all(&path, &folder, 0, &mut told)?;
        self.session.enter(&base).with_context(task)
    }

    /// Gets all that is in the current folder, which is `path`.
    fn get_all(
        &mut self,
        path: &str,
        folder: &Path,
        depth: usize,
        told: &mut Told,
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
    fn list(&mut self, told: &mut Told) -> anyhow::Result<Vec<Entry>> {
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
        told: &mut Told,
    ) -> anyhow::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        let mut unclear = Vec::new();
        let mut each = |line: &[u8]| {
            told.add(line)?;
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
}
