//! An interface that lists pictures, in both shapes of tianapi.com's, and the server of the pictures;
//! which on request behaves as badly as servers do.
//!
//! | path | answer |
//! |---|---|
//! | `/meinv/?num=N` | the old shape: the items are the `newslist` |
//! | `/meinv/index?num=N` | the new shape: they are the `list` of the `result` |
//! | `/pictures/NAME` | a picture |
//! | `/WAY/NAME` | the same picture, sent in one of the [`Way`]s |
//!
//! A listing with `way=WAY` lists pictures that are sent so, one with `names=hostile` pictures
//! whose names mean no good, and one with `code=N` fails with that code.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use common::stream::Stream;

use crate::http::{Request, Requests};

mod catalogue;
mod pictures;
mod sending;
mod ways;

pub use ways::Way;

use sending::Answer;

/// How many pictures there are unless they come from a folder.
const GENERATED: usize = 20;

/// The server. Clones share everything.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Where the pictures are; without it, they are made up.
    folder: Option<PathBuf>,
    /// How often each target has been asked for, for those ways that pass.
    asked: Arc<Mutex<HashMap<String, u32>>>,
}

impl Listing {
    /// Lists the files of a folder, or pictures that are made up.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn new(folder: Option<PathBuf>) -> anyhow::Result<Self> {
        pictures::names(folder.as_deref())?;
        let asked = Arc::default();
        Ok(Listing { folder, asked })
    }

    /// Answers all requests of a connection.
    ///
    /// # Errors
    /// A request is none, or the answer does not get through.
    pub fn serve(&self, stream: &Stream) -> anyhow::Result<()> {
        let mut requests = Requests::new(stream);
        while let Some(request) = requests.next_request()? {
            tracing::trace!("{} {}", request.method, request.target);
            let answer = match request.method.as_str() {
                "GET" | "HEAD" => self.answer(&request)?,
                _ => Answer::status("501 Not Implemented"),
            };
            if !answer.send(stream, &request)? {
                return Ok(());
            }
        }
        Ok(())
    }

    fn answer(&self, request: &Request) -> anyhow::Result<Answer> {
        let path = request.path();
        if matches!(path, "/meinv" | "/meinv/" | "/meinv/index") {
            let names = pictures::names(self.folder.as_deref())?;
            return Ok(Answer::json(catalogue::listing(request, names)));
        }
        let Some((way, name)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
            return Ok(Answer::status("404 Not Found"));
        };
        let way = Way::called(way);
        let Some((way, picture)) = way.zip(pictures::picture(self.folder.as_deref(), name)) else {
            return Ok(Answer::status("404 Not Found"));
        };
        let turn = self.turn(&request.target);
        Ok(way.answer(turn, picture))
    }

    /// How often this has been asked for, this time included.
    fn turn(&self, target: &str) -> u32 {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = asked.entry(target.to_owned()).or_default();
        *turn += 1;
        *turn
    }
}
