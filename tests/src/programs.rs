//! Where the programs under test are: built by cargo, found by what cargo says about them.
//!
//! Cargo builds a package's binaries for that package's own tests only, so a separate `tests` package
//! has to arrange it, or it would test whatever an earlier build left lying about. And the place of a
//! binary is cargo's business (`--target`, `CARGO_TARGET_DIR` and profiles all move it), so it is read
//! from cargo's messages and never worked out from the path of the running test.

use std::collections::BTreeMap;
use std::env;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use crate::{Failure, Launch, Stream};

/// The variable that names a folder of ready-built programs. When it is set nothing is built.
pub const BIN_DIR: &str = "NETDOZEN_BIN_DIR";

/// How long a build may take: it may have to start from nothing, on a slow machine.
const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// Which of cargo's profiles the programs are built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// What `cargo build` does by default.
    Dev,
    /// What `cargo build --release` does.
    Release,
}

impl Profile {
    /// The profile that this code was itself built with.
    pub fn current() -> Profile {
        if cfg!(debug_assertions) {
            Profile::Dev
        } else {
            Profile::Release
        }
    }
}

/// The path of the program called `name`, built first if need be.
///
/// # Panics
/// When the build fails or there is no program of that name.
#[track_caller]
pub fn program(name: &str) -> PathBuf {
    match try_program(name) {
        Ok(path) => path,
        Err(failure) => panic!("{failure}"),
    }
}

/// The path of the program called `name`, from the folder in [`BIN_DIR`] or else from a build, which
/// is done once for each process that asks.
///
/// # Errors
/// When the build fails or there is no program of that name.
pub fn try_program(name: &str) -> Result<PathBuf, Failure> {
    if let Some(folder) = env::var_os(BIN_DIR) {
        return program_in(Path::new(&folder), name);
    }
    static BUILT: OnceLock<Result<BTreeMap<String, PathBuf>, Failure>> = OnceLock::new();
    let built = BUILT
        .get_or_init(|| build(Profile::current()))
        .as_ref()
        .map_err(Clone::clone)?;
    built.get(name).cloned().ok_or_else(|| {
        let known: Vec<_> = built.keys().map(String::as_str).collect();
        Failure::new(format!(
            "the workspace has no program {name}, only: {}",
            known.join(", ")
        ))
    })
}

fn program_in(folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    // A relative folder would mean something else to a child started in another one.
    let path = std::path::absolute(folder.join(format!("{name}{}", env::consts::EXE_SUFFIX)))
        .map_err(|error| Failure::new(format!("cannot use {BIN_DIR}: {error}")))?;
    if path.is_file() {
        Ok(path)
    } else {
        Err(Failure::new(format!(
            "{BIN_DIR} is set, but there is no {}",
            path.display()
        )))
    }
}

/// Builds every program of the workspace and says where each is, by name. Cargo's own progress and
/// errors go to stderr.
///
/// # Errors
/// When cargo cannot be started or the build fails.
pub fn build(profile: Profile) -> Result<BTreeMap<String, PathBuf>, Failure> {
    build_as(|cargo| match profile {
        Profile::Dev => cargo,
        Profile::Release => cargo.arg("--release"),
    })
}

/// The same, by a `cargo build` that is given more arguments, or another environment.
///
/// # Errors
/// When cargo cannot be started or the build fails.
pub fn build_as(
    adjust: impl FnOnce(Launch) -> Launch,
) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let cargo = cargo()
        .args(["build", "--workspace", "--bins"])
        // xtask may be what is running right now, and not every system lets a running file be
        // replaced.
        .args(["--exclude", "xtask"])
        .arg("--message-format=json-render-diagnostics");
    let cargo = adjust(cargo);
    let output = cargo.show(Stream::Stderr).try_run()?;
    if !output.success() {
        return Err(Failure::new(
            "the programs could not be built; cargo said why above",
        ));
    }
    Ok(output
        .stdout_text()
        .lines()
        .filter_map(executable)
        .collect())
}

/// The name and the path of the program that one of cargo's messages tells of, if it does.
fn executable(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    if message["reason"] != "compiler-artifact" {
        return None;
    }
    let name = message["target"]["name"].as_str()?;
    Some((
        name.to_owned(),
        PathBuf::from(message["executable"].as_str()?),
    ))
}

/// Cargo, to be given its arguments: the one that started us, if one did, in the workspace's folder
/// and with our environment, and with time enough for a build.
///
/// What cargo tells the program it runs about its package is left out: some build scripts ask
/// for it, and would run again, and all that depends on them, whenever it is another's.
pub fn cargo() -> Launch {
    let path = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let about_us = |name: &str| {
        let prefixes = [
            "CARGO_MANIFEST_",
            "CARGO_PKG_",
            "CARGO_BIN_",
            "CARGO_CRATE_",
        ];
        prefixes.iter().any(|prefix| name.starts_with(prefix))
            || ["CARGO_PRIMARY_PACKAGE", "OUT_DIR"].contains(&name)
    };
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names
        .filter(|name| about_us(name))
        .fold(Launch::command(path), Launch::without_env)
        .dir(workspace_root())
        .inherit_env()
        .limit(BUILD_LIMIT)
}

/// The folder of the workspace's `Cargo.toml`.
pub fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package is a folder of the workspace")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_an_executable_from_the_message_of_its_build() {
        let message = r#"{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"time-server"},
            "executable":"/t/debug/time-server","fresh":true}"#;
        let found = executable(message);
        assert_eq!(
            found,
            Some(("time-server".into(), PathBuf::from("/t/debug/time-server")))
        );
    }

    #[test]
    fn passes_over_libraries_and_other_messages() {
        for message in [
            r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"common"},"executable":null}"#,
            r#"{"reason":"build-finished","success":true}"#,
            "not JSON at all",
        ] {
            assert_eq!(executable(message), None);
        }
    }
}
