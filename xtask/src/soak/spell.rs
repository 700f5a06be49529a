//! A spell: a time for which all clients, honest and hostile, come at once.

use std::thread;
use std::time::{Duration, Instant};

use crate::interrupt;

/// The longest sleep at a time, so that an end is noticed.
const NAP: Duration = Duration::from_millis(50);

/// A time with an end.
#[derive(Clone, Copy)]
pub(super) struct Spell {
    end: Instant,
}

impl Spell {
    /// From now on.
    pub(super) fn of(length: Duration) -> Spell {
        Spell {
            end: Instant::now() + length,
        }
    }

    /// What is left of it.
    pub(super) fn left(&self) -> Duration {
        match interrupt::happened() {
            true => Duration::ZERO,
            false => self.end.saturating_duration_since(Instant::now()),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// Sleeps, but not beyond the end.
    pub(super) fn pause(&self, length: Duration) {
        let until = Instant::now() + length;
        loop {
            let left = until
                .saturating_duration_since(Instant::now())
                .min(self.left());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(NAP));
        }
    }
}
