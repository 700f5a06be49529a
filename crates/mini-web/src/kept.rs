//! Small files, kept as the answers that they are sent in: header and body in one piece, ready to be
//! written.

use std::fs::File;
use std::io;
use std::sync::Arc;

use common::event_loop::Shared;

use crate::MAX_KEPT;
use crate::answer::{Answer, Connection, Content, with_connection};
use crate::cache::Cache;
use crate::clock::{Clock, DATE_LENGTH};
use crate::encoding::{Encoding, choose};
use crate::folder::{Folder, Sought};
use crate::source::{Signature, Source, Variant};
use crate::target;

/// An answer, ready to be sent.
#[derive(Debug)]
pub struct Ready {
    whole: Shared,
    /// Where the body begins.
    body_at: usize,
    date_at: usize,
    /// When the date was written into it.
    second: u64,
}

impl Ready {
    /// Makes an answer ready; its body has to be bytes.
    pub fn new(answer: &Answer, clock: &Clock) -> Self {
        let mut whole = answer.header(Connection::Stays, clock);
        let body_at = whole.len();
        if let Content::Bytes(bytes) = &answer.body {
            whole.extend_from_slice(bytes);
        }
        Ready {
            whole: whole.into(),
            body_at,
            date_at: answer.date_at(),
            second: clock.second(),
        }
    }

    /// The answer as it is sent now.
    pub fn now(&mut self, connection: Connection, clock: &Clock) -> Shared {
        if self.second != clock.second() {
            self.second = clock.second();
            let date = self.date_at..self.date_at + DATE_LENGTH;
            // It is copied if the last one is still being sent to somebody.
            Arc::make_mut(&mut self.whole)[date].copy_from_slice(clock.date());
        }
        match connection {
            Connection::Stays => Arc::clone(&self.whole),
            _ => with_connection(&self.whole, self.body_at, connection).into(),
        }
    }

    /// How many bytes its body has.
    pub fn length(&self) -> u64 {
        (self.whole.len() - self.body_at) as u64
    }
}

/// The files that are kept.
#[derive(Debug)]
pub struct Files(Cache<Entry>);

/// A file, and its siblings.
#[derive(Debug)]
struct Entry {
    ready: [Option<Ready>; 3],
    has_siblings: bool,
    signature: Signature,
    /// When it was last compared with the folder.
    checked: u64,
}

impl Files {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> Self {
        Files(Cache::new(bytes))
    }

    /// The answer to a GET of a target without conditions, if it is kept. Once a second it is
    /// compared with what is in the folder.
    pub fn get(
        &mut self,
        target: &str,
        accepted: Option<&[u8]>,
        folder: &Folder,
        clock: &Clock,
    ) -> Option<&mut Ready> {
        let path = target::path_of(target).as_bytes();
        let now = clock.second();
        if self.0.get(path)?.checked != now && !self.is_current(target, path, folder) {
            self.0.remove(path);
            return None;
        }
        let entry = self.0.get(path)?;
        entry.checked = now;
        let encoding = match entry.has_siblings {
            true => choose(accepted, |it| entry.ready[it.index()].is_some()),
            false => Encoding::Identity,
        };
        entry.ready[encoding.index()].as_mut()
    }

    fn is_current(&mut self, target: &str, path: &[u8], folder: &Folder) -> bool {
        let Ok(target) = target::decode(target) else {
            return false;
        };
        let Ok(Sought::File(source)) = folder.seek(&target) else {
            return false;
        };
        let kept = self.0.get(path);
        kept.is_some_and(|entry| entry.signature == source.signature())
    }

    /// Keeps a file that was found at a target, if it is small.
    pub fn keep(&mut self, target: &str, source: &Source, clock: &Clock) {
        let variants = Encoding::ALL.map(|encoding| source.variant(encoding));
        let is_small = |variant: &Variant| variant.stamp.size <= MAX_KEPT;
        if !variants.iter().flatten().all(|variant| is_small(variant)) {
            return;
        }
        let ready = Encoding::ALL.map(|encoding| {
            let bytes = read(source.variant(encoding)?).ok()?;
            let answer = source.whole(encoding, Content::Bytes(bytes));
            Some(Ready::new(&answer, clock))
        });
        // A file that changes while it is read is not kept; nor is it when a sibling does.
        let all = variants.iter().zip(&ready);
        if all
            .clone()
            .any(|(there, ready)| there.is_some() != ready.is_some())
        {
            return;
        }
        let bytes = ready.iter().flatten().map(|ready| ready.whole.len()).sum();
        let entry = Entry {
            has_siblings: ready[1..].iter().any(Option::is_some),
            ready,
            signature: source.signature(),
            checked: clock.second(),
        };
        let path = target::path_of(target).as_bytes();
        self.0.insert(path, entry, bytes);
    }
}

/// All of a file, if it is still as it was found.
fn read(variant: &Variant) -> io::Result<Vec<u8>> {
    let size = usize::try_from(variant.stamp.size).unwrap_or(usize::MAX);
    let mut bytes = vec![0; size];
    read_exact_at(&variant.file, &mut bytes)?;
    if !variant.stamp.is_of(&variant.file)? {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(bytes)
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, 0)
}

#[cfg(windows)]
fn read_exact_at(file: &File, bytes: &mut [u8]) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    let mut at = 0;
    while at < bytes.len() {
        match file.seek_read(&mut bytes[at..], at as u64)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => at += length,
        }
    }
    Ok(())
}
