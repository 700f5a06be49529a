//! How long to wait before another try.
//!
//! Each pause is twice the one before: a server that is down for a minute is not asked a thousand
//! times. And each is drawn by lot: those who were turned away together, when a server restarts, would
//! otherwise come back together, again and again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The first pause.
const FIRST: Duration = Duration::from_millis(500);

/// No pause is longer.
const LONGEST: Duration = Duration::from_secs(30);

/// How long to wait when so many tries have failed, one after the other: between a half and the whole
/// of what it is by doubling.
pub fn pause_after(failures: u32) -> Duration {
    let doubled = FIRST.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
    let whole = doubled.min(LONGEST);
    whole.mul_f64(0.5 + 0.5 * lot())
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
    fn they_grow_up_to_the_longest() {
        let wholes = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0];
        for (failures, whole) in (1..).zip(wholes).chain([(u32::MAX, 30.0)]) {
            let drawn = pause_after(failures).as_secs_f64();
            assert!(
                (whole * 0.5..=whole).contains(&drawn),
                "{drawn} of {whole} after {failures}"
            );
        }
    }

    #[test]
    fn they_are_drawn_by_lot() {
        let one = pause_after(1);
        assert!((0..100).any(|_| pause_after(1) != one));
    }
}
