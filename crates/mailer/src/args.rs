//! The flags of `mailer`, and what makes no sense among them.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgGroup, Parser};
use common::address::{Address, AddressError};
use common::args::{ClientArgs, LogArgs};
use common::exit::Usage;
use common::secret::PasswordArgs;

use crate::content::{Attached, Inline, MAX_FILES, Reader};
use crate::field::check_line;
use crate::letter::Letter;
use crate::login::Login;
use crate::mailbox::Mailbox;
use crate::part::FileContent;
use crate::session::Tls;

/// The environment variable with the password.
pub const PASSWORD_VARIABLE: &str = "MAILER_PASSWORD";

/// The most recipients of a message.
pub const MAX_RECIPIENTS: usize = 1000;

/// The longest subject, in bytes.
pub const MAX_SUBJECT: usize = 4096;

/// Send a mail: text, HTML with pictures, attachments
#[derive(Debug, Parser)]
#[command(
    name = "mailer",
    version,
    group = ArgGroup::new("recipients").args(["to", "cc", "bcc"]).required(true).multiple(true),
    group = ArgGroup::new("content").args(["text", "text_file", "html", "attach"]).required(true).multiple(true),
    after_help = "Example: mailer --server smtp.example.org --user ann --from 'Ann <ann@example.org>' \
                  --to bob@example.org --subject 'This month' --text 'See the attachment.' --attach \
                  data.xlsx\n\
                  asks for STARTTLS at port 587, logs in with the password from MAILER_PASSWORD, and \
                  prints what became of the mail for each recipient.\n\n\
                  Limits: 64 MiB of text and files, before they are encoded; 100 files; 1000 \
                  recipients; a subject of 4096 bytes, a name of 256, a CID of 100 letters, digits and \
                  ._-+@. A reply of the server has at most 100 lines of 2048 bytes, and comes within \
                  --timeout; the one to the message itself gets ten times as long.\n\n\
                  Exit code: 0 if the server has taken the mail for everybody; 75 if it may later \
                  for all whom it refused, or could not be reached; 1 if not, or if that is unknown; \
                  2 for wrong usage."
)]
pub struct Mailer {
    /// The server.
    #[arg(
        long,
        value_name = "ADDR",
        required_unless_present = "dry_run",
        help = "The server: HOST[:PORT] (IPv6 in brackets) or unix:/path; the port is 587 with \
                STARTTLS, 465 with implicit TLS, 25 without TLS"
    )]
    pub server: Option<ServerAddress>,
    /// Who writes: a@b or 'Name <a@b>'
    #[arg(long, value_name = "MAILBOX")]
    pub from: Mailbox,
    /// To whom; may be repeated
    #[arg(long, value_name = "MAILBOX")]
    pub to: Vec<Mailbox>,
    /// Who gets a copy, for all to see; may be repeated
    #[arg(long, value_name = "MAILBOX")]
    pub cc: Vec<Mailbox>,
    /// Who gets a copy that nobody else knows of; may be repeated
    #[arg(long, value_name = "MAILBOX")]
    pub bcc: Vec<Mailbox>,
    /// What it is about, in any language
    #[arg(long, value_parser = subject, allow_hyphen_values = true)]
    pub subject: String,
    /// The text
    #[arg(long, conflicts_with = "text_file", allow_hyphen_values = true)]
    pub text: Option<String>,
    /// Read the text (UTF-8) from this file; - is standard input
    #[arg(long, value_name = "FILE")]
    pub text_file: Option<PathBuf>,
    /// Read the text as HTML (UTF-8) from this file; - is standard input
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Send a picture that the HTML shows as <img src="cid:CID">; may be repeated
    #[arg(long, value_name = "CID=FILE", requires = "html")]
    pub inline: Vec<Inline>,
    /// Attach a file, under its own name; may be repeated
    #[arg(long, value_name = "FILE", value_parser = OsStringValueParser::new().try_map(Attached::try_from))]
    pub attach: Vec<Attached>,
    /// Log in as this user; the password is in MAILER_PASSWORD or in --password-file
    #[arg(long, value_name = "USER", value_parser = line)]
    pub user: Option<String>,
    /// Where the password is.
    #[command(flatten)]
    pub password: PasswordArgs,
    /// When the connection is encrypted
    #[arg(long, value_name = "WHEN", default_value = "starttls")]
    pub tls: Tls,
    /// Trust the certificates in this PEM file, and no others
    #[arg(long, value_name = "PEM")]
    pub ca_file: Option<PathBuf>,
    /// Connect to nothing; write the envelope, an empty line and the message to stdout
    #[arg(long)]
    pub dry_run: bool,
    /// Time-out.
    #[command(flatten)]
    pub client: ClientArgs,
    /// Logging.
    #[command(flatten)]
    pub log: LogArgs,
}

/// Where the server is; the port depends on what is spoken there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    address: Address,
    has_port: bool,
}

impl FromStr for ServerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let has_port = text.starts_with("unix:") || (text.contains(':') && !text.ends_with(']'));
        let address = match has_port {
            true => text.parse(),
            false => format!("{text}:0").parse(),
        };
        address.map(|address| ServerAddress { address, has_port })
    }
}

impl ServerAddress {
    /// With the port that is usual, unless it was given.
    pub fn with_port(&self, tls: Tls) -> Address {
        match self.address.clone() {
            Address::Inet { host, .. } if !self.has_port => {
                let port = tls.default_port();
                Address::Inet { host, port }
            }
            address => address,
        }
    }
}

impl Mailer {
    /// Everybody who gets it.
    pub fn recipients(&self) -> impl Iterator<Item = &Mailbox> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }

    /// Refuses what cannot be meant, beyond what clap knows.
    ///
    /// # Errors
    /// [`Usage`].
    pub fn check(&self) -> anyhow::Result<()> {
        let is_stdin =
            |path: &Option<PathBuf>| path.as_ref().is_some_and(|path| path.as_os_str() == "-");
        let at_unix_socket = |server: &ServerAddress| matches!(server.address, Address::Unix(_));
        let files = self.attach.len() + self.inline.len();
        let mut cids: Vec<_> = self.inline.iter().map(|inline| &inline.cid).collect();
        cids.sort();
        let wrong = if self.recipients().count() > MAX_RECIPIENTS {
            format!("a message has at most {MAX_RECIPIENTS} recipients")
        } else if files > MAX_FILES {
            format!("a message has at most {MAX_FILES} files")
        } else if let Some(twice) = cids.windows(2).find(|pair| pair[0] == pair[1]) {
            format!("two pictures are called {}", twice[0])
        } else if is_stdin(&self.text_file) && is_stdin(&self.html) {
            "text and HTML cannot both be standard input".to_owned()
        } else if self.password.password_file.is_some() && self.user.is_none() {
            "--password-file needs --user".to_owned()
        } else if self.server.as_ref().is_some_and(at_unix_socket) && self.tls != Tls::None {
            "a unix socket has no name that a certificate could be for: add --tls none".to_owned()
        } else {
            return Ok(());
        };
        Err(Usage(wrong).into())
    }

    /// As whom to log in, if at all. Read before anything else: both the password and the text may
    /// be on standard input, the password being its first line.
    ///
    /// # Errors
    /// There is no password, or it cannot be read.
    pub fn login(&self) -> anyhow::Result<Option<Login>> {
        let Some(user) = &self.user else {
            return Ok(None);
        };
        let password = match self.dry_run {
            true => self.password.read(PASSWORD_VARIABLE)?,
            false => Some(self.password.read_for(user, PASSWORD_VARIABLE)?),
        };
        Ok(password.map(|password| Login::new(user, password)))
    }

    /// The message that was asked for, with all that it holds.
    ///
    /// # Errors
    /// A file cannot be read, or all of it is too much.
    pub fn letter(&self) -> anyhow::Result<Letter> {
        let mut reader = Reader::default();
        let text = match (&self.text, &self.text_file) {
            (Some(text), _) => Some(reader.given(text)?),
            (None, Some(path)) => Some(reader.text(path)?),
            (None, None) => None,
        };
        let html = self.html.as_deref().map(|path| reader.text(path));
        let html = html.transpose()?;
        let mut read = |file: &Attached| -> anyhow::Result<FileContent> {
            let bytes = reader.file(&file.path)?;
            let name = file.name.clone();
            Ok(FileContent { name, bytes })
        };
        let mut inline = Vec::new();
        for picture in &self.inline {
            let shown = format!("cid:{}", picture.cid);
            if !html.as_ref().is_some_and(|html| html.contains(&shown)) {
                tracing::warn!("the HTML does not show {shown}");
            }
            inline.push((picture.cid.clone(), read(&picture.file)?));
        }
        let attached = self.attach.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Letter {
            from: self.from.clone(),
            to: self.to.clone(),
            cc: self.cc.clone(),
            subject: self.subject.clone(),
            text,
            html,
            inline,
            attached,
        })
    }
}

fn line(text: &str) -> Result<String, String> {
    check_line(text).map_err(|error| error.to_string())?;
    Ok(text.to_owned())
}

fn subject(text: &str) -> Result<String, String> {
    match text.len() > MAX_SUBJECT {
        true => Err(format!("a subject has at most {MAX_SUBJECT} bytes")),
        false => line(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_the_usual_one_unless_it_is_given() {
        for (text, tls, shown) in [
            ("smtp.126.com", Tls::Starttls, "smtp.126.com:587"),
            ("smtp.126.com", Tls::Implicit, "smtp.126.com:465"),
            ("127.0.0.1", Tls::None, "127.0.0.1:25"),
            ("[::1]", Tls::None, "[::1]:25"),
            ("[::1]:2525", Tls::None, "[::1]:2525"),
            ("localhost:2525", Tls::Implicit, "localhost:2525"),
        ] {
            let server: ServerAddress = text.parse().unwrap();
            assert_eq!(server.with_port(tls).to_string(), shown);
        }
        for nonsense in ["", "::1", "a b", "host:", "host:x", "[x]"] {
            assert!(nonsense.parse::<ServerAddress>().is_err(), "{nonsense}");
        }
    }
}
