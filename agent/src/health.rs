//! The continuous health tests of NIST SP 800-90B section 4.4, over samples of 8 bits.
//!
//! The repetition count test finds a source that is stuck, the adaptive proportion test one that has become biased. Both are
//! set for a false alarm in 2^40 samples or windows (the standard allows 2^20 to 2^40): with 2^20 a healthy generator would
//! fail one board in some hundreds, and a factory makes many.

use nameplate_wire::ErrorNumber;

/// Samples in one window of the adaptive proportion test (section 4.4.2, source that is not binary).
pub const WINDOW: u16 = 512;

/// `1 + ceil(40 / H)` for H of 1 to 8 bits a sample (section 4.4.1).
const REPETITION_CUTOFFS: [u16; 8] = [41, 21, 15, 11, 9, 8, 7, 6];

/// `1 + critbinom(512, 2^-H, 1 - 2^-40)` for H of 1 to 8 bits a sample (section 4.4.2).
const PROPORTION_CUTOFFS: [u16; 8] = [336, 201, 123, 78, 51, 35, 26, 19];

/// Both tests over one source, from its first sample to its last.
#[derive(Debug)]
pub struct HealthTests {
    repetition_cutoff: u16,
    proportion_cutoff: u16,
    /// The sample before, and how often it has come in a row.
    last: Option<u8>,
    in_a_row: u16,
    /// The first sample of this window, how often it has come in it, and how many samples the window has.
    window_first: u8,
    window_hits: u16,
    window_length: u16,
}

impl HealthTests {
    /// Tests for a source with this min-entropy a sample, in bits; outside of 1 to 8 the nearest of them.
    pub fn new(min_entropy_bits: u8) -> Self {
        let place = usize::from(min_entropy_bits.clamp(1, 8)).saturating_sub(1);
        let cutoff = |table: &[u16; 8]| table.get(place).copied().unwrap_or(2);
        Self {
            repetition_cutoff: cutoff(&REPETITION_CUTOFFS),
            proportion_cutoff: cutoff(&PROPORTION_CUTOFFS),
            last: None,
            in_a_row: 0,
            window_first: 0,
            window_hits: 0,
            window_length: 0,
        }
    }

    /// Takes the next sample.
    ///
    /// # Errors
    /// [`ErrorNumber::RandomnessStuck`] or [`ErrorNumber::RandomnessBiased`].
    #[inline(never)]
    pub fn sample(&mut self, sample: u8) -> Result<(), ErrorNumber> {
        self.repetition(sample)?;
        self.proportion(sample)
    }

    fn repetition(&mut self, sample: u8) -> Result<(), ErrorNumber> {
        if self.last == Some(sample) {
            self.in_a_row = self.in_a_row.saturating_add(1);
            if self.in_a_row >= self.repetition_cutoff {
                return Err(ErrorNumber::RandomnessStuck);
            }
        } else {
            self.last = Some(sample);
            self.in_a_row = 1;
        }
        Ok(())
    }

    fn proportion(&mut self, sample: u8) -> Result<(), ErrorNumber> {
        if self.window_length == 0 {
            self.window_first = sample;
            self.window_hits = 0;
        }
        if sample == self.window_first {
            self.window_hits = self.window_hits.saturating_add(1);
            if self.window_hits >= self.proportion_cutoff {
                return Err(ErrorNumber::RandomnessBiased);
            }
        }
        self.window_length = self.window_length.saturating_add(1);
        if self.window_length == WINDOW {
            self.window_length = 0;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds samples and tells at which one, counted from 1, which test failed.
    fn failure(
        tests: &mut HealthTests,
        samples: impl Iterator<Item = u8>,
    ) -> Option<(usize, ErrorNumber)> {
        samples
            .enumerate()
            .find_map(|(place, sample)| Some((place + 1, tests.sample(sample).err()?)))
    }

    #[test]
    fn a_stuck_source_fails_at_the_cutoff_exactly() {
        for bits in 1..=8u8 {
            let cutoff = usize::from(REPETITION_CUTOFFS[usize::from(bits) - 1]);
            let mut tests = HealthTests::new(bits);
            let stuck = core::iter::repeat_n(7, 1000);
            assert_eq!(
                failure(&mut tests, stuck),
                Some((cutoff, ErrorNumber::RandomnessStuck))
            );
            let mut tests = HealthTests::new(bits);
            let short_runs = (0..200u8).flat_map(|value| core::iter::repeat_n(value, cutoff - 1));
            assert_eq!(failure(&mut tests, short_runs.take(300)), None, "{bits}");
        }
    }

    #[test]
    fn a_biased_source_fails_at_the_cutoff_exactly() {
        for bits in 2..=8u8 {
            let cutoff = usize::from(PROPORTION_CUTOFFS[usize::from(bits) - 1]);
            let other = |place: usize| u8::try_from(place % 200).unwrap() + 10;
            let alternating = |place: usize| {
                if place.is_multiple_of(2) {
                    0
                } else {
                    other(place)
                }
            };
            let mut tests = HealthTests::new(bits);
            assert_eq!(
                failure(&mut tests, (0..4000).map(alternating)),
                Some((cutoff * 2 - 1, ErrorNumber::RandomnessBiased)),
                "{bits}"
            );
            let mut tests = HealthTests::new(bits);
            let rare = |place: usize| {
                let in_window = place % usize::from(WINDOW);
                if in_window.is_multiple_of(2) && in_window / 2 < cutoff - 1 {
                    0
                } else {
                    other(place)
                }
            };
            assert_eq!(failure(&mut tests, (0..4000).map(rare)), None, "{bits}");
        }
    }

    #[test]
    fn a_healthy_source_passes() {
        for bits in 1..=8u8 {
            let mut tests = HealthTests::new(bits);
            // A linear congruential generator's high byte is even enough for this, and the same on every run.
            let mut state = 1u64;
            let samples = core::iter::repeat_with(|| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                state.to_be_bytes()[0]
            });
            assert_eq!(failure(&mut tests, samples.take(1 << 18)), None, "{bits}");
        }
    }
}
