//! The programs of others that we try ours against, all of them.

use std::env;
use std::path::PathBuf;

use harness::Launch;

/// A program of somebody else.
#[derive(Debug)]
pub(crate) struct Tool {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Debian's package that has it.
    pub(crate) package: &'static str,
}

impl Tool {
    /// A web server.
    pub(crate) const NGINX: Tool = Tool {
        name: "nginx",
        package: "nginx-light",
    };

    /// Where it is. Servers are often where only root looks for programs.
    pub(crate) fn path(&self) -> Option<PathBuf> {
        const FOR_ROOT: [&str; 3] = ["/usr/local/sbin", "/usr/sbin", "/sbin"];
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path)
            .chain(FOR_ROOT.map(PathBuf::from))
            .map(|folder| folder.join(self.name))
            .find(|program| program.is_file())
    }

    /// The program, to be started.
    pub(crate) fn launch(&self) -> Launch {
        Launch::command(self.path().unwrap_or_else(|| self.name.into()))
    }
}
