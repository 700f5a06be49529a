//! The folder that is served, and the only way to a file in it.
//!
//! That a file is in the folder is not worked out from its name: between a look at the name and the
//! opening, a link may have been put there. The kernel is asked to open it beneath the folder and
//! nowhere else, or the file is opened first and then asked where it is.

#[cfg(target_os = "linux")]
mod beneath;
mod entries;
mod place;

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use common::exit::Usage;
use common::printable::printable_path;

use crate::target::is_hidden;
pub use entries::Entry;

/// A folder, opened.
#[derive(Debug)]
pub struct Root {
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "only Linux is asked to open beneath it")
    )]
    folder: File,
    /// Where it is, without links.
    path: PathBuf,
}

/// A file or a folder that may be served.
#[derive(Debug)]
pub struct Found {
    /// It, opened.
    pub file: File,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// What is known of it.
    pub stamp: Stamp,
}

/// What changes when a file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Its size in bytes.
    pub size: u64,
    /// When it was written, in nanoseconds since 1970; 0 for what is older.
    pub modified: u64,
    /// Its number in the file system, where there are such.
    number: u64,
}

/// Why something is not served.
#[derive(Debug, thiserror::Error)]
pub enum NotServed {
    /// There is no such thing, or nothing of it is said: a dot file, a link out of the folder,
    /// something that is neither a file nor a folder.
    #[error("not found")]
    Missing,
    /// The system does not let us read it.
    #[error("permission denied")]
    Forbidden,
    /// Another failure, perhaps one that passes.
    #[error(transparent)]
    Failed(io::Error),
}

impl Root {
    /// Opens the folder.
    ///
    /// # Errors
    /// There is none at `path`, or we may not read it.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        let task = || format!("cannot serve {}", printable_path(path));
        let canonical = path.canonicalize().with_context(task)?;
        if !canonical.is_dir() {
            return Err(Usage(format!("{}: not a folder", task())).into());
        }
        let folder = open_folder(&canonical).with_context(task)?;
        Ok(Root {
            folder,
            path: canonical,
        })
    }

    /// Opens what a path ([`crate::target::Target::path`]) leads to. Links are followed, as long as
    /// they do not lead out of the folder.
    ///
    /// # Errors
    /// [`NotServed`].
    pub fn find(&self, path: &str) -> Result<Found, NotServed> {
        if is_hidden(path) {
            return Err(NotServed::Missing);
        }
        let file = self.open_beneath(path)?;
        let metadata = file.metadata()?;
        // A device or a FIFO has no length to promise, and reading it may wait for ever.
        if !metadata.is_file() && !metadata.is_dir() {
            return Err(NotServed::Missing);
        }
        Ok(Found {
            file,
            is_folder: metadata.is_dir(),
            stamp: Stamp::of(&metadata),
        })
    }

    #[cfg(target_os = "linux")]
    fn open_beneath(&self, path: &str) -> Result<File, NotServed> {
        match beneath::open(&self.folder, path) {
            Ok(file) => Ok(file),
            Err(beneath::Unsure::HasLinks) => self.open_and_look(path),
            Err(beneath::Unsure::Failed(error)) => Err(error.into()),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn open_beneath(&self, path: &str) -> Result<File, NotServed> {
        self.open_and_look(path)
    }

    /// Opens it first, and then looks where it is.
    fn open_and_look(&self, path: &str) -> Result<File, NotServed> {
        let name = self.path.join(path);
        let file = open_for_reading(&name)?;
        let place = place::of(&file, &name)?;
        // By names, not by letters: /srv-secret is not in /srv.
        let below = place.strip_prefix(&self.path);
        match below.map(|below| below.to_string_lossy().replace('\\', "/")) {
            Ok(below) if !is_hidden(&below) => Ok(file),
            _ => Err(NotServed::Missing),
        }
    }

    /// What is in a folder of it, dot files left out, and how many more there are than were asked for.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn entries(
        &self,
        path: &str,
        folder: &File,
        most: usize,
    ) -> io::Result<(Vec<Entry>, bool)> {
        entries::read(self, path, folder, most)
    }
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().unwrap_or(UNIX_EPOCH);
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let number = 0;
        Stamp {
            size: metadata.len(),
            modified: nanoseconds(modified),
            number,
        }
    }

    /// Whether a file is still as it was.
    ///
    /// # Errors
    /// The system does not tell.
    pub fn is_of(&self, file: &File) -> io::Result<bool> {
        Ok(*self == Stamp::of(&file.metadata()?))
    }

    /// When it was written, to the second, as HTTP tells it.
    pub fn modified_second(&self) -> u64 {
        self.modified / 1_000_000_000
    }
}

fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

impl From<io::Error> for NotServed {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind::{
            InvalidFilename, InvalidInput, NotADirectory, NotFound, PermissionDenied,
        };
        match error.kind() {
            NotFound | NotADirectory | InvalidFilename | InvalidInput => NotServed::Missing,
            PermissionDenied => NotServed::Forbidden,
            _ if is_missing(&error) => NotServed::Missing,
            _ => NotServed::Failed(error),
        }
    }
}

/// A link that leads to itself, a socket, a device without a driver.
#[cfg(unix)]
fn is_missing(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::LOOP, Errno::NXIO, Errno::NODEV]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

/// A link that leads to itself.
#[cfg(not(unix))]
fn is_missing(error: &io::Error) -> bool {
    const ERROR_CANT_RESOLVE_FILENAME: i32 = 1921;
    error.raw_os_error() == Some(ERROR_CANT_RESOLVE_FILENAME)
}

#[cfg(unix)]
fn open_for_reading(path: &Path) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open};
    // To open a FIFO would wait for somebody who writes.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    Ok(open(path, flags, Mode::empty())?.into())
}

#[cfg(windows)]
fn open_for_reading(path: &Path) -> io::Result<File> {
    use std::os::windows::fs::OpenOptionsExt;
    /// Without it a folder cannot be opened.
    const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
    File::options()
        .read(true)
        .custom_flags(FILE_FLAG_BACKUP_SEMANTICS)
        .open(path)
}

fn open_folder(path: &Path) -> io::Result<File> {
    open_for_reading(path)
}
