//! The programs that are soaked, built as the tests use them or as they are given to others.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use harness::{Launch, Profile};

/// Where the programs are.
pub(super) struct Programs {
    /// With `--release`; else the harness knows them.
    released: Option<BTreeMap<String, PathBuf>>,
}

impl Programs {
    /// Builds them, if that has not been done.
    pub(super) fn build(release: bool) -> Result<Programs> {
        let released = match release {
            true => Some(harness::build(Profile::Release)?),
            false => {
                harness::try_program("time-server")?;
                None
            }
        };
        Ok(Programs { released })
    }

    /// A program to be started.
    pub(super) fn launch(&self, name: &str) -> Launch {
        let path = self.released.as_ref().and_then(|paths| paths.get(name));
        match path {
            Some(path) => Launch::command(path),
            None => Launch::program(name),
        }
    }
}
