//! Files that come from a peer: under what name, and how they get there.
//!
//! The name is the peer's word, and a peer's word can be `../../.bashrc`: [`safe_file_name`]
//! takes from it what can do no harm. The bytes go into an unfinished `.part` file first, and
//! [`Receiving::finish`] moves it into place, without replacing anything unless that was asked
//! for; whatever fails before leaves nothing behind. A [`Resumable`] file leaves what has come, so
//! that another run can go on with it. What is small enough to be held until it is complete goes
//! straight into place ([`save_whole`]).

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use anyhow::Context;
use clap::ValueEnum;
use tempfile::{NamedTempFile, TempPath};

use crate::printable::printable_path;
use file_name::MAX_NAME;

mod file_name;
mod resumable;
mod whole;

pub use file_name::{NameError, safe_file_name};
pub use resumable::Resumable;
pub use whole::save_whole;

/// How many other names are tried for a file whose name is taken.
pub const MAX_RENAMES: usize = 10_000;

/// What to do when a file of that name is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnConflict {
    /// Leave it, and fail
    Refuse,
    /// Leave it, and take another name: picture-1.jpg
    Rename,
    /// Replace it
    Overwrite,
}

/// Fails if [`Receiving::finish`] is bound to fail, so that it can be said before anything has
/// come. That has the last word: the file may appear meanwhile.
///
/// # Errors
/// `target` is there, and `on_conflict` says to refuse then.
pub fn check_target(target: &Path, on_conflict: OnConflict) -> anyhow::Result<()> {
    if on_conflict == OnConflict::Refuse && fs::symlink_metadata(target).is_ok() {
        return Err(taken(target));
    }
    Ok(())
}

/// The error of a file that would have to be replaced.
pub fn taken(target: &Path) -> anyhow::Error {
    let shown = printable_path(target);
    anyhow::anyhow!("cannot save {shown}: it is there already (see --on-conflict)")
}

/// A file that is being received into a folder. Dropped before [`Self::finish`], it is gone, and
/// so are the folders that were made for it.
#[derive(Debug)]
pub struct Receiving {
    part: NamedTempFile,
    folder: PathBuf,
    /// Below the file, so that it is dropped after it.
    made: Made,
}

/// The folders that were not there before, the innermost first. Dropped, those are removed in
/// which nothing is.
#[derive(Debug)]
struct Made(Vec<PathBuf>);

impl Made {
    /// Creates a folder, and whatever is missing above it.
    fn create(folder: &Path) -> io::Result<Self> {
        let missing = folder
            .ancestors()
            .take_while(|path| !path.as_os_str().is_empty() && fs::symlink_metadata(path).is_err());
        let made = Made(missing.map(Path::to_owned).collect());
        fs::create_dir_all(folder)?;
        Ok(made)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for folder in &self.0 {
            // Fails where a file is; that is the point.
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Receiving {
    /// Begins a `.part` file in `folder`, which is created if it is not there.
    ///
    /// # Errors
    /// The folder cannot be created or written to; the message names it.
    pub fn begin(folder: &Path) -> anyhow::Result<Self> {
        outlive_size_limit()?;
        let shown = || printable_path(folder);
        let made = Made::create(folder)
            .with_context(|| format!("cannot create the folder {}", shown()))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix("receiving-").suffix(".part");
        // As any new file: the user's umask decides who may read it.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let part = builder
            .tempfile_in(folder)
            .map_err(without_path)
            .with_context(|| format!("cannot write to the folder {}", shown()))?;
        let folder = folder.to_owned();
        Ok(Receiving { part, folder, made })
    }

    /// The file to write to.
    pub fn file(&mut self) -> &mut File {
        self.part.as_file_mut()
    }

    /// Moves the complete file into place as `name` and returns its path.
    ///
    /// A link or a folder of that name is never followed: it is a conflict like any file.
    ///
    /// # Errors
    /// The name is taken and `on_conflict` says to refuse, or the file cannot be moved. The file
    /// is removed then.
    pub fn finish(self, name: &str, on_conflict: OnConflict) -> anyhow::Result<PathBuf> {
        // What comes first here is dropped last: the folders are empty when the file is gone.
        let Receiving {
            made: _made,
            folder,
            part,
        } = self;
        place(part.into_temp_path(), &folder, name, on_conflict)
    }
}

/// Moves a complete file into `folder` as `name`. It is removed if it cannot be.
fn place(
    part: TempPath,
    folder: &Path,
    name: &str,
    on_conflict: OnConflict,
) -> anyhow::Result<PathBuf> {
    if on_conflict == OnConflict::Overwrite {
        let target = folder.join(name);
        part.persist(&target)
            .map_err(|failure| failure.error)
            .with_context(|| format!("cannot save {}", printable_path(&target)))?;
        return Ok(target);
    }
    let mut part = Some(part);
    find_name(folder, name, on_conflict, |target| {
        let Some(unplaced) = part.take() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        unplaced.persist_noclobber(target).map_err(|failure| {
            part = Some(failure.path);
            failure.error
        })
    })
}

/// Calls `take` with the path of that name in `folder`; and if it is taken, and `on_conflict` says
/// to rename, with other names until one is free. Returns the path that was.
fn find_name(
    folder: &Path,
    name: &str,
    on_conflict: OnConflict,
    mut take: impl FnMut(&Path) -> io::Result<()>,
) -> anyhow::Result<PathBuf> {
    let last = if on_conflict == OnConflict::Rename {
        MAX_RENAMES
    } else {
        0
    };
    for number in 0..=last {
        let target = folder.join(numbered(name, number));
        match take(&target) {
            Ok(()) => return Ok(target),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                let task = format!("cannot save {}", printable_path(&folder.join(name)));
                return Err(error).context(task);
            }
        }
    }
    Err(taken(&folder.join(name)))
}

/// A file that grows beyond `ulimit -f` ends the process by a signal, and the unfinished file would
/// stay. Who takes the signal is told by an error of write(2) instead.
///
/// # Errors
/// The handler cannot be installed.
#[cfg(unix)]
pub fn outlive_size_limit() -> anyhow::Result<()> {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    if !TAKEN.swap(true, Ordering::SeqCst) {
        signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default())
            .context("cannot install a signal handler")?;
    }
    Ok(())
}

/// Elsewhere there is no such limit.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn outlive_size_limit() -> anyhow::Result<()> {
    Ok(())
}

/// The crate tells the path of the unfinished file too, which nobody has asked for.
fn without_path(error: io::Error) -> anyhow::Error {
    let text = error.to_string();
    let cause = text.split(" at path ").next().unwrap_or(&text);
    anyhow::anyhow!("{}", cause.to_owned())
}

/// `picture.jpg`, `picture-1.jpg`, `picture-2.jpg`: the names that are tried one after the other
/// where one is taken, shortened where the number needs the room.
pub fn numbered(name: &str, number: usize) -> String {
    if number == 0 {
        return name.to_owned();
    }
    let path = Path::new(name);
    let part = |part: Option<&OsStr>| part.and_then(OsStr::to_str).unwrap_or_default().to_owned();
    let (mut stem, extension) = (part(path.file_stem()), part(path.extension()));
    let tail = match extension.as_str() {
        "" => format!("-{number}"),
        extension => format!("-{number}.{extension}"),
    };
    while stem.len() + tail.len() > MAX_NAME && stem.pop().is_some() {}
    stem + &tail
}

/// The name with an ending, shortened where that needs the room.
pub fn with_ending(name: &str, ending: &str) -> String {
    let mut stem = name.to_owned();
    while stem.len() + ending.len() > MAX_NAME && stem.pop().is_some() {}
    stem + ending
}

#[cfg(test)]
mod tests;
