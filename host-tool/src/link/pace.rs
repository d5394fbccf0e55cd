//! How fast a line is read: as fast as any board speaks, and no faster.
//!
//! A port that is flooded would keep a processor busy for nothing, and other boards waiting. What is not read waits in the
//! system, which bounds it and holds the other side up where the line can.

use std::time::{Duration, Instant};

/// What is counted together.
const WINDOW: Duration = Duration::from_millis(50);

/// Bytes in it: 328 kB/s, as many as 3,000,000 baud carry.
const BYTES: usize = 16 * 1024;

/// Reads in it: so a byte at a time costs little, too.
const READS: u32 = 100;

/// What was read in this window.
#[derive(Debug)]
pub(super) struct Pace {
    begun: Instant,
    bytes: usize,
    reads: u32,
}

impl Pace {
    pub fn new() -> Self {
        Self {
            begun: Instant::now(),
            bytes: 0,
            reads: 0,
        }
    }

    /// Takes note of a read, and tells how long to leave the line alone.
    pub fn after(&mut self, bytes: usize, now: Instant) -> Option<Duration> {
        let left = WINDOW.saturating_sub(now.duration_since(self.begun));
        if left.is_zero() {
            *self = Self {
                begun: now,
                bytes: 0,
                reads: 0,
            };
        }
        self.bytes += bytes;
        self.reads += 1;
        let is_too_fast = self.bytes > BYTES || self.reads > READS;
        (is_too_fast && !left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_held_up_by_bytes_and_by_reads() {
        for (bytes, reads) in [(1, 101), (512, 33), (BYTES + 1, 1)] {
            let mut pace = Pace::new();
            let now = pace.begun;
            let mut held = (1..).map(|read| (read, pace.after(bytes, now)));
            let (read, left) = held.find(|(_, left)| left.is_some()).unwrap();
            assert_eq!((read, left), (reads, Some(WINDOW)), "{bytes} bytes each");
        }
    }

    #[test]
    fn a_board_is_never_held_up() {
        let mut pace = Pace::new();
        // 921,600 baud in reads of 64 bytes.
        let step = Duration::from_micros(64 * 1_000_000 / 92_160);
        let mut now = pace.begun;
        for _ in 0..10_000 {
            assert_eq!(pace.after(64, now), None);
            now += step;
        }
    }

    #[test]
    fn the_next_window_is_a_new_one() {
        let mut pace = Pace::new();
        let now = pace.begun;
        assert!(pace.after(BYTES + 1, now).is_some());
        assert_eq!(pace.after(BYTES, now + WINDOW), None);
        assert!(pace.after(1, now + WINDOW).is_some());
    }
}
