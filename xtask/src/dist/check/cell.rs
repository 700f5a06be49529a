//! An empty folder with one program in it that sees nothing else.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use harness::{Launch, Output, Server};
use tempfile::TempDir;

use super::peers::{Dns, Https};

/// A name that only the `/etc/hosts` of a cell knows. No `.test` is in DNS (RFC 6761, section 6.2).
pub(super) const HOST: &str = "hosts.dozen.test";

/// A name that only our own DNS server knows.
pub(super) const DNS_HOST: &str = "dns.dozen.test";

/// The commands that lock a program in: `chroot`, perhaps with what makes it permitted.
#[derive(Clone, Copy)]
pub(super) struct Entrance(&'static [&'static str]);

impl Entrance {
    const ALL: [Entrance; 2] = [
        Entrance(&["chroot"]),
        // Whoever is not root may be it in a namespace of their own, on many systems.
        Entrance(&["unshare", "--user", "--map-root-user", "chroot"]),
    ];

    /// One that works here.
    pub(super) fn find() -> Option<Entrance> {
        Entrance::ALL.into_iter().find(|Entrance(words)| {
            Launch::command("true")
                .under(words.iter().copied().chain(["/"]))
                .try_run()
                .is_ok_and(|output| output.success())
        })
    }
}

/// What cells are made of, and who can be reached from inside.
pub(super) struct Cells<'a> {
    pub(super) entrance: Entrance,
    pub(super) binaries: &'a Path,
    pub(super) dns: anyhow::Result<Dns>,
    pub(super) https: Https,
}

impl Cells<'_> {
    /// A cell with this program in it.
    pub(super) fn of(&self, name: &str) -> anyhow::Result<Cell> {
        let cell = Cell {
            root: harness::temp_dir(),
            name: name.to_owned(),
            entrance: self.entrance,
        };
        let to = cell.root.path().join(name);
        fs::copy(self.binaries.join(name), &to)
            .with_context(|| format!("cannot copy {name} into {}", to.display()))?;
        cell.put("etc/hosts", format!("127.0.0.1 {HOST}\n"))?;
        let server = Dns::ADDRESS.ip();
        cell.put("etc/resolv.conf", format!("nameserver {server}\n"))?;
        Ok(cell)
    }
}

/// A program, and the folder that is the whole world to it.
pub(super) struct Cell {
    root: TempDir,
    name: String,
    entrance: Entrance,
}

impl Cell {
    /// Puts a file in.
    pub(super) fn put(&self, path: &str, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
        let path = self.root.path().join(path);
        let cannot = || format!("cannot write {}", path.display());
        fs::create_dir_all(path.parent().with_context(cannot)?).with_context(cannot)?;
        fs::write(&path, content).with_context(cannot)
    }

    /// What is in a file that the program has written.
    pub(super) fn read(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        let path = self.root.path().join(path);
        fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    }

    /// Checks that a file that the program has written holds this.
    pub(super) fn holds(&self, path: &str, content: impl AsRef<[u8]>) -> anyhow::Result<()> {
        let same = self.read(path)? == content.as_ref();
        ensure!(
            same,
            "what {} has written to {path} is not what was sent",
            self.name
        );
        Ok(())
    }

    /// The program, to be started inside.
    pub(super) fn launch(&self, args: &[&str]) -> Launch {
        let Entrance(words) = self.entrance;
        let words = words.iter().map(|word| (*word).into());
        Launch::command(format!("/{}", self.name))
            .under(words.chain([self.root.path().as_os_str().to_owned()]))
            .args(args)
    }

    /// Runs the program to its end, which has to be a good one.
    pub(super) fn run(&self, args: &[&str]) -> anyhow::Result<Output> {
        let output = self.launch(args).try_run()?;
        ensure!(output.success(), "{output}");
        Ok(output)
    }

    /// Starts the program on a free port, and waits until it listens.
    pub(super) fn serve(&self, args: &[&str]) -> anyhow::Result<Server> {
        Ok(self
            .launch(args)
            .args(["--listen", "127.0.0.1:0"])
            .try_serve()?)
    }
}
