//! A file comes down.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, bail};
use common::exit::print_line;
use common::printable::{printable, printable_path};
use common::received::{OnConflict, Resumable, check_target};

use crate::ascii::FromWire;
use crate::session::{Data, NotResumed};
use crate::transfers::Transfers;
use crate::wire::WireError;

/// From this size on, in bytes, it is noted what a file is a part of, so that another run can go on
/// with it. A smaller one comes about as quickly as an answer to the question for its date: a sender
/// begins with ten segments, 14 KB, and doubles that once it hears that they have arrived (RFC 6928).
const WORTH_RESUMING: u64 = 32 << 10;

/// As many of the last bytes are fetched again when a file is resumed, and compared. A server that
/// has not heard `REST`, or a file that is another one by now, shows itself.
const OVERLAP: u64 = 4 << 10;

/// What is said of a file that is longer than its size.
const TOO_MUCH: &str = "more came than it was said to be long";

/// A file on the server, and what is known of it.
#[derive(Clone, Debug)]
pub struct Remote<'a> {
    /// What the server calls it.
    pub name: &'a str,
    /// How long a listing says it is.
    pub size: Option<u64>,
    /// When a listing says it was changed.
    pub modified: Option<String>,
}

impl<'a> Remote<'a> {
    /// A file of which only the name is known.
    pub fn named(name: &'a str) -> Self {
        Remote {
            name,
            size: None,
            modified: None,
        }
    }

    /// By what another run knows the same file again. Without a size there is nothing to go by.
    fn origin(&self) -> String {
        match (self.size, &self.modified) {
            (Some(size), Some(modified)) => format!("size={size} modified={modified}"),
            (Some(size), None) => format!("size={size}"),
            (None, _) => String::new(),
        }
    }
}

impl Transfers {
    /// Gets a file into `folder`, as `name`.
    ///
    /// # Errors
    /// It is not there, it does not come whole, or it cannot be saved. What has come of it stays in
    /// its `.part` file.
    pub fn get(&mut self, remote: Remote<'_>, folder: &Path, name: &str) -> anyhow::Result<()> {
        let shown = printable(remote.name).to_string();
        let got = self
            .fetch(remote, folder, name)
            .map_err(|error| self.why(error));
        got.with_context(|| format!("cannot get {shown}"))
    }

    fn fetch(&mut self, mut remote: Remote<'_>, folder: &Path, name: &str) -> anyhow::Result<()> {
        let target = folder.join(name);
        let on_conflict = self.options.on_conflict;
        if !self.options.resume {
            check_target(&target, on_conflict)?;
        }
        self.session.set_type(self.options.transfer_type())?;
        self.complete(&mut remote)?;
        if self.options.resume {
            if on_conflict == OnConflict::Refuse && is_here(&target, remote.size) {
                let shown = printable_path(&target);
                return print_line(&format!("{shown} is here already"));
            }
            check_target(&target, on_conflict)?;
        }
        let mut part = Resumable::begin(folder, name, self.options.resume)?;
        let got = self.fill(&mut part, &remote);
        if got.is_err() && part.file().metadata().is_ok_and(|file| file.len() > 0) {
            let shown = printable_path(part.part()).to_string();
            let then = match part.origin() {
                Some(_) => "goes on with it",
                None => "begins anew: it is short, or the server does not tell how long it is",
            };
            tracing::info!("what has come is in {shown} (--resume {then})");
        }
        let length = got?;
        let path = part.finish(on_conflict)?;
        print_line(&format!("saved {} ({length} bytes)", printable_path(&path)))
    }

    /// Asks what a listing has not told. In lines of text a file has another size, which servers do
    /// not agree on, so it is not asked for.
    fn complete(&mut self, remote: &mut Remote<'_>) -> anyhow::Result<()> {
        if self.options.ascii {
            remote.size = None;
            return Ok(());
        }
        if remote.size.is_none() {
            remote.size = self.session.size(remote.name)?;
        }
        if remote.size.is_some_and(|size| size >= WORTH_RESUMING) && remote.modified.is_none() {
            remote.modified = self.session.modified(remote.name)?;
        }
        Ok(())
    }

    /// Fills the unfinished file, from where it ends if that is possible. Returns its length.
    fn fill(&mut self, part: &mut Resumable, remote: &Remote<'_>) -> anyhow::Result<u64> {
        let origin = match remote.size {
            Some(size) if size >= WORTH_RESUMING => remote.origin(),
            _ => String::new(),
        };
        let fits = !origin.is_empty()
            && part.origin() == Some(&origin)
            && remote.size >= Some(part.length());
        if !fits {
            if part.length() > 0 {
                tracing::info!(
                    "what had come before is {}; beginning anew",
                    match part.origin() {
                        Some(_) => "of another file",
                        None => "of a file that nothing is known of",
                    }
                );
            }
            part.restart(&origin)?;
        } else if remote.size == Some(part.length()) {
            return Ok(part.length());
        }
        match self.receive(part, remote) {
            Err(error) if error.is::<NotResumed>() => {
                tracing::info!("{error}; beginning anew");
                part.restart(&origin)?;
                self.receive(part, remote)
            }
            received => received,
        }
    }

    fn receive(&mut self, part: &mut Resumable, remote: &Remote<'_>) -> anyhow::Result<u64> {
        let shown = printable_path(part.part()).to_string();
        let task = || format!("cannot write {shown}");
        let have = part.length();
        let from = have - have.min(OVERLAP);
        let mut again = Vec::new();
        part.file().seek(SeekFrom::Start(from)).with_context(task)?;
        part.file().read_to_end(&mut again).with_context(task)?;

        let mut data = self.session.begin("RETR", remote.name, from)?;
        let bar = self.bar(remote.name, remote.size);
        let mut ascii = self.options.ascii.then(FromWire::default);
        let mut text = Vec::new();
        let mut received = from;
        let mut written = have;
        let mut write = |bytes: &[u8], last: bool| {
            let bytes = match &mut ascii {
                Some(ascii) => {
                    text.clear();
                    ascii.convert(bytes, &mut text);
                    if last {
                        ascii.finish(&mut text);
                    }
                    text.as_slice()
                }
                None => bytes,
            };
            written += bytes.len() as u64;
            part.file().write_all(bytes).with_context(task)
        };
        let mut again = again.as_slice();
        let received = receive_all(&mut data, &mut self.buffer, |bytes, last| {
            received += bytes.len() as u64;
            if let Some(bar) = &bar {
                bar.set(received);
            }
            let (old, new) = bytes.split_at(bytes.len().min(again.len()));
            let (expected, rest) = again.split_at(old.len());
            if old != expected {
                bail!(NotResumed);
            }
            again = rest;
            if remote.size.is_some_and(|size| received > size) {
                match from {
                    0 => bail!(TOO_MUCH),
                    _ => bail!(NotResumed),
                }
            }
            write(new, last)?;
            Ok(received)
        });
        drop(bar);
        self.settle(data, received, remote.size)?;
        Ok(written)
    }

    /// Hears what the server says of a transfer, and compares the sizes.
    pub(crate) fn settle(
        &mut self,
        data: Data,
        received: anyhow::Result<(u64, bool)>,
        size: Option<u64>,
    ) -> anyhow::Result<()> {
        let (received, cut) = match received {
            Ok(received) => received,
            Err(error) => return Err(self.session.give_up(data, error)),
        };
        // Who cuts a connection that they cannot read can make a file shorter. They cannot change
        // the size, which has come inside TLS; a server may well forget TLS's last word.
        if cut && size != Some(received) {
            self.session.give_up(data, WireError::Cut.into());
            bail!(WireError::Cut);
        }
        self.session.finish(data)?;
        match size {
            Some(size) if size < received => bail!(TOO_MUCH),
            Some(size) if size > received => bail!("only {received} of {size} bytes came"),
            Some(_) => {}
            None => tracing::debug!("the server tells no size to compare with"),
        }
        Ok(())
    }
}

/// Reads to the end and hands over the bytes, in large pieces; the last may be empty. Returns what
/// `take` returned last, and whether the end was none that TLS knows of.
pub(crate) fn receive_all(
    data: &mut Data,
    buffer: &mut [u8],
    mut take: impl FnMut(&[u8], bool) -> anyhow::Result<u64>,
) -> anyhow::Result<(u64, bool)> {
    let mut filled = 0;
    loop {
        match data.read(&mut buffer[filled..]) {
            Ok(0) => return Ok((take(&buffer[..filled], true)?, false)),
            Err(WireError::Cut) => return Ok((take(&buffer[..filled], true)?, true)),
            Ok(length) => filled += length,
            Err(error) => {
                take(&buffer[..filled], true)?;
                bail!(error);
            }
        }
        // TLS comes in small pieces, and a disk likes large ones.
        if filled > buffer.len() / 2 {
            take(&buffer[..filled], false)?;
            filled = 0;
        }
    }
}

/// Whether a file of that size is there: then an earlier run has come to its end.
fn is_here(target: &Path, size: Option<u64>) -> bool {
    let there = fs::symlink_metadata(target);
    there.is_ok_and(|there| there.is_file() && Some(there.len()) == size)
}
