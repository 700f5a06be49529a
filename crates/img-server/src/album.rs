//! What becomes of a picture: the checks it has to pass, and the folder it goes to.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use common::args::shown_size;
use common::printable::printable;
use common::received::{OnConflict, Receiving, check_target, safe_file_name};
use sha2::{Digest, Sha256};

use crate::base64_text::Decoder;

/// The folder where pictures go, and what may go there.
#[derive(Debug)]
pub struct Album {
    folder: PathBuf,
    on_conflict: OnConflict,
    /// The largest picture, in bytes.
    max_size: u64,
}

/// A picture that was received and saved.
#[derive(Debug)]
pub struct Saved {
    /// Where it is.
    pub path: PathBuf,
    /// How many bytes it has.
    pub size: u64,
}

impl Album {
    /// An album in `folder`, which is created when the first bytes of a picture come.
    pub fn new(folder: PathBuf, on_conflict: OnConflict, max_size: u64) -> Self {
        Album {
            folder,
            on_conflict,
            max_size,
        }
    }
}

/// A picture that is coming, as far as it has come. If it is dropped before [`Self::save`], nothing
/// of it is left.
pub struct Picture<'a> {
    album: &'a Album,
    name: Option<String>,
    /// What the server says; to be checked.
    size: Option<u64>,
    sha256: Option<[u8; 32]>,
    decoder: Decoder,
    /// The decoded bytes of one piece.
    bytes: &'a mut Vec<u8>,
    file: Option<Receiving>,
    hash: Sha256,
    length: u64,
}

impl<'a> Picture<'a> {
    /// A picture of which nothing has come. `bytes` is room for decoded bytes; that every picture
    /// uses the same saves time.
    pub fn begin(album: &'a Album, bytes: &'a mut Vec<u8>) -> Self {
        Picture {
            album,
            name: None,
            size: None,
            sha256: None,
            decoder: Decoder::default(),
            bytes,
            file: None,
            hash: Sha256::new(),
            length: 0,
        }
    }

    /// Its name as the server has it. It is checked at once: a name that will not do need not wait
    /// for megabytes.
    ///
    /// # Errors
    /// A name that is not safe, or is taken.
    pub fn named(&mut self, name: &str) -> anyhow::Result<()> {
        let safe = safe_file_name(name)
            .with_context(|| format!("cannot save a picture as \"{}\"", printable(name)))?;
        check_target(&self.album.folder.join(safe), self.album.on_conflict)?;
        self.name = Some(safe.to_owned());
        Ok(())
    }

    /// Its size as the server has it, in bytes.
    ///
    /// # Errors
    /// It is larger than is allowed, or than what has come.
    pub fn sized(&mut self, size: u64) -> anyhow::Result<()> {
        self.size = Some(size);
        self.check_size(size)
    }

    /// Its digest as the server has it.
    pub fn digested(&mut self, sha256: [u8; 32]) {
        self.sha256 = Some(sha256);
    }

    /// The next piece of its text, in base64.
    ///
    /// # Errors
    /// Bad base64, too many bytes, or a file that cannot be written.
    pub fn data(&mut self, text: &[u8]) -> anyhow::Result<()> {
        let room = Decoder::room(text.len());
        if self.bytes.len() < room {
            self.bytes.resize(room, 0);
        }
        let decoded = self.decoder.decode(text, self.bytes);
        let count = decoded.with_context(|| self.shown())?;
        self.length += count as u64;
        self.check_size(self.length)?;
        let bytes = &self.bytes[..count];
        self.hash.update(bytes);
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(Receiving::begin(&self.album.folder)?),
        };
        file.file()
            .write_all(bytes)
            .with_context(|| format!("cannot write {}", self.shown()))
    }

    /// The end of its text.
    ///
    /// # Errors
    /// The text ends where base64 cannot end.
    pub fn data_ends(&mut self) -> anyhow::Result<()> {
        // Also where there was no text at all: that is a picture of no bytes.
        self.data(b"")?;
        self.decoder.end().with_context(|| self.shown())
    }

    /// Nothing follows: checks the picture, and moves it into place.
    ///
    /// # Errors
    /// It has no name or no data, it is not what the server says it is, or its place is taken.
    pub fn save(mut self) -> anyhow::Result<Saved> {
        let shown = self.shown();
        let Some(name) = self.name.take() else {
            bail!("{shown}: it has no filename");
        };
        let Some(file) = self.file.take() else {
            bail!("{shown}: it has no filedata");
        };
        let size = self.length;
        if let Some(said) = self.size {
            ensure!(
                size == said,
                "{shown}: it has {size} bytes, and should have {said}"
            );
        }
        if let Some(said) = self.sha256 {
            let found = self.hash.finalize();
            ensure!(
                found[..] == said,
                "{shown}: its sha256 is not the one it should have"
            );
        }
        let path = file.finish(&name, self.album.on_conflict)?;
        Ok(Saved { path, size })
    }

    /// What it is called in a message.
    pub fn shown(&self) -> String {
        match &self.name {
            Some(name) => format!("the picture {}", printable(name)),
            None => "the picture".to_owned(),
        }
    }

    /// The size that the server has given, in bytes.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// How many bytes have come.
    pub fn length(&self) -> u64 {
        self.length
    }

    fn check_size(&self, size: u64) -> anyhow::Result<()> {
        let (shown, most) = (self.shown(), self.album.max_size);
        ensure!(
            size <= most,
            "{shown} is too large: more than {} (see --max-size)",
            shown_size(most)
        );
        match self.size {
            Some(said) if self.length > said => {
                bail!("{shown}: it has more bytes than the {said} it should have")
            }
            _ => Ok(()),
        }
    }
}
