//! The ways in which a picture is sent.

use std::time::Duration;

use super::sending::{Answer, Spoiled};

/// How long a slow server rests after every piece.
const REST: Duration = Duration::from_millis(50);

/// What comes instead of a picture.
const PAGE: &str =
    "<!DOCTYPE html>\n<title>Sorry</title>\n<h1>There is no such picture any more.</h1>\n";

/// A way to send a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// As it should be: with a length, an entity tag, and ranges.
    Well,
    /// In small pieces with rests between them.
    Slow,
    /// The first time only half of it, and a close.
    Cut,
    /// Always cut short: the length that is announced is one byte too many.
    Short,
    /// The first two times not at all: 503.
    Flaky,
    /// The first time not at all: 429, and come back in a second.
    Busy,
    /// Never: 503, and come back tomorrow.
    Closed,
    /// Always the whole, whatever range is asked for.
    Whole,
    /// A range from another place than is asked for.
    Displaced,
    /// 416 to any range.
    Unsatisfiable,
    /// A page, and 200.
    Page,
    /// A redirect to the picture.
    Moved,
    /// A redirect to an address that is private.
    Private,
    /// A redirect to itself.
    Circle,
    /// No length; the close ends it.
    Close,
    /// In chunks.
    Chunked,
}

/// What each is called in a path.
const NAMES: [(&str, Way); 16] = [
    ("pictures", Way::Well),
    ("slow", Way::Slow),
    ("cut", Way::Cut),
    ("short", Way::Short),
    ("flaky", Way::Flaky),
    ("busy", Way::Busy),
    ("closed", Way::Closed),
    ("whole", Way::Whole),
    ("displaced", Way::Displaced),
    ("unsatisfiable", Way::Unsatisfiable),
    ("page", Way::Page),
    ("moved", Way::Moved),
    ("private", Way::Private),
    ("circle", Way::Circle),
    ("close", Way::Close),
    ("chunked", Way::Chunked),
];

impl Way {
    /// The way of this name.
    pub fn called(name: &str) -> Option<Self> {
        let mut names = NAMES.iter();
        names.find(|(have, _)| *have == name).map(|(_, way)| *way)
    }

    /// What is answered, the `turn`-th time that this is asked for.
    pub(super) fn answer(self, turn: u32, picture: Picture) -> Answer {
        let redirect = |to: String| Answer::status("302 Found").with("Location", &to);
        let first = turn == 1;
        match self {
            Way::Slow => Answer::picture(picture).spoiled(Spoiled::Slow(REST)),
            Way::Cut if first => Answer::picture(picture).spoiled(Spoiled::Half),
            Way::Short => Answer::picture(picture).spoiled(Spoiled::OneShort),
            Way::Flaky if turn <= 2 => Answer::status("503 Service Unavailable"),
            Way::Busy if first => Answer::status("429 Too Many Requests").with("Retry-After", "1"),
            Way::Closed => Answer::status("503 Service Unavailable").with("Retry-After", "86400"),
            Way::Whole => Answer::picture(picture).spoiled(Spoiled::NoRanges),
            Way::Displaced => Answer::picture(picture).spoiled(Spoiled::Displaced),
            Way::Unsatisfiable => Answer::picture(picture).spoiled(Spoiled::Unsatisfiable),
            Way::Page => Answer::page(PAGE),
            Way::Moved => redirect(format!("/pictures/{}", picture.name)),
            Way::Private => redirect(format!("http://10.0.0.1:9/{}", picture.name)),
            Way::Circle => redirect(picture.name),
            Way::Close => Answer::picture(picture).spoiled(Spoiled::ByClose),
            Way::Chunked => Answer::picture(picture).spoiled(Spoiled::Chunked),
            Way::Well | Way::Cut | Way::Flaky | Way::Busy => Answer::picture(picture),
        }
    }
}

/// A picture, and what it is called in its URL.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}
