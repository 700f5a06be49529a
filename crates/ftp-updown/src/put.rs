//! A file goes up.
//!
//! It goes under another name, and takes the place of the old one when it is complete. `STOR` alone
//! would empty the old file first: whoever fetched it meanwhile would get half a file, and if the
//! line broke that is what would stay.

use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::{Context, bail};
use common::exit::print_line;
use common::printable::{printable, printable_path};
use common::received::with_ending;

use crate::ascii::ToWire;
use crate::control::Refused;
use crate::session::{Data, NotResumed};
use crate::transfers::{Options, Transfers};

/// As much of a file is read at once, in bytes, and as much the kernel may have from us that it
/// cannot send yet. What is still in the processor's cache when its turn comes is sent faster: than
/// larger pieces, and than by `sendfile(2)`, which spares a copy and wakes the receiver more often.
const PIECE: usize = 128 << 10;
const MAX_UNSENT: u32 = 256 << 10;

/// A file on its way up.
struct Upload<'a> {
    file: &'a File,
    size: u64,
    /// What it will be called.
    name: &'a str,
    /// What it is called until then.
    working: &'a str,
}

impl Transfers {
    /// Puts a file into the server's current folder, as `name`. `shown` is the name to print.
    ///
    /// # Errors
    /// It cannot be read, the server does not take it, or does not have it whole afterwards.
    pub fn put(&mut self, local: &Path, name: &str, shown: &str) -> anyhow::Result<()> {
        let put = self.store(local, name).map_err(|error| self.why(error));
        let length = put.with_context(|| format!("cannot put {}", printable_path(local)))?;
        print_line(&format!("stored {} ({length} bytes)", printable(shown)))
    }

    fn store(&mut self, local: &Path, name: &str) -> anyhow::Result<u64> {
        let file = File::open(local)?;
        let facts = file.metadata()?;
        match &facts {
            facts if facts.is_dir() => bail!("it is a folder (see -r)"),
            facts if !facts.is_file() => bail!("it is no file"),
            _ => {}
        }
        let working = match self.options.direct {
            true => name.to_owned(),
            false => working_name(name, &facts),
        };
        let upload = Upload {
            file: &file,
            size: facts.len(),
            name,
            working: &working,
        };
        self.session.set_type(self.options.transfer_type())?;
        let there = match self.options.resume {
            true => self.session.size(&working)?,
            false => None,
        };
        let from = there.filter(|&there| there <= upload.size).unwrap_or(0);
        match self.send(&upload, from) {
            Err(error) if error.is::<NotResumed>() => {
                tracing::info!("{error}; beginning anew");
                self.send(&upload, 0)?;
            }
            sent => sent?,
        }
        if !self.options.direct {
            self.put_in_place(&working, name)?;
        }
        Ok(upload.size)
    }

    /// Sends the file from the byte `from` on, and compares the sizes.
    fn send(&mut self, upload: &Upload<'_>, from: u64) -> anyhow::Result<()> {
        let &Upload { size, working, .. } = upload;
        if from == 0 || from < size {
            let mut data = self.begin_upload(working, from)?;
            let sent = match self.send_all(&mut data, upload, from) {
                Ok(sent) => self.session.finish_upload(data).map(|()| sent),
                Err(error) => Err(self.session.give_up(data, error)),
            };
            let sent = sent.inspect_err(|_| self.say_what_stays(working))?;
            if sent != size {
                bail!("it has changed while it was sent");
            }
        }
        if self.options.ascii {
            return Ok(());
        }
        match self.session.size(working)? {
            Some(there) if there == size => Ok(()),
            Some(_) if from > 0 => bail!(NotResumed),
            Some(there) => bail!("the server has {there} of {size} bytes"),
            None => {
                tracing::debug!("the server tells no size to compare with");
                Ok(())
            }
        }
    }

    /// A broken transfer leaves its unfinished file on the server.
    fn say_what_stays(&self, working: &str) {
        let hint = match self.options {
            Options { direct: true, .. } => return,
            Options { ascii: true, .. } => "",
            _ => " (--resume goes on with it)",
        };
        let working = printable(working);
        tracing::info!("what has arrived there is in {working}{hint}");
    }

    /// `APPE` goes on at the end, whatever that is; `REST` and `STOR` are for servers without it.
    fn begin_upload(&mut self, working: &str, from: u64) -> anyhow::Result<Data> {
        if from == 0 {
            return self.session.begin("STOR", working, 0);
        }
        match self.session.begin("APPE", working, 0) {
            Err(error) if Refused::is_of_unknown(&error) => {
                self.session.begin("STOR", working, from)
            }
            begun => begun,
        }
    }

    /// Returns up to where the file has been sent.
    fn send_all(&mut self, data: &mut Data, upload: &Upload<'_>, from: u64) -> anyhow::Result<u64> {
        let bar = self.bar(upload.name, Some(upload.size));
        let wire = data.sink()?;
        wire.socket().limit_unsent(MAX_UNSENT)?;
        let mut file = upload.file;
        file.seek(SeekFrom::Start(from))?;
        let mut ascii = self.options.ascii.then(ToWire::default);
        let mut text = Vec::new();
        let mut sent = from;
        loop {
            // One byte more than there should be, to see whether it has grown.
            let left = upload.size.saturating_sub(sent).saturating_add(1);
            let piece = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let length = file.read(&mut self.buffer[..piece])?;
            let mut bytes = &self.buffer[..length];
            if let Some(ascii) = &mut ascii {
                text.clear();
                ascii.convert(bytes, &mut text);
                bytes = &text;
            }
            wire.send(bytes)?;
            sent += length as u64;
            if let Some(bar) = &bar {
                bar.set(sent);
            }
            if length == 0 || sent > upload.size {
                return Ok(sent);
            }
        }
    }

    /// Gives the complete file its name. Some servers rename onto what is there already, others want
    /// that to be gone first.
    fn put_in_place(&mut self, working: &str, name: &str) -> anyhow::Result<()> {
        let renamed = match self.session.rename(working, name) {
            Err(error) if error.is::<Refused>() => match self.session.request("DELE", name) {
                Ok(_) => self.session.rename(working, name),
                Err(_) => Err(error),
            },
            renamed => renamed,
        };
        renamed.with_context(|| {
            format!(
                "it is there as {}, and cannot be renamed (see --direct)",
                printable(working)
            )
        })
    }
}

/// The name of a file until it is complete. Size and date of ours are in it, so that `--resume` goes
/// on with a part of this file and not of what it was before.
fn working_name(name: &str, facts: &Metadata) -> String {
    let modified = facts.modified().ok();
    let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let millis = modified.unwrap_or_default().as_millis();
    with_ending(name, &format!(".{:x}-{millis:x}.part", facts.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_unfinished_file_tells_what_it_is_a_part_of() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let name = |text: &str| {
            std::fs::write(&path, text).unwrap();
            working_name("a.txt", &std::fs::metadata(&path).unwrap())
        };
        let first = name("Hello");
        assert!(
            first.starts_with("a.txt.5-") && first.ends_with(".part"),
            "{first}"
        );
        assert_eq!(
            working_name("a.txt", &std::fs::metadata(&path).unwrap()),
            first
        );
        assert_ne!(name("Hello, world"), first);
        let long = "图".repeat(85);
        let working = working_name(&long, &std::fs::metadata(&path).unwrap());
        assert!(
            working.len() <= 255 && working.ends_with(".part"),
            "{working}"
        );
    }
}
