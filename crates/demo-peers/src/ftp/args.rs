//! The flags of `demo-peers ftp`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use common::secret::PasswordArgs;

use crate::args::At;

/// The flags of the FTP server.
#[derive(Args, Clone, Debug)]
pub struct FtpArgs {
    /// The folder that it serves, to be read and written; made if it is not there
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Where it listens.
    #[command(flatten)]
    pub at: At,
    /// Let nobody in but this user, whose password is in DEMO_PEERS_PASSWORD or in --password-file;
    /// without it, everybody is let in
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Where the password is.
    #[command(flatten)]
    pub password: PasswordArgs,
    /// Whether connections can be encrypted
    #[arg(long, value_name = "HOW", default_value = "none")]
    pub tls: Tls,
    /// Write the certificate of the authority that signed this server's to this file, for
    /// --ca-file of a client
    #[arg(long, value_name = "PEM", requires = "tls")]
    pub write_ca: Option<PathBuf>,
}

/// Whether connections can be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tls {
    /// No
    None,
    /// When the client asks for it (AUTH TLS)
    Explicit,
}
