//! What is answered to a request for something in the folder.

use std::fs::File;

use common::exit::cause;
use common::printable::printable;

use crate::answer::{Answer, Content};
use crate::request::Fields;
use crate::root::{NotServed, Root};
use crate::source::Source;
use crate::status::Refusal;
use crate::target::{Target, encode, encode_query, is_hidden};
use crate::{MAX_LISTED, listing};

/// What a folder shows of itself when nothing else is asked for.
const INDEX: &str = "index.html";

/// A folder, and how it is served.
#[derive(Debug)]
pub struct Folder {
    /// The folder.
    pub root: Root,
    /// Folders without an index are listed.
    pub lists: bool,
    /// The top index is the answer to a missing path without a file extension.
    pub spa: bool,
}

/// What a target leads to.
#[derive(Debug)]
pub enum Sought {
    /// A file.
    File(Source),
    /// A folder to be listed.
    Listing {
        /// Its path.
        path: String,
        /// It, opened.
        folder: File,
    },
    /// A folder, but asked for as if it were a file: links in its page would be taken from the wrong
    /// place. This is its address.
    Moved(String),
}

impl Folder {
    /// Finds what a target leads to.
    ///
    /// # Errors
    /// Nothing that is served; the refusal says so.
    pub fn seek(&self, target: &Target<'_>) -> Result<Sought, Refusal> {
        let path = &target.path;
        match self.root.find(path) {
            Ok(found) if found.is_folder && !target.is_folder => Ok(Sought::Moved(moved(target))),
            Ok(found) if found.is_folder => self.index(path, found.file),
            Ok(_) if target.is_folder => self.instead(path, NotServed::Missing),
            Ok(found) => Ok(Sought::File(Source::new(&self.root, path.clone(), found))),
            Err(why) => self.instead(path, why),
        }
    }

    fn index(&self, path: &str, folder: File) -> Result<Sought, Refusal> {
        let index = match path {
            "" => INDEX.to_owned(),
            _ => format!("{path}/{INDEX}"),
        };
        match self.root.find(&index) {
            Ok(found) if !found.is_folder => {
                Ok(Sought::File(Source::new(&self.root, index, found)))
            }
            Ok(_) | Err(NotServed::Missing) if self.lists => Ok(Sought::Listing {
                path: path.to_owned(),
                folder,
            }),
            Ok(_) | Err(NotServed::Missing) => {
                Err(Refusal::new(403, "folders are not listed here"))
            }
            Err(why) => Err(refuse(&index, why)),
        }
    }

    /// What is answered for something that is not there.
    fn instead(&self, path: &str, why: NotServed) -> Result<Sought, Refusal> {
        let last = path.rsplit('/').next().unwrap_or(path);
        let is_a_view = self.spa && !last.contains('.') && !is_hidden(path);
        if is_a_view
            && matches!(why, NotServed::Missing)
            && let Ok(found) = self.root.find(INDEX)
            && !found.is_folder
        {
            return Ok(Sought::File(Source::new(
                &self.root,
                INDEX.to_owned(),
                found,
            )));
        }
        Err(refuse(path, why))
    }

    /// The answer to a request for what was sought. Parts of a file are sent only if they are wanted
    /// by a GET (`ranges`).
    pub fn answer(&self, sought: Sought, fields: &Fields<'_>, ranges: bool) -> Answer {
        match sought {
            Sought::File(source) => source.answer(fields, ranges),
            Sought::Listing { path, folder } => self.list(&path, &folder),
            Sought::Moved(location) => {
                let text = format!("{location}\n").into_bytes();
                Answer::new(301, Content::Bytes(text))
                    .with("Content-Type", "text/plain; charset=utf-8")
                    .with("Location", location)
            }
        }
    }

    fn list(&self, path: &str, folder: &File) -> Answer {
        match self.root.entries(path, folder, MAX_LISTED) {
            Ok((entries, more)) => {
                let page = listing::page(path, entries, more);
                Answer::new(200, Content::Bytes(page.into_bytes()))
                    .with("Content-Type", "text/html; charset=utf-8")
                    .with("Cache-Control", "no-cache")
                    .with("Content-Security-Policy", listing::POLICY)
                    .with("X-Content-Type-Options", "nosniff")
            }
            Err(error) => Answer::refusing(refuse(path, error.into())),
        }
    }
}

/// The address of a folder. It is made of the names that were found, never of what was sent: that
/// could begin with `//` and lead to another host.
fn moved(target: &Target<'_>) -> String {
    let query = target
        .query
        .map(|query| format!("?{}", encode_query(query)));
    let query = query.unwrap_or_default();
    format!("/{}/{query}", encode(&target.path))
}

fn refuse(path: &str, why: NotServed) -> Refusal {
    match why {
        NotServed::Missing => Refusal::new(404, "there is no such file"),
        NotServed::Forbidden => Refusal::new(403, "the file may not be read"),
        NotServed::Failed(error) => {
            tracing::warn!("cannot read {}: {}", printable(path), cause(&error));
            match is_for_now(&error) {
                true => Refusal::new(503, "too many files are open"),
                false => Refusal::new(500, "the file cannot be read"),
            }
        }
    }
}

#[cfg(unix)]
fn is_for_now(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE]
        .iter()
        .any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

#[cfg(not(unix))]
fn is_for_now(_error: &std::io::Error) -> bool {
    false
}
