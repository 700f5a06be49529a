//! The flags of `ftp-updown`.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use common::args::{ClientArgs, LogArgs};
use common::exit::Usage;
use common::received::OnConflict;
use common::secret::PasswordArgs;

use crate::session::Tls;

/// Bring files to an FTP server and fetch them, alone or by the folder
#[derive(Debug, Parser)]
#[command(
    name = "ftp-updown",
    version,
    arg_required_else_help = false,
    disable_help_subcommand = true,
    after_help = "Example: FTP_PASSWORD=… ftp-updown --tls explicit ftp://ann@ftp.example.com/pub get notes.txt\n\
                  saves notes.txt. The folder of the URL is relative to where the login leads; \
                  ftp://HOST//pub is /pub itself.\n\n\
                  The password comes from FTP_PASSWORD, --password-file or ~/.netrc, which others \
                  must not be able to read. Without a user one logs in as anonymous.\n\n\
                  Limits: a reply of the server has at most 64 KiB and --timeout seconds, a line of \
                  a listing 16 KiB; -r goes 64 folders deep and is told of 100,000 files and folders \
                  and 32 MiB of listings at most; with --active, 16 strangers that connect in the \
                  server's place are turned away; ~/.netrc has at most 1 MiB.\n\n\
                  Exit code: 0 when everything was done, 1 when anything was not, 2 for wrong usage."
)]
pub struct FtpUpdown {
    /// The server, and where to work on it.
    #[arg(
        value_name = "URL",
        help = "ftp://[USER@]HOST[:PORT][/FOLDER] (IPv6 in brackets)"
    )]
    pub url: String,
    /// Log in as this user
    #[arg(long, global = true, value_name = "USER")]
    pub user: Option<String>,
    /// Whether to encrypt; there is no way back to clear text
    #[arg(long, global = true, value_name = "HOW", default_value = "none")]
    pub tls: Tls,
    /// Trust the certificates in this PEM file, and no others
    #[arg(long, global = true, value_name = "PEM")]
    pub ca_file: Option<PathBuf>,
    /// Let the server connect to us for each transfer, instead of the other way round
    #[arg(long, global = true)]
    pub active: bool,
    /// Transfer lines of text: CR LF on the wire, LF on the disk
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Go on where an earlier run was cut off; not with --ascii or --direct
    #[arg(long, global = true)]
    pub resume: bool,
    /// Whole folders, with all that is in them
    #[arg(short, long, global = true)]
    pub recursive: bool,
    /// put: write to the name itself, instead of to another one that takes its place at the end
    #[arg(long, global = true)]
    pub direct: bool,
    /// get: what to do when a file is here already
    #[arg(long, global = true, value_name = "WHAT", default_value = "refuse")]
    pub on_conflict: OnConflict,
    /// The password.
    #[command(flatten)]
    pub password: PasswordArgs,
    /// Time-out.
    #[command(flatten)]
    pub client: ClientArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Fetch files
    Get {
        /// The files on the server; with -r, folders as well
        #[arg(required = true, value_name = "REMOTE")]
        remote: Vec<String>,
        /// Save there: a folder (one that is there, or a path that ends with /), or for one file its
        /// name
        #[arg(short, long, value_name = "DIR|FILE")]
        output: Option<PathBuf>,
    },
    /// Bring files; what is there under their names is replaced
    Put {
        /// The files here; with -r, folders as well
        #[arg(required = true, value_name = "LOCAL")]
        local: Vec<PathBuf>,
        /// Into this folder of the server; with -r it is made if it is not there
        #[arg(long, value_name = "DIR")]
        to: Option<String>,
    },
    /// List a folder, as the server writes it
    Ls {
        /// The folder
        path: Option<String>,
    },
    /// List the names in a folder, one a line
    Names {
        /// The folder
        path: Option<String>,
    },
    /// Print where on the server one is
    Pwd,
    /// Print a file
    Cat {
        /// The file
        remote: String,
    },
    /// Rename a file or a folder
    Mv {
        /// What it is called
        old: String,
        /// What it will be called
        new: String,
    },
    /// Delete files
    Rm {
        /// The files
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<String>,
    },
    /// Make folders
    Mkdir {
        /// The folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<String>,
    },
    /// Delete empty folders
    Rmdir {
        /// The folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<String>,
    },
}

impl FtpUpdown {
    /// Whether the flags can be meant together. (clap would not see it where one stands before the
    /// command, and the other behind it.)
    ///
    /// # Errors
    /// What is on the other side is not known to be a part of this file: lines of text have another
    /// length there, and the name itself may be that of another file.
    pub fn check(&self) -> Result<(), Usage> {
        let cannot = match self {
            FtpUpdown { ascii: true, .. } => "--ascii",
            FtpUpdown { direct: true, .. } => "--direct",
            _ => return Ok(()),
        };
        match self.resume {
            true => Err(Usage(format!("cannot resume with {cannot} (see --help)"))),
            false => Ok(()),
        }
    }
}

impl Command {
    /// Everything on the command line that will be part of a command to the server.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Command::Get { remote: paths, .. }
            | Command::Rm { paths }
            | Command::Mkdir { paths }
            | Command::Rmdir { paths } => paths.iter().map(String::as_str).collect(),
            Command::Put { to: path, .. } | Command::Ls { path } | Command::Names { path } => {
                path.as_deref().into_iter().collect()
            }
            Command::Cat { remote } => vec![remote],
            Command::Mv { old, new } => vec![old, new],
            Command::Pwd => Vec::new(),
        }
    }
}
