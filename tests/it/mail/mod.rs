//! `mailer`, against `demo-peers smtp`, and against servers that say exactly what a test wants them
//! to say; and that stand-in itself, against the tutorials' own programs.

mod delivery;
mod dots;
mod encrypted;
mod fields;
mod hostile;
mod login;
mod messages;
mod outcome;
mod stand_in;
mod talk;
mod tutorials;
mod usage;

use std::fs;
use std::path::PathBuf;

use harness::{Launch, Server, client, server, temp_dir};
use tempfile::TempDir;

/// A mail server that keeps what it gets, and the folder where it does.
struct Post {
    server: Server,
    folder: TempDir,
}

impl Post {
    /// With these flags.
    fn start(flags: &[&str]) -> Post {
        Post::by(|launch| launch.args(flags))
    }

    fn by(prepare: impl FnOnce(Launch) -> Launch) -> Post {
        let folder = temp_dir();
        let launch = server("demo-peers").arg("smtp").dir(&folder);
        let server = prepare(launch).serve();
        Post { server, folder }
    }

    fn address(&self) -> &str {
        self.server.address()
    }

    /// A path in the folder where it runs.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A mail to it from a@b to c@d, in the clear; what it says is missing.
    fn mail(&self) -> Launch {
        empty_mail_to(self.address())
    }

    /// The messages that it has kept, in order; nothing else is there.
    fn kept(&self) -> Vec<Vec<u8>> {
        let Ok(entries) = fs::read_dir(self.path("mail")) else {
            return Vec::new();
        };
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
        for path in &paths {
            assert_eq!(path.extension().unwrap(), "eml", "{}", path.display());
        }
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    }

    /// The only message that it has kept.
    #[track_caller]
    fn only(&self) -> Vec<u8> {
        let mut kept = self.kept();
        assert_eq!(kept.len(), 1, "messages");
        kept.remove(0)
    }
}

fn mailer() -> Launch {
    client("mailer")
}

/// A mail to that server from a@b to c@d, in the clear; what it says is missing.
fn empty_mail_to(address: &str) -> Launch {
    mailer().args(["--server", address, "--tls", "none"]).args([
        "--from",
        "a@b",
        "--to",
        "c@d",
        "--subject",
        "Hi",
    ])
}
