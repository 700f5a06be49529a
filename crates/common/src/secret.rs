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

use crate::exit::Usage;
use crate::printable::{printable, printable_path};

#[cfg(unix)]
mod typed;

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
    /// Read the password from the first line of this file; - is standard input, and a terminal does
    /// not show what is typed
    #[arg(long, global = true, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

impl PasswordArgs {
    /// The password: from the file if one is named, else from the environment's `variable`; the first
    /// line of either. `None` if neither is there; a variable without a value (`NAME= program`) is
    /// none. At a terminal, standard input is asked for it, and does not show what is typed.
    ///
    /// # Errors
    /// The file cannot be read, is empty or too long; or either is no text (UTF-8).
    pub fn read(&self, variable: &str) -> anyhow::Result<Option<Secret>> {
        let Some(path) = &self.password_file else {
            return match env::var_os(variable) {
                Some(value) if !value.is_empty() => first_line(value.as_encoded_bytes())
                    .with_context(|| format!("cannot use the password in {variable}"))
                    .map(Some),
                _ => Ok(None),
            };
        };
        let (read, name) = match path.as_os_str() == "-" {
            true => (first_line_of_stdin(), "standard input".to_owned()),
            false => (
                File::open(path).map_err(Into::into).and_then(first_line),
                printable_path(path).to_string(),
            ),
        };
        let secret = read.with_context(|| format!("cannot read the password from {name}"))?;
        Ok(Some(secret))
    }

    /// The password of `user`, who cannot do without one.
    ///
    /// # Errors
    /// As [`Self::read`]; and [`Usage`] if there is none.
    pub fn read_for(&self, user: &str, variable: &str) -> anyhow::Result<Secret> {
        let missing = || {
            let user = printable(user);
            Usage(format!(
                "the password for {user} is missing: set {variable}, or name a --password-file"
            ))
        };
        Ok(self.read(variable)?.ok_or_else(missing)?)
    }
}

fn first_line_of_stdin() -> anyhow::Result<Secret> {
    #[cfg(unix)]
    if let Some(hidden) = typed::Hidden::ask()? {
        let line = read_line(io::stdin().lock(), &[b'\n', typed::INTERRUPT]);
        drop(hidden);
        return match line? {
            (_, Some(typed::INTERRUPT)) => bail!("interrupted"),
            (line, _) => password_in(line),
        };
    }
    #[cfg(not(unix))]
    if io::IsTerminal::is_terminal(&io::stdin()) {
        bail!("this system would show what is typed: name a file, or pipe it in");
    }
    first_line(io::stdin().lock())
}

fn first_line(from: impl Read) -> anyhow::Result<Secret> {
    password_in(read_line(from, b"\n")?.0)
}

/// Reads up to one of `ends`, and says which. The rest is left unread: standard input may have more
/// to say to the program.
fn read_line(mut from: impl Read, ends: &[u8]) -> anyhow::Result<(Vec<u8>, Option<u8>)> {
    let mut line = Vec::new();
    let mut byte = [0];
    // Byte by byte, because what is behind the end is not ours.
    loop {
        match from.read(&mut byte) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
            Ok(0) => return Ok((line, None)),
            Ok(_) if ends.contains(&byte[0]) => return Ok((line, Some(byte[0]))),
            Ok(_) => line.push(byte[0]),
        }
        if line.len() as u64 > MAX_SECRET {
            bail!("its first line is longer than {MAX_SECRET} bytes");
        }
    }
}

fn password_in(mut line: Vec<u8>) -> anyhow::Result<Secret> {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    let Ok(line) = String::from_utf8(line) else {
        bail!("it is no text");
    };
    // Some editors begin every text with a mark that nobody sees.
    let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
    if line.is_empty() {
        bail!("its first line is empty");
    }
    // Whatever protocol it is for, it has no place there: it would end a line too early.
    if line.contains(['\r', '\0']) {
        bail!("there is a character in it that no password has");
    }
    Ok(Secret(line.to_owned()))
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
            ("\u{feff}hunter2\n", "hunter2"),
        ] {
            let read = first_line(text.as_bytes()).unwrap();
            assert_eq!(read.reveal(), secret);
        }
        let long = "x".repeat(MAX_SECRET as usize + 1);
        for (nonsense, why) in [
            (b"".as_slice(), "its first line is empty"),
            (b"\nx", "its first line is empty"),
            (b"\r\n", "its first line is empty"),
            (b"\xff", "it is no text"),
            (
                b"a\rDELE b",
                "there is a character in it that no password has",
            ),
            (b"a\0b", "there is a character in it that no password has"),
            (long.as_bytes(), "its first line is longer than 65536 bytes"),
        ] {
            let error = first_line(nonsense).unwrap_err();
            assert_eq!(error.to_string(), why);
        }
    }
}
