//! Bringing certificates back to a bench full of boards, each its own, and having each prove that it holds the key.
//!
//! A board is done when it shows its certificate's chain when asked again and has proved its key, and is locked where that is
//! asked for. How boards are met is the bench's business ([`crate::bench`]); which certificate is whose was settled when the
//! certificates came.

mod board;
mod install;
mod known;

use std::sync::atomic::AtomicBool;

use crate::bench::{Bench, BenchError, Ended, Met, Observer, Opened, Tally, Trouble, Until, Work};
use crate::store::{Delivered, Sighting, Station, Store, WriterHandle};
use known::Known;

/// What is to be done for each board.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policy {
    /// It is locked in the end, for good.
    pub lock: bool,
    /// A certificate that is not this batch's is replaced.
    pub replace: bool,
}

/// What serving a board needs.
struct Delivering<'a> {
    policy: Policy,
    known: Known,
    writer: WriterHandle,
    observer: &'a dyn Observer,
    tally: &'a Tally,
    /// Boards that have a certificate.
    all: u64,
}

impl Work for Delivering<'_> {
    fn do_for(&self, board: &mut Met<'_, '_>) -> Result<(), Trouble> {
        board::deliver(self, board)
    }

    fn note(&self, sighting: Sighting) -> Result<(), BenchError> {
        self.writer.sighting(sighting).map_err(BenchError::Record)
    }
}

/// Gives boards their certificates until each that has one is done or can't be, time is up or `interrupt` is set.
///
/// # Errors
/// [`BenchError`]. Refused boards are no error: they are in [`Ended::refused`].
pub fn deliver(
    bench: &Bench,
    policy: Policy,
    store: &Store,
    stations: [Station; 2],
    until: Until,
    interrupt: &AtomicBool,
    observer: &dyn Observer,
) -> Result<Ended, BenchError> {
    let opened = Opened::new(bench, observer)?;
    let Delivered {
        with_certificate,
        done,
        ..
    } = store.reader().delivered(policy.lock)?;
    let tally = Tally::new(done);
    let [station, station_to_read] = stations;
    let known = Known::new(store.reader_again()?, station_to_read);
    let writer = store.start_writer(station)?;
    let delivering = Delivering {
        policy,
        known,
        writer: writer.handle(),
        observer,
        tally: &tally,
        all: with_certificate,
    };
    let until = Until {
        expect: Some(with_certificate),
        ..until
    };
    let ended = opened.serve(&delivering, &tally, until, interrupt);
    // The writer ends when its last handle is gone.
    drop(delivering);
    writer.finish()?;
    ended
}
