//! Takes over what a report says of each board: whose row it is, and how it fared.
//!
//! The report comes from outside. A row counts for a board only where there is no doubt whose it is; what is in doubt is
//! noted for a person. Knows nothing of where the report came from.

use std::collections::HashMap;
use std::io;

use crate::batch::{Called, ExportError, called};
use crate::service::report::{Report, ReportColumns, ReportError, ReportRow, RowOutcome};
use crate::service::words::printable;
use crate::store::{Applied, Board, Outcome, Reader, Store, StoreError};

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
    Export(#[from] ExportError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes over the outcome of each row. `open` gives the report from its beginning: it is read to its end once, to know that
/// it can be, before anything is taken over.
///
/// # Errors
/// [`TakeError`]; nothing is taken over then.
pub fn take_over<R: io::Read>(
    store: &mut Store,
    columns: &ReportColumns,
    open: impl Fn() -> io::Result<R>,
) -> Result<Taken, TakeError> {
    let report = || -> Result<Report<R>, TakeError> {
        Ok(Report::open(open().map_err(TakeError::Open)?, columns)?)
    };
    for row in report()? {
        row?;
    }
    let names = Names::of(store.reader())?;
    let mut taken = Taken::default();
    let mut strangers = Applied::default();
    let rows = report()?.map_while(Result::ok);
    let outcomes = rows.filter_map(|row| taken.row(&row, &names, &mut strangers));
    let applied = store.apply_report(outcomes)?;
    taken.applied = Applied {
        unknown: applied.unknown.saturating_add(strangers.unknown),
        unknown_names: strangers.unknown_names,
        ..applied
    };
    Ok(taken)
}

impl Taken {
    /// What a row says of a board, where it says anything certain.
    fn row(&mut self, row: &ReportRow, names: &Names, strangers: &mut Applied) -> Option<Outcome> {
        let name = match names.whose(row) {
            Whose::Board(name) => name.to_owned(),
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

/// The boards of the batch by what the service calls them.
#[derive(Default)]
struct Names {
    by_device: HashMap<String, Owner>,
    by_common_name: HashMap<String, Owner>,
}

enum Owner {
    One(String),
    Several,
}

enum Whose<'a> {
    Board(&'a str),
    Nobody,
    Unnamed,
    Doubtful,
}

impl Names {
    fn of(reader: &Reader) -> Result<Self, ExportError> {
        let mut names = Self::default();
        reader.boards(|board: Board| -> Result<(), ExportError> {
            let Called {
                device,
                common_name,
            } = called(&board)?;
            let name = board.what.name;
            // Without either column the service can only have the name from the request.
            let device = device.or_else(|| common_name.is_none().then(|| name.clone()));
            add(&mut names.by_device, device, &name);
            add(&mut names.by_common_name, common_name, &name);
            Ok(())
        })?;
        Ok(names)
    }

    fn whose(&self, row: &ReportRow) -> Whose<'_> {
        let device = row.name.as_ref().and_then(|name| self.by_device.get(name));
        let common = row
            .common_name
            .as_ref()
            .and_then(|name| self.by_common_name.get(name));
        match (device, common) {
            (Some(Owner::One(device)), Some(Owner::One(common))) if device != common => {
                Whose::Doubtful
            }
            (Some(Owner::One(name)), _) | (_, Some(Owner::One(name))) => Whose::Board(name),
            (Some(Owner::Several), _) | (_, Some(Owner::Several)) => Whose::Doubtful,
            (None, None) if row.name.is_none() && row.common_name.is_none() => Whose::Unnamed,
            (None, None) => self.only_name(row),
        }
    }

    /// A report may show a device's name only, of devices that have only a common name, or the other way round.
    fn only_name(&self, row: &ReportRow) -> Whose<'_> {
        let by_other = match (&row.name, &row.common_name) {
            (Some(name), None) => self.by_common_name.get(name),
            (None, Some(name)) => self.by_device.get(name),
            _ => None,
        };
        match by_other {
            Some(Owner::One(name)) => Whose::Board(name),
            Some(Owner::Several) => Whose::Doubtful,
            None => Whose::Nobody,
        }
    }
}

fn add(names: &mut HashMap<String, Owner>, called: Option<String>, board: &str) {
    // The report's cells are read without blanks around them.
    let Some(called) = called
        .map(|called| called.trim().to_owned())
        .filter(|called| !called.is_empty())
    else {
        return;
    };
    names
        .entry(called)
        .and_modify(|owner| *owner = Owner::Several)
        .or_insert_with(|| Owner::One(board.to_owned()));
}
