//! What the operator asks for while boards come: that a board shows itself, is tried again, or is left alone.
//!
//! An order is for a port, or for a board on the network, and is carried out by whoever speaks to it next. One order at a time:
//! the newest counts.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use nameplate_wire::Mac;

use super::work::Who;

/// Orders and boards that are left alone; an operator has not so many fingers.
const MOST: usize = 10_000;

/// What is to be done with a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// It shows itself.
    Identify,
    /// All is begun again for it, whatever was said of it.
    Retry,
    /// It is left alone, and not waited for.
    Skip,
}

/// For whom an order is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Whatever is on a port.
    Port(String),
    /// A board that comes by network.
    Board(Mac, String),
}

/// Orders that are not carried out yet, and boards that are left alone.
#[derive(Debug, Default)]
pub struct Orders {
    waiting: Mutex<HashMap<Target, Order>>,
    skipped: Mutex<HashSet<Target>>,
    /// No further board is waited for.
    enough: AtomicBool,
}

impl Orders {
    /// Gives an order; the one before it for the same target is forgotten.
    pub fn give(&self, target: Target, order: Order) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST || waiting.contains_key(&target) {
            waiting.insert(target, order);
        }
    }

    /// No further board is waited for: what goes on now ends as if all had come.
    pub fn enough(&self) {
        self.enough.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_enough(&self) -> bool {
        self.enough.load(Ordering::Relaxed)
    }

    /// What comes next waits for its own boards.
    pub(super) fn begin(&self) {
        self.enough.store(false, Ordering::Relaxed);
    }

    /// The order for a port, which is taken as carried out.
    pub(super) fn take_for_port(&self, link: &str) -> Option<Order> {
        self.take(&Target::Port(link.to_owned()))
    }

    /// The order for a board of the network.
    pub(super) fn take_for_board(&self, who: &Who) -> Option<Order> {
        self.take(&Target::Board(who.mac, who.name.clone()))
    }

    fn take(&self, target: &Target) -> Option<Order> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Nearly always.
        if waiting.is_empty() {
            return None;
        }
        waiting.remove(target)
    }

    /// A board is left alone from now on.
    pub(super) fn skip(&self, who: &Who) {
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        if skipped.len() < MOST {
            skipped.insert(Target::Board(who.mac, who.name.clone()));
        }
    }

    /// It is not left alone any more. `true`: it was.
    pub(super) fn take_up(&self, who: &Who) -> bool {
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        skipped.remove(&Target::Board(who.mac, who.name.clone()))
    }

    pub(super) fn is_skipped(&self, who: &Who) -> bool {
        let skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        !skipped.is_empty() && skipped.contains(&Target::Board(who.mac, who.name.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn who(name: &str) -> Who {
        Who {
            mac: Mac([2; 6]),
            name: name.to_owned(),
        }
    }

    #[test]
    fn the_newest_order_counts_and_is_carried_out_once() {
        let orders = Orders::default();
        orders.give(Target::Port("p".to_owned()), Order::Identify);
        orders.give(Target::Port("p".to_owned()), Order::Retry);
        orders.give(Target::Board(Mac([2; 6]), "n".to_owned()), Order::Skip);
        assert_eq!(orders.take_for_port("q"), None);
        assert_eq!(orders.take_for_port("p"), Some(Order::Retry));
        assert_eq!(orders.take_for_port("p"), None);
        assert_eq!(orders.take_for_board(&who("m")), None);
        assert_eq!(orders.take_for_board(&who("n")), Some(Order::Skip));
    }

    #[test]
    fn enough_is_for_what_goes_on_now() {
        let orders = Orders::default();
        assert!(!orders.is_enough());
        orders.enough();
        assert!(orders.is_enough());
        orders.begin();
        assert!(!orders.is_enough());
    }

    #[test]
    fn a_board_is_left_alone_until_it_is_taken_up() {
        let orders = Orders::default();
        orders.skip(&who("n"));
        assert!(orders.is_skipped(&who("n")) && !orders.is_skipped(&who("m")));
        assert!(orders.take_up(&who("n")) && !orders.take_up(&who("n")));
        assert!(!orders.is_skipped(&who("n")));
    }
}
