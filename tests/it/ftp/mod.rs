//! `ftp-updown` against `demo-peers ftp`, and against servers that say exactly what a test wants them
//! to say.

mod commands;
mod down;
mod folders;
mod host;
mod hostile;
#[cfg(unix)]
mod killed;
mod listings;
mod passwords;
mod peer;
mod replies;
mod resume;
mod tls;
mod tutorial;
mod up;
mod usage;

use std::fs;
use std::path::Path;

use harness::{Launch, client};

/// Nobody's password but the tests'.
const PASSWORD: &str = "hunter2-Sesam";

/// The program, without anybody's `~/.netrc`.
fn ftp_updown() -> Launch {
    client("ftp-updown").env("HOME", "/nonexistent")
}

/// Checks what is in a file, without showing megabytes where it is something else.
#[track_caller]
fn assert_holds(path: impl AsRef<Path>, bytes: &[u8]) {
    let path = path.as_ref();
    let found = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (have, want) = (found.len(), bytes.len());
    assert!(
        found == bytes,
        "{}: {have} bytes, expected {want} others",
        path.display()
    );
}
