//! A file while it comes: in memory as long as it is small and comes fast, then on disk, where
//! another try or another run finds it.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context;
use common::printable::printable_path;
use common::received::{OnConflict, Resumable, save_whole};

use crate::failure::Failure;
use crate::link::Link;
use crate::origin::Origin;
use crate::picture::is_broken_promise;
use crate::web::{Rest, Web};

/// What has not come after so long goes to disk, so that it is not lost if we are killed.
const SOON: Duration = Duration::from_secs(1);

/// Where files go, and under which rules.
#[derive(Clone, Debug)]
pub struct Place {
    /// The folder; it is created.
    pub folder: PathBuf,
    /// What to do when a file is there already.
    pub on_conflict: OnConflict,
    /// Whether to go on with what an earlier run has left.
    pub resume: bool,
    /// The largest file, in bytes.
    pub max_size: u64,
}

/// A file that is coming. Dropped before [`Self::finish`], it leaves what another run can go on
/// with, and nothing else.
#[derive(Debug)]
pub struct Arriving<'a> {
    place: &'a Place,
    name: &'a str,
    /// What has come and is not on disk: the first so many bytes of it.
    buffer: &'a mut [u8],
    held: usize,
    disk: Option<Resumable>,
    /// How many bytes have come in all.
    length: u64,
    origin: Option<Origin>,
    began: Instant,
    content_type: Option<String>,
    promise_broken: bool,
    /// Whether what is on disk is ours to throw away.
    restarted: bool,
}

impl<'a> Arriving<'a> {
    /// The file that `link` becomes. Unfinished work of an earlier run is taken up, or thrown away.
    ///
    /// # Errors
    /// The folder cannot be written to, or somebody else is receiving this file.
    pub fn new(
        place: &'a Place,
        name: &'a str,
        link: &Link,
        buffer: &'a mut [u8],
    ) -> Result<Self, Failure> {
        let mut arriving = Arriving {
            place,
            name,
            buffer,
            held: 0,
            disk: None,
            length: 0,
            origin: None,
            began: Instant::now(),
            content_type: None,
            promise_broken: false,
            restarted: false,
        };
        if Resumable::is_begun(&place.folder, name) {
            let disk = Resumable::begin(&place.folder, name, place.resume);
            let disk = disk.map_err(|error| Failure::local(&error))?;
            let origin = disk.origin().and_then(|note| Origin::read(note, link));
            if origin.is_some() {
                arriving.length = disk.length();
                arriving.origin = origin;
            }
            arriving.disk = Some(disk);
        }
        Ok(arriving)
    }

    /// What is to be asked for so that the rest comes; `None` if it has to be the whole.
    pub fn rest(&self) -> Option<Rest<'_>> {
        let origin = self.origin.as_ref().filter(|_| self.length > 0)?;
        let (offset, validator) = (self.length, origin.validator.as_str());
        Some(Rest { offset, validator })
    }

    /// How many bytes have come.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// How many there should be in all, if what there is can be gone on with.
    pub fn size(&self) -> Option<u64> {
        self.origin.as_ref()?.size
    }

    /// Throws away what has come. What comes now is of this origin, if it can be told what that is.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn restart(
        &mut self,
        origin: Option<Origin>,
        content_type: Option<String>,
    ) -> Result<(), Failure> {
        self.held = 0;
        self.length = 0;
        self.origin = origin;
        self.began = Instant::now();
        self.content_type = content_type;
        self.promise_broken = false;
        self.restarted = true;
        match &mut self.disk {
            Some(disk) => disk
                .restart(&note(&self.origin))
                .map_err(|error| Failure::local(&error)),
            None => Ok(()),
        }
    }

    /// Reads a body to its end, and tells `progress` how many bytes have come.
    ///
    /// # Errors
    /// It breaks off or becomes too large, or the file cannot be written to.
    pub fn receive(
        &mut self,
        mut body: impl Read,
        web: &Web,
        mut progress: impl FnMut(u64),
    ) -> Result<(), Failure> {
        loop {
            let length = match body.read(&mut self.buffer[self.held..]) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) => {
                    self.rescue()?;
                    return Err(web.broke(error));
                }
            };
            self.held += length;
            self.length += length as u64;
            if self.length > self.place.max_size {
                self.discard();
                return Err(too_large(self.place.max_size));
            }
            let is_late = self.began.elapsed() > SOON;
            if self.disk.is_some() || self.held == self.buffer.len() || is_late {
                self.put_down()?;
            }
            progress(self.length);
        }
    }

    /// Saves what would be lost, if it can be gone on with.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn rescue(&mut self) -> Result<(), Failure> {
        match self.origin {
            Some(_) => self.put_down(),
            None => Ok(()),
        }
    }

    /// Throws away what has come.
    pub fn discard(&mut self) {
        self.held = 0;
        self.length = 0;
        self.origin = None;
        if let Some(disk) = self.disk.take() {
            disk.discard();
        }
    }

    /// The file is complete: moves it into place. Returns its path, and whether its name promises a
    /// picture and it is none.
    ///
    /// # Errors
    /// The name is taken, or the file cannot be written.
    pub fn finish(mut self) -> Result<(PathBuf, bool), Failure> {
        self.look();
        let (folder, on_conflict) = (&self.place.folder, self.place.on_conflict);
        let saved = match self.disk {
            None => save_whole(folder, self.name, &self.buffer[..self.held], on_conflict),
            Some(_) => {
                self.put_down()?;
                match self.disk.take() {
                    Some(disk) => disk.finish(on_conflict),
                    None => unreachable!("it was there a line ago"),
                }
            }
        };
        match saved {
            Ok(path) => Ok((path, self.promise_broken)),
            Err(error) => Err(Failure::local(&error)),
        }
    }

    /// Writes what is held to disk.
    fn put_down(&mut self) -> Result<(), Failure> {
        self.look();
        self.try_to_put_down()
            .map_err(|error| Failure::local(&error))
    }

    fn try_to_put_down(&mut self) -> anyhow::Result<()> {
        let disk = match &mut self.disk {
            Some(disk) => disk,
            None => {
                let disk = Resumable::begin(&self.place.folder, self.name, false)?;
                let disk = self.disk.insert(disk);
                disk.restart(&note(&self.origin))?;
                disk
            }
        };
        let held = &self.buffer[..self.held];
        self.held = 0;
        disk.file()
            .write_all(held)
            .with_context(|| format!("cannot write {}", printable_path(disk.part())))
    }

    /// Looks at the beginning of the file, while it is held.
    fn look(&mut self) {
        if self.held > 0 && self.held as u64 == self.length {
            let begins = &self.buffer[..self.held];
            self.promise_broken =
                is_broken_promise(self.name, self.content_type.as_deref(), begins);
        }
    }
}

impl Drop for Arriving<'_> {
    /// What cannot be gone on with is of no use; unless an earlier run has left it, for another URL.
    fn drop(&mut self) {
        if self.origin.is_none() && self.restarted {
            self.discard();
        }
    }
}

/// The failure of a file that is larger than is taken.
pub fn too_large(max_size: u64) -> Failure {
    let most = common::args::shown_size(max_size);
    Failure::lasting(format!("it is larger than {most} (see --max-size)"))
}

fn note(origin: &Option<Origin>) -> String {
    origin.as_ref().map(Origin::to_note).unwrap_or_default()
}
