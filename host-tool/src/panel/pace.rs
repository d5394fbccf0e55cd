//! How fast it goes: boards over the last minute.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What is looked back at.
const WINDOW: Duration = Duration::from_mins(1);

/// Moments of this length are counted together, so that fast benches cost no more memory than slow ones.
const MOMENT: Duration = Duration::from_millis(250);

/// Boards by when they were ready.
#[derive(Debug, Default)]
pub(super) struct Pace {
    first: Option<Instant>,
    moments: VecDeque<(Instant, u32)>,
}

impl Pace {
    /// A board is ready.
    pub fn add(&mut self) {
        self.add_at(Instant::now());
    }

    /// The work of a new phase is measured by itself.
    pub fn begin(&mut self) {
        *self = Self::default();
    }

    pub fn per_minute(&self) -> f64 {
        self.per_minute_at(Instant::now())
    }

    fn add_at(&mut self, now: Instant) {
        self.first.get_or_insert(now);
        match self.moments.back_mut() {
            Some((at, count)) if now.duration_since(*at) < MOMENT => *count += 1,
            _ => self.moments.push_back((now, 1)),
        }
        while let Some((at, _)) = self.moments.front() {
            if now.duration_since(*at) <= WINDOW {
                break;
            }
            self.moments.pop_front();
        }
    }

    fn per_minute_at(&self, now: Instant) -> f64 {
        let Some(first) = self.first else { return 0.0 };
        let recent = self
            .moments
            .iter()
            .filter(|(at, _)| now.duration_since(*at) <= WINDOW);
        let boards: u32 = recent.map(|(_, count)| count).sum();
        // The first board alone says nothing of how long one takes; a second of work is the least to judge by.
        let over = now
            .duration_since(first)
            .clamp(Duration::from_secs(1), WINDOW);
        f64::from(boards) * 60.0 / over.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_is_that_of_the_last_minute_and_its_memory_is_bounded() {
        let mut pace = Pace::default();
        let begun = Instant::now();
        for tenth in 0..12_000 {
            pace.add_at(begun + Duration::from_millis(100 * tenth));
        }
        let now = begun + Duration::from_mins(20);
        let per_minute = pace.per_minute_at(now);
        assert!((590.0..=610.0).contains(&per_minute), "{per_minute}");
        assert!(pace.moments.len() <= 242, "{}", pace.moments.len());
        let later = pace.per_minute_at(now + Duration::from_secs(61));
        assert!(later.abs() < f64::EPSILON, "{later}");
    }
}
