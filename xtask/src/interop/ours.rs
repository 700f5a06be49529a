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

/// Bytes of which no stretch is like another, as in a compressed picture. Each `seed` has its own.
pub(super) fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64 ^ seed.wrapping_mul(0xd6e8_feb8_6659_fd93);
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}
