//! From the connection to the album.

use std::io::{self, Read};
use std::time::Duration;

use anyhow::{Context, anyhow, bail, ensure};
use common::shutdown::Shutdown;
use common::stream::{Stream, timed_out};

use crate::album::{Album, Picture, Saved};
use crate::json::{Event, Reader};
use crate::progress::Progress;

/// How much is read at once. A small buffer means many system calls, a large one does not fit into
/// the processor's cache; between 64 KiB and 1 MiB it makes little difference.
const BUFFER: usize = 256 << 10;

/// How many pictures a connection may bring.
const MAX_PICTURES: u32 = 1000;

/// Receives pictures until the server closes, and saves each as soon as it is complete. `saved` is
/// told of every one.
///
/// # Errors
/// The server was silent for `timeout`, closed in the middle or without a picture, or sent what is
/// none; a picture could not be saved; `shutdown` was requested; and what `saved` returns. Of a
/// picture that was not complete nothing is left.
pub fn receive(
    stream: &Stream,
    timeout: Duration,
    album: &Album,
    shutdown: &Shutdown,
    progress: &Progress,
    mut saved: impl FnMut(&Saved) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    stream.set_read_timeout(Some(timeout))?;
    let mut wire = Wire {
        stream,
        timeout,
        shutdown,
        buffer: vec![0; BUFFER],
        unread: 0..0,
        reader: Reader::default(),
    };
    let mut bytes = Vec::new();
    let mut count = 0;
    while wire.begins()? {
        count += 1;
        ensure!(count <= MAX_PICTURES, "more than {MAX_PICTURES} pictures");
        let picture = Picture::begin(album, &mut bytes);
        let picture = wire.picture(picture, progress);
        progress.end();
        let picture = picture?.save()?;
        tracing::trace!("a picture of {} bytes is complete", picture.size);
        saved(&picture)?;
    }
    ensure!(count > 0, "the server closed without sending a picture");
    Ok(())
}

/// What arrives.
struct Wire<'a> {
    stream: &'a Stream,
    timeout: Duration,
    shutdown: &'a Shutdown,
    buffer: Vec<u8>,
    /// What of the buffer has arrived and was not looked at.
    unread: std::ops::Range<usize>,
    reader: Reader,
}

impl Wire<'_> {
    /// Waits for the beginning of a picture; false at the end of the stream.
    fn begins(&mut self) -> anyhow::Result<bool> {
        loop {
            match self.event(|event| Ok(event == Event::Begin))? {
                Some(true) => return Ok(true),
                Some(false) => {}
                None if self.arrives()? => {}
                None => return Ok(false),
            }
        }
    }

    /// Reads a picture to its end.
    fn picture<'a>(
        &mut self,
        mut picture: Picture<'a>,
        progress: &Progress,
    ) -> anyhow::Result<Picture<'a>> {
        loop {
            let ended = self.event(|event| {
                match event {
                    Event::Name(name) => picture.named(&name)?,
                    Event::Size(size) => picture.sized(size)?,
                    Event::Sha256(digest) => picture.digested(digest),
                    Event::Data(text) => {
                        picture.data(text)?;
                        progress.show(&picture);
                    }
                    Event::DataEnd => picture.data_ends()?,
                    Event::Begin => {}
                    Event::End => return Ok(true),
                }
                Ok(false)
            })?;
            match ended {
                Some(true) => return Ok(picture),
                Some(false) => {}
                None if self.arrives()? => {}
                None => {
                    let (shown, length) = (picture.shown(), picture.length());
                    bail!("{shown} was cut short after {length} bytes")
                }
            }
        }
    }

    /// Hands `take` the next event that is in the buffer, if there is one.
    fn event<T>(
        &mut self,
        take: impl FnOnce(Event<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<Option<T>> {
        let mut input = &self.buffer[self.unread.clone()];
        let event = self.reader.next(&mut input)?;
        self.unread.start = self.unread.end - input.len();
        event.map(take).transpose()
    }

    /// Waits until more has arrived; false at the end of the stream.
    fn arrives(&mut self) -> anyhow::Result<bool> {
        loop {
            let read = (&*self.stream).read(&mut self.buffer);
            // The end that was asked for shuts the stream down, which then looks like the
            // server's doing.
            if self.shutdown.is_requested() {
                bail!("interrupted");
            }
            match read {
                Ok(length) => {
                    self.unread = 0..length;
                    return Ok(length > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if timed_out(&error) => {
                    let seconds = self.timeout.as_secs_f64();
                    return Err(anyhow!("nothing came for {seconds} s"));
                }
                Err(error) => return Err(error).context("the connection broke"),
            }
        }
    }
}
