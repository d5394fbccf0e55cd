//! Random choices that can be repeated: the seed is printed by whoever uses them.

use std::time::{SystemTime, UNIX_EPOCH};

/// Steele, Lea and Flood's SplitMix64: small, and good enough to choose moments.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Choices that follow from this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The seed in the environment's `NAMEPLATE_SEED`, or one from the clock.
    pub fn seed() -> u64 {
        if let Ok(text) = std::env::var("NAMEPLATE_SEED") {
            return text.parse().expect("NAMEPLATE_SEED is a number");
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.map_or(0, |now| {
            now.as_secs() << 20 | u64::from(now.subsec_micros())
        })
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ mixed >> 31) % end.max(1)
    }

    /// One of these.
    pub fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let number = usize::try_from(self.below(choices.len() as u64)).expect("an index");
        &choices[number]
    }
}
