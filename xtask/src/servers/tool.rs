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

    /// An FTP server.
    pub(crate) const VSFTPD: Tool = Tool {
        name: "vsftpd",
        package: "vsftpd",
    };
    /// A mail server.
    pub(crate) const EXIM: Tool = Tool {
        name: "exim4",
        package: "exim4-daemon-light",
    };
    /// It reads a stored message as a mail program does.
    pub(crate) const PYTHON: Tool = Tool {
        name: "python3",
        package: "python3",
    };

    /// Moves files by HTTP and FTP.
    pub(crate) const CURL: Tool = Tool {
        name: "curl",
        package: "curl",
    };
    /// Downloads many files at once.
    pub(crate) const ARIA2: Tool = Tool {
        name: "aria2c",
        package: "aria2",
    };
    /// Downloads.
    pub(crate) const WGET2: Tool = Tool {
        name: "wget2",
        package: "wget2",
    };
    /// Moves files by FTP.
    pub(crate) const LFTP: Tool = Tool {
        name: "lftp",
        package: "lftp",
    };

    /// A browser.
    pub(crate) const CHROMIUM: Tool = Tool {
        name: "chromium",
        package: "chromium",
    };
    /// Leads the browser.
    pub(crate) const CHROMEDRIVER: Tool = Tool {
        name: "chromedriver",
        package: "chromium-driver",
    };
    /// Connects its input and output to a socket.
    pub(crate) const NETCAT: Tool = Tool {
        name: "nc",
        package: "netcat-openbsd",
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
