//! What is in a folder.

use std::fs::File;
use std::io;

use super::{Found, Root, Stamp};

/// A file or a folder in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// What is known of it.
    pub stamp: Stamp,
}

/// Reads at most so many entries, and says whether there are more. What could not be asked for is left
/// out: dot files, names that are not UTF-8, links that lead out of the folder, what is neither file
/// nor folder.
pub(super) fn read(
    root: &Root,
    path: &str,
    folder: &File,
    most: usize,
) -> io::Result<(Vec<Entry>, bool)> {
    let mut entries = Vec::new();
    for name in names(root, path, folder)? {
        let Some(name) = name? else { continue };
        if name.starts_with('.') {
            continue;
        }
        if entries.len() == most {
            return Ok((entries, true));
        }
        entries.extend(look(root, path, folder, name));
    }
    Ok((entries, false))
}

fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        _ => format!("{path}/{name}"),
    }
}

/// Looks at it by opening it as if it were asked for.
fn open(root: &Root, path: &str, name: String) -> Option<Entry> {
    let Found {
        is_folder, stamp, ..
    } = root.find(&below(path, &name)).ok()?;
    Some(Entry {
        name,
        is_folder,
        stamp,
    })
}

/// The names in the opened folder; `None` for one that is not UTF-8.
#[cfg(unix)]
fn names(
    _root: &Root,
    _path: &str,
    folder: &File,
) -> io::Result<impl Iterator<Item = io::Result<Option<String>>>> {
    let names = rustix::fs::Dir::read_from(folder)?;
    Ok(names.map(|entry| Ok(entry?.file_name().to_str().ok().map(str::to_owned))))
}

#[cfg(not(unix))]
fn names(
    root: &Root,
    path: &str,
    _folder: &File,
) -> io::Result<impl Iterator<Item = io::Result<Option<String>>>> {
    let names = std::fs::read_dir(root.path.join(path))?;
    Ok(names.map(|entry| Ok(entry?.file_name().into_string().ok())))
}

/// What is known of an entry without opening it, unless it is a link.
#[cfg(unix)]
fn look(root: &Root, path: &str, folder: &File, name: String) -> Option<Entry> {
    use rustix::fs::{AtFlags, FileType, statat};

    let found = statat(folder, name.as_str(), AtFlags::SYMLINK_NOFOLLOW).ok()?;
    let is_folder = match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => false,
        FileType::Directory => true,
        FileType::Symlink => return open(root, path, name),
        _ => return None,
    };
    let seconds = u64::try_from(found.st_mtime).unwrap_or(0);
    Some(Entry {
        name,
        is_folder,
        stamp: Stamp {
            size: u64::try_from(found.st_size).unwrap_or(0),
            modified: seconds.saturating_mul(1_000_000_000),
            number: found.st_ino,
        },
    })
}

#[cfg(not(unix))]
fn look(root: &Root, path: &str, _folder: &File, name: String) -> Option<Entry> {
    open(root, path, name)
}

#[cfg(test)]
impl Entry {
    /// A file of so many bytes.
    pub(crate) fn named(name: &str, size: u64) -> Self {
        Entry {
            name: name.to_owned(),
            is_folder: false,
            stamp: Stamp {
                size,
                modified: 0,
                number: 0,
            },
        }
    }
}
