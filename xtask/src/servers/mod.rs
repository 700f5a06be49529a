//! Servers of others, for the checks against real servers and for the benchmarks: each started by
//! ourselves on loopback, with a configuration and a folder of its own, and stopped when its value is
//! dropped, whatever happens.
//!
//! One file for each server. What they share is here: which tools there are ([`tool`]), a port
//! ([`port`]), and certificates ([`certificate`]).

pub(crate) mod browser;
mod certificate;
pub(crate) mod exim;
mod nginx;
mod port;
mod tool;
pub(crate) mod vsftpd;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use harness::{Process, Signal};
use tempfile::TempDir;

pub(crate) use certificate::{Certificate, Tls};
pub(crate) use exim::exim;
pub(crate) use nginx::nginx;
pub(crate) use port::start_on_port;
pub(crate) use tool::Tool;
pub(crate) use vsftpd::vsftpd;

/// How long a server may take to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// A server that runs.
pub(crate) struct Running {
    process: Process,
    address: SocketAddr,
    folder: TempDir,
}

impl Running {
    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it serves, or keeps.
    pub(crate) fn files(&self) -> PathBuf {
        files(&self.folder)
    }

    /// What it has written to its log of this name.
    pub(crate) fn log(&self, name: &str) -> Result<String> {
        let log = self.folder.path().join(name);
        fs::read_to_string(&log).with_context(|| format!("cannot read {}", log.display()))
    }
}

/// Asked to end, a server also ends the processes that it has started, and reaps them; killed, it leaves
/// that to the harness and to the system. Either way it has gone before its folder goes.
impl Drop for Running {
    fn drop(&mut self) {
        if self.process.signal(Signal::Terminate).is_ok() {
            // What does not end now is killed next, by the `Process` itself.
            let _ = self.process.wait(PATIENCE);
        }
    }
}

fn files(folder: &TempDir) -> PathBuf {
    folder.path().join("files")
}

/// A folder for a server: its configuration goes there, and `files` is what it serves. Servers that
/// were started by root work as somebody else, who has to be let in.
fn folder() -> Result<TempDir> {
    let folder = harness::temp_dir();
    fs::create_dir(files(&folder)).context("cannot create a folder")?;
    let_everybody(folder.path(), 0o755)?;
    Ok(folder)
}

/// Sets who may use a file or a folder.
#[cfg(unix)]
fn let_everybody(path: &Path, mode: u32) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .with_context(|| format!("cannot change who may use {}", path.display()))
}

/// Windows has other ways, and none of these servers.
#[cfg(not(unix))]
fn let_everybody(_path: &Path, _mode: u32) -> Result<()> {
    Ok(())
}

/// Whether we may do everything.
#[cfg(unix)]
fn am_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn am_root() -> bool {
    false
}
