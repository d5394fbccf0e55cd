//! Collecting a bench full of boards.
//!
//! As many verifiers as cores check what boards sent; one writer commits boards in groups; only then is a board told that it
//! is recorded. How boards are met is the bench's business ([`crate::bench`]).

mod board;
mod verifiers;

use std::sync::atomic::AtomicBool;

use crate::bench::{Bench, BenchError, Ended, Met, Observer, Opened, Tally, Trouble, Until, Work};
use crate::columns::Plan;
use crate::config::MacRange;
use crate::store::{Sighting, Station, Store, WriterHandle};
use verifiers::Verifiers;

/// What boards are wanted, and what is asked of them.
pub struct Wanted {
    /// What boards are asked for.
    pub plan: Plan,
    /// MAC addresses that may come; all where empty.
    pub ranges: Vec<MacRange>,
}

/// What collecting a board needs.
struct Collecting<'a> {
    plan: &'a Plan,
    ranges: &'a [MacRange],
    verifiers: Verifiers,
    writer: WriterHandle,
    observer: &'a dyn Observer,
    tally: &'a Tally,
}

impl Work for Collecting<'_> {
    fn do_for(&self, board: &mut Met<'_, '_>) -> Result<(), Trouble> {
        board::collect(self, board)
    }

    fn note(&self, sighting: Sighting) -> Result<(), BenchError> {
        self.writer.sighting(sighting).map_err(BenchError::Record)
    }
}

/// Collects boards into the batch until the end; `interrupt` ends it early.
///
/// # Errors
/// [`BenchError`]. Refused boards are no error: they are in [`Ended::refused`].
pub fn collect(
    bench: &Bench,
    wanted: &Wanted,
    store: &Store,
    station: Station,
    until: Until,
    interrupt: &AtomicBool,
    observer: &dyn Observer,
) -> Result<Ended, BenchError> {
    let opened = Opened::new(bench, observer)?;
    let tally = Tally::new(store.reader().counts()?.boards());
    let writer = store.start_writer(station)?;
    let ended = std::thread::scope(|scope| {
        // The verifiers end when this is gone.
        let collecting = Collecting {
            plan: &wanted.plan,
            ranges: &wanted.ranges,
            verifiers: Verifiers::start(scope),
            writer: writer.handle(),
            observer,
            tally: &tally,
        };
        opened.serve(&collecting, &tally, until, interrupt)
    });
    writer.finish()?;
    ended
}
