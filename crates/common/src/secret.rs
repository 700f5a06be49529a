//! Passwords and keys: where they come from, and that nobody sees them.
//!
//! Never from the command line, which every user of the host can read (`ps`), and which the shell
//! keeps in its history. Never into a log either: a [`Secret`] shows itself as stars.

use std::env;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;

use crate::printable::printable_path;

/// The longest secret, in bytes. Tokens have a few thousand.
const MAX_SECRET: u64 = 64 << 10;

/// How a secret is shown.
const MASK: &str = "****";

/// A password or a key. [`Self::reveal`] hands it to the one place that needs it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// What must not be shown.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The secret itself, to be sent where it is asked for.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// `text` with every occurrence of the secret masked, for an answer of a peer that repeats what
    /// it was sent.
    pub fn masked_in(&self, text: &str) -> String {
        match self.0.as_str() {
            "" => text.to_owned(),
            secret => text.replace(secret, MASK),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

/// The flag of a program that needs a password.
#[derive(Args, Clone, Debug)]
pub struct PasswordArgs {
    /// Read the password from the first line of this file; - is standard input
    #[arg(long, global = true, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

impl PasswordArgs {
    /// The password: from the file if one is named, else from the environment's `variable`.
    /// `None` if neither is there; a variable without a value (`NAME= program`) is none.
    ///
    /// # Errors
    /// The file cannot be read, is empty or too long; or either is no text (UTF-8).
    pub fn read(&self, variable: &str) -> anyhow::Result<Option<Secret>> {
        let Some(path) = &self.password_file else {
            return match env::var(variable) {
                Ok(text) => Ok(Some(Secret(text)).filter(|secret| !secret.0.is_empty())),
                Err(env::VarError::NotPresent) => Ok(None),
                Err(env::VarError::NotUnicode(_)) => bail!("the password in {variable} is no text"),
            };
        };
        let read = match path.as_os_str() == "-" {
            true => first_line(io::stdin().lock()),
            false => File::open(path).map_err(Into::into).and_then(first_line),
        };
        let secret = read
            .with_context(|| format!("cannot read the password from {}", printable_path(path)))?;
        Ok(Some(secret))
    }
}

/// The rest is left unread: standard input may have more to say to the program.
fn first_line(mut from: impl Read) -> anyhow::Result<Secret> {
    let mut line = Vec::new();
    let mut byte = [0];
    // Byte by byte, because what is behind the line end is not ours.
    while from.read(&mut byte)? == 1 && byte != *b"\n" {
        line.push(byte[0]);
        if line.len() as u64 > MAX_SECRET {
            bail!("its first line is longer than {MAX_SECRET} bytes");
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    match String::from_utf8(line) {
        Ok(line) if line.is_empty() => bail!("its first line is empty"),
        Ok(line) => Ok(Secret(line)),
        Err(_) => bail!("it is no text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?}"), "**** ****");
        assert_eq!(
            secret.masked_in("535 hunter2 is wrong"),
            "535 **** is wrong"
        );
        assert_eq!(Secret::new("").masked_in("as it is"), "as it is");
    }

    #[test]
    fn the_first_line_counts() {
        for (text, secret) in [
            ("hunter2", "hunter2"),
            ("hunter2\nmore", "hunter2"),
            ("a b \r\n", "a b "),
        ] {
            let read = first_line(text.as_bytes()).unwrap();
            assert_eq!(read.reveal(), secret);
        }
        let long = "x".repeat(MAX_SECRET as usize + 1);
        for (nonsense, why) in [
            (b"".as_slice(), "its first line is empty"),
            (b"\nx", "its first line is empty"),
            (b"\xff", "it is no text"),
            (long.as_bytes(), "its first line is longer than 65536 bytes"),
        ] {
            let error = first_line(nonsense).unwrap_err();
            assert_eq!(error.to_string(), why);
        }
    }
}
