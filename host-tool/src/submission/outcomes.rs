//! Takes over what a report says of each board: whose row it is, and how it fared.
//!
//! The report comes from outside. A row counts for a board only where there is no doubt whose it is; what is in doubt is
//! noted for a person. Knows nothing of where the report came from.

use std::collections::HashMap;
use std::io;

use super::names::{Names, NamesError, Whose};
use crate::batch::ExportError;
use crate::service::report::{Report, ReportColumns, ReportError, ReportRow, RowOutcome};
use crate::service::words::printable;
use crate::store::{Applied, Outcome, Store, StoreError};

/// Most rows that are noted; the report has the others.
const MOST_NOTES: usize = 20;

/// What a report came to.
#[derive(Debug, Default)]
pub struct Taken {
    /// What the store made of it; its unknown rows are those that name no board of this batch.
    pub applied: Applied,
    /// Boards of which the report says nothing certain, by name, with what it does say.
    pub unclear: HashMap<String, String>,
    /// Rows that a person should look at.
    pub notes: Notes,
}

/// Rows that a person should look at, in words; the first of them.
#[derive(Debug, Default)]
pub struct Notes {
    lines: Vec<String>,
    left_out: u64,
}

impl Notes {
    /// The first of them.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// How many more there are.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    fn add(&mut self, line: impl FnOnce() -> String) {
        if self.lines.len() < MOST_NOTES {
            self.lines.push(line());
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
    }
}

/// A report was not taken over; the boards are as they were.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TakeError {
    /// It can't be opened.
    #[error("can't open the report")]
    Open(#[source] io::Error),
    /// It can't be understood.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A board's own row can't be read.
    #[error(transparent)]
    Export(ExportError),
    /// The names of the boards can't be kept at hand.
    #[error("the names of the batch's boards can't be kept at hand in the temporary folder")]
    Names(#[source] rusqlite::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NamesError> for TakeError {
    fn from(error: NamesError) -> Self {
        match error {
            NamesError::Export(error) => Self::Export(error),
            NamesError::Index(error) => Self::Names(error),
        }
    }
}

/// Takes over the outcome of each row for the boards of a job ([`crate::store::Job::row`]). `open` gives the report from its beginning: it is read to its end once, to know that
/// it can be, before anything is taken over.
///
/// # Errors
/// [`TakeError`]; nothing is taken over then, but with [`TakeError::Names`] the first rows may be: a rerun takes over all.
pub fn take_over<R: io::Read>(
    store: &mut Store,
    job: i64,
    columns: &ReportColumns,
    open: impl Fn() -> io::Result<R>,
) -> Result<Taken, TakeError> {
    let report = || -> Result<Report<R>, TakeError> {
        Ok(Report::open(open().map_err(TakeError::Open)?, columns)?)
    };
    for row in report()? {
        row?;
    }
    let names = Names::of(store.reader(), job)?;
    let mut taken = Taken::default();
    let mut strangers = Applied::default();
    let mut fault = None;
    let rows = report()?.map_while(Result::ok);
    let outcomes = rows.filter_map(|row| {
        let whose = names
            .whose(&row)
            .map_err(|error| fault = Some(error))
            .ok()?;
        taken.row(&row, whose, &mut strangers)
    });
    let applied = store.apply_report(job, outcomes)?;
    if let Some(error) = fault {
        return Err(TakeError::Names(error));
    }
    taken.applied = Applied {
        unknown: applied.unknown.saturating_add(strangers.unknown),
        unknown_names: strangers.unknown_names,
        ..applied
    };
    Ok(taken)
}

impl Taken {
    /// What a row says of a board, where it says anything certain.
    fn row(&mut self, row: &ReportRow, whose: Whose, strangers: &mut Applied) -> Option<Outcome> {
        let name = match whose {
            Whose::Board(name) => name,
            Whose::Nobody => {
                strangers.unknown = strangers.unknown.saturating_add(1);
                let called = row.name.as_ref().or(row.common_name.as_ref());
                if strangers.unknown_names.len() < Applied::UNKNOWN_NAMES {
                    strangers.unknown_names.extend(called.cloned());
                }
                return None;
            }
            Whose::Unnamed => {
                self.notes
                    .add(|| format!("line {} names no board: {}", row.line, said(row)));
                return None;
            }
            Whose::Doubtful => {
                self.notes.add(|| {
                    format!(
                        "line {} could be more than one board's: {}",
                        row.line,
                        said(row)
                    )
                });
                return None;
            }
        };
        let result = match &row.outcome {
            RowOutcome::Succeeded => Ok(()),
            RowOutcome::Warning => {
                self.notes
                    .add(|| format!("{}: {}", printable(&name, 64), said(row)));
                Ok(())
            }
            RowOutcome::Failed => Err(row
                .message
                .clone()
                .unwrap_or_else(|| "no reason given".to_owned())),
            RowOutcome::Unknown(_) => {
                self.unclear.insert(name, said(row));
                return None;
            }
        };
        Some(Outcome { name, result })
    }
}

/// A row's outcome and its reason.
fn said(row: &ReportRow) -> String {
    let outcome = match &row.outcome {
        RowOutcome::Succeeded => "succeeded".to_owned(),
        RowOutcome::Warning => "issued with a warning".to_owned(),
        RowOutcome::Failed => "failed".to_owned(),
        RowOutcome::Unknown(word) => format!("the report says {word:?}, which is not known here"),
    };
    match &row.message {
        Some(message) => format!("{outcome}: {message}"),
        None => outcome,
    }
}
