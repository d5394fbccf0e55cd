//! Seeds from a noise source that passed its health tests.

use nameplate_wire::ErrorNumber;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::Randomness;
use crate::hash::{finish, update};
use crate::health::HealthTests;

/// Samples behind every seed: as many as the start-up test of NIST SP 800-90B section 4.3 wants, and at the lowest claim of
/// 1 bit a sample still four times the 256 bits that come out.
const SAMPLES: usize = 1024;

/// Samples asked of the source at once, in bytes of stack.
const CHUNK: usize = 64;

/// A noise source under test. A failed test lasts until the board is restarted: a source that was stuck once is not
/// trusted because it moves again.
#[derive(Debug)]
pub struct Entropy<R> {
    source: R,
    tests: HealthTests,
    failed: Option<ErrorNumber>,
}

impl<R: Randomness> Entropy<R> {
    /// Puts a source under test.
    pub fn new(source: R) -> Self {
        Self {
            source,
            tests: HealthTests::new(R::MIN_ENTROPY_BITS),
            failed: None,
        }
    }

    /// A fresh seed with full entropy: SHA-256, a conditioning component of NIST SP 800-90B section 3.1.5, over 1024 samples
    /// that passed the tests. Good for one private key, or to seed one session's generator.
    ///
    /// # Errors
    /// [`ErrorNumber::RandomnessStuck`], [`ErrorNumber::RandomnessBiased`] or [`ErrorNumber::RandomnessFailed`].
    pub fn seed(&mut self) -> Result<Zeroizing<[u8; 32]>, ErrorNumber> {
        let mut seed = Zeroizing::new([0; 32]);
        self.fill(&mut seed)?;
        Ok(seed)
    }

    /// The same, into a place that the caller has for it: no copy is left behind.
    ///
    /// # Errors
    /// As [`Self::seed`].
    pub(crate) fn fill(&mut self, seed: &mut [u8; 32]) -> Result<(), ErrorNumber> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let drawn = self.draw(seed);
        self.failed = drawn.err();
        drawn
    }

    fn draw(&mut self, seed: &mut [u8; 32]) -> Result<(), ErrorNumber> {
        let mut hash = Sha256::new();
        let mut chunk = Zeroizing::new([0; CHUNK]);
        for _ in 0..SAMPLES.div_ceil(CHUNK) {
            self.source
                .fill(&mut chunk[..])
                .map_err(|_| ErrorNumber::RandomnessFailed)?;
            for &sample in chunk.iter() {
                self.tests.sample(sample)?;
            }
            update(&mut hash, &chunk[..]);
        }
        finish(hash, seed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RandomnessFault;

    /// Healthy up to a sample, then what a broken source does.
    struct Breaks {
        drawn: usize,
        at: usize,
        how: fn(&mut u8) -> Result<(), RandomnessFault>,
    }

    impl Randomness for Breaks {
        fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
            for sample in samples {
                *sample = u8::try_from(self.drawn * 37 % 251).unwrap();
                if self.drawn >= self.at {
                    (self.how)(sample)?;
                }
                self.drawn += 1;
            }
            Ok(())
        }
    }

    fn source(at: usize, how: fn(&mut u8) -> Result<(), RandomnessFault>) -> Entropy<Breaks> {
        Entropy::new(Breaks { drawn: 0, at, how })
    }

    #[expect(clippy::unnecessary_wraps, reason = "one of several ways to break")]
    fn stuck(sample: &mut u8) -> Result<(), RandomnessFault> {
        *sample = 0xFF;
        Ok(())
    }

    #[test]
    fn seeds_differ() {
        let mut entropy = source(usize::MAX, stuck);
        assert_ne!(*entropy.seed().unwrap(), *entropy.seed().unwrap());
    }

    #[test]
    fn a_source_that_breaks_gives_no_seed_then_or_later() {
        for at in [0, 1, 500, 1000] {
            let mut entropy = source(at, stuck);
            assert_eq!(entropy.seed().unwrap_err(), ErrorNumber::RandomnessStuck);
            entropy.source.at = usize::MAX;
            assert_eq!(entropy.seed().unwrap_err(), ErrorNumber::RandomnessStuck);
        }
        let mut entropy = source(1023, |_| Err(RandomnessFault));
        assert_eq!(entropy.seed().unwrap_err(), ErrorNumber::RandomnessFailed);
    }

    #[test]
    fn a_source_that_breaks_between_two_seeds_is_found_by_the_second() {
        let mut entropy = source(1024, stuck);
        entropy.seed().unwrap();
        assert_eq!(entropy.seed().unwrap_err(), ErrorNumber::RandomnessStuck);
    }
}
