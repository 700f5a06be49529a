//! Bytes to be sent, and chances to be taken: the same for the same seed.

/// An endless stream of numbers without a pattern. (Marsaglia, "Xorshift RNGs", 2003.)
pub struct Noise(u64);

impl Noise {
    /// Each `seed` has its own.
    pub fn new(seed: u64) -> Noise {
        // Of zero, xorshift would make nothing but zeros.
        let state = 0x9e37_79b9_7f4a_7c15_u64 ^ seed.wrapping_mul(0xd6e8_feb8_6659_fd93);
        Noise(state.max(1))
    }

    /// The next number, any of them all.
    pub fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.number() % limit as u64) as usize
    }

    /// As many bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend_from_slice(&self.number().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}

/// Bytes of which no stretch is like another, as in a compressed picture; the same in every run. Each
/// `seed` has its own.
pub fn noise(length: usize, seed: u64) -> Vec<u8> {
    Noise::new(seed).bytes(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_its_own_bytes_and_the_same_ones_each_time() {
        assert_eq!(noise(1001, 7), noise(1001, 7));
        assert_ne!(noise(1001, 7), noise(1001, 8));
        assert_eq!(noise(1001, 7).len(), 1001);
    }

    #[test]
    fn a_number_below_a_limit_is_any_of_them() {
        let mut noise = Noise::new(0);
        let mut seen = [false; 7];
        (0..200).for_each(|_| seen[noise.below(7)] = true);
        assert_eq!(seen, [true; 7]);
    }
}
