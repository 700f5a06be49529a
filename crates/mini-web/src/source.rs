//! A file, and the answers that bring it: all of it or parts, as it is or compressed, or the news that
//! the client has it already.

use std::fs::File;
use std::sync::Arc;

use crate::answer::{Answer, Content, Piece};
use crate::clock::http_date;
use crate::conditions::{Verdict, judge, range_applies};
use crate::encoding::{Encoding, choose};
use crate::ranges::{Part, Wanted, wanted};
use crate::request::Fields;
use crate::root::{Found, Root, Stamp};
use crate::status::Refusal;

/// A file, with its compressed siblings.
#[derive(Debug)]
pub struct Source {
    /// The path of the file itself.
    pub path: String,
    /// The file, and its siblings as far as there are any, in the order of [`Encoding::ALL`].
    found: [Option<Variant>; 3],
}

/// What tells whether a [`Source`] is still the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature(String, [Option<Stamp>; 3]);

/// A file as it may be sent.
#[derive(Clone, Debug)]
pub struct Variant {
    /// It, opened.
    pub file: Arc<File>,
    /// What is known of it.
    pub stamp: Stamp,
}

impl From<Found> for Variant {
    fn from(found: Found) -> Self {
        Variant {
            file: Arc::new(found.file),
            stamp: found.stamp,
        }
    }
}

impl Source {
    /// A file that was found at a path, and its siblings beside it.
    pub fn new(root: &Root, path: String, found: Found) -> Self {
        let stamp = found.stamp;
        let sibling = |encoding: Encoding| {
            let found = root.find(&format!("{path}{}", encoding.suffix())).ok()?;
            // One that is older was made of something else.
            let is_of_this = found.stamp.modified_second() >= stamp.modified_second();
            (!found.is_folder && is_of_this).then(|| found.into())
        };
        let (brotli, gzip) = (sibling(Encoding::Brotli), sibling(Encoding::Gzip));
        let found = [Some(found.into()), brotli, gzip];
        Source { path, found }
    }

    /// What changes when any of its files does.
    pub fn signature(&self) -> Signature {
        let stamps = self.found.each_ref().map(|it| Some(it.as_ref()?.stamp));
        Signature(self.path.clone(), stamps)
    }

    /// One of its files.
    pub fn variant(&self, encoding: Encoding) -> Option<&Variant> {
        self.found[encoding.index()].as_ref()
    }

    /// The answer to a request for it, in the encoding that the client wants. Parts are sent only
    /// if they are wanted by a GET (`ranges`).
    pub fn answer(&self, fields: &Fields<'_>, ranges: bool) -> Answer {
        let there = |encoding| self.variant(encoding).is_some();
        let encoding = choose(fields.accept_encoding, there);
        let Some(variant) = self.variant(encoding) else {
            return Answer::refusing(Refusal::new(500, "the file cannot be read"));
        };
        let stamp = variant.stamp;
        let (tag, modified) = (tag(stamp, encoding), stamp.modified_second());
        match judge(fields, &tag, modified) {
            Verdict::Failed => {
                let refusal = Refusal::new(412, "the file is another one now");
                return Answer::refusing(refusal);
            }
            Verdict::NotModified => {
                return self.with_validators(Answer::new(304, Content::None), stamp, encoding);
            }
            Verdict::Go => {}
        }
        let range = fields.range.filter(|_| ranges);
        let range = range.filter(|_| range_applies(fields.if_range, &tag, modified));
        match range.map(|range| wanted(range, stamp.size)) {
            None | Some(Wanted::All) => self.whole(encoding, Content::Pieces(variant.pieces())),
            Some(Wanted::Parts(parts)) => self.parts(&parts, variant, encoding),
            Some(Wanted::Nothing) => {
                let refusal = Refusal::new(416, "the file has no such bytes");
                Answer::refusing(refusal).with("Content-Range", format!("bytes */{}", stamp.size))
            }
        }
    }

    /// The answer that brings all of a file.
    pub fn whole(&self, encoding: Encoding, content: Content) -> Answer {
        let answer = Answer::new(200, content).with("Content-Type", self.media_type());
        self.described(answer, encoding)
    }

    fn parts(&self, parts: &[Part], variant: &Variant, encoding: Encoding) -> Answer {
        let file = |part: &Part| Piece::File {
            file: Arc::clone(&variant.file),
            at: part.at,
            length: part.length,
        };
        let size = variant.stamp.size;
        let range = |part: &Part| format!("bytes {}-{}/{size}", part.at, part.last());
        if let [part] = parts {
            let answer = Answer::new(206, Content::Pieces(vec![file(part)]))
                .with("Content-Type", self.media_type())
                .with("Content-Range", range(part));
            return self.described(answer, encoding);
        }
        // Several parts come one behind the other, each with a header, and a line between them that
        // must not be in the file.
        let boundary = boundary();
        let media_type = self.media_type();
        let mut pieces = Vec::with_capacity(2 * parts.len() + 1);
        for part in parts {
            let header = format!(
                "\r\n--{boundary}\r\nContent-Type: {media_type}\r\nContent-Range: {}\r\n\r\n",
                range(part)
            );
            pieces.extend([Piece::Bytes(header.into_bytes()), file(part)]);
        }
        pieces.push(Piece::Bytes(format!("\r\n--{boundary}--\r\n").into_bytes()));
        let answer = Answer::new(206, Content::Pieces(pieces)).with(
            "Content-Type",
            format_args!("multipart/byteranges; boundary={boundary}"),
        );
        self.described(answer, encoding)
    }

    fn described(&self, answer: Answer, encoding: Encoding) -> Answer {
        let answer = answer
            .with("Accept-Ranges", "bytes")
            .with("X-Content-Type-Options", "nosniff");
        let answer = match encoding {
            Encoding::Identity => answer,
            _ => answer.with("Content-Encoding", encoding.name()),
        };
        match self.variant(encoding) {
            Some(variant) => self.with_validators(answer, variant.stamp, encoding),
            None => answer,
        }
    }

    /// What a client needs to ask next time whether there is something new.
    fn with_validators(&self, answer: Answer, stamp: Stamp, encoding: Encoding) -> Answer {
        let has_siblings = self.found[1..].iter().any(Option::is_some);
        let answer = answer
            .with("Last-Modified", http_date(stamp.modified_second()))
            .with("ETag", tag(stamp, encoding));
        match has_siblings {
            true => answer.with("Vary", "Accept-Encoding"),
            false => answer,
        }
    }

    /// After the name of the file. Text is taken for UTF-8, which nearly all is.
    fn media_type(&self) -> String {
        let guess = mime_guess::from_path(&self.path).first_raw();
        match guess.unwrap_or("application/octet-stream") {
            text if text.starts_with("text/") => format!("{text}; charset=utf-8"),
            other => other.to_owned(),
        }
    }
}

impl Variant {
    fn pieces(&self) -> Vec<Piece> {
        vec![Piece::File {
            file: Arc::clone(&self.file),
            at: 0,
            length: self.stamp.size,
        }]
    }
}

/// A name for just this state of a file.
fn tag(stamp: Stamp, encoding: Encoding) -> String {
    let (modified, size) = (stamp.modified, stamp.size);
    match encoding {
        Encoding::Identity => format!("\"{modified:x}-{size:x}\""),
        _ => format!("\"{modified:x}-{size:x}-{}\"", encoding.name()),
    }
}

/// A word that nobody could have put into a file, as nobody knew it.
fn boundary() -> String {
    use std::hash::{BuildHasher, RandomState};
    let word = || RandomState::new().hash_one(0_u8);
    format!("{:016x}{:016x}", word(), word())
}
