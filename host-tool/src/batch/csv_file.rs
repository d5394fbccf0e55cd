//! Writes the CSV: every value quoted, inner quotes doubled, UTF-8 without a byte order mark, one LF a row.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::certificate_request_cell;
use super::data::Source;
use crate::columns::CSR;
use crate::columns::service_template::arranged;
use crate::store::{Board, StoreError, Which};

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Rows without the header.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// The CSV was not written; a file that was there before is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// There is nothing to write.
    #[error("no board is collected yet")]
    Empty,
    /// It is there already.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Boards were collected with different columns.
    #[error("board {name:?} was collected with other columns than the first board")]
    OtherColumns {
        /// The board.
        name: String,
    },
    /// A board's row is not of the form that was stored.
    #[error("the stored columns of board {name:?} can't be read")]
    BadColumns {
        /// The board.
        name: String,
        /// Why.
        source: serde_json::Error,
    },
    /// The file system.
    #[error("can't {operation} {}", path.display())]
    Io {
        /// What was tried.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

type Row = Vec<(String, String)>;

/// Writes boards as rows, in the order in which they were collected, and says how many.
pub(super) fn write_rows(
    what: &Source<'_>,
    which: Which,
    out: &mut dyn Write,
    path: &Path,
) -> Result<u64, ExportError> {
    let mut header: Option<Vec<String>> = None;
    let mut places = Vec::new();
    let mut rows = 0;
    let mut csv = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::Any(b'\n'))
        .from_writer(out);
    what.reader
        .boards_of(which, |board| -> Result<(), ExportError> {
            let row = row_of(&board)?;
            let ids: Vec<_> = row
                .iter()
                .map(|(id, _)| id.as_str())
                .chain(what.cell.map(|_| CSR))
                .collect();
            match &header {
                None => {
                    places = what
                        .order
                        .map_or_else(Vec::new, |order| arranged(&ids, order));
                    let names = in_places(&ids, &places);
                    csv.write_record(&names)
                        .map_err(|error| csv_fault(error, path))?;
                    header = Some(ids.iter().map(|id| (*id).to_owned()).collect());
                }
                Some(header) if *header == ids => {}
                Some(_) => {
                    let name = board.what.name.clone();
                    return Err(ExportError::OtherColumns { name });
                }
            }
            let request = what
                .cell
                .map(|cell| certificate_request_cell(&board.what.csr, cell));
            let values: Vec<_> = row
                .iter()
                .map(|(_, value)| value.as_str())
                .chain(request.as_deref())
                .collect();
            csv.write_record(in_places(&values, &places))
                .map_err(|error| csv_fault(error, path))?;
            rows += 1;
            Ok(())
        })?;
    csv.flush().map_err(|source| ExportError::Io {
        operation: "write",
        path: path.to_owned(),
        source,
    })?;
    Ok(rows)
}

/// The values in their places; as they are where there are none.
fn in_places<'a>(values: &[&'a str], places: &[usize]) -> Vec<&'a str> {
    if places.is_empty() {
        return values.to_vec();
    }
    let place = |at: &usize| values.get(*at).copied();
    places.iter().filter_map(place).collect()
}

fn row_of(board: &Board) -> Result<Row, ExportError> {
    serde_json::from_str(&board.what.columns).map_err(|source| ExportError::BadColumns {
        name: board.what.name.clone(),
        source,
    })
}

/// What the service will call a board in its report: the cells that the CSV has for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Called {
    /// The cell `device_name`.
    pub device: Option<String>,
    /// The cell `subject.common_name`.
    pub common_name: Option<String>,
}

/// What the service will call a board in its report.
///
/// # Errors
/// [`ExportError::BadColumns`].
pub fn called(board: &Board) -> Result<Called, ExportError> {
    let row = row_of(board)?;
    let cell = |id: &str| {
        row.iter()
            .find(|(column, _)| column == id)
            .map(|(_, value)| value.clone())
    };
    Ok(Called {
        device: cell("device_name"),
        common_name: cell("subject.common_name"),
    })
}

fn csv_fault(error: csv::Error, path: &Path) -> ExportError {
    let source = match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        // The writer is flexible about nothing else: every row has the header's length.
        other => io::Error::other(format!("{other:?}")),
    };
    ExportError::Io {
        operation: "write",
        path: path.to_owned(),
        source,
    }
}
