//! A new tape. It holds passwords as they were sent, so nobody but its owner may read it, and what
//! is there already is not replaced unless that was asked for.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use common::printable::printable_path;
use common::received::{MAX_RENAMES, OnConflict, numbered, outlive_size_limit, taken};

use super::Header;
use crate::event::Event;

/// Collected before it is written. What one read of a busy relay makes, in base64, is longer, and goes
/// to the file without a stay here.
const BUFFER: usize = 64 << 10;

/// A tape that is being written.
#[derive(Debug)]
pub struct Tape {
    file: BufWriter<File>,
    path: PathBuf,
    /// The line that is being made.
    line: Vec<u8>,
}

impl Tape {
    /// Makes a file that was not there before.
    ///
    /// # Errors
    /// It is there, and `on_conflict` says to refuse then; or it cannot be made.
    pub fn create(path: &Path, on_conflict: OnConflict) -> anyhow::Result<Self> {
        outlive_size_limit()?;
        let name = path.file_name().and_then(OsStr::to_str);
        let last = match (on_conflict, name) {
            (OnConflict::Rename, Some(_)) => MAX_RENAMES,
            _ => 0,
        };
        for number in 0..=last {
            let path = match name {
                Some(name) if number > 0 => path.with_file_name(numbered(name, number)),
                _ => path.to_owned(),
            };
            // A file that others may read stays so when it is emptied; a new one is ours alone. And a
            // link is not followed. What is neither, a device say, is left alone.
            let may_go = |found: fs::Metadata| found.is_file() || found.is_symlink();
            if on_conflict == OnConflict::Overwrite && fs::symlink_metadata(&path).is_ok_and(may_go)
            {
                fs::remove_file(&path).with_context(|| cannot(&path))?;
            }
            match create_new(&path) {
                Ok(file) => {
                    let file = BufWriter::with_capacity(BUFFER, file);
                    let line = Vec::new();
                    return Ok(Tape { file, path, line });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(|| cannot(&path)),
            }
        }
        Err(taken(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the first line.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn begin(&mut self, header: &Header) -> anyhow::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, header)?;
        self.end_line()?;
        self.flush()
    }

    /// Writes an event, into a buffer for now.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn write(&mut self, event: &Event) -> anyhow::Result<()> {
        self.line.clear();
        super::write_line(event, &mut self.line)?;
        self.end_line()
    }

    /// Hands everything to the system.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn flush(&mut self) -> anyhow::Result<()> {
        self.file.flush().with_context(|| cannot(&self.path))
    }

    fn end_line(&mut self) -> anyhow::Result<()> {
        self.line.push(b'\n');
        let written = self.file.write_all(&self.line);
        written.with_context(|| cannot(&self.path))
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn cannot(path: &Path) -> String {
    format!("cannot write the tape {}", printable_path(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_file_is_refused_renamed_or_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tape");
        fs::write(&path, "old").unwrap();
        let refused = Tape::create(&path, OnConflict::Refuse).unwrap_err();
        assert!(refused.to_string().ends_with("(see --on-conflict)"));
        let renamed = Tape::create(&path, OnConflict::Rename).unwrap();
        assert_eq!(renamed.path(), folder.path().join("a-1.tape"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        Tape::create(&path, OnConflict::Overwrite).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[cfg(unix)]
    #[test]
    fn it_is_its_owners_alone_even_where_an_open_file_was() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tape");
        for on_conflict in [OnConflict::Refuse, OnConflict::Overwrite] {
            Tape::create(&path, on_conflict).unwrap();
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("precious");
        fs::write(&precious, "old").unwrap();
        let link = folder.path().join("a.tape");
        std::os::unix::fs::symlink(&precious, &link).unwrap();
        assert!(Tape::create(&link, OnConflict::Refuse).is_err());
        Tape::create(&link, OnConflict::Overwrite).unwrap();
        assert_eq!(fs::read(&precious).unwrap(), b"old");
    }
}
