//! Which datagrams are lost.

use std::hash::{BuildHasher, RandomState};

/// Chance, good enough to lose datagrams by. (Marsaglia's xorshift, with a seed that std makes anew
/// for each process.)
pub(super) struct Dice(u64);

impl Dice {
    /// A seed of its own.
    pub(super) fn new() -> Self {
        Dice(RandomState::new().hash_one(0) | 1)
    }

    /// Whether a number from 0 up to 1, 1 not among them, is below `limit`.
    pub(super) fn falls_below(&mut self, limit: f64) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let number = (self.0 >> 11) as f64 / (1u64 << 53) as f64;
        number < limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_fall_as_often_as_they_should() {
        let mut dice = Dice::new();
        let mut count = |limit| (0..100_000).filter(|_| dice.falls_below(limit)).count();
        assert_eq!(count(0.0), 0);
        assert_eq!(count(1.0), 100_000);
        // A hundred times further off than chance takes it.
        assert!((25_000..35_000).contains(&count(0.3)));
    }
}
