//! Writes the CSV: every value quoted, inner quotes doubled, UTF-8 without a byte order mark, one LF a row; whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use sha2_writer::Sha256Writer;

use super::certificate_request_cell;
use crate::columns::CSR;
use crate::config::CsrCell;
use crate::store::{Board, Reader, StoreError, hex};
use crate::whole_file::WholeFile;

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

/// Writes all boards of the batch to `path`, in the order in which they were collected. Memory does not grow with the batch.
///
/// # Errors
/// [`ExportError`]; with `overwrite` unset also where the file is there already.
pub fn write_csv(
    reader: &Reader,
    cell: CsrCell,
    path: &Path,
    overwrite: bool,
) -> Result<Exported, ExportError> {
    if !overwrite && path.exists() {
        return Err(ExportError::Exists {
            path: path.to_owned(),
        });
    }
    let fault = |operation| {
        let path = path.to_owned();
        move |source| ExportError::Io {
            operation,
            path,
            source,
        }
    };
    let mut whole = WholeFile::begin(path).map_err(fault("make"))?;
    let exported = write_rows(reader, cell, whole.file(), path)?;
    let finished = if overwrite {
        whole.finish()
    } else {
        whole.finish_new()
    };
    finished.map_err(fault("put in place"))?;
    Ok(exported)
}

fn write_rows(
    reader: &Reader,
    cell: CsrCell,
    file: &mut File,
    path: &Path,
) -> Result<Exported, ExportError> {
    let mut hashed = Sha256Writer::new(BufWriter::new(file));
    let mut header: Option<Vec<String>> = None;
    let mut rows = 0;
    {
        let mut csv = csv::WriterBuilder::new()
            .quote_style(csv::QuoteStyle::Always)
            .terminator(csv::Terminator::Any(b'\n'))
            .from_writer(&mut hashed);
        let mut write = |fields: &[&str]| {
            csv.write_record(fields)
                .map_err(|error| csv_fault(error, path))
        };
        reader.boards(|board| -> Result<(), ExportError> {
            let row = row_of(&board)?;
            let ids: Vec<_> = row.iter().map(|(id, _)| id.as_str()).chain([CSR]).collect();
            match &header {
                None => {
                    write(&ids)?;
                    header = Some(ids.iter().map(|id| (*id).to_owned()).collect());
                }
                Some(header) if *header == ids => {}
                Some(_) => {
                    let name = board.what.name.clone();
                    return Err(ExportError::OtherColumns { name });
                }
            }
            let request = certificate_request_cell(&board.what.csr, cell);
            let values: Vec<_> = row
                .iter()
                .map(|(_, value)| value.as_str())
                .chain([request.as_str()])
                .collect();
            write(&values)?;
            rows += 1;
            Ok(())
        })?;
        csv.flush().map_err(|source| ExportError::Io {
            operation: "write",
            path: path.to_owned(),
            source,
        })?;
    }
    if rows == 0 {
        return Err(ExportError::Empty);
    }
    let (bytes, digest) = hashed.finish().map_err(|source| ExportError::Io {
        operation: "write",
        path: path.to_owned(),
        source,
    })?;
    Ok(Exported {
        rows,
        bytes,
        sha256: hex(&digest),
    })
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

/// A writer that counts and hashes what goes through it.
mod sha2_writer {
    use std::io::{self, Write};

    use aws_lc_rs::digest::{Context, SHA256};

    pub(super) struct Sha256Writer<W> {
        inner: W,
        hash: Context,
        bytes: u64,
    }

    impl<W: Write> Sha256Writer<W> {
        pub(super) fn new(inner: W) -> Self {
            Self {
                inner,
                hash: Context::new(&SHA256),
                bytes: 0,
            }
        }

        /// Flushes; how many bytes went through, and their hash.
        pub(super) fn finish(mut self) -> io::Result<(u64, [u8; 32])> {
            self.inner.flush()?;
            let mut digest = [0; 32];
            digest.copy_from_slice(self.hash.finish().as_ref());
            Ok((self.bytes, digest))
        }
    }

    impl<W: Write> Write for Sha256Writer<W> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let count = self.inner.write(bytes)?;
            self.hash.update(bytes.get(..count).unwrap_or_default());
            self.bytes += count as u64;
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.inner.flush()
        }
    }
}
