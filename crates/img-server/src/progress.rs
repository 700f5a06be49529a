//! The bar that grows while a picture comes.

use std::cell::RefCell;

use common::progress::Bar;

use crate::album::Picture;

/// A bar for one picture after the other, if they are to be seen.
#[derive(Debug)]
pub struct Progress {
    wanted: bool,
    bar: RefCell<Option<Bar>>,
}

impl Progress {
    /// Shows nothing if `quiet`, or if stderr is not a terminal.
    pub fn new(quiet: bool) -> Self {
        Progress {
            wanted: Bar::is_wanted(quiet),
            bar: RefCell::default(),
        }
    }

    /// Shows how far a picture has come, if it is known how far it has to go.
    pub fn show(&self, picture: &Picture<'_>) {
        if self.wanted
            && let Some(size) = picture.size()
        {
            let mut bar = self.bar.borrow_mut();
            let bar = bar.get_or_insert_with(|| Bar::new(&picture.shown(), size));
            bar.set(picture.length());
        }
    }

    /// Takes the bar away, so that something else can be printed.
    pub fn end(&self) {
        self.bar.take();
    }
}
