//! What the server sends: every picture as JSON, made once and shared by all connections.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::PAD;
use common::exit::Usage;
use common::printable::printable_path;
use common::received::safe_file_name;
use sha2::{Digest, Sha256};

use crate::engine::fastest;

/// All files together have at most so many bytes.
const MAX_TOTAL: u64 = 1 << 30;

/// Files are read in blocks of so many bytes. A multiple of 3, as base64 turns 3 bytes into 4
/// characters: only the last block of a file may end in padding.
const BLOCK: usize = 3 << 16;

/// The text that every client is sent.
#[derive(Debug)]
pub struct Prepared(Vec<u8>);

impl Prepared {
    /// Reads the files and encodes them. One file makes one object and nothing after it; several
    /// make one a line.
    ///
    /// # Errors
    /// A file that cannot be read, is not a regular one, or has a name that is not UTF-8; too many
    /// bytes; [`Usage`] for two files of one name, of which a client could keep only one.
    pub fn read(files: &[PathBuf]) -> anyhow::Result<Self> {
        let pictures = files
            .iter()
            .map(|file| Picture::look_at(file))
            .collect::<anyhow::Result<Vec<_>>>()?;
        tell_apart(&pictures)?;
        let total = pictures
            .iter()
            .try_fold(0u64, |sum, picture| sum.checked_add(picture.size));
        ensure!(
            total.is_some_and(|total| total <= MAX_TOTAL),
            "cannot keep the pictures in memory: together they have more than 1 GiB"
        );

        // The room is known beforehand, so that no text is ever copied to a larger place.
        let room = pictures.iter().map(Picture::room).sum();
        let mut text = Vec::with_capacity(room);
        let several = pictures.len() > 1;
        for picture in &pictures {
            picture
                .encode(&mut text)
                .with_context(|| format!("cannot read {}", picture.shown()))?;
            if several {
                text.push(b'\n');
            }
        }
        Ok(Prepared(text))
    }

    /// All of it, up to the end of the stream.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A file that is going to be sent.
struct Picture<'a> {
    path: &'a Path,
    /// Without folders: where the file is on this host is nobody's business.
    name: &'a str,
    size: u64,
}

impl<'a> Picture<'a> {
    fn look_at(path: &'a Path) -> anyhow::Result<Self> {
        let shown = printable_path(path);
        // Before it is opened: to open a pipe waits until somebody writes into it.
        let found = fs::metadata(path).with_context(|| format!("cannot read {shown}"))?;
        ensure!(
            found.is_file(),
            "cannot read {shown}: it is not a regular file"
        );
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            bail!("cannot send {shown}: its name is not UTF-8");
        };
        if let Err(reason) = safe_file_name(name) {
            tracing::warn!("img-client will refuse {shown} for its name: {reason}");
        }
        let size = found.len();
        Ok(Picture { path, name, size })
    }

    fn shown(&self) -> String {
        printable_path(self.path).to_string()
    }

    /// How many bytes its object and a newline have at most.
    fn room(&self) -> usize {
        // Every byte of a name may become an escape of six: `\u001b`.
        const AROUND: usize = 200;
        let data = usize::try_from(self.size).unwrap_or(usize::MAX).div_ceil(3) * 4;
        data + 6 * self.name.len() + AROUND
    }

    /// Appends its object.
    ///
    /// The digest comes before the bytes it is computed from, because a client should know what
    /// to expect. So its place is kept, and filled in at the end: the file is read once only.
    fn encode(&self, text: &mut Vec<u8>) -> anyhow::Result<()> {
        text.extend_from_slice(b"{\"filename\":");
        serde_json::to_writer(&mut *text, self.name)?;
        text.extend_from_slice(format!(",\"size\":{},\"sha256\":\"", self.size).as_bytes());
        let place = text.len();
        text.resize(place + 2 * Sha256::output_size(), b'0');
        text.extend_from_slice(b"\",\"filedata\":\"");
        let digest = self.encode_data(text)?;
        text.extend_from_slice(b"\"}");
        text[place..place + digest.len()].copy_from_slice(digest.as_bytes());
        Ok(())
    }

    /// Appends the file in base64, and returns its digest in hex.
    fn encode_data(&self, text: &mut Vec<u8>) -> anyhow::Result<String> {
        let base64 = fastest(PAD);
        let mut file = File::open(self.path)?;
        let mut hash = Sha256::new();
        let mut block = Vec::with_capacity(BLOCK);
        let mut length = 0;
        loop {
            block.clear();
            file.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
            length += block.len() as u64;
            ensure!(length <= self.size, "it grew while it was read");
            if block.is_empty() {
                break;
            }
            hash.update(&block);
            let at = text.len();
            text.resize(at + block.len().div_ceil(3) * 4, 0);
            base64.encode_slice(&block, &mut text[at..])?;
        }
        ensure!(length == self.size, "it shrank while it was read");
        Ok(hash
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect())
    }
}

fn tell_apart(pictures: &[Picture]) -> Result<(), Usage> {
    let mut paths = HashMap::new();
    for picture in pictures {
        if let Some(other) = paths.insert(picture.name, picture) {
            let (one, two) = (other.shown(), picture.shown());
            return Err(Usage(format!(
                "{one} and {two} would be sent under the same name"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepare(files: &[(&str, &[u8])]) -> anyhow::Result<String> {
        let folder = tempfile::tempdir()?;
        let mut paths = Vec::new();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap())?;
            fs::write(&path, bytes)?;
            paths.push(path);
        }
        Ok(String::from_utf8(Prepared::read(&paths)?.0)?)
    }

    #[test]
    fn one_file_is_one_object_and_nothing_after_it() {
        assert_eq!(
            prepare(&[("a/hi.txt", b"hi\n")]).unwrap(),
            "{\"filename\":\"hi.txt\",\"size\":3,\"sha256\":\"98ea6e4f216f2fb4b69fff9b3a44842c386\
             86ca685f3f55dc48c5d3fb1107be4\",\"filedata\":\"aGkK\"}"
        );
    }

    /// Windows has no files of such names.
    #[cfg(unix)]
    #[test]
    fn several_are_one_a_line() {
        let text = prepare(&[("a", b""), ("\"\x1b\".png", b"x"), ("图片.jpg", b"xy")]).unwrap();
        let lines: Vec<&str> = text.split_terminator('\n').collect();
        assert!(text.ends_with("}\n") && lines.len() == 3, "{text}");
        for (line, (name, data)) in
            lines
                .iter()
                .zip([("a", ""), ("\"\x1b\".png", "eA=="), ("图片.jpg", "eHk=")])
        {
            let object: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(
                (&object["filename"], &object["filedata"]),
                (&name.into(), &data.into())
            );
        }
    }

    /// Windows has no files of such names.
    #[cfg(unix)]
    #[test]
    fn the_text_is_made_in_one_place() {
        for length in [0, 1, 2, 3, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 2] {
            let bytes: Vec<u8> = (0..length)
                .map(|at| (at.wrapping_mul(at) / 7) as u8)
                .collect();
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("\u{1}".repeat(100));
            fs::write(&path, &bytes).unwrap();
            let picture = Picture::look_at(&path).unwrap();
            let mut text = Vec::new();
            picture.encode(&mut text).unwrap();
            assert!(text.len() < picture.room());
            let object: serde_json::Value = serde_json::from_slice(&text).unwrap();
            let data = object["filedata"].as_str().unwrap();
            assert_eq!(
                base64::engine::general_purpose::STANDARD
                    .decode(data)
                    .unwrap(),
                bytes
            );
        }
    }

    #[test]
    fn what_cannot_be_sent_is_said_before() {
        let error = prepare(&[("a/x.jpg", b"1"), ("b/x.jpg", b"2")]).unwrap_err();
        assert!(error.is::<Usage>(), "{error}");
        let missing = Prepared::read(&["/no/such.jpg".into()]).unwrap_err();
        assert!(format!("{missing:#}").starts_with("cannot read /no/such.jpg: "));
        let folder = Prepared::read(&["/".into()]).unwrap_err();
        assert_eq!(
            folder.to_string(),
            "cannot read /: it is not a regular file"
        );
    }
}
