//! Where an opened file is: asked of the file, not of the name by which it was opened.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// Its path, without links.
#[cfg(target_os = "linux")]
pub(super) fn of(file: &File, _name: &Path) -> io::Result<PathBuf> {
    use std::os::fd::AsRawFd;
    std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// Its path, without links.
#[cfg(target_vendor = "apple")]
pub(super) fn of(file: &File, _name: &Path) -> io::Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let path = rustix::fs::getpath(file)?;
    Ok(std::ffi::OsString::from_vec(path.into_bytes()).into())
}

/// Where the name leads now. If that is another file than the one that was opened, somebody is
/// changing things, and nothing is found.
#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
pub(super) fn of(file: &File, name: &Path) -> io::Result<PathBuf> {
    let place = name.canonicalize()?;
    let (there, opened) = (std::fs::metadata(&place)?, file.metadata()?);
    let same = super::Stamp::of(&there) == super::Stamp::of(&opened);
    if !same {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(place)
}
