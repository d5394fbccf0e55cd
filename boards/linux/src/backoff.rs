//! How long to wait before trying again: longer each time, and never in step with the other boards.

use std::time::Duration;

use crate::randomness::jitter;

/// Waits that double from a least to a greatest one.
#[derive(Clone, Debug)]
pub struct Backoff {
    least: Duration,
    greatest: Duration,
    next: Duration,
}

impl Backoff {
    /// The first wait is about `least`, none is longer than `greatest`.
    pub const fn new(least: Duration, greatest: Duration) -> Self {
        Self {
            least,
            greatest,
            next: least,
        }
    }

    /// Something went well: the next wait is a short one again.
    pub fn reset(&mut self) {
        self.next = self.least;
    }

    /// The next wait, jitter included.
    pub fn next_wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = wait.saturating_mul(2).min(self.greatest);
        with_jitter(wait, jitter())
    }

    /// Sleeps for the next wait.
    pub fn wait(&mut self) {
        std::thread::sleep(self.next_wait());
    }
}

/// Half of the wait for sure, the other half by chance: `chance` out of 2^32.
fn with_jitter(wait: Duration, chance: u32) -> Duration {
    let half = wait / 2;
    half + half.mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_greatest_and_begin_anew() {
        let (least, greatest) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::new(least, greatest);
        for expected in [100, 200, 400, 800, 1000, 1000] {
            let (wait, full) = (backoff.next_wait(), Duration::from_millis(expected));
            assert!(wait >= full / 2 && wait <= full, "{wait:?} of {full:?}");
        }
        backoff.reset();
        assert!(backoff.next_wait() <= least);
    }

    #[test]
    fn jitter_is_between_half_and_all() {
        let wait = Duration::from_secs(10);
        assert_eq!(with_jitter(wait, 0), wait / 2);
        assert_eq!(with_jitter(wait, u32::MAX), wait);
    }
}
