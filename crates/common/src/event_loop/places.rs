//! How many connections there may be at once, over all loops of a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The places of a server; clones share them.
#[derive(Clone, Debug)]
pub(super) struct Places(Arc<AtomicUsize>);

/// One connection's place, given back when this is dropped.
#[derive(Debug)]
pub(super) struct Place(Arc<AtomicUsize>);

impl Places {
    pub(super) fn new(count: usize) -> Self {
        Places(Arc::new(AtomicUsize::new(count)))
    }

    /// Takes a place, if one is free.
    pub(super) fn take(&self) -> Option<Place> {
        let taken = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |free| {
                free.checked_sub(1)
            });
        taken.ok().map(|_| Place(Arc::clone(&self.0)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
