//! One group of records, committed together: the station's index first, then the batch's store with its log.
//!
//! Knows nothing of threads or of who waits for the answers.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::board::NewBoard;
use super::deliveries::{self, Delivery};
use super::error::{During, StoreError, from_sqlite, path_of};
use super::joins::Admitted;
use super::log::{self, Event};
use super::place::Place;
use super::sightings::{self, Sighting};
use super::station::{Batch, Reservations, Station};
use super::who::Who;
use super::writer::RecordError;
use super::{BatchMeta, rows};
use crate::fault::{self, Point};

/// Something to be recorded.
#[derive(Debug)]
pub(super) enum Record {
    Board(Box<NewBoard>, Box<Admitted>),
    Delivery(Box<Delivery>),
    Sighting(Box<Sighting>),
    Event(Box<Event>),
}

/// A board, or a step of one, that is in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// It was there before; nothing was added.
    pub already: bool,
    /// Its request or columns had changed and took the place of those stored (only before it is in a job).
    pub renewed: bool,
}

/// What became of one record; `None` for what nobody waits for.
pub(super) type Verdict = Option<Result<Recorded, RecordError>>;

/// What a writer needs to commit groups.
pub(super) struct Books {
    pub batch: Connection,
    pub station: Station,
    pub place: Place,
    pub meta: BatchMeta,
    pub who: Who,
}

impl Books {
    /// Commits all of the group or nothing of it. One verdict a record, in order.
    ///
    /// A crash or error between the two commits leaves reservations without boards; they are this batch's own and do not
    /// stand in its way.
    pub fn commit(&mut self, group: &[Record]) -> Result<Vec<Verdict>, StoreError> {
        let batch = Transaction::new_unchecked(&self.batch, TransactionBehavior::Immediate)
            .during("begin a group", &self.batch)?;
        let boards = group
            .iter()
            .any(|record| matches!(record, Record::Board(..)));
        let station = boards.then(|| self.station.begin()).transpose()?;
        let page = Page {
            batch: &batch,
            station: station.as_ref(),
            id: Batch {
                id: &self.meta.batch_id,
                name: &self.meta.name,
            },
            who: &self.who,
        };
        let verdicts = group
            .iter()
            .map(|record| page.write(record))
            .collect::<Result<_, _>>()?;
        station.map_or(Ok(()), Reservations::commit)?;
        fault::at(Point::GroupBefore);
        let path = path_of(&batch);
        batch
            .commit()
            .map_err(|source| from_sqlite("commit a group", path, source))?;
        self.place.check()?;
        fault::at(Point::GroupAfter);
        Ok(verdicts)
    }
}

/// Both transactions of one group.
struct Page<'a> {
    batch: &'a Connection,
    station: Option<&'a Reservations<'a>>,
    id: Batch<'a>,
    who: &'a Who,
}

impl Page<'_> {
    fn write(&self, record: &Record) -> Result<Verdict, StoreError> {
        match record {
            Record::Board(board, admitted) => self.board(board, admitted).map(Some),
            Record::Delivery(delivery) => {
                deliveries::record(self.batch, self.who, delivery).map(|done| Some(Ok(done)))
            }
            Record::Sighting(sighting) => {
                sightings::note(self.batch, self.who, sighting).map(|()| None)
            }
            Record::Event(event) => {
                log::append(self.batch, self.who, event.as_ref().clone()).map(|()| None)
            }
        }
    }

    fn board(
        &self,
        board: &NewBoard,
        admitted: &Admitted,
    ) -> Result<Result<Recorded, RecordError>, StoreError> {
        let here = rows::matches(self.batch, board.identity())?;
        if let Some(conflict) = here.conflict(board.identity()) {
            return Ok(Err(RecordError::Refused(Box::new(conflict))));
        }
        let already = here.mac.is_some();
        let renewed = if already {
            rows::renew(self.batch, self.who, board, &admitted.by)?
        } else {
            if let Some(station) = self.station
                && let Err(refused) = station.reserve(self.id, board.identity(), admitted)?
            {
                return Ok(Err(refused));
            }
            rows::add(self.batch, self.who, board, &admitted.by)?;
            false
        };
        sightings::forget(self.batch, &board.link, &board.mac, &board.name)?;
        Ok(Ok(Recorded { already, renewed }))
    }
}
