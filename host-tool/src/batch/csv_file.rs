//! Writes the CSV: every value quoted, inner quotes doubled, UTF-8 without a byte order mark, one LF a row.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::certificate_request_cell;
use super::data::Source;
use crate::columns::CSR;
use crate::columns::service_template::arranged;
use crate::store::{Board, StoreError, Which};

/// Bytes that are gathered before they are written.
const BUFFER: usize = 64 * 1024;

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

/// A column and a board's value of it, as the store keeps them.
#[derive(Deserialize)]
pub(super) struct Cell<'a>(
    #[serde(borrow)] pub Cow<'a, str>,
    #[serde(borrow)] pub Cow<'a, str>,
);

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
        .buffer_capacity(BUFFER)
        .from_writer(out);
    what.reader
        .boards_of(which, |board| -> Result<(), ExportError> {
            let row = row_of(&board)?;
            let ids = || {
                let columns = row.iter().map(|Cell(id, _)| id.as_ref());
                columns.chain(what.cell.map(|_| CSR))
            };
            match &header {
                None => {
                    let ids: Vec<_> = ids().collect();
                    places = places_of(&ids, what.order);
                    write(&mut csv, &ids, &places).map_err(|error| csv_fault(error, path))?;
                    header = Some(ids.into_iter().map(str::to_owned).collect());
                }
                Some(header) if header.iter().map(String::as_str).eq(ids()) => {}
                Some(_) => {
                    let name = board.what.name.clone();
                    return Err(ExportError::OtherColumns { name });
                }
            }
            let request = what
                .cell
                .map(|cell| certificate_request_cell(&board.what.csr, cell));
            let values = row.iter().map(|Cell(_, value)| value.as_ref());
            let values: Vec<_> = values.chain(request.as_deref()).collect();
            write(&mut csv, &values, &places).map_err(|error| csv_fault(error, path))?;
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

/// Where each value comes from, in the order in which they are written.
fn places_of(ids: &[&str], order: Option<&[String]>) -> Vec<usize> {
    let places = order.map_or_else(Vec::new, |order| arranged(ids, order));
    if places.is_empty() {
        return (0..ids.len()).collect();
    }
    places
}

fn write<W: Write>(
    csv: &mut csv::Writer<W>,
    values: &[&str],
    places: &[usize],
) -> Result<(), csv::Error> {
    csv.write_record(places.iter().filter_map(|place| values.get(*place)))
}

/// The columns of a board.
pub(super) fn row_of(board: &Board) -> Result<Vec<Cell<'_>>, ExportError> {
    serde_json::from_str(&board.what.columns).map_err(|source| ExportError::BadColumns {
        name: board.what.name.clone(),
        source,
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
