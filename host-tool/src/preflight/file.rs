//! The file as a whole: what it is, and its way through the checks.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::archive::{self, Contents, Directory, ZipFault};
use super::csv::Rows;
use super::header::{self, Header};
use super::limits::MAX_CELL;
use super::merge::Merger;
use super::options::{Keys, Options};
use super::workers::{RequestFile, Work, run};
use super::{Code, Finding, Tally};
use crate::service::MAX_DATA_FILE;

/// Requests of a ZIP that a worker is given at a time.
const FILES: usize = 64;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A CSV.
    Csv,
    /// A CSV in a ZIP.
    CsvInZip,
    /// A ZIP of certificate requests.
    RequestsInZip,
    /// A ZIP that was refused.
    Zip,
}

impl Kind {
    /// The word for it, as for `export --format`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvInZip => "csv-zip",
            Self::RequestsInZip => "csr-zip",
            Self::Zip => "zip",
        }
    }
}

/// What was checked, and how much was found.
#[derive(Clone, Debug)]
pub struct Summary {
    /// What the file is.
    pub kind: Kind,
    /// Its size in bytes.
    pub bytes: u64,
    /// Rows without the header, or requests of a ZIP.
    pub rows: u64,
    /// Where keys are made, where that was told or could be guessed.
    pub keys: Option<Keys>,
    /// Findings of each kind.
    pub tally: Tally,
}

/// The file could not be checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PreflightError {
    /// It is not there, or nobody may read it.
    #[error("can't open {}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a folder or a device.
    #[error("{} is not a plain file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// It could not be read to its end.
    #[error("can't read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It was told to stop.
    #[error("interrupted: the file was not checked to its end")]
    Interrupted,
}

enum Stop {
    Read(io::Error),
    Interrupted,
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// Checks a file. `sink` is given every finding, in the file's order; ends early where `stop` is set.
///
/// # Errors
/// [`PreflightError`] where the file could not be checked; what is wrong with it is a finding.
pub fn check(
    path: &Path,
    options: &Options,
    stop: &AtomicBool,
    sink: &mut dyn FnMut(&Finding),
) -> Result<Summary, PreflightError> {
    let owned = || path.to_owned();
    let open = |source| PreflightError::Open {
        path: owned(),
        source,
    };
    let metadata = std::fs::metadata(path).map_err(open)?;
    if !metadata.is_file() {
        return Err(PreflightError::NotAFile { path: owned() });
    }
    let file = File::open(path).map_err(open)?;
    let bytes = metadata.len();
    let mut checking = Checking {
        options,
        stop,
        merger: Merger::new(sink),
        keys: options.keys,
    };
    let kind = match checking.file(path, &file, bytes) {
        Ok(kind) => kind,
        Err(Stop::Interrupted) => return Err(PreflightError::Interrupted),
        Err(Stop::Read(source)) => {
            return Err(PreflightError::Read {
                path: owned(),
                source,
            });
        }
    };
    Ok(Summary {
        kind,
        bytes,
        rows: checking.merger.rows,
        keys: checking.keys,
        tally: checking.merger.tally,
    })
}

struct Checking<'a, 's> {
    options: &'a Options,
    stop: &'a AtomicBool,
    merger: Merger<'s>,
    keys: Option<Keys>,
}

impl Checking<'_, '_> {
    fn file(&mut self, path: &Path, file: &File, bytes: u64) -> Result<Kind, Stop> {
        let mut magic = Vec::new();
        (&mut &*file).take(4).read_to_end(&mut magic)?;
        let is_zip = matches!(&magic[..], b"PK\x03\x04" | b"PK\x05\x06" | b"PK\x07\x08");
        self.outside(path, bytes, is_zip);
        if bytes == 0 {
            return Ok(Kind::Csv);
        }
        if is_zip {
            return self.zip(file, bytes);
        }
        let from_start = archive::From { file, at: 0 };
        self.csv(from_start)?;
        Ok(Kind::Csv)
    }

    /// Name and size.
    fn outside(&mut self, path: &Path, bytes: u64, is_zip: bool) {
        if bytes == 0 {
            let finding = Finding::new(Code::FileEmpty, "the file is empty");
            self.merger.finding(finding);
            return;
        }
        if bytes > MAX_DATA_FILE {
            let what = format!("{bytes} bytes; the service takes at most {MAX_DATA_FILE}");
            self.merger.finding(Finding::new(Code::FileTooLarge, what));
        }
        let wanted = if is_zip { "zip" } else { "csv" };
        let extension = path.extension().and_then(|extension| extension.to_str());
        if !extension.is_some_and(|extension| extension.eq_ignore_ascii_case(wanted)) {
            let what = if is_zip {
                "it is a ZIP, and its name does not end in .zip"
            } else {
                "it is no ZIP, and its name does not end in .csv"
            };
            self.merger.finding(Finding::new(Code::FileName, what));
        }
    }

    fn zip(&mut self, file: &File, bytes: u64) -> Result<Kind, Stop> {
        let mut kind = Kind::Zip;
        match self.entries(file, bytes, &mut kind) {
            Err(Stop::Read(error)) => {
                let fault = zip_fault(error)?;
                self.merger.finding(Finding::new(fault.code, fault.what));
                Ok(kind)
            }
            other => other.map(|()| kind),
        }
    }

    fn entries(&mut self, file: &File, bytes: u64, kind: &mut Kind) -> Result<(), Stop> {
        let mut note = |finding| self.merger.finding(finding);
        match archive::look(file, bytes, &mut note)? {
            Contents::Refused => Ok(()),
            Contents::Csv(entry) => {
                *kind = Kind::CsvInZip;
                let ends = Directory::open(file, bytes)?.begins;
                self.merger.within(&entry.name);
                self.csv(archive::unpack(file, &entry, ends)?)
            }
            Contents::Requests => {
                *kind = Kind::RequestsInZip;
                self.requests(file, bytes)
            }
        }
    }

    fn requests(&mut self, file: &File, bytes: u64) -> Result<(), Stop> {
        self.keys = Some(Keys::Client);
        if self.options.keys == Some(Keys::Server) {
            let what = "a ZIP of requests, and the service is to make the keys";
            self.merger
                .finding(Finding::new(Code::CsrWithServerKeys, what));
        }
        let mut directory = Directory::open(file, bytes)?;
        let ends = directory.begins;
        let stop = self.stop;
        let mut failed = None;
        let next = || -> Result<Option<Work>, Stop> {
            interrupted(stop)?;
            if let Some(error) = failed.take() {
                return Err(Stop::Read(error));
            }
            let mut files = Vec::with_capacity(FILES);
            while files.len() < FILES {
                match next_request(&mut directory, file, ends) {
                    Ok(Some(request)) => files.push(request),
                    Ok(None) => break,
                    Err(error) => {
                        // Told after the requests before it.
                        failed = Some(error);
                        return Ok(Some(Work::Files(files)));
                    }
                }
            }
            Ok((!files.is_empty()).then_some(Work::Files(files)))
        };
        run(&Header::default(), self.options, &mut self.merger, next)?;
        self.merger.finish();
        Ok(())
    }

    fn csv(&mut self, source: impl Read) -> Result<(), Stop> {
        let (mut rows, beginning) = Rows::begin(source)?;
        for finding in beginning.findings {
            self.merger.finding(finding);
        }
        if beginning.hopeless {
            return Ok(());
        }
        let first = loop {
            let Some(mut chunk) = rows.next_chunk()? else {
                let finding = Finding::new(Code::FileEmpty, "there is no row, not even a header");
                self.merger.finding(finding);
                return Ok(());
            };
            if !chunk.rows.is_empty() {
                break chunk;
            }
            // Empty lines only.
            for (_, finding) in chunk.noted.drain(..) {
                self.merger.finding(finding);
            }
        };
        let Some(row) = first.rows.first().copied() else {
            return Ok(());
        };
        let (header, findings) = header::read(&first, &row, self.options);
        self.merger.columns(&header);
        let mut first = first;
        let of_header = first.noted.partition_point(|(before, _)| *before == 0);
        let noted: Vec<_> = first
            .noted
            .drain(..of_header)
            .map(|(_, finding)| finding)
            .collect();
        for finding in noted.into_iter().chain(findings) {
            self.merger.finding(finding);
        }
        self.keys = header.keys;
        if header.hopeless {
            return Ok(());
        }
        let stop = self.stop;
        let mut first = Some(first);
        let next = || -> Result<Option<Work>, Stop> {
            interrupted(stop)?;
            if let Some(chunk) = first.take() {
                return Ok(Some(Work::Rows { chunk, from: 1 }));
            }
            let chunk = rows.next_chunk()?;
            Ok(chunk.map(|chunk| Work::Rows { chunk, from: 0 }))
        };
        run(&header, self.options, &mut self.merger, next)?;
        if self.merger.rows == 0 {
            let finding = Finding::new(Code::NoRows, "there is a header and no row");
            self.merger.finding(finding);
        }
        self.merger.finish();
        Ok(())
    }
}

fn next_request(
    directory: &mut Directory<'_>,
    file: &File,
    ends: u64,
) -> io::Result<Option<RequestFile>> {
    let Some(entry) = directory.next()? else {
        return Ok(None);
    };
    let mut bytes = Vec::new();
    // Larger ones were refused.
    let unpacked = archive::unpack(file, &entry, ends)?;
    unpacked.take(MAX_CELL as u64 + 1).read_to_end(&mut bytes)?;
    Ok(Some(RequestFile {
        number: entry.number,
        name: entry.name,
        bytes,
    }))
}

fn interrupted(stop: &AtomicBool) -> Result<(), Stop> {
    if stop.load(Ordering::Relaxed) {
        return Err(Stop::Interrupted);
    }
    Ok(())
}

/// What is wrong with the ZIP, where it is not the disk that is.
fn zip_fault(error: io::Error) -> Result<ZipFault, Stop> {
    if error.raw_os_error().is_some() {
        return Err(Stop::Read(error));
    }
    match error.downcast::<ZipFault>() {
        Ok(fault) => Ok(fault),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Ok(ZipFault::damaged("it ends before its entries do"))
        }
        Err(error) => Err(Stop::Read(error)),
    }
}
