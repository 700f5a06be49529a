//! How long to wait before coming back.
//!
//! Each pause is twice the one before: a server that is down for a minute is not asked a thousand
//! times. And each is drawn by lot: when a server restarts, all its clients lose it in the same
//! instant, and would otherwise all come back in the same instant, again and again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_millis(500);

/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(30);

/// The pauses of one outage after the other.
#[derive(Debug)]
pub(super) struct Pauses {
    next: Duration,
}

impl Pauses {
    pub(super) fn new() -> Self {
        Pauses { next: FIRST }
    }

    /// The next pause: between three quarters and all of twice the one before.
    pub(super) fn draw(&mut self) -> Duration {
        let whole = self.next;
        self.next = (whole * 2).min(LONGEST);
        whole.mul_f64(0.75 + 0.25 * lot())
    }

    /// Begins again with the shortest one.
    pub(super) fn reset(&mut self) {
        self.next = FIRST;
    }
}

/// A number from 0 up to 1. The standard library has no other source of chance than the one that
/// protects its hash maps; for this it is good enough.
fn lot() -> f64 {
    let drawn = RandomState::new().build_hasher().finish();
    // The upper 53 bits, as many as a f64 holds exactly.
    (drawn >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_grow_to_the_longest_and_begin_again() {
        let mut pauses = Pauses::new();
        for whole in [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0] {
            let drawn = pauses.draw().as_secs_f64();
            assert!(
                (whole * 0.75..=whole).contains(&drawn),
                "{drawn} of {whole}"
            );
        }
        pauses.reset();
        assert!(pauses.draw() <= FIRST);
    }

    #[test]
    fn they_are_drawn_by_lot() {
        let first = || Pauses::new().draw();
        let one = first();
        assert!((0..100).any(|_| first() != one));
    }
}
