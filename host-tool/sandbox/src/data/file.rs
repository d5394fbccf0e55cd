//! Checks a CSV file as a whole, and reads its rows one by one.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use csv::{ByteRecord, Position, Reader, ReaderBuilder, StringRecord};

use super::columns::{self, Column};
use super::text;
use crate::jobs::Keys;
use crate::switches::{CsvReading, Switches};

/// What is wrong with a data file.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The sender's fault, as a sentence for the sender.
    File(String),
    /// The sandbox could not read its own copy.
    Read(std::io::Error),
}

impl From<text::Fault> for Fault {
    fn from(fault: text::Fault) -> Self {
        match fault {
            text::Fault::Text(text) => Fault::File(text),
            text::Fault::Read(error) => Fault::Read(error),
        }
    }
}

/// Refuses a file that is not UTF-8 CSV with the required columns, one width, and a row at least.
pub(crate) fn check(path: &Path, switches: &Switches, keys: Keys) -> Result<(), Fault> {
    let lenient = switches.csv == CsvReading::Lenient;
    text::check(File::open(path).map_err(Fault::Read)?, lenient)?;
    let mut rows = Rows::open(path, switches, keys)?;
    let mut any = false;
    while rows.next()?.is_some() {
        any = true;
    }
    if any {
        Ok(())
    } else {
        Err(Fault::File("there is no row beneath the header".into()))
    }
}

/// One row: where it stands, and its values in the order of [`Rows::columns`].
pub(crate) struct Row {
    /// Counted from 1, beneath the header.
    pub(crate) number: u64,
    /// The line of the file that it begins on, from 1.
    pub(crate) line: u64,
    /// Its values.
    pub(crate) values: StringRecord,
}

/// Reads the rows of a file with a good header.
pub(crate) struct Rows {
    reader: Reader<BufReader<File>>,
    /// What each column means.
    pub(crate) columns: Vec<Column>,
    lenient: bool,
    count: u64,
}

impl Rows {
    /// Opens the file and reads its header.
    pub(crate) fn open(path: &Path, switches: &Switches, keys: Keys) -> Result<Rows, Fault> {
        let file = BufReader::new(File::open(path).map_err(Fault::Read)?);
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(file);
        let lenient = switches.csv == CsvReading::Lenient;
        let mut header = StringRecord::new();
        if !read(&mut reader, &mut header)? {
            return Err(Fault::File("the file is empty; a header is needed".into()));
        }
        let mut names: Vec<&str> = header.iter().collect();
        if lenient && names.last() == Some(&"") {
            names.pop();
        }
        let columns = columns::parse(names.into_iter(), switches, keys).map_err(Fault::File)?;
        Ok(Rows {
            reader,
            columns,
            lenient,
            count: 0,
        })
    }

    /// The next row, or `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, Fault> {
        let mut values = StringRecord::new();
        if !read(&mut self.reader, &mut values)? {
            return Ok(None);
        }
        let line = values.position().map_or(0, Position::line);
        let width = self.columns.len();
        let trailing = self.lenient && values.len() == width + 1 && values.get(width) == Some("");
        if values.len() != width && !trailing {
            return Err(Fault::File(format!(
                "line {line} has {} values, the header has {width} columns",
                values.len()
            )));
        }
        values.truncate(width);
        self.count += 1;
        Ok(Some(Row {
            number: self.count,
            line,
            values,
        }))
    }
}

fn read(reader: &mut Reader<BufReader<File>>, into: &mut StringRecord) -> Result<bool, Fault> {
    let mut record = ByteRecord::new();
    let more = reader.read_byte_record(&mut record).map_err(csv_fault)?;
    *into = StringRecord::from_byte_record(record)
        .map_err(|error| Fault::File(format!("the file is not UTF-8: {error}")))?;
    Ok(more)
}

fn csv_fault(error: csv::Error) -> Fault {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Fault::Read(error),
        _ => Fault::File(text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn fault(text: &str, csv: CsvReading) -> Option<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let switches = Switches {
            csv,
            ..Switches::default()
        };
        match check(file.path(), &switches, Keys::Client) {
            Ok(()) => None,
            Err(Fault::File(text)) => Some(text),
            Err(Fault::Read(error)) => Some(error.to_string()),
        }
    }

    const HEADER: &str = "device_name,subject.common_name,csr";

    #[test]
    fn faults_of_the_whole_file_are_named() {
        for (text, expected) in [
            (String::new(), "empty"),
            (HEADER.to_owned(), "no row"),
            (format!("{HEADER}\na,b,c\na,b\n"), "line 3 has 2 values"),
            (format!("{HEADER}\na,b,c,\n"), "line 2 has 4 values"),
            (format!("{HEADER},\na,b,c,\n"), ""),
            ("a,b\nc,d\n".to_owned(), "device_name"),
        ] {
            let fault = fault(&text, CsvReading::Strict);
            if expected.is_empty() {
                // An unnamed column is an unknown one, which is ignored by default.
                assert_eq!(fault, None, "{text}");
            } else {
                assert!(fault.unwrap_or_default().contains(expected), "{text}");
            }
        }
    }

    #[test]
    fn lenient_reading_bears_one_trailing_comma_and_a_bom() {
        let text = format!("\u{feff}{HEADER},\na,b,c,\nd,e,f\n");
        assert_eq!(fault(&text, CsvReading::Lenient), None);
        assert!(fault(&text, CsvReading::Strict).is_some());
        let two = format!("{HEADER}\na,b,c,,\n");
        assert!(fault(&two, CsvReading::Lenient).is_some());
    }
}
