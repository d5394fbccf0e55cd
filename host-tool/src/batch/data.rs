//! Writes a data file in one of its forms, whole or not at all. The same boards give the same bytes.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

use super::archive::Archive;
use super::certificate_request_cell;
use super::csv_file::{ExportError, Exported, write_rows};
use super::entry_name::entry_name;
use crate::config::{CsrCell, DataForm};
use crate::store::{Reader, Which, hex};
use crate::whole_file::{Flowing, WholeFile};

/// Bytes that are hashed at once.
const CHUNK: usize = 64 * 1024;

/// What data files are written from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The batch.
    pub reader: &'a Reader,
    /// How certificate requests stand in a CSV; none do where the service makes the keys, whatever keys the boards made.
    pub cell: Option<CsrCell>,
    /// The columns in the order of the service's template; as they were collected where there is none.
    pub order: Option<&'a [String]>,
}

impl Source<'_> {
    /// Writes boards to `path`, in the order in which they were collected. Memory does not grow with them.
    ///
    /// # Errors
    /// [`ExportError`]; with `overwrite` unset also where the file is there already. What was there is then as it was.
    pub fn write(
        &self,
        form: DataForm,
        which: Which,
        path: &Path,
        overwrite: bool,
    ) -> Result<Exported, ExportError> {
        if !overwrite && path.exists() {
            return Err(ExportError::Exists {
                path: path.to_owned(),
            });
        }
        let fault = |operation| fault(operation, path);
        let mut whole = WholeFile::begin(path).map_err(fault("make"))?;
        let (rows, digested) = match form {
            DataForm::Csv => {
                let (rows, digested) = self.csv(which, whole.file(), path)?;
                (rows, Some(digested))
            }
            DataForm::CsvZip => (self.csv_zip(which, whole.file(), path)?, None),
            DataForm::CsrZip => (self.csr_zip(which, whole.file(), path)?, None),
        };
        if rows == 0 {
            return Err(ExportError::Empty);
        }
        let (bytes, sha256) = match digested {
            Some(digested) => digested,
            None => digest(whole.part()).map_err(fault("read"))?,
        };
        let finished = if overwrite {
            whole.finish()
        } else {
            whole.finish_new()
        };
        finished.map_err(fault("put in place"))?;
        Ok(Exported {
            rows,
            bytes,
            sha256,
        })
    }

    /// A CSV is written from its beginning to its end: its digest is made on the way.
    fn csv(
        &self,
        which: Which,
        file: &mut File,
        path: &Path,
    ) -> Result<(u64, Digested), ExportError> {
        let mut out = Digesting::new(Flowing::new(file));
        let rows = write_rows(self, which, &mut out, path)?;
        let (bytes, digest) = out.finish();
        Ok((rows, (bytes, hex(&digest))))
    }

    fn csv_zip(&self, which: Which, file: &mut File, path: &Path) -> Result<u64, ExportError> {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let name = format!("{}.csv", stem.unwrap_or("batch"));
        let mut archive = Archive::begin(file).map_err(fault("write", path))?;
        let rows = archive
            .entry(&name, |out| {
                write_rows(self, which, out, path).map_err(Inside::Export)
            })
            .map_err(|error| error.outside(path))?;
        archive.finish().map_err(fault("write", path))?;
        Ok(rows)
    }

    fn csr_zip(&self, which: Which, file: &mut File, path: &Path) -> Result<u64, ExportError> {
        // Where case does not count, two such files would be one.
        self.reader.refuse_names_alike()?;
        let mut archive = Archive::begin(file).map_err(fault("write", path))?;
        let mut rows = 0;
        self.reader
            .boards_of(which, |board| -> Result<(), ExportError> {
                let text = certificate_request_cell(&board.what.csr, CsrCell::MultiLine);
                archive
                    .entry(&entry_name(&board.what.name), |out| {
                        out.write_all(text.as_bytes())
                    })
                    .map_err(fault("write", path))?;
                rows += 1;
                Ok(())
            })?;
        archive.finish().map_err(fault("write", path))?;
        Ok(rows)
    }
}

/// What may go wrong within an entry: the ZIP's own writing, or that of what is in it.
enum Inside {
    Zip(io::Error),
    Export(ExportError),
}

impl From<io::Error> for Inside {
    fn from(error: io::Error) -> Self {
        Self::Zip(error)
    }
}

impl Inside {
    fn outside(self, path: &Path) -> ExportError {
        match self {
            Self::Zip(error) => fault("write", path)(error),
            Self::Export(error) => error,
        }
    }
}

fn fault(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ExportError {
    let path = path.to_owned();
    move |source| ExportError::Io {
        operation,
        path,
        source,
    }
}

/// Length and SHA-256.
type Digested = (u64, String);

/// Writes, and keeps length and SHA-256 of what was written.
pub(crate) struct Digesting<W> {
    inner: W,
    context: Context,
    bytes: u64,
}

impl<W: Write> Digesting<W> {
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            context: Context::new(&SHA256),
            bytes: 0,
        }
    }

    /// Both.
    pub fn finish(self) -> (u64, [u8; 32]) {
        let mut digest = [0; 32];
        digest.copy_from_slice(self.context.finish().as_ref());
        (self.bytes, digest)
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.context.update(bytes.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Length and SHA-256 of a file. It is read again because a ZIP is not written from its beginning to its end.
fn digest(path: &Path) -> io::Result<Digested> {
    let mut file = File::open(path)?;
    let mut context = Context::new(&SHA256);
    let mut chunk = vec![0; CHUNK];
    let mut bytes = 0;
    loop {
        let count = file.read(&mut chunk)?;
        match chunk.get(..count) {
            Some(read) if !read.is_empty() => context.update(read),
            _ => return Ok((bytes, hex(context.finish().as_ref()))),
        }
        bytes += count as u64;
    }
}
