//! What honest clients do: for each server an exchange of our own, byte for byte, and a run of the real
//! client. One file for each kind of server.

pub(super) mod chats;
pub(super) mod folders;
pub(super) mod plain;
pub(super) mod web;

use anyhow::{Result, ensure};
use harness::{Launch, Output};

use super::PATIENCE;
use super::standing::Standing;

/// The time-out that real clients are given: they wait like everybody while a server is full.
const TIMEOUT: &str = "60";

/// A client to be run against a server.
fn client(standing: &Standing<'_>, name: &str) -> Launch {
    let client = standing.programs.launch(name);
    client.args(["--timeout", TIMEOUT]).limit(2 * PATIENCE)
}

/// Runs it, and expects success.
fn run(client: Launch) -> Result<Output> {
    let output = client.try_run()?;
    ensure!(output.success(), "expected exit code 0 of {output}");
    Ok(output)
}

/// Expects these lines on its stdout.
fn expect_lines(output: &Output, expected: &[String]) -> Result<()> {
    let found = output.stdout_lines();
    ensure!(
        found == expected,
        "expected the lines {expected:?} of {output}"
    );
    Ok(())
}
