//! Whose a row of a report is: the boards of a batch by what the service calls them.
//!
//! Kept in a temporary database, which leaves memory for the disk when it grows: a batch may have hundreds of thousands of
//! boards. Knows nothing of what the rows say.

use rusqlite::{Connection, OptionalExtension};

use crate::batch::{Called, ExportError, called};
use crate::config::DataForm;
use crate::service::report::ReportRow;
use crate::store::{Board, Reader, StoreError, Which};

/// Whose a row is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// This board's.
    Board(String),
    /// No board's of this batch.
    Nobody,
    /// It names none.
    Unnamed,
    /// It could be more than one board's.
    Doubtful,
}

/// The names could not be gathered.
pub(super) enum NamesError {
    /// A board's own row can't be read.
    Export(ExportError),
    /// The temporary database.
    Index(rusqlite::Error),
}

impl From<ExportError> for NamesError {
    fn from(error: ExportError) -> Self {
        Self::Export(error)
    }
}

impl From<StoreError> for NamesError {
    fn from(error: StoreError) -> Self {
        Self::Export(error.into())
    }
}

impl From<rusqlite::Error> for NamesError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Index(error)
    }
}

/// Which of its names the service may call a board by.
#[derive(Clone, Copy)]
enum By {
    Device = 0,
    CommonName = 1,
}

/// Who has a name.
enum Owner {
    One(String),
    Several,
}

/// The boards of a job by what the service calls them.
pub(super) struct Names {
    index: Connection,
}

impl Names {
    /// Gathers those of a job.
    pub fn of(reader: &Reader, job: i64) -> Result<Self, NamesError> {
        // An empty path is a database of this connection's own, gone with it.
        let index = Connection::open("")?;
        index.execute_batch(
            "PRAGMA journal_mode = off;
             CREATE TABLE names (by INTEGER, called TEXT, board TEXT, PRIMARY KEY (by, called)) WITHOUT ROWID;
             BEGIN;",
        )?;
        let names = Self { index };
        let form = form_of(reader, job)?;
        reader.boards_of(Which::Job(job), |board: Board| {
            names.add_board(&board, form)
        })?;
        names.index.execute_batch("COMMIT")?;
        Ok(names)
    }

    /// Whose a row is.
    pub fn whose(&self, row: &ReportRow) -> rusqlite::Result<Whose> {
        let device = self.owner(By::Device, row.name.as_deref())?;
        let common = self.owner(By::CommonName, row.common_name.as_deref())?;
        Ok(match (device, common) {
            (Some(Owner::One(device)), Some(Owner::One(common))) if device != common => {
                Whose::Doubtful
            }
            (Some(Owner::One(name)), _) | (_, Some(Owner::One(name))) => Whose::Board(name),
            (Some(Owner::Several), _) | (_, Some(Owner::Several)) => Whose::Doubtful,
            (None, None) if row.name.is_none() && row.common_name.is_none() => Whose::Unnamed,
            (None, None) => self.only_name(row)?,
        })
    }

    /// A report may show a device's name only, of devices that have only a common name, or the other way round.
    fn only_name(&self, row: &ReportRow) -> rusqlite::Result<Whose> {
        let by_other = match (&row.name, &row.common_name) {
            (Some(name), None) => self.owner(By::CommonName, Some(name))?,
            (None, Some(name)) => self.owner(By::Device, Some(name))?,
            _ => None,
        };
        Ok(match by_other {
            Some(Owner::One(name)) => Whose::Board(name),
            Some(Owner::Several) => Whose::Doubtful,
            None => Whose::Nobody,
        })
    }

    fn owner(&self, by: By, called: Option<&str>) -> rusqlite::Result<Option<Owner>> {
        let Some(called) = called else {
            return Ok(None);
        };
        let mut select = self
            .index
            .prepare_cached("SELECT board FROM names WHERE by = ?1 AND called = ?2")?;
        let found: Option<Option<String>> = select
            .query_row((by as i64, called), |row| row.get(0))
            .optional()?;
        Ok(found.map(|board| board.map_or(Owner::Several, Owner::One)))
    }

    fn add_board(&self, board: &Board, form: DataForm) -> Result<(), NamesError> {
        let Called {
            device,
            common_name,
        } = called(board, form)?;
        let name = &board.what.name;
        for device in device {
            self.add(By::Device, &device, name)?;
        }
        if let Some(common_name) = common_name {
            self.add(By::CommonName, &common_name, name)?;
        }
        Ok(())
    }

    /// A name that is there already is several boards' from then on.
    fn add(&self, by: By, called: &str, board: &str) -> rusqlite::Result<()> {
        // The report's cells are read without blanks around them.
        let called = called.trim();
        if called.is_empty() {
            return Ok(());
        }
        let mut insert = self.index.prepare_cached(
            "INSERT INTO names VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET board = CASE WHEN board = excluded.board THEN board END",
        )?;
        insert.execute((by as i64, called, board)).map(|_| ())
    }
}

/// In which form a job's boards were sent. Stores of earlier versions know no other than the CSV.
fn form_of(reader: &Reader, job: i64) -> Result<DataForm, StoreError> {
    let jobs = reader.jobs()?;
    let job = jobs.iter().find(|known| known.row == job);
    let form = job.and_then(|job| DataForm::of_word(&job.intent.data_form));
    Ok(form.unwrap_or(DataForm::Csv))
}
