//! A file that is complete before it is begun.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{Made, OnConflict, Resumable, outlive_size_limit};
use crate::printable::printable_path;

/// Saves a file that is here as a whole. Where that is possible (on Linux), it has no name until it
/// is complete, and so needs no `.part`: that spares half of the work in a folder to which many
/// small files come at once. Elsewhere it goes there as a [`Resumable`] does: if the process is
/// killed, what is left has a name that the next one to save this file takes over.
///
/// # Errors
/// As [`Resumable::begin`] and [`Resumable::finish`], and if it cannot be written. Nothing is left
/// of it then.
pub fn save_whole(
    folder: &Path,
    name: &str,
    bytes: &[u8],
    on_conflict: OnConflict,
) -> anyhow::Result<PathBuf> {
    outlive_size_limit()?;
    #[cfg(target_os = "linux")]
    if let Some(saved) = unnamed::save(folder, name, bytes, on_conflict) {
        return saved;
    }
    let made = Made::create(folder)
        .with_context(|| format!("cannot create the folder {}", printable_path(folder)))?;
    #[cfg(target_os = "linux")]
    if !made.0.is_empty()
        && let Some(saved) = unnamed::save(folder, name, bytes, on_conflict)
    {
        return saved;
    }
    let mut file = Resumable::begin(folder, name, false)?;
    if let Err(error) = file.file().write_all(bytes) {
        file.discard();
        let task = format!("cannot save {}", printable_path(&folder.join(name)));
        return Err(error).context(task);
    }
    let saved = file.finish(on_conflict);
    // Not before: if nothing came of it, the folders go too.
    drop(made);
    saved
}

/// Files without a name (`O_TMPFILE`), which are given one when they are complete.
#[cfg(target_os = "linux")]
mod unnamed {
    use std::fs::File;
    use std::io::{self, Write};
    use std::os::fd::AsRawFd;
    use std::path::{Path, PathBuf};

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};

    use super::super::{OnConflict, find_name};

    /// `None` where there is no such thing: the folder is not there yet, its file system knows no
    /// files without names, `/proc` is not mounted; and where a file has to be replaced, which a
    /// link does not do.
    pub(super) fn save(
        folder: &Path,
        name: &str,
        bytes: &[u8],
        on_conflict: OnConflict,
    ) -> Option<anyhow::Result<PathBuf>> {
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        // As any new file: the user's umask decides who may read it.
        let file = open(folder, flags, Mode::from_raw_mode(0o666)).ok()?;
        let mut file = File::from(file);
        // A full disk is told of by whoever tries again.
        file.write_all(bytes).ok()?;
        let link = format!("/proc/self/fd/{}", file.as_raw_fd());
        let mut cannot = false;
        let placed = find_name(folder, name, on_conflict, |target| {
            let linked = linkat(CWD, &link, CWD, target, AtFlags::SYMLINK_FOLLOW);
            linked.map_err(|error| {
                let error = io::Error::from(error);
                cannot = error.kind() != io::ErrorKind::AlreadyExists
                    || on_conflict == OnConflict::Overwrite;
                error
            })
        });
        (placed.is_ok() || !cannot).then_some(placed)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::names;
    use super::*;

    fn save(folder: &Path, bytes: &[u8], on_conflict: OnConflict) -> anyhow::Result<PathBuf> {
        save_whole(folder, "a.txt", bytes, on_conflict)
    }

    #[test]
    fn a_conflict_is_refused_renamed_or_overwritten() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("made/for/it");
        save(&folder, b"first", OnConflict::Refuse).unwrap();
        save(&folder, b"second", OnConflict::Refuse).unwrap_err();
        assert_eq!(names(&folder), ["a.txt"]);
        assert_eq!(fs::read(folder.join("a.txt")).unwrap(), b"first");

        let renamed = save(&folder, b"third", OnConflict::Rename).unwrap();
        assert_eq!(renamed, folder.join("a-1.txt"));
        save(&folder, b"fourth", OnConflict::Overwrite).unwrap();
        assert_eq!(names(&folder), ["a-1.txt", "a.txt"]);
        assert_eq!(fs::read(folder.join("a.txt")).unwrap(), b"fourth");
        assert_eq!(fs::read(renamed).unwrap(), b"third");
    }

    #[test]
    fn folders_made_for_what_is_not_saved_are_gone() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("made/for/it");
        let long = "x".repeat(300);
        save_whole(&folder, &long, b"new", OnConflict::Refuse).unwrap_err();
        assert!(names(root.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("precious");
        fs::write(&precious, "old").unwrap();
        std::os::unix::fs::symlink(&precious, folder.path().join("a.txt")).unwrap();
        save(folder.path(), b"new", OnConflict::Refuse).unwrap_err();
        save(folder.path(), b"new", OnConflict::Overwrite).unwrap();
        assert_eq!(fs::read(&precious).unwrap(), b"old");
        assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"new");
    }

    #[cfg(unix)]
    #[test]
    fn the_umask_decides_who_may_read_it() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let other = folder.path().join("other");
        fs::write(&other, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        let saved = save(folder.path(), b"new", OnConflict::Refuse).unwrap();
        assert_eq!(mode(&saved), mode(&other));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_system_without_files_without_names_will_do() {
        let error = save(Path::new("/proc"), b"new", OnConflict::Refuse).unwrap_err();
        let line = crate::exit::one_line(&error);
        assert!(
            line.starts_with("cannot write /proc/a.txt.part: "),
            "{line}"
        );
        assert!(unnamed::save(Path::new("/proc"), "a", b"", OnConflict::Refuse).is_none());
    }
}
