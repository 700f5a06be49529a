//! The bar that grows while a long page comes.

use common::progress::Bar;

use crate::framing::Framing;

/// A body of fewer bytes is here before a bar could be read.
const LONG: u64 = 1 << 20;

/// A bar, gone when this is dropped.
#[derive(Debug)]
pub struct Progress(Option<Bar>);

impl Progress {
    /// A bar, if the body is long and says how long, and there is a terminal to see it on.
    pub fn of(framing: &Framing, quiet: bool) -> Self {
        let bar = match *framing {
            Framing::Length(length) if length >= LONG && Bar::is_wanted(quiet) => {
                Some(Bar::new("", length))
            }
            _ => None,
        };
        Progress(bar)
    }

    /// So many bytes have come.
    pub fn set(&self, got: u64) {
        if let Some(bar) = &self.0 {
            bar.set(got);
        }
    }
}
