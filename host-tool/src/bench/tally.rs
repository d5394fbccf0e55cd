//! How the work stands: for how many boards it is done, who was refused, and whether it is over.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use nameplate_wire::Mac;

use super::error::BenchError;

/// Refused boards that are listed by name, and refusals that are told of; hostile boards may come without end, each time as
/// another.
const MOST_LISTED: usize = 10_000;

/// As many of these may be of one port or address: what is on one must not push out what is on the others.
const MOST_OF_ONE: usize = MOST_LISTED / 2;

/// A board that was not taken, or not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Where it was.
    pub link: String,
    /// Its MAC and name, where it said so.
    pub who: Option<(Mac, String)>,
    /// Why.
    pub reason: String,
    /// The stable word for that.
    pub code: &'static str,
}

/// How many refusals were told of, in all and of each port or address.
#[derive(Debug, Default)]
struct Told {
    all: usize,
    of: HashMap<String, usize>,
}

impl Told {
    /// One more. `false`: it is one too many.
    fn add(&mut self, link: &str) -> bool {
        if self.all >= MOST_LISTED {
            return false;
        }
        let of = self.of.entry(link.to_owned()).or_default();
        let fits = *of < MOST_OF_ONE;
        *of += usize::from(fits);
        self.all += usize::from(fits);
        fits
    }
}

/// What is counted while boards come.
#[derive(Debug, Default)]
pub struct Tally {
    /// Boards for which it is done: for a collection, those in the batch.
    boards: AtomicU64,
    /// Boards for which this run did it.
    added: AtomicU64,
    refused: Mutex<HashMap<String, Refused>>,
    /// How many refusals were told of.
    told: Mutex<Told>,
    /// Boards that are in the batch and could not be told.
    untold: Mutex<HashSet<String>>,
    /// Boards that surely are who they say and for which it can't be done: they are not waited for.
    given_up: Mutex<HashSet<String>>,
    /// Boards that have said who they are and are not done yet.
    begun: AtomicUsize,
    /// Two boards have one key: only what is plugged in already is begun.
    line_stopped: AtomicBool,
    /// No new board is begun.
    ending: AtomicBool,
    /// Nothing is waited for any more.
    abort: AtomicBool,
    fatal: Mutex<Option<BenchError>>,
}

impl Tally {
    pub(crate) fn new(boards: u64) -> Self {
        Self {
            boards: AtomicU64::new(boards),
            ..Self::default()
        }
    }

    /// Boards for which it is done.
    pub fn boards(&self) -> u64 {
        self.boards.load(Ordering::Relaxed)
    }

    /// Boards for which this run did it.
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

    /// For a board it is done, durably; how many there are now.
    pub(crate) fn recorded(&self, already: bool) -> u64 {
        if already {
            return self.boards();
        }
        self.added.fetch_add(1, Ordering::Relaxed);
        self.boards.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A board is done: whatever was said against it before no longer counts.
    pub(crate) fn cleared(&self, link: &str, mac: Mac, name: &str) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.remove(&who_key(mac, name));
        refused.remove(link);
        drop(refused);
        for boards in [&self.untold, &self.given_up] {
            let mut boards = boards.lock().unwrap_or_else(PoisonError::into_inner);
            boards.remove(&who_key(mac, name));
        }
    }

    /// A board surely is who it says, and it can't be done for it.
    pub(crate) fn give_up(&self, mac: Mac, name: &str) {
        let mut given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.insert(who_key(mac, name));
    }

    /// How many boards were given up.
    pub(super) fn given_up(&self) -> u64 {
        let given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        given_up.len() as u64
    }

    /// A board is in the batch and could not be told. `true` where that was not known yet.
    pub(super) fn untold(&self, mac: Mac, name: &str) -> bool {
        let mut untold = self.untold.lock().unwrap_or_else(PoisonError::into_inner);
        untold.insert(who_key(mac, name))
    }

    /// A board has said who it is; it is waited for until what this gives is dropped.
    pub(super) fn begin(&self) -> Begun<'_> {
        self.begun.fetch_add(1, Ordering::Relaxed);
        Begun(&self.begun)
    }

    /// Whether there are boards that are waited for.
    pub(super) fn is_busy(&self) -> bool {
        self.at_work() > 0
    }

    /// How many are waited for.
    pub(super) fn at_work(&self) -> usize {
        self.begun.load(Ordering::Relaxed)
    }

    /// A board was not taken. `true` where that is to be told: it was not known yet, and it is not one of too many.
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
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let is_told = told.add(&refusal.link);
        // One that is not listed makes the work no better: at least one of its kind is.
        if is_told || refused.contains_key(&key) {
            refused.insert(key, refusal);
        }
        is_told
    }

    /// Two boards have one key. `true` the first time.
    pub(crate) fn stop_the_line(&self) -> bool {
        !self.line_stopped.swap(true, Ordering::Relaxed)
    }

    /// Whether the line was stopped: whoever looks for boards then looks once more, and no further.
    pub(super) fn is_line_stopped(&self) -> bool {
        self.line_stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn fail(&self, error: BenchError) {
        let mut fatal = self.fatal.lock().unwrap_or_else(PoisonError::into_inner);
        fatal.get_or_insert(error);
        drop(fatal);
        self.end();
    }

    pub(super) fn take_failure(&self) -> Option<BenchError> {
        let mut fatal = self.fatal.lock().unwrap_or_else(PoisonError::into_inner);
        fatal.take()
    }

    /// No new board is begun from now on.
    pub(crate) fn end(&self) {
        self.ending.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Relaxed)
    }

    pub(super) fn abort(&self) {
        self.end();
        self.abort.store(true, Ordering::Relaxed);
    }

    /// Set once no new board is begun.
    pub(super) fn ending(&self) -> &AtomicBool {
        &self.ending
    }

    /// Set once nothing is waited for any more.
    pub(super) fn aborted(&self) -> &AtomicBool {
        &self.abort
    }
}

/// A board that is waited for.
#[derive(Debug)]
pub(super) struct Begun<'a>(&'a AtomicUsize);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
            code: "proof-wrong",
        }
    }

    #[test]
    fn a_refusal_is_said_once_and_taken_back_when_the_board_is_done() {
        let tally = Tally::new(0);
        assert!(tally.refuse(refused("a", Some("n"), "why")));
        assert!(
            !tally.refuse(refused("b", Some("n"), "why")),
            "the same board elsewhere"
        );
        assert!(tally.refuse(refused("b", Some("n"), "other")));
        assert!(tally.refuse(refused("b", None, "why")));
        assert_eq!(tally.refused().len(), 2);
        tally.cleared("b", Mac([2; 6]), "n");
        assert_eq!(tally.refused(), []);
    }

    #[test]
    fn a_port_is_cleared_by_the_next_board_but_another_board_is_not() {
        let tally = Tally::new(0);
        assert!(tally.refuse(refused("a", None, "protocol 9")));
        assert!(tally.refuse(refused("a", Some("swapped"), "bad key")));
        tally.cleared("a", Mac([2; 6]), "good");
        let left: Vec<_> = tally
            .refused()
            .into_iter()
            .map(|refused| refused.reason)
            .collect();
        assert_eq!(
            left,
            ["bad key"],
            "the board that was taken off the port is still not taken"
        );
    }

    #[test]
    fn what_is_listed_is_bounded() {
        let tally = Tally::new(0);
        for number in 0..MOST_LISTED {
            let link = if number % 2 == 0 { "a" } else { "b" };
            assert!(tally.refuse(refused(link, Some(&number.to_string()), "why")));
        }
        assert!(!tally.refuse(refused("c", Some("one more"), "why")));
        assert!(
            !tally.refuse(refused("a", Some("0"), "another reason")),
            "nor by changing what is said"
        );
        assert_eq!(tally.refused().len(), MOST_LISTED);
    }

    #[test]
    fn one_port_does_not_push_out_the_others() {
        let tally = Tally::new(0);
        for number in 0..MOST_LISTED {
            let is_told = tally.refuse(refused("a", Some(&number.to_string()), "why"));
            assert_eq!(is_told, number < MOST_OF_ONE);
        }
        assert!(tally.refuse(refused("b", Some("honest"), "why")));
        assert_eq!(tally.refused().len(), MOST_OF_ONE + 1);
    }

    #[test]
    fn boards_are_waited_for_while_they_are_in_hand() {
        let tally = Tally::new(0);
        let (one, two) = (tally.begin(), tally.begin());
        drop(one);
        assert!(tally.is_busy());
        drop(two);
        assert!(!tally.is_busy());
    }

    #[test]
    fn the_line_is_stopped_once_and_an_untold_board_said_once() {
        let tally = Tally::new(0);
        assert!(!tally.is_line_stopped());
        assert!(tally.stop_the_line() && !tally.stop_the_line());
        assert!(tally.is_line_stopped() && !tally.is_ending());
        assert!(tally.untold(Mac([2; 6]), "n") && !tally.untold(Mac([2; 6]), "n"));
        tally.cleared("a", Mac([2; 6]), "n");
        assert!(tally.untold(Mac([2; 6]), "n"));
    }

    #[test]
    fn the_first_failure_ends_it() {
        let tally = Tally::new(0);
        tally.fail(BenchError::Randomness);
        tally.fail(BenchError::NoLinks);
        assert!(tally.is_ending() && !tally.aborted().load(Ordering::Relaxed));
        assert!(matches!(tally.take_failure(), Some(BenchError::Randomness)));
    }

    #[test]
    fn boards_that_were_there_are_not_added() {
        let tally = Tally::new(5);
        assert_eq!(tally.recorded(true), 5);
        assert_eq!(tally.recorded(false), 6);
        assert_eq!(tally.added(), 1);
    }
}
