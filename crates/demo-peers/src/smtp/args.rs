//! The flags of `demo-peers smtp`.

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use common::args::size;
use common::secret::PasswordArgs;

/// The flags of the mail server.
#[derive(Args, Clone, Debug)]
pub struct SmtpArgs {
    /// Keep messages in this folder, as 1.eml, 2.eml, …
    #[arg(short, long, value_name = "DIR", default_value = "mail")]
    pub output: PathBuf,
    /// Take mail only from this user, whose password is in DEMO_PEERS_PASSWORD or in --password-file;
    /// without it, from everybody, whatever they log in with
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Where the password is.
    #[command(flatten)]
    pub password: PasswordArgs,
    /// How one can log in
    #[arg(
        long,
        value_name = "HOW",
        value_delimiter = ',',
        default_value = "plain,login"
    )]
    pub auth: Vec<Mechanism>,
    /// When a connection is encrypted; with STARTTLS one can log in only after it
    #[arg(long, value_name = "WHEN", default_value = "none")]
    pub tls: Tls,
    /// Write the certificate of the authority that signed this server's to this file, for
    /// --ca-file of a client
    #[arg(long, value_name = "PEM", requires = "tls")]
    pub write_ca: Option<PathBuf>,
    /// Another name or number that the certificate is for, besides localhost, 127.0.0.1 and ::1
    #[arg(long, value_name = "HOST", requires = "tls")]
    pub host: Vec<String>,
    /// Say no: to a recipient (ann@example.org=550), or at a step (connect=421, hello, mail, data,
    /// message); 421 also closes the connection. May be repeated
    #[arg(long, value_name = "WHAT=CODE")]
    pub refuse: Vec<Refusal>,
    /// The largest message that it takes
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = size)]
    pub max_size: u64,
}

/// When a connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tls {
    /// Never
    None,
    /// When the client asks for it
    Starttls,
    /// From the first byte
    Implicit,
}

/// A way to log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mechanism {
    /// RFC 4616
    Plain,
    /// Older, and in no RFC
    Login,
}

/// Where to say no, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// An address, or a step.
    pub what: String,
    /// 4xx or 5xx.
    pub code: u16,
}

/// The steps at which one can be refused.
const STEPS: [&str; 5] = ["connect", "hello", "mail", "data", "message"];

impl FromStr for Refusal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (what, code) = text.rsplit_once('=').ok_or("write WHAT=CODE")?;
        if !what.contains('@') && !STEPS.contains(&what) {
            let steps = STEPS.join(", ");
            return Err(format!("what is refused is an address, or one of {steps}"));
        }
        match code.parse() {
            Ok(code) if (400..600).contains(&code) => Ok(Refusal {
                what: what.to_owned(),
                code,
            }),
            _ => Err("a no is a code from 400 to 599".to_owned()),
        }
    }
}
