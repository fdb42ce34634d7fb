//! Draws: the only source of chance. A stream is named by the seed, what it is for, and three
//! numbers; equal names, equal streams.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

/// What a stream is for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    Plan = 1,
    Institution,
    Item,
    Person,
    Claim,
    Lines,
}

/// One stream of draws.
#[derive(Clone, Debug)]
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream for `purpose` numbered `(a, b, c)`.
    pub fn new(seed: u64, purpose: Purpose, a: u32, b: u64, c: u64) -> Draw {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..12].copy_from_slice(&(purpose as u32).to_le_bytes());
        key[12..16].copy_from_slice(&a.to_le_bytes());
        key[16..24].copy_from_slice(&b.to_le_bytes());
        key[24..].copy_from_slice(&c.to_le_bytes());
        Draw(ChaCha8Rng::from_seed(key))
    }

    pub fn word(&mut self) -> u32 {
        self.0.next_u32()
    }

    pub fn wide(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// 0 to `n - 1`, each as likely; 0 when `n` is 0.
    pub fn below(&mut self, n: u32) -> u32 {
        let scaled = (u64::from(self.word()) * u64::from(n)) >> 32;
        u32::try_from(scaled).unwrap_or(0)
    }

    /// As [`Draw::below`], for places in lists.
    pub fn index(&mut self, n: usize) -> usize {
        self.below(u32::try_from(n).unwrap_or(u32::MAX)) as usize
    }

    /// As [`Draw::below`], signed for dates and amounts.
    pub fn offset(&mut self, n: u32) -> i32 {
        i32::try_from(self.below(n)).unwrap_or(0)
    }

    /// 0 to `n - 1` for large `n`.
    pub fn below_wide(&mut self, n: u64) -> u64 {
        let scaled = (u128::from(self.wide()) * u128::from(n)) >> 64;
        u64::try_from(scaled).unwrap_or(0)
    }

    /// True in `millionths` of a million cases.
    pub fn share(&mut self, millionths: u32) -> bool {
        self.below(1_000_000) < millionths
    }

    /// True in `n` of a hundred cases.
    pub fn percent(&mut self, n: u32) -> bool {
        self.below(100) < n
    }

    pub fn pick<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        of.get(self.index(of.len()))
    }

    /// An index of `weights`, by weight.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut rest = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            match rest.checked_sub(*weight) {
                Some(left) => rest = left,
                None => return index,
            }
        }
        0
    }

    /// 0 to `n - 1`, small ones far more often: the cube of an even draw.
    pub fn skewed(&mut self, n: u32) -> u32 {
        let even = u64::from(self.word());
        let cube = (((even * even) >> 32) * even) >> 32;
        u32::try_from((cube * u64::from(n)) >> 32).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_its_name() {
        let words = |seed, b| {
            let mut draw = Draw::new(seed, Purpose::Claim, 0, b, 7);
            [draw.word(), draw.word(), draw.word()]
        };
        assert_eq!(words(1, 2), words(1, 2));
        assert_ne!(words(1, 2), words(2, 2));
        assert_ne!(words(1, 2), words(1, 3));
    }

    #[test]
    fn draws_stay_in_range() {
        let mut draw = Draw::new(1, Purpose::Plan, 0, 0, 0);
        assert!((0..1000).all(|_| draw.below(7) < 7 && draw.skewed(9) < 9));
        assert!((0..1000).all(|_| draw.weighted(&[1, 0, 2]) != 1));
        assert_eq!(draw.below(0), 0);
    }
}
