//! When the work at a bench is over.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::orders::Orders;
use super::ports::Decided;
use super::run::{Bench, Ended, Until};
use super::tally::Tally;
use super::watch::Threads;
use crate::link::serial;

/// After two boards turned out to have one key, boards that are plugged in already may finish for this long.
const LAST_ORDERS: Duration = Duration::from_secs(30);

/// What ends it.
pub(super) struct End {
    expect: Option<u64>,
    time: Option<Instant>,
    /// Every port was named, and nothing else says when it is over.
    is_fixed: bool,
    last_orders: Option<Instant>,
}

impl End {
    pub fn new(bench: &Bench, until: Until) -> Self {
        let named = !bench.ports.iter().any(|port| serial::is_pattern(port));
        Self {
            expect: until.expect,
            time: until.timeout.map(|timeout| Instant::now() + timeout),
            is_fixed: named && bench.door.is_none() && until.expect.is_none(),
            last_orders: None,
        }
    }

    /// How it ended, once it has.
    pub fn reached(
        &mut self,
        tally: &Tally,
        threads: &Threads,
        decided: &Decided,
        (interrupt, orders): (&AtomicBool, &Orders),
    ) -> Option<Ended> {
        let now = Instant::now();
        let line_stopped = tally.is_line_stopped();
        let last_looks = line_stopped && {
            let end = self.last_orders.get_or_insert(now + LAST_ORDERS);
            threads.none() || now >= *end
        };
        let ended = Ended {
            boards: 0,
            added: 0,
            refused: Vec::new(),
            interrupted: interrupt.load(Ordering::Relaxed),
            timed_out: self.time.is_some_and(|end| now >= end),
            line_stopped,
        };
        let enough = orders.is_enough()
            || self
                .expect
                .is_some_and(|expect| tally.boards() + tally.given_up() >= expect);
        let all = self.is_fixed && decided.all();
        let over = ended.interrupted || ended.timed_out || last_looks;
        // Where the line is stopped, all that is plugged in is looked at first.
        (over || tally.is_ending() || (!line_stopped && (enough || all))).then_some(ended)
    }
}
