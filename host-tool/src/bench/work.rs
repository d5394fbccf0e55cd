//! What is done with each board of a bench, as the bench sees it.

use nameplate_wire::{Mac, reply};

use super::board::Trouble;
use super::error::BenchError;
use super::event::Observer;
use super::orders::Orders;
use super::slots::Slots;
use super::tally::Tally;
use crate::link::Conversation;
use crate::store::Sighting;
use crate::tokens::Pass;

/// Who a board said it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Who {
    pub mac: Mac,
    pub name: String,
}

impl Who {
    pub fn of(hello: &reply::Hello) -> Self {
        Self {
            mac: hello.mac,
            name: hello.name.as_str().to_owned(),
        }
    }
}

/// A board that has said who it is, and that may be here.
pub(crate) struct Met<'m, 'l> {
    /// Where it is.
    pub link: &'m str,
    pub who: &'m Who,
    pub hello: &'m reply::Hello,
    /// By what it was let in.
    pub pass: Pass,
    pub line: &'m mut Conversation<'l>,
}

/// What is done with each board. Called from many threads.
pub(crate) trait Work: Sync {
    /// Does all of it for a board, and says so to whoever observes.
    fn do_for(&self, board: &mut Met<'_, '_>) -> Result<(), Trouble>;

    /// Keeps in mind that it was not done for a board.
    fn note(&self, sighting: Sighting) -> Result<(), BenchError>;
}

/// What every board's thread needs.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub work: &'a dyn Work,
    pub observer: &'a dyn Observer,
    pub tally: &'a Tally,
    pub orders: &'a Orders,
    pub slots: &'a Slots,
}
