//! A file that may take several runs to come.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tempfile::TempPath;

use super::{Made, OnConflict, outlive_size_limit, place, with_ending};
use crate::printable::printable_path;

/// The longest text that [`Resumable::restart`] takes, in bytes.
const MAX_ORIGIN: usize = 16 << 10;

/// How often a part is opened that others finish at that very moment.
const TRIES: usize = 100;

/// The ending of the note about a part. It has to be the part of no other file, and would be that of
/// `NAME.origin.part`, a name that [`super::safe_file_name`] lets nobody have.
const NOTE: &str = ".origin.part.part";

/// A file that is being received into a folder as `NAME.part`. Dropped before [`Self::finish`], and
/// if the process is killed, what has come stays there, so that another run can go on with it;
/// a note beside it, `NAME.origin.part.part`, says what it is a part of.
#[derive(Debug)]
pub struct Resumable {
    file: File,
    folder: PathBuf,
    name: String,
    part: PathBuf,
    /// The file with the origin.
    note: PathBuf,
    length: u64,
    origin: Option<String>,
    placed: bool,
    /// The last, so that it is dropped after the files are gone.
    _made: Made,
}

impl Resumable {
    /// Whether an earlier run has left a part of this file.
    pub fn is_begun(folder: &Path, name: &str) -> bool {
        fs::symlink_metadata(folder.join(with_ending(name, ".part"))).is_ok()
    }

    /// Opens `NAME.part` in `folder`, which is created if it is not there. Unless `resume`, what an
    /// earlier run has left is thrown away.
    ///
    /// # Errors
    /// The folder cannot be created or written to; somebody else is receiving this file right now;
    /// what is called `NAME.part` is no file. The message names the place.
    pub fn begin(folder: &Path, name: &str, resume: bool) -> anyhow::Result<Self> {
        outlive_size_limit()?;
        let made = Made::create(folder)
            .with_context(|| format!("cannot create the folder {}", printable_path(folder)))?;
        let part = folder.join(with_ending(name, ".part"));
        let note = folder.join(with_ending(name, NOTE));
        let file =
            open(&part).with_context(|| format!("cannot write {}", printable_path(&part)))?;
        let mut resumable = Resumable {
            length: file.metadata()?.len(),
            origin: None,
            file,
            folder: folder.to_owned(),
            name: name.to_owned(),
            part,
            note,
            placed: false,
            _made: made,
        };
        if resume {
            resumable.file.seek(SeekFrom::End(0))?;
            // A note beside nothing is about nothing.
            if resumable.length > 0 {
                resumable.origin = read_note(&resumable.note);
            }
        } else {
            resumable.restart("")?;
        }
        Ok(resumable)
    }

    /// How many bytes have come in earlier runs.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// What an earlier run said to [`Self::restart`].
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Throws away what has come. `origin` says of what the file will be a part from now on, for
    /// another run to compare (an entity tag, a date and a size); it may be empty.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn restart(&mut self, origin: &str) -> anyhow::Result<()> {
        let task = || format!("cannot write {}", printable_path(&self.part));
        // In this order: at no moment does a note stand beside bytes that it is not about.
        // A file that was truncated is written to disk when it is closed (ext4, auto_da_alloc): half a
        // second for each GiB that nobody asked for. So only where there is something to truncate.
        if self.file.metadata().with_context(task)?.len() > 0 {
            self.file.set_len(0).with_context(task)?;
        }
        self.file.rewind().with_context(task)?;
        let _ = fs::remove_file(&self.note);
        if !origin.is_empty() && origin.len() <= MAX_ORIGIN {
            write_note(&self.note, origin)
                .with_context(|| format!("cannot write {}", printable_path(&self.note)))?;
        }
        self.length = 0;
        self.origin = (!origin.is_empty()).then(|| origin.to_owned());
        Ok(())
    }

    /// The file to write to, at its end.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Where it is until it is complete.
    pub fn part(&self) -> &Path {
        &self.part
    }

    /// Moves the complete file into place and returns its path. As [`super::Receiving::finish`].
    ///
    /// # Errors
    /// The name is taken and `on_conflict` says to refuse, or the file cannot be moved. The file is
    /// removed then.
    pub fn finish(mut self, on_conflict: OnConflict) -> anyhow::Result<PathBuf> {
        self.placed = true;
        let part = TempPath::try_from_path(&self.part)?;
        let _ = fs::remove_file(&self.note);
        place(part, &self.folder, &self.name, on_conflict)
    }

    /// Throws away what has come, for good.
    pub fn discard(mut self) {
        self.remove();
    }

    fn remove(&mut self) {
        self.placed = true;
        let _ = fs::remove_file(&self.note);
        let _ = fs::remove_file(&self.part);
    }
}

impl Drop for Resumable {
    /// A file without a byte is no help to anybody.
    fn drop(&mut self) {
        if !self.placed && self.file.metadata().is_ok_and(|file| file.len() == 0) {
            self.remove();
        }
    }
}

/// Opens a file that is ours alone, and no link to another.
fn open(path: &Path) -> anyhow::Result<File> {
    for _ in 0..TRIES {
        if let Some(file) = claim(open_unclaimed(path)?, path)? {
            return Ok(file);
        }
    }
    bail!("it is another one each time it is opened")
}

fn open_unclaimed(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    // To read as well: to open a FIFO for writing only would wait for its reader.
    options.read(true).write(true).create(true).truncate(false);
    let file = without_surprises(&mut options).open(path)?;
    if !file.metadata()?.is_file() {
        bail!("it is there, and is no file");
    }
    Ok(file)
}

/// Makes an open file ours. `None` if it is not at `path` any more: who had it until now has moved it
/// into place, or removed it, and then it must not be touched.
fn claim(file: File, path: &Path) -> anyhow::Result<Option<File>> {
    lock(&file)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let ours = file.metadata()?;
        let same = |there: fs::Metadata| (there.dev(), there.ino()) == (ours.dev(), ours.ino());
        if !fs::symlink_metadata(path).is_ok_and(same) {
            return Ok(None);
        }
        if ours.nlink() > 1 {
            bail!("it is also there under another name (a hard link)");
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(Some(file))
}

/// Keeps others of our kind away from a file until it is closed. Where a file system knows no locks,
/// there are none.
fn lock(file: &File) -> anyhow::Result<()> {
    #[cfg(unix)]
    {
        use rustix::fs::{FlockOperation, flock};
        use rustix::io::Errno;
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => bail!("another program is receiving it"),
            Err(error) => tracing::debug!("cannot lock the unfinished file: {error}"),
            Ok(()) => {}
        }
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

/// No link is followed, and nothing is waited for.
fn without_surprises(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        options.custom_flags(flags.bits().cast_signed());
    }
    options
}

fn read_note(path: &Path) -> Option<String> {
    let file = without_surprises(OpenOptions::new().read(true)).open(path);
    let file = file.ok()?;
    if !file.metadata().is_ok_and(|file| file.is_file()) {
        return None;
    }
    let mut origin = String::new();
    let read = file.take(MAX_ORIGIN as u64).read_to_string(&mut origin);
    read.ok().map(|_| origin)
}

/// Where something is in its place, it is not written to: it is not ours.
fn write_note(path: &Path, origin: &str) -> io::Result<()> {
    let mut note = OpenOptions::new().write(true).create_new(true).open(path)?;
    note.write_all(origin.as_bytes())
}

#[cfg(test)]
mod tests;
