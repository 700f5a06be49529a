//! Linux opens a file beneath a folder, and refuses whatever would lead elsewhere (`openat2`).

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

/// Why a file was not opened.
pub(super) enum Unsure {
    /// There are links on the way, or this kernel does not know: it has to be looked at in the other
    /// way.
    HasLinks,
    Failed(io::Error),
}

/// Whether the kernel has not got the call (before 5.6), or a sandbox keeps it from us.
static IS_MISSING: AtomicBool = AtomicBool::new(false);

/// Opens a path without any links in it.
pub(super) fn open(folder: &File, path: &str) -> Result<File, Unsure> {
    if IS_MISSING.load(Ordering::Relaxed) {
        return Err(Unsure::HasLinks);
    }
    let path = if path.is_empty() { "." } else { path };
    // To open a FIFO would wait for somebody who writes.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    match openat2(folder, path, flags, Mode::empty(), beneath) {
        Ok(file) => Ok(file.into()),
        Err(Errno::LOOP | Errno::XDEV | Errno::AGAIN) => Err(Unsure::HasLinks),
        // A file that we may not read is EACCES.
        Err(Errno::NOSYS | Errno::PERM) => {
            IS_MISSING.store(true, Ordering::Relaxed);
            Err(Unsure::HasLinks)
        }
        Err(error) => Err(Unsure::Failed(error.into())),
    }
}
