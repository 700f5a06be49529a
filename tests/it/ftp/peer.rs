//! The stand-in server, with a folder of its own.

use std::path::PathBuf;

use harness::{Launch, Server, server, temp_dir};
use tempfile::TempDir;

use super::{PASSWORD, ftp_updown};

/// `demo-peers ftp`, up, and the folders of both sides.
pub(super) struct Peer {
    server: Server,
    folder: TempDir,
    encrypted: bool,
}

impl Peer {
    /// In the clear, for one user.
    pub(super) fn start() -> Peer {
        Peer::with(&["--user", "michael", "--password-file", "-"], false)
    }

    /// For everybody, with the defaults.
    pub(super) fn for_everybody() -> Peer {
        Peer::with(&[], false)
    }

    /// Where one can ask for TLS.
    pub(super) fn encrypted() -> Peer {
        Peer::with(&["--user", "michael", "--password-file", "-"], true)
    }

    /// With these flags.
    pub(super) fn with(flags: &[&str], encrypted: bool) -> Peer {
        let folder = temp_dir();
        std::fs::create_dir(folder.path().join("here")).unwrap();
        let mut launch = server("demo-peers")
            .dir(&folder)
            .args(["ftp", "there"])
            .args(flags);
        if encrypted {
            launch = launch.args(["--tls", "explicit", "--write-ca", "ca.pem"]);
        }
        let server = launch.stdin(format!("{PASSWORD}\n")).serve();
        Peer {
            server,
            folder,
            encrypted,
        }
    }

    pub(super) fn address(&self) -> &str {
        self.server.address()
    }

    /// `ftp-updown` in our folder, logged in to the server's `folder`. Where there is TLS, it is used.
    pub(super) fn ftp(&self, folder: &str) -> Launch {
        let ftp = ftp_updown().dir(self.here()).env("FTP_PASSWORD", PASSWORD);
        let ftp = match self.encrypted {
            true => ftp.args(["--tls", "explicit", "--ca-file", "../ca.pem"]),
            false => ftp,
        };
        ftp.arg(format!("ftp://michael@{}/{folder}", self.address()))
    }

    /// Our folder.
    pub(super) fn here(&self) -> PathBuf {
        self.folder.path().join("here")
    }

    /// The server's.
    pub(super) fn there(&self) -> PathBuf {
        self.folder.path().join("there")
    }

    /// Puts a file into our folder.
    pub(super) fn write_here(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.here().join(name), bytes).unwrap();
    }

    /// Puts a file into the server's.
    pub(super) fn write_there(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.there().join(name), bytes).unwrap();
    }

    /// Ends the server as Ctrl-C does.
    pub(super) fn stop(self) {
        self.server.stop().assert_success();
    }
}
