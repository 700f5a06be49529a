//! What goes into a message, read from files; and how much may.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, bail};
use common::args::shown_size;
use common::printable::printable_path;

use crate::field::{FieldError, check_line};

/// The most that a message may hold: text, pictures and attachments together, in bytes, before they
/// are encoded (which makes them a third larger). The whole message is in memory.
pub const MAX_CONTENT: u64 = 64 << 20;

/// The most files in a message, pictures and attachments together.
pub const MAX_FILES: usize = 100;

/// The longest name of a file, in bytes.
const MAX_FILE_NAME: usize = 255;

/// A file that is sent along: its path, and the name that readers see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// Where it is.
    pub path: PathBuf,
    /// The last part of the path.
    pub name: String,
}

/// A picture that the HTML shows as `<img src="cid:…">`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    /// What the HTML calls it (RFC 2392).
    pub cid: String,
    /// The picture.
    pub file: Attached,
}

/// Why a text does not name a file to send.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// See [`FieldError`].
    #[error("the name of the file cannot be sent: {0}")]
    Field(#[from] FieldError),
    /// `..`, or nothing at all.
    #[error("that is no path of a file")]
    NoName,
    /// A name that no system has.
    #[error("the name of the file is longer than {MAX_FILE_NAME} bytes")]
    LongName,
    /// Without an equals sign.
    #[error("write CID=FILE, where the HTML says cid:CID")]
    NoCid,
    /// Not every character may be in a content id.
    #[error("a CID has 1 to 100 letters, digits and ._-+@")]
    BadCid,
}

/// A path need not be text: a file whose name is in GBK can be sent, and what is no UTF-8 in its name
/// arrives as U+FFFD.
impl TryFrom<OsString> for Attached {
    type Error = ContentError;

    fn try_from(path: OsString) -> Result<Self, ContentError> {
        let path = PathBuf::from(path);
        let name = path.file_name().ok_or(ContentError::NoName)?;
        let name = name.to_string_lossy().into_owned();
        check_line(&name)?;
        if name.len() > MAX_FILE_NAME {
            return Err(ContentError::LongName);
        }
        Ok(Attached { path, name })
    }
}

impl FromStr for Inline {
    type Err = ContentError;

    fn from_str(text: &str) -> Result<Self, ContentError> {
        let (cid, path) = text.split_once('=').ok_or(ContentError::NoCid)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._-+@".contains(c);
        if !(1..=100).contains(&cid.len()) || !cid.chars().all(allowed) {
            return Err(ContentError::BadCid);
        }
        Ok(Inline {
            cid: cid.to_owned(),
            file: OsString::from(path).try_into()?,
        })
    }
}

/// Reads what goes into one message, up to [`MAX_CONTENT`].
#[derive(Debug)]
pub struct Reader {
    left: u64,
}

impl Default for Reader {
    fn default() -> Self {
        Reader { left: MAX_CONTENT }
    }
}

impl Reader {
    /// A file, or standard input if it is `-`, as text.
    ///
    /// # Errors
    /// It cannot be read, is too much, or is no text (UTF-8).
    pub fn text(&mut self, path: &Path) -> anyhow::Result<String> {
        let bytes = match path.as_os_str() == "-" {
            true => self.take(io::stdin().lock()),
            false => self.open(path),
        };
        let text = bytes.and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| anyhow::anyhow!("it is no text in UTF-8"))
        });
        text.with_context(|| format!("cannot read {}", printable_path(path)))
    }

    /// A file as it is.
    ///
    /// # Errors
    /// It cannot be read, or is too much.
    pub fn file(&mut self, path: &Path) -> anyhow::Result<Vec<u8>> {
        let bytes = self.open(path);
        bytes.with_context(|| format!("cannot read {}", printable_path(path)))
    }

    /// Text that is there already.
    ///
    /// # Errors
    /// It is too much.
    pub fn given(&mut self, text: &str) -> anyhow::Result<String> {
        let text = self.take(text.as_bytes())?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn open(&mut self, path: &Path) -> anyhow::Result<Vec<u8>> {
        self.take(File::open(path)?)
    }

    fn take(&mut self, from: impl Read) -> anyhow::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        from.take(self.left + 1).read_to_end(&mut bytes)?;
        let length = bytes.len() as u64;
        if length > self.left {
            let most = shown_size(MAX_CONTENT);
            bail!("a message holds at most {most}");
        }
        self.left -= length;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_the_end_of_its_path() {
        let attached = |path: &str| Attached::try_from(OsString::from(path));
        let file = attached("/home/ann/汇总数据.xlsx").unwrap();
        assert_eq!(file.name, "汇总数据.xlsx");
        assert_eq!(attached(""), Err(ContentError::NoName));
        assert_eq!(attached("a/.."), Err(ContentError::NoName));
        let evil = attached("a\r\nBcc: c@d.txt");
        assert_eq!(evil, Err(ContentError::Field(FieldError::Control)));
    }

    #[test]
    fn a_cid_is_harmless() {
        let inline: Inline = "img01=a=b.jpg".parse().unwrap();
        assert_eq!(
            (inline.cid.as_str(), inline.file.name.as_str()),
            ("img01", "a=b.jpg")
        );
        assert_eq!("img01".parse::<Inline>(), Err(ContentError::NoCid));
        for cid in ["", "a b", "a>", "a\r\nX: y", "图", &"x".repeat(101)] {
            let bad = format!("{cid}=a.jpg").parse::<Inline>();
            assert_eq!(bad, Err(ContentError::BadCid), "{cid:?}");
        }
    }

    #[test]
    fn a_message_holds_so_much_and_no_more() {
        let mut reader = Reader { left: 5 };
        assert_eq!(reader.given("abc").unwrap(), "abc");
        assert_eq!(reader.given("de").unwrap(), "de");
        let error = reader.given("f").unwrap_err();
        assert_eq!(error.to_string(), "a message holds at most 64 MiB");
    }
}
