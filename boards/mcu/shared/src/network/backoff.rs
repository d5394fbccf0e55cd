//! How long to wait before trying again: longer each time, and never in step with the other boards.

/// Waits that double from a least to a greatest one, in milliseconds.
pub(super) struct Backoff {
    least: u64,
    greatest: u64,
    next: u64,
}

impl Backoff {
    pub(super) fn new(least: u64, greatest: u64) -> Self {
        Self {
            least,
            greatest,
            next: least,
        }
    }

    /// Something went well: the next wait is a short one again.
    pub(super) fn reset(&mut self) {
        self.next = self.least;
    }

    /// The next wait: half of it for sure, the other half by chance.
    pub(super) fn next_wait(&mut self, chance: u32) -> u64 {
        let half = self.next >> 1;
        self.next = self.next.saturating_mul(2).min(self.greatest);
        // Waits are far below 2^32 ms, so this is exact.
        let more = half.saturating_mul(u64::from(chance)) >> u32::BITS;
        half.saturating_add(more)
    }
}

#[cfg(test)]
mod tests {
    use super::Backoff;

    #[test]
    fn waits_double_up_to_the_greatest_and_begin_anew() {
        let mut backoff = Backoff::new(100, 1000);
        for full in [100, 200, 400, 800, 1000, 1000] {
            assert_eq!(backoff.next_wait(u32::MAX), full - 1);
        }
        backoff.reset();
        assert_eq!(backoff.next_wait(0), 50);
        assert_eq!(backoff.next_wait(1 << 31), 150);
    }
}
