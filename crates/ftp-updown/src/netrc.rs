//! `~/.netrc`: who one is on which host, as `ftp(1)`, curl and Python read it too.
//!
//! ```text
//! machine ftp.example.com login michael password hunter2
//! default login anonymous password me@example.com
//! ```

use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use common::exit::cause;
use common::printable::printable_path;
use common::secret::Secret;

/// The largest file that is read, in bytes.
const MAX_NETRC: u64 = 1 << 20;

/// What the file says of one host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The user.
    pub login: Option<String>,
    /// Their password.
    pub password: Option<Secret>,
}

/// What the user's file says of `host`: the first entry that is for it, and for `user` if one is
/// given, or else the default. `None` if there is none, or no file.
///
/// A password that others can read is not used (`ftp(1)` refuses it as well): they may have changed
/// where it goes, and it ought to be mended rather than passed over.
///
/// # Errors
/// The file makes no sense, or has a password for that host and is readable by
/// others.
pub fn look_up(host: &str, user: Option<&str>) -> anyhow::Result<Option<Entry>> {
    let Some(path) = path() else {
        return Ok(None);
    };
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        // Somebody else's home, as for a service: there is nothing in it for us.
        Err(error) => {
            tracing::debug!("{}: {}", task(&path), cause(&error));
            return Ok(None);
        }
    };
    read(file, host, user).with_context(|| task(&path))
}

fn task(path: &Path) -> String {
    format!("cannot use the logins in {}", printable_path(path))
}

fn path() -> Option<PathBuf> {
    let home = env::var_os("HOME").or_else(|| env::var_os("USERPROFILE"))?;
    (!home.is_empty()).then(|| Path::new(&home).join(".netrc"))
}

fn read(file: File, host: &str, user: Option<&str>) -> anyhow::Result<Option<Entry>> {
    let private = is_private(&file)?;
    let mut text = Vec::new();
    file.take(MAX_NETRC + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MAX_NETRC {
        bail!("it is longer than {MAX_NETRC} bytes");
    }
    let text = String::from_utf8(text).ok().context("it is no text")?;
    let found = find(&text, host, user)?;
    if !private && found.as_ref().is_some_and(|entry| entry.password.is_some()) {
        bail!("others may read the password in it (chmod 600 helps)");
    }
    Ok(found)
}

/// Whether the file is the user's alone.
#[cfg(unix)]
fn is_private(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(file.metadata()?.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(_: &File) -> io::Result<bool> {
    Ok(true)
}

/// The text of the file may hold any password, so no error shows any of it.
fn find(text: &str, host: &str, user: Option<&str>) -> anyhow::Result<Option<Entry>> {
    let mut words = Words::new(text);
    let mut entry: Option<Entry> = None;
    let fits =
        |entry: &Entry| user.is_none() || entry.login.is_none() || entry.login.as_deref() == user;
    while let Some(word) = words.next_word()? {
        match word.as_str() {
            "machine" | "default" => {
                if let Some(found) = entry.take().filter(fits) {
                    return Ok(Some(found));
                }
                // What stands behind the default is never reached.
                let wanted =
                    word == "default" || words.value("machine")?.eq_ignore_ascii_case(host);
                entry = wanted.then(Entry::default);
            }
            "login" => {
                let login = words.value("login")?;
                entry
                    .iter_mut()
                    .for_each(|entry| entry.login = Some(login.clone()));
            }
            "password" => {
                let password = words.value("password")?;
                entry
                    .iter_mut()
                    .for_each(|entry| entry.password = Some(Secret::new(&password)));
            }
            "account" => {
                words.value("account")?;
            }
            // A macro, up to the next empty line.
            "macdef" => words.skip_paragraph(),
            _ => bail!("line {} has a word that has no meaning there", words.line()),
        }
    }
    Ok(entry.filter(fits))
}

/// Words between white space; in double quotes a word may have spaces, and a backslash takes the
/// next character as it is. A word that begins with `#` where a keyword may stand begins a comment.
struct Words<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Words<'a> {
    fn new(text: &'a str) -> Self {
        Words { text, rest: text }
    }

    /// The number of the line that is being read.
    fn line(&self) -> usize {
        let read = &self.text[..self.text.len() - self.rest.len()];
        1 + read.trim_end().matches('\n').count()
    }

    /// A keyword, if one is left.
    fn next_word(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                break;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
        match self.rest {
            "" => Ok(None),
            _ => self.word().map(Some),
        }
    }

    /// What has to stand behind a keyword.
    fn value(&mut self, keyword: &str) -> anyhow::Result<String> {
        self.rest = self.rest.trim_start();
        if self.rest.is_empty() {
            bail!("it ends after the word {keyword}");
        }
        self.word()
    }

    fn word(&mut self) -> anyhow::Result<String> {
        let mut word = String::new();
        let mut chars = self.rest.char_indices();
        let quoted = self.rest.starts_with('"');
        if quoted {
            chars.next();
        }
        let mut end = None;
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => word.extend(chars.next().map(|(_, c)| c)),
                '"' if quoted => {
                    end = Some(at + 1);
                    break;
                }
                c if c.is_whitespace() && !quoted => {
                    end = Some(at);
                    break;
                }
                c => word.push(c),
            }
        }
        if quoted && end.is_none() {
            bail!("the quote in line {} does not end", self.line());
        }
        self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
        Ok(word)
    }

    fn skip_paragraph(&mut self) {
        let end = self.rest.find("\n\n").or_else(|| self.rest.find("\n\r\n"));
        self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(login: &str, password: &str) -> Option<Entry> {
        Some(Entry {
            login: Some(login.into()),
            password: Some(Secret::new(password)),
        })
    }

    const FILE: &str = "# mine\n\
        machine a.example login ann password \"two words\"\n\
        machine b.example\n  login bob\n  password p\\\"q\\\\r # to be mended\n\n\
        macdef init\ncd /pub\nmachine c.example login eve password x\n\n\
        machine a.example login other password #hash account x\n\
        default login anonymous password me@\n";

    #[test]
    fn the_first_entry_that_fits_counts() {
        for (host, user, found) in [
            ("a.example", None, entry("ann", "two words")),
            ("A.EXAMPLE", Some("ann"), entry("ann", "two words")),
            ("a.example", Some("other"), entry("other", "#hash")),
            ("b.example", Some("bob"), entry("bob", "p\"q\\r")),
            ("c.example", None, entry("anonymous", "me@")),
            ("a.example", Some("nobody"), None),
        ] {
            assert_eq!(find(FILE, host, user).unwrap(), found, "{host} {user:?}");
        }
        assert_eq!(find("", "a.example", None).unwrap(), None);
        assert_eq!(find("machine b login x", "a", None).unwrap(), None);
    }

    #[test]
    fn what_is_wrong_is_told_without_a_password() {
        for (text, why) in [
            (
                "machine a login x password",
                "it ends after the word password",
            ),
            (
                "machine a\nlogin x\nhunter2",
                "line 3 has a word that has no meaning there",
            ),
            (
                "machine a password \"hunter2",
                "the quote in line 1 does not end",
            ),
        ] {
            assert_eq!(find(text, "a", None).unwrap_err().to_string(), why);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_password_that_others_can_read_is_not_used() {
        use std::fs;
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".netrc");
        fs::write(&path, FILE).unwrap();
        let ask = |mode, host: &str| {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            read(File::open(&path).unwrap(), host, Some("ann"))
        };
        assert_eq!(ask(0o600, "a.example").unwrap(), entry("ann", "two words"));
        for mode in [0o640, 0o604, 0o622] {
            assert!(ask(mode, "a.example").is_err(), "{mode:o}");
        }
        assert_eq!(ask(0o644, "b.example").unwrap(), None);
    }
}
