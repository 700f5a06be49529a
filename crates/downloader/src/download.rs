//! One file, from its URL to its place: as many tries as it takes, and as are allowed.

use std::path::PathBuf;
use std::sync::Arc;

use common::pauses::pause_after;
use common::printable::printable;
use common::received::check_target;
use common::shutdown::Shutdown;
use ureq::http::header;

use crate::answer::{ContentRange, retry_after, validator};
use crate::arriving::{Arriving, Place, too_large};
use crate::failure::{Failure, Hope};
use crate::listing::{self, Wanted};
use crate::origin::Origin;
use crate::pauses::{MAX_RETRY_AFTER, Quiet};
use crate::plan::{Job, bad_url};
use crate::report::Report;
use crate::web::{Answer, Errand, Web, give_back, reader};

/// How files are downloaded. Clones share what has to be shared.
#[derive(Clone, Debug)]
pub struct Download {
    /// The servers.
    pub web: Web,
    /// Where the files go.
    pub place: Place,
    /// How many more tries there are after the first one.
    pub retries: u32,
    /// Pauses.
    pub quiet: Quiet,
    /// Whether to go on at all.
    pub shutdown: Shutdown,
    /// Who is told.
    pub report: Arc<Report>,
}

/// What became of a file.
#[derive(Debug)]
pub enum Done {
    /// It is there now.
    Saved {
        /// Where.
        path: PathBuf,
        /// How long it is, in bytes.
        size: u64,
        /// Whether its name promises a picture and it is none.
        promise_broken: bool,
    },
    /// It was there.
    Kept(PathBuf),
}

/// What one try came to.
enum Tried {
    Complete,
    /// What was there is of no use; the next request is for the whole.
    Anew,
}

impl Download {
    /// Downloads a file. `buffer` is room for a small one.
    ///
    /// # Errors
    /// It cannot be had, or not be saved.
    pub fn run(&self, job: &Job, buffer: &mut [u8]) -> Result<Done, Failure> {
        let target = self.place.folder.join(&job.name);
        if let Err(taken) = check_target(&target, self.place.on_conflict) {
            // It is complete: what is not complete is called otherwise.
            return match self.place.resume {
                true => Ok(Done::Kept(target)),
                false => Err(Failure::local(&taken)),
            };
        }
        let mut file = Arriving::new(&self.place, &job.name, &job.errand.link, buffer)?;
        self.persist(&job.errand, || {
            loop {
                match self.attempt(job, &mut file)? {
                    Tried::Complete => return Ok(()),
                    // This does not happen twice: now there is nothing to go on with.
                    Tried::Anew => file.restart(None, None)?,
                }
            }
        })?;
        let size = file.length();
        let (path, promise_broken) = file.finish()?;
        Ok(Done::Saved {
            path,
            size,
            promise_broken,
        })
    }

    /// Fetches a listing. An item that is no URL we take becomes a line that says so.
    ///
    /// # Errors
    /// It cannot be had, or is none.
    pub fn list(
        &self,
        errand: &Errand,
        wanted: &Wanted,
    ) -> Result<Vec<Result<Errand, String>>, Failure> {
        let (found, from) = self.persist(errand, || {
            let answer = self.web.get(errand, None)?;
            if answer.response.status().as_u16() != 200 {
                return Err(refused(answer));
            }
            let from = answer.from;
            let found = listing::read(reader(answer.response), wanted, |error| {
                self.web.broke(error)
            })?;
            Ok((found, from))
        })?;
        if found.without > 0 {
            let (without, field) = (found.without, &wanted.field);
            tracing::warn!("items without a URL in {}: {without}", printable(field));
        }
        let guarded = self.web.guards(&from)?;
        let errand = |url: &String| match from.link.join(url) {
            Ok(link) => Ok(Errand { link, guarded }),
            Err(error) => Err(bad_url(url, &error)),
        };
        Ok(found.urls.iter().map(errand).collect())
    }

    /// Tries until it works, there is no hope, or there are no more tries.
    ///
    /// # Errors
    /// That of the last try.
    pub fn persist<T>(
        &self,
        errand: &Errand,
        mut attempt: impl FnMut() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut number = 0;
        loop {
            self.quiet.wait(errand.link.host());
            let failure = match attempt() {
                _ if self.shutdown.is_requested() => return Err(Failure::lasting("interrupted")),
                Ok(done) => return Ok(done),
                Err(failure) => failure,
            };
            number += 1;
            let Hope::Later(asked) = failure.hope else {
                return Err(failure);
            };
            if number > self.retries {
                return Err(failure);
            }
            let pause = pause_after(number);
            let pause = match asked {
                Some(asked) if asked > MAX_RETRY_AFTER => {
                    let seconds = asked.as_secs();
                    let why = format!("{failure}; it asks to be left alone for {seconds} s");
                    return Err(Failure::passing(why));
                }
                // Whoever asks for no time at all is not to be hammered.
                Some(asked) => asked.max(pause),
                None => pause,
            };
            let (link, seconds) = (&errand.link, pause.as_secs_f64());
            let tries = self.retries;
            self.report.note(&format!(
                "{link}: {failure}; try {number} of {tries} more in {seconds:.1} s"
            ));
            if asked.is_some() {
                self.quiet.ask_for(errand.link.host(), pause);
            } else {
                self.quiet.pause(pause);
            }
        }
    }

    fn attempt(&self, job: &Job, file: &mut Arriving<'_>) -> Result<Tried, Failure> {
        let rest = file.rest();
        let asked_from = rest.map(|rest| rest.offset);
        let answer = self.web.get(&job.errand, rest)?;
        let status = answer.response.status().as_u16();
        tracing::debug!("{}: {status}", answer.from.link);
        match (status, asked_from) {
            (200 | 203, _) => self.begin(job, &answer, file)?,
            (206, Some(offset)) if continues(&answer, file, offset) => {}
            (206, Some(_)) => {
                // Its connection may still bring anything.
                drop(answer);
                return Ok(Tried::Anew);
            }
            (416, Some(offset)) => {
                let complete = is_all(&answer, file, offset);
                give_back(answer.response);
                return Ok(if complete {
                    Tried::Complete
                } else {
                    Tried::Anew
                });
            }
            _ => return Err(refused(answer)),
        }
        self.receive(job, answer, file)
    }

    /// The whole is about to come.
    fn begin(&self, job: &Job, answer: &Answer, file: &mut Arriving<'_>) -> Result<(), Failure> {
        let link = &job.errand.link;
        let headers = answer.response.headers();
        let field = |name| {
            let value = headers.get(name);
            value.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        if let Some(encoding) = field(header::CONTENT_ENCODING) {
            let encoding = printable(&encoding);
            self.report.note(&format!(
                "{link}: encoded ({encoding}), and saved as it comes"
            ));
        }
        let size = answer.response.body().content_length();
        let origin = validator(headers).map(|validator| Origin::new(link, validator, size));
        file.restart(origin, field(header::CONTENT_TYPE))
    }

    fn receive(
        &self,
        job: &Job,
        answer: Answer,
        file: &mut Arriving<'_>,
    ) -> Result<Tried, Failure> {
        let begun = file.length();
        let size = answer.response.body().content_length();
        let size = size.map(|rest| begun.saturating_add(rest));
        let max_size = self.place.max_size;
        if size.is_some_and(|size| size > max_size) {
            file.discard();
            return Err(too_large(max_size));
        }
        let mut progress = self.report.progress(&job.name, size);
        let body = reader(answer.response);
        let received = file.receive(body, &self.web, |length| progress.set(length));
        drop(progress);
        // An end that we have made ourselves looks like the server's.
        if self.shutdown.is_requested() {
            file.rescue()?;
            return Err(Failure::lasting("interrupted"));
        }
        received.map_err(|failure| match failure.hope {
            Hope::Later(_) => {
                let length = file.length();
                let all = size.map(|size| format!(" of {size}")).unwrap_or_default();
                Failure {
                    why: format!("{failure}, after {length}{all} bytes"),
                    ..failure
                }
            }
            Hope::None => failure,
        })?;
        match size.or(file.size()) {
            Some(size) if size != file.length() => {
                let length = file.length();
                Err(Failure::passing(format!(
                    "{length} bytes came instead of {size}"
                )))
            }
            _ => Ok(Tried::Complete),
        }
    }
}

/// Whether an answer is the rest of the file, from just where it ends.
fn continues(answer: &Answer, file: &Arriving<'_>, offset: u64) -> bool {
    let headers = answer.response.headers();
    let Some(range) = ContentRange::of(headers) else {
        return false;
    };
    let Some((first, last)) = range.bytes else {
        return false;
    };
    // All of the rest, of a file of the size that it had.
    let to_the_end = range.size.is_none_or(|size| size == last + 1);
    let same_size = range.size.is_none() || file.size().is_none() || range.size == file.size();
    let as_long = answer.response.body().content_length();
    let as_long = as_long.is_none_or(|length| length == (last - first).saturating_add(1));
    let same = match (validator(headers), file.rest()) {
        (Some(validator), Some(rest)) => validator == rest.validator,
        _ => true,
    };
    first == offset && to_the_end && same_size && as_long && same
}

/// Whether there is nothing behind what has come, as the server and the earlier answer say.
fn is_all(answer: &Answer, file: &Arriving<'_>, offset: u64) -> bool {
    let range = ContentRange::of(answer.response.headers());
    let said = range.and_then(|range| range.size);
    let sizes = [said, file.size()];
    sizes.iter().flatten().all(|&size| size == offset) && sizes.iter().flatten().count() > 0
}

/// What an answer says that is not the file.
fn refused(answer: Answer) -> Failure {
    let response = answer.response;
    let status = response.status();
    let words = status.canonical_reason().unwrap_or_default();
    let failure = Failure::of_status(status.as_u16(), words, retry_after(response.headers()));
    give_back(response);
    failure
}
