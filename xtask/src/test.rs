//! `cargo xtask test`: builds every program once and runs all tests on exactly those.

use anyhow::Context;
use harness::{Profile, Stream};

use crate::Verdict;

/// The arguments of `cargo xtask test`
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Arguments for `cargo test`, such as the names of tests
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

pub(crate) fn run(args: Args) -> anyhow::Result<Verdict> {
    let for_cargo = args.args.iter().take_while(|arg| *arg != "--");
    let release = for_cargo
        .into_iter()
        .any(|arg| arg == "--release" || arg == "-r");
    let programs = harness::build(if release {
        Profile::Release
    } else {
        Profile::Dev
    })?;
    let folder = programs.values().next().and_then(|path| path.parent());
    let output = harness::cargo()
        .args(["test", "--workspace"])
        .args(args.args)
        .env(
            harness::BIN_DIR,
            folder.context("the workspace has no programs")?,
        )
        .show(Stream::Stdout)
        .show(Stream::Stderr)
        .try_run()?;
    Ok(if output.success() {
        Verdict::Good
    } else {
        Verdict::Bad
    })
}
