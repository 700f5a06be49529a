//! Of what an unfinished file is a part: the note that stands beside it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::link::Link;

/// Of what an unfinished file is a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// A digest of the URL that was asked for. The URL itself may have a key in it, which is not to
    /// lie about in files.
    url_sha256: String,
    /// What the server takes in If-Range.
    pub validator: String,
    /// How many bytes there are in all, if that is known.
    pub size: Option<u64>,
}

impl Origin {
    /// For what has come from `link`.
    pub fn new(link: &Link, validator: String, size: Option<u64>) -> Self {
        let url_sha256 = digest(link);
        Origin {
            url_sha256,
            validator,
            size,
        }
    }

    /// Reads a note. `None` if it is none of ours, is not complete (whoever wrote it was killed), or
    /// is about something else.
    pub fn read(note: &str, link: &Link) -> Option<Self> {
        let origin: Origin = serde_json::from_str(note).ok()?;
        (origin.url_sha256 == digest(link)).then_some(origin)
    }

    /// The note.
    pub fn to_note(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

fn digest(link: &Link) -> String {
    let digest = Sha256::digest(link.as_str());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_about_one_url_and_of_use_only_as_a_whole() {
        let link = Link::parse("http://h/x?key=secret").unwrap();
        let origin = Origin::new(&link, "\"tag\"".into(), Some(7));
        let note = origin.to_note();
        assert!(!note.contains("secret"));
        assert_eq!(Origin::read(&note, &link), Some(origin));
        let other = Link::parse("http://h/x?key=other").unwrap();
        assert_eq!(Origin::read(&note, &other), None);
        for length in 0..note.len() {
            assert_eq!(Origin::read(&note[..length], &link), None);
        }
    }
}
