//! What a test borrows from the system: open files, and a folder of its own and what is in it.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

/// Raises this process's limit of open files as far as it may, and returns it.
///
/// Each connection is an open file at either end, and the usual limit of 1,024 would end a test with
/// thousands of them. Children started from then on inherit the raised limit.
pub fn open_file_limit() -> u64 {
    raise_limit()
}

#[cfg(unix)]
fn raise_limit() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    // macOS says "unlimited" and means OPEN_MAX; more than that it refuses.
    let wanted = if cfg!(target_os = "macos") {
        limit
            .maximum
            .map_or(Some(10_240), |most| Some(most.min(10_240)))
    } else {
        limit.maximum
    };
    let raised = Rlimit {
        current: wanted,
        maximum: limit.maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => wanted.unwrap_or(u64::MAX),
        Err(_) => limit.current.unwrap_or(u64::MAX),
    }
}

/// Windows has no such limit for sockets.
#[cfg(not(unix))]
fn raise_limit() -> u64 {
    u64::MAX
}

/// A fresh, empty folder, which is removed with all that is in it when the value is dropped.
///
/// # Panics
/// When the system's folder for temporary files cannot be written to.
pub fn temp_dir() -> TempDir {
    tempfile::Builder::new()
        .prefix("netdozen-")
        .tempdir()
        .expect("the temporary folder is writable")
}

/// The names of what is in a folder, sorted.
///
/// # Panics
/// When the folder cannot be read, or a name in it is not UTF-8.
pub fn names(folder: impl AsRef<Path>) -> Vec<String> {
    let folder = folder.as_ref();
    let entries = fs::read_dir(folder);
    let entries = entries.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<_> = entries
        .map(|entry| {
            let name = entry.expect("a folder can be read to its end").file_name();
            name.into_string().expect("a name in UTF-8")
        })
        .collect();
    names.sort();
    names
}
