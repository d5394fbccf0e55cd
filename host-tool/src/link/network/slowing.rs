//! Makes whoever shows wrong tokens wait, longer each time, so that trying costs something and floods no log.
//!
//! The one that was refused waits, in its own connection: boards behind the same address that show a good token lose nothing.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the first wrong token costs; each further one of the same address twice as much.
const FIRST: Duration = Duration::from_millis(250);
/// The most that one costs.
const MOST: Duration = Duration::from_secs(8);
/// After so long without a wrong token an address begins anew.
const FORGET: Duration = Duration::from_mins(5);
/// Addresses that are remembered: a count. With more, all wait the most.
const ADDRESSES: usize = 4096;
/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(50);

#[derive(Debug, Default)]
pub(super) struct Slowing {
    wrong: Mutex<HashMap<IpAddr, (u32, Instant)>>,
}

impl Slowing {
    /// Counts a wrong token, and says what it costs.
    pub fn cost(&self, address: IpAddr, now: Instant) -> Duration {
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if wrong.len() >= ADDRESSES {
            wrong.retain(|_, (_, last)| now.saturating_duration_since(*last) < FORGET);
        }
        if wrong.len() >= ADDRESSES && !wrong.contains_key(&address) {
            return MOST;
        }
        let (count, last) = wrong.entry(address).or_insert((0, now));
        if now.saturating_duration_since(*last) >= FORGET {
            *count = 0;
        }
        let cost = FIRST.saturating_mul(1_u32.checked_shl(*count).unwrap_or(u32::MAX));
        *count = count.saturating_add(1);
        *last = now;
        cost.min(MOST)
    }

    /// Waits what a wrong token costs, or until `end` is set.
    pub fn wait(&self, address: IpAddr, end: &AtomicBool) {
        let until = Instant::now() + self.cost(address, Instant::now());
        while Instant::now() < until && !end.load(Ordering::Relaxed) {
            std::thread::sleep(LOOK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_token_costs_twice_as_much_up_to_the_most() {
        let slowing = Slowing::default();
        let (mut now, address) = (Instant::now(), IpAddr::from([10, 0, 0, 7]));
        let costs: Vec<_> = (0..40)
            .map(|_| slowing.cost(address, now).as_millis())
            .collect();
        assert_eq!(costs[..7], [250, 500, 1000, 2000, 4000, 8000, 8000]);
        assert!(costs[7..].iter().all(|cost| *cost == 8000));
        let other = IpAddr::from([10, 0, 0, 8]);
        assert_eq!(slowing.cost(other, now), FIRST);
        now += FORGET;
        assert_eq!(slowing.cost(address, now), FIRST);
    }

    #[test]
    fn addresses_without_end_take_no_memory_without_end() {
        let slowing = Slowing::default();
        let now = Instant::now();
        for number in 0..10_000_u32 {
            slowing.cost(IpAddr::from(number.to_be_bytes()), now);
        }
        assert_eq!(slowing.wrong.lock().unwrap().len(), ADDRESSES);
        let late = now + FORGET;
        slowing.cost(IpAddr::from([255, 0, 0, 1]), late);
        assert_eq!(slowing.wrong.lock().unwrap().len(), 1);
    }
}
