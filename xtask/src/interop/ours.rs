//! Our own programs, run for a check.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use harness::{Launch, Output};

/// Runs one of our programs to its end.
///
/// # Errors
/// When its exit code is not `code`; with all that it printed.
pub(super) fn ends(program: Launch, code: i32) -> Result<Output> {
    let output = program.try_run()?;
    ensure!(
        output.code == Some(code),
        "expected exit code {code} of {output}"
    );
    Ok(output)
}

/// Checks that a program said `text` on stderr.
pub(super) fn said(output: &Output, text: &str) -> Result<()> {
    ensure!(
        output.stderr_text().contains(text),
        "expected {text:?} on stderr of {output}"
    );
    Ok(())
}

/// Checks that a file holds these bytes.
pub(super) fn holds(file: &Path, bytes: &[u8]) -> Result<()> {
    let found = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    ensure!(
        found == bytes,
        "{} has {} bytes, and they are not the {} expected",
        file.display(),
        found.len(),
        bytes.len()
    );
    Ok(())
}

/// How many bytes there are in a folder of files that are not yet complete.
pub(super) fn unfinished(folder: &Path) -> Result<usize> {
    let Ok(entries) = fs::read_dir(folder) else {
        // Nothing has come, so there is no folder yet.
        return Ok(0);
    };
    let mut length = 0;
    for entry in entries {
        let entry = entry.context("cannot read a folder")?;
        if entry.path().extension().is_some_and(|is| is == "part") {
            // It may be moved into place just now.
            length += entry.metadata().map_or(0, |data| data.len() as usize);
        }
    }
    Ok(length)
}

/// Waits until `look` finds what it looks for.
///
/// # Errors
/// Those of `look`, and when the time is up.
pub(super) fn until<T>(what: &str, look: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    harness::try_wait_until(what, look)
}
