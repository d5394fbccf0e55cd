//! How the collection stands: who is in, who was refused, and whether it is over.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nameplate_wire::Mac;

use super::bench::CollectError;

/// Refused boards that are listed by name; hostile ones may come without end.
const MOST_LISTED: usize = 10_000;

/// After two boards turned out to have one key, boards that are plugged in already may still begin for this long.
const LAST_ORDERS: Duration = Duration::from_secs(3);

/// A board that was not taken, or not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it was.
    pub link: String,
    /// Its MAC and name, where it said so.
    pub who: Option<(Mac, String)>,
    /// Why.
    pub reason: String,
}

/// What is counted while boards come.
#[derive(Debug, Default)]
pub struct Tally {
    /// Boards in the batch.
    boards: AtomicU64,
    /// Boards that this collection added.
    added: AtomicU64,
    refused: Mutex<HashMap<String, Refused>>,
    /// No new board is begun.
    ending: AtomicBool,
    /// Nothing is waited for any more.
    abort: Arc<AtomicBool>,
    last_orders: Mutex<Option<Instant>>,
    fatal: Mutex<Option<CollectError>>,
}

impl Tally {
    pub(super) fn new(boards: u64) -> Self {
        Self {
            boards: AtomicU64::new(boards),
            ..Self::default()
        }
    }

    /// Boards in the batch.
    pub fn boards(&self) -> u64 {
        self.boards.load(Ordering::Relaxed)
    }

    /// Boards that this collection added to it.
    pub fn added(&self) -> u64 {
        self.added.load(Ordering::Relaxed)
    }

    /// Boards that were not taken and have not come to be taken since, sorted by where they were.
    pub fn refused(&self) -> Vec<Refused> {
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = refused.values().cloned().collect();
        all.sort_by(|a, b| (&a.link, &a.reason).cmp(&(&b.link, &b.reason)));
        all
    }

    /// A board is durable; how many there are now.
    pub(super) fn recorded(&self, already: bool) -> u64 {
        if already {
            return self.boards();
        }
        self.added.fetch_add(1, Ordering::Relaxed);
        self.boards.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A board is done: whatever was said against it before no longer counts.
    pub(super) fn cleared(&self, link: &str, mac: Mac, name: &str) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.remove(&who_key(mac, name));
        refused.remove(link);
    }

    /// A board was not taken. `true` where that was not known yet.
    pub(super) fn refuse(&self, refusal: Refused) -> bool {
        let key = match &refusal.who {
            Some((mac, name)) => who_key(*mac, name),
            None => refusal.link.clone(),
        };
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused
            .get(&key)
            .is_some_and(|known| known.reason == refusal.reason)
        {
            return false;
        }
        if refused.len() < MOST_LISTED || refused.contains_key(&key) {
            refused.insert(key, refusal);
        }
        true
    }

    /// Two boards have one key. `true` the first time.
    pub(super) fn stop_the_line(&self) -> bool {
        let mut last_orders = self.last_orders.lock().unwrap_or_else(PoisonError::into_inner);
        let first = last_orders.is_none();
        last_orders.get_or_insert_with(|| Instant::now() + LAST_ORDERS);
        first
    }

    /// Whether the line was stopped, and the last boards had their time to begin.
    pub(super) fn is_line_stopped(&self) -> bool {
        let last_orders = self.last_orders.lock().unwrap_or_else(PoisonError::into_inner);
        last_orders.is_some_and(|end| Instant::now() >= end)
    }

    pub(super) fn fail(&self, error: CollectError) {
        let mut fatal = self.fatal.lock().unwrap_or_else(PoisonError::into_inner);
        fatal.get_or_insert(error);
        drop(fatal);
        self.end();
    }

    pub(super) fn take_failure(&self) -> Option<CollectError> {
        let mut fatal = self.fatal.lock().unwrap_or_else(PoisonError::into_inner);
        fatal.take()
    }

    /// No new board is begun from now on.
    pub(super) fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    pub(super) fn abort(&self) {
        self.end();
        self.abort.store(true, Ordering::Relaxed);
    }

    pub(super) fn interrupt(&self) -> &AtomicBool {
        &self.abort
    }
}

fn who_key(mac: Mac, name: &str) -> String {
    // A link's name never begins with a MAC, so the two kinds of keys don't meet.
    format!("{mac} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(link: &str, name: Option<&str>, reason: &str) -> Refused {
        Refused {
            link: link.to_owned(),
            who: name.map(|name| (Mac([2; 6]), name.to_owned())),
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn a_refusal_is_said_once_and_taken_back_when_the_board_is_done() {
        let tally = Tally::new(0);
        assert!(tally.refuse(refused("a", Some("n"), "why")));
        assert!(!tally.refuse(refused("b", Some("n"), "why")), "the same board elsewhere");
        assert!(tally.refuse(refused("b", Some("n"), "other")));
        assert!(tally.refuse(refused("b", None, "why")));
        assert_eq!(tally.refused().len(), 2);
        tally.cleared("b", Mac([2; 6]), "n");
        assert_eq!(tally.refused(), []);
    }

    #[test]
    fn boards_that_were_there_are_not_added() {
        let tally = Tally::new(5);
        assert_eq!(tally.recorded(true), 5);
        assert_eq!(tally.recorded(false), 6);
        assert_eq!(tally.added(), 1);
    }
}
