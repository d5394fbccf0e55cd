//! Writes the CSV: every value quoted, inner quotes doubled, UTF-8 without a byte order mark, one LF a row.
//!
//! One thread reads the boards, another checks and writes them: each of the two takes about as long.

use std::borrow::Cow;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use serde::Deserialize;

use super::certificate_request_cell;
use super::data::Source;
use crate::columns::CSR;
use crate::columns::service_template::arranged;
use crate::config::CsrCell;
use crate::store::{Block, BlockRow, StoreError, Which};

/// Bytes that are gathered before they are written.
const BUFFER: usize = 64 * 1024;
/// Blocks of boards that may wait to be written.
const QUEUE: usize = 2;

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
    out: &mut (dyn Write + Send),
    path: &Path,
) -> Result<u64, ExportError> {
    thread::scope(|scope| {
        let (send, receive) = bounded(QUEUE);
        let rows = Rows::new(what, out, path);
        let (give_back, spent) = bounded(QUEUE + 1);
        let writing = scope.spawn(move || rows.write_all(&receive, &give_back));
        let read = read_boards(what, which, &send, &spent);
        drop(send);
        let written = writing.join().unwrap_or_else(|panic| resume_unwind(panic));
        // Where the writer failed, reading ended for that.
        let rows = written?;
        read?;
        Ok(rows)
    })
}

/// Why reading ended.
enum Ended {
    /// Nobody takes the boards any more.
    Untaken,
    Store(StoreError),
}

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Gives the boards to the writer, block by block, and takes the blocks back.
fn read_boards(
    what: &Source<'_>,
    which: Which,
    send: &Sender<Block>,
    spent: &Receiver<Block>,
) -> Result<(), StoreError> {
    let read = what.reader.blocks_of(which, |block| {
        send.send(block).map_err(|_| Ended::Untaken)?;
        Ok(spent.try_recv().unwrap_or_default())
    });
    match read {
        Err(Ended::Store(error)) => Err(error),
        // Nobody takes them where the writer failed, which the writer tells.
        Err(Ended::Untaken) | Ok(()) => Ok(()),
    }
}

/// The CSV in the making.
struct Rows<'a> {
    csv: csv::Writer<&'a mut (dyn Write + Send)>,
    cell: Option<CsrCell>,
    order: Option<&'a [String]>,
    path: &'a Path,
    /// Where the boards come from.
    store: PathBuf,
    header: Option<Vec<String>>,
    places: Vec<usize>,
}

impl<'a> Rows<'a> {
    fn new(what: &Source<'a>, out: &'a mut (dyn Write + Send), path: &'a Path) -> Self {
        let csv = csv::WriterBuilder::new()
            .quote_style(csv::QuoteStyle::Always)
            .terminator(csv::Terminator::Any(b'\n'))
            .buffer_capacity(BUFFER)
            .from_writer(out);
        Self {
            csv,
            cell: what.cell,
            order: what.order,
            path,
            store: what.reader.path(),
            header: None,
            places: Vec::new(),
        }
    }

    fn write_all(
        mut self,
        blocks: &Receiver<Block>,
        give_back: &Sender<Block>,
    ) -> Result<u64, ExportError> {
        let mut rows = 0;
        let store = self.store.clone();
        for mut block in blocks {
            for row in block.rows(&store) {
                self.add(&row?)?;
                rows += 1;
            }
            block.clear();
            // Where there are enough of them, it goes.
            let _ = give_back.try_send(block);
        }
        self.csv.flush().map_err(|source| ExportError::Io {
            operation: "write",
            path: self.path.to_owned(),
            source,
        })?;
        Ok(rows)
    }

    fn add(&mut self, board: &BlockRow<'_>) -> Result<(), ExportError> {
        let row = row_of(board.name, board.columns)?;
        let ids = || {
            let columns = row.iter().map(|Cell(id, _)| id.as_ref());
            columns.chain(self.cell.map(|_| CSR))
        };
        match &self.header {
            None => {
                let ids: Vec<_> = ids().collect();
                self.places = places_of(&ids, self.order);
                write(&mut self.csv, &ids, &self.places, self.path)?;
                self.header = Some(ids.into_iter().map(str::to_owned).collect());
            }
            Some(header) if header.iter().map(String::as_str).eq(ids()) => {}
            Some(_) => {
                let name = board.name.to_owned();
                return Err(ExportError::OtherColumns { name });
            }
        }
        let request = self
            .cell
            .map(|cell| certificate_request_cell(board.csr, cell));
        let values = row.iter().map(|Cell(_, value)| value.as_ref());
        let values: Vec<_> = values.chain(request.as_deref()).collect();
        write(&mut self.csv, &values, &self.places, self.path)
    }
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
    path: &Path,
) -> Result<(), ExportError> {
    csv.write_record(places.iter().filter_map(|place| values.get(*place)))
        .map_err(|error| csv_fault(error, path))
}

/// The columns of a board.
pub(super) fn row_of<'a>(name: &str, columns: &'a str) -> Result<Vec<Cell<'a>>, ExportError> {
    serde_json::from_str(columns).map_err(|source| ExportError::BadColumns {
        name: name.to_owned(),
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
