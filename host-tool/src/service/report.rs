//! Reads a job's report: which row succeeded, which failed, and why.
//!
//! Format and column names are not documented, so columns are found by name from lists that can be
//! set, and a report that does not fit is an error that names what was found; the raw file stays
//! the truth. Streams with a bounded record. Knows nothing of boards.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

pub use super::report_columns::ReportColumns;
use super::report_columns::normal;
use super::words::{MAX_QUOTE, printable};

/// Greatest record, in bytes.
pub const MAX_RECORD: u64 = 1024 * 1024;
/// Most columns that are named in an error.
const MAX_NAMED: usize = 40;
/// Bytes looked at to tell what kind of file it is.
const PEEK: usize = 64 * 1024;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How a row fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowOutcome {
    /// A certificate was made.
    Succeeded,
    /// A certificate was made, with something to look at.
    Warning,
    /// No certificate was made.
    Failed,
    /// The service's word, made harmless, which this version does not know.
    Unknown(String),
}

impl RowOutcome {
    fn of(text: &str) -> Self {
        match normal(text).as_str() {
            "success" | "succeeded" | "successful" | "complete" | "completed" | "ok" | "issued"
            | "registered" | "created" | "executed" => Self::Succeeded,
            "warning"
            | "warn"
            | "warnings"
            | "success_with_warning"
            | "success_with_warnings"
            | "completed_with_warnings" => Self::Warning,
            "failed" | "failure" | "fail" | "error" | "rejected" | "invalid" | "denied" => {
                Self::Failed
            }
            _ => Self::Unknown(printable(text, MAX_QUOTE)),
        }
    }
}

/// One row of the report. `name`, `common_name` and `serial` are the service's bytes, to be compared
/// with; they are not fit to be shown before [`printable`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// The line it begins on, from 1; the header is line 1.
    pub line: u64,
    /// The device's name, if the report has the column and the row a value.
    pub name: Option<String>,
    /// The certificate's common name, likewise.
    pub common_name: Option<String>,
    /// The certificate's serial number, likewise.
    pub serial: Option<String>,
    /// How the row fared.
    pub outcome: RowOutcome,
    /// Why, in the service's words, made harmless.
    pub message: Option<String>,
}

/// A report that can't be read. The raw file stays the truth.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// It is no CSV with the columns we look for.
    #[error("the report is not in a form known here: {found}")]
    Unrecognised {
        /// What was found, such as the names of its columns; made harmless.
        found: String,
    },
    /// It breaks off or a record is too long or broken.
    #[error("the report can't be read after line {line}")]
    Broken {
        /// The last line that was read.
        line: u64,
        /// The fault.
        source: csv::Error,
    },
    /// Its beginning could not be read.
    #[error("the report can't be read")]
    Read(#[source] io::Error),
}

impl ReportError {
    /// What a person does next.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Unrecognised { .. } => {
                "Open the raw report; name its columns in service.report_columns to have it read here."
            }
            Self::Broken { .. } | Self::Read(_) => {
                "Download the report again; if it stays so, open the raw file."
            }
        }
    }
}

/// The rows of a report, read as they are asked for.
pub struct Report<R> {
    reader: csv::Reader<Bounded<BufReader<R>>>,
    budget: Rc<Cell<u64>>,
    places: Places,
    record: csv::StringRecord,
    bytes: csv::ByteRecord,
    done: bool,
}

/// Where the columns are.
struct Places {
    name: Option<usize>,
    common_name: Option<usize>,
    status: usize,
    message: Option<usize>,
    serial: Option<usize>,
}

impl<R: Read> Report<R> {
    /// Reads the header and finds the columns.
    ///
    /// # Errors
    /// [`ReportError::Unrecognised`] when it is no CSV, or has no column for the outcome or none that
    /// names the row.
    pub fn open(file: R, columns: &ReportColumns) -> Result<Self, ReportError> {
        let mut file = BufReader::with_capacity(PEEK, file);
        let delimiter = look_at_head(&mut file)?;
        let budget = Rc::new(Cell::new(MAX_RECORD));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(Bounded {
                inner: file,
                budget: Rc::clone(&budget),
            });
        let headers = reader
            .byte_headers()
            .map_err(|source| ReportError::Broken { line: 0, source })?
            .iter()
            .map(|header| String::from_utf8_lossy(header).into_owned())
            .collect::<Vec<_>>();
        let places = Places::find(&headers, columns)?;
        Ok(Self {
            reader,
            budget,
            places,
            record: csv::StringRecord::new(),
            bytes: csv::ByteRecord::new(),
            done: false,
        })
    }

    fn read_row(&mut self) -> Result<Option<ReportRow>, ReportError> {
        loop {
            self.budget.set(MAX_RECORD);
            let line = self.reader.position().line();
            let broken = |source| ReportError::Broken { line, source };
            if !self
                .reader
                .read_byte_record(&mut self.bytes)
                .map_err(broken)?
            {
                return Ok(None);
            }
            let line = self.bytes.position().map_or(line, csv::Position::line);
            self.record =
                csv::StringRecord::from_byte_record_lossy(std::mem::take(&mut self.bytes));
            if self.record.iter().any(|field| !field.trim().is_empty()) {
                return Ok(Some(self.places.row(line, &self.record)));
            }
        }
    }
}

impl<R: Read> Iterator for Report<R> {
    type Item = Result<ReportRow, ReportError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let row = self.read_row().transpose();
        self.done = !matches!(row, Some(Ok(_)));
        row
    }
}

impl Places {
    fn find(headers: &[String], columns: &ReportColumns) -> Result<Self, ReportError> {
        let normal_headers: Vec<_> = headers.iter().map(|header| normal(header)).collect();
        let place = |names: &[String]| {
            names.iter().find_map(|name| {
                normal_headers
                    .iter()
                    .position(|header| *header == normal(name))
            })
        };
        let (name, common_name) = (place(&columns.name), place(&columns.common_name));
        match place(&columns.status) {
            Some(status) if name.is_some() || common_name.is_some() => Ok(Self {
                name,
                common_name,
                status,
                message: place(&columns.message),
                serial: place(&columns.serial),
            }),
            _ => Err(ReportError::Unrecognised {
                found: named(headers),
            }),
        }
    }

    fn row(&self, line: u64, record: &csv::StringRecord) -> ReportRow {
        let field = |place: Option<usize>| {
            let text = record.get(place?)?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        ReportRow {
            line,
            name: field(self.name),
            common_name: field(self.common_name),
            serial: field(self.serial),
            outcome: RowOutcome::of(record.get(self.status).unwrap_or_default()),
            message: field(self.message).map(|text| printable(&text, MAX_QUOTE)),
        }
    }
}

fn named(headers: &[String]) -> String {
    let names: Vec<_> = headers
        .iter()
        .take(MAX_NAMED)
        .map(|header| printable(header, 60))
        .collect();
    let more = if headers.len() > MAX_NAMED {
        ", …"
    } else {
        ""
    };
    format!("its columns are {}{more}", names.join(", "))
}

/// Refuses what is plainly no CSV, takes a byte order mark away, and finds the delimiter.
fn look_at_head<R: Read>(file: &mut BufReader<R>) -> Result<u8, ReportError> {
    let unrecognised = |found: &str| {
        Err(ReportError::Unrecognised {
            found: found.to_owned(),
        })
    };
    let head = file.fill_buf().map_err(ReportError::Read)?;
    let bom = if head.starts_with(BOM) { BOM.len() } else { 0 };
    let head = head.get(bom..).unwrap_or_default();
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
    let delimiter = match first {
        None => return unrecognised("it is empty"),
        Some(_) if head.starts_with(b"PK\x03\x04") => return unrecognised("it is a ZIP file"),
        Some(b'{' | b'[') => return unrecognised("it looks like JSON"),
        Some(b'<') => return unrecognised("it looks like HTML or XML"),
        Some(_) => delimiter_of(head),
    };
    file.consume(bom);
    Ok(delimiter)
}

/// The most frequent of comma, semicolon and tab in the first line.
fn delimiter_of(head: &[u8]) -> u8 {
    let line = head
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let count = |wanted: u8| line.split(|byte| *byte == wanted).count();
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|byte| count(*byte))
        .unwrap_or(b',')
}

/// Ends a record that never ends: at most `budget` bytes are given out before it is set anew.
struct Bounded<R> {
    inner: R,
    budget: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.budget.get();
        if left == 0 {
            return Err(io::Error::other(format!(
                "a record is longer than {MAX_RECORD} bytes"
            )));
        }
        let read = (&mut self.inner).take(left).read(buffer)?;
        self.budget.set(left.saturating_sub(read as u64));
        Ok(read)
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;
