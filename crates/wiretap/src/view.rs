//! The views: how steps are shown. Each is a file; what they share is in `words`.
//!
//! | view | for |
//! |---|---|
//! | [`Ladder`](ladder::Ladder) | a terminal: two life lines, an arrow a message |
//! | [`Hex`](hex::Hex) | every byte, with its offset |
//! | [`Text`](text::Text) | everything that is text, line by line |
//! | [`Json`](json::Json) | another program: an object a line |
//! | [`Mermaid`](mermaid::Mermaid) | a page on a code host |
//! | [`Svg`](svg::Svg) | a picture |
//! | [`Html`](html::Html) | a page of its own, with all bytes |
//!
//! What came from a peer is escaped in each, for a terminal or for its markup.

pub mod hex;
pub mod html;
pub mod json;
pub mod ladder;
pub mod mermaid;
pub mod svg;
pub mod text;
mod words;

#[cfg(test)]
mod tests;

use std::time::Duration;

use common::printable::printable;

use crate::steps::{Step, Wish};

/// Shows steps, one after the other.
pub trait View: Send {
    /// How steps are to be made for it.
    fn wish(&self) -> Wish;

    /// What stands before the first.
    fn begin(&mut self, _out: &mut String) {}

    /// A step.
    fn step(&mut self, step: &Step, out: &mut String);

    /// What stands behind the last.
    fn end(&mut self, _out: &mut String) {}
}

/// Between whom the relay stands, as the views name them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Where clients connect.
    pub listen: String,
    /// Who answers them.
    pub to: String,
    /// When it began.
    pub started: String,
}

impl Scene {
    /// Of a tape, which may say anything.
    pub fn of(header: &crate::tape::Header) -> Self {
        Scene {
            listen: words::fit(&printable(&header.listen).to_string(), 80),
            to: words::fit(&printable(&header.to).to_string(), 80),
            started: words::fit(&printable(&header.started).to_string(), 40),
        }
    }
}

/// How much time lies between a step and the one before it.
#[derive(Clone, Copy, Debug, Default)]
struct Clock {
    last: Option<Duration>,
}

impl Clock {
    /// The time since the step before; `None` for the first. A tape may run backwards; then it is 0.
    fn since(&mut self, time: Duration) -> Option<Duration> {
        let gap = self.last.map(|last| time.saturating_sub(last));
        self.last = Some(time);
        gap
    }
}
