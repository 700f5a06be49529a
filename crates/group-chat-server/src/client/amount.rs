//! How much may be on its way, and how much may wait.

use std::ops::{AddAssign, SubAssign};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Lines, and the bytes that they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) lines: usize,
    pub(super) bytes: usize,
}

impl Amount {
    /// Whether it reaches `other` in either.
    pub(super) fn reaches(self, other: Amount) -> bool {
        self.lines >= other.lines || self.bytes >= other.bytes
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        self.lines += other.lines;
        self.bytes += other.bytes;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Amount) {
        self.lines = self.lines.saturating_sub(other.lines);
        self.bytes = self.bytes.saturating_sub(other.bytes);
    }
}

/// Lets in lines until there are enough: a script may write its lines faster than the server
/// takes them, or the server may be away.
#[derive(Debug)]
pub(super) struct Gate {
    enough: Amount,
    inside: Mutex<Amount>,
    left: Condvar,
}

impl Gate {
    /// A gate that closes when `enough` is reached.
    pub(super) fn new(enough: Amount) -> Self {
        Gate {
            enough,
            inside: Mutex::default(),
            left: Condvar::new(),
        }
    }

    /// Lets one line of so many bytes in; waits while the gate is closed.
    pub(super) fn enter(&self, bytes: usize) {
        let mut inside = self.inside();
        while inside.reaches(self.enough) {
            let waited = self.left.wait(inside);
            inside = waited.unwrap_or_else(PoisonError::into_inner);
        }
        *inside += Amount { lines: 1, bytes };
    }

    /// Lets it out again.
    pub(super) fn leave(&self, bytes: usize) {
        *self.inside() -= Amount { lines: 1, bytes };
        self.left.notify_one();
    }

    fn inside(&self) -> MutexGuard<'_, Amount> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn whoever_comes_when_it_is_full_waits_until_one_has_left() {
        for enough in [
            Amount {
                lines: 2,
                bytes: 1000,
            },
            Amount {
                lines: 1000,
                bytes: 20,
            },
        ] {
            let gate = Arc::new(Gate::new(enough));
            gate.enter(10);
            gate.enter(10);
            let (entered, news) = mpsc::channel();
            let other = Arc::clone(&gate);
            let waiting = thread::spawn(move || {
                other.enter(10);
                entered.send(()).unwrap();
            });
            // Were the gate open it would have entered; that it has not cannot be waited for.
            thread::yield_now();
            assert!(news.try_recv().is_err());
            gate.leave(10);
            waiting.join().unwrap();
            news.recv().unwrap();
        }
    }
}
