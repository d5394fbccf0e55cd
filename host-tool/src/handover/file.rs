//! Writes a handover, whole or not at all. Memory does not grow with the batch.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use time::OffsetDateTime;

use super::signature::{Signer, spki_of};
use super::{SIGNATURE, TABLE, table};
use crate::batch::{Archive, Digesting};
use crate::store::{Handed, Reader, StoreError};
use crate::whole_file::WholeFile;

/// The handover was not written; a file that was there before is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandoverError {
    /// No board is done.
    #[error("no board of the batch is done")]
    Empty,
    /// It is there already.
    #[error("{} is there already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// What a board was given can't be read.
    #[error("the certificate of board {name:?} can't be read")]
    Certificate {
        /// The board.
        name: String,
    },
    /// The file system, or the key.
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

/// What may go wrong while rows are written.
enum Inside {
    Io(io::Error),
    Other(HandoverError),
}

impl From<io::Error> for Inside {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<csv::Error> for Inside {
    fn from(error: csv::Error) -> Self {
        Self::Io(error.into())
    }
}

impl From<StoreError> for Inside {
    fn from(error: StoreError) -> Self {
        Self::Other(error.into())
    }
}

/// Writes the boards that are done to a ZIP at `path`, signed at the time `now`; how many they are.
///
/// # Errors
/// [`HandoverError`]; with `overwrite` unset also where the file is there already.
pub fn write(
    reader: &Reader,
    signer: &Signer,
    now: OffsetDateTime,
    path: &Path,
    overwrite: bool,
) -> Result<u64, HandoverError> {
    let fault = |operation| {
        move |source| HandoverError::Io {
            operation,
            path: path.to_owned(),
            source,
        }
    };
    if !overwrite && path.exists() {
        return Err(HandoverError::Exists {
            path: path.to_owned(),
        });
    }
    let mut whole = WholeFile::begin(path).map_err(fault("make"))?;
    let mut archive = Archive::begin(whole.file()).map_err(fault("write"))?;
    let written = archive.entry(TABLE, |out| rows(reader, out));
    let (boards, digest) = written.map_err(|error| match error {
        Inside::Io(source) => fault("write")(source),
        Inside::Other(error) => error,
    })?;
    if boards == 0 {
        return Err(HandoverError::Empty);
    }
    let signature = signer.sign(digest, now).map_err(fault("sign"))?;
    archive
        .entry(SIGNATURE, |out| out.write_all(&signature))
        .map_err(fault("write"))?;
    archive.finish().map_err(fault("write"))?;
    let finished = if overwrite {
        whole.finish()
    } else {
        whole.finish_new()
    };
    finished.map_err(fault("put in place"))?;
    Ok(boards)
}

/// The table, how many boards are in it, and its SHA-256.
fn rows(reader: &Reader, out: &mut dyn Write) -> Result<(u64, [u8; 32]), Inside> {
    let mut digesting = Digesting::new(out);
    let mut csv = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(&mut digesting);
    table::header(&mut csv)?;
    let mut boards = 0;
    reader.handed(|handed: Handed| -> Result<(), Inside> {
        let key = spki_of(&handed.certificate.what.chain).ok_or_else(|| {
            Inside::Other(HandoverError::Certificate {
                name: handed.board.what.name.clone(),
            })
        })?;
        table::row(&mut csv, &handed, &key)?;
        boards += 1;
        Ok(())
    })?;
    csv.flush()?;
    drop(csv);
    let (_, digest) = digesting.finish();
    Ok((boards, digest))
}
