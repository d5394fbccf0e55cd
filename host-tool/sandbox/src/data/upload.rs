//! An uploaded ZIP: exactly one CSV, or certificate requests, one a file. What it says of itself is not believed, and no
//! name in it becomes a file here.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zip::ZipArchive;
use zip::read::ZipFile;

use super::archive::has_extension;
use super::csr;
use super::file::Fault;
use crate::switches::ZipNames;

/// The most that is unpacked, bytes: five times the greatest upload.
const GREATEST_UNPACKED: u64 = 1_000_000_000;
/// An entry has at most so many times its packed size. A small ZIP can hold a file that fills any disk.
const GREATEST_EXPANSION: u64 = 100;
/// What is unpacked whatever its packed size, bytes.
const FREE_EXPANSION: u64 = 1024 * 1024;
/// More entries than the smallest requests make of the greatest upload.
const MOST_ENTRIES: usize = 500_000;
/// What a file of one request may end in.
const EXTENSIONS: [&str; 3] = ["csr", "pem", "p10"];
/// The kinds of files in a Unix mode; 0 says nothing.
const KIND: u32 = 0o170_000;
const PLAIN: u32 = 0o100_000;

/// What a ZIP holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// One CSV.
    Csv,
    /// Requests, written as the rows of a CSV.
    Requests,
}

/// Unpacks the CSV to `csv`, or writes the requests as rows to `requests`.
pub(super) fn unpack(
    archive: &Path,
    csv: &Path,
    requests: &Path,
    naming: ZipNames,
) -> Result<Held, Fault> {
    let file = File::open(archive).map_err(Fault::Read)?;
    let mut zip = ZipArchive::new(file)
        .map_err(|error| Fault::File(format!("the file is not a ZIP: {error}")))?;
    let names = look(&mut zip)?;
    let csvs = names.iter().filter(|name| has_extension(name, "csv"));
    match (csvs.count(), names.as_slice()) {
        (0, names) => {
            if let Some(other) = names.iter().find(|name| !is_request(name)) {
                return fault(format!(
                    "the ZIP holds {other:?}, which ends in none of {EXTENSIONS:?}"
                ));
            }
            unpack_requests(&mut zip, names, requests, naming)?;
            Ok(Held::Requests)
        }
        (1, [only]) => {
            unpack_csv(&mut zip, only, csv)?;
            Ok(Held::Csv)
        }
        _ => fault(format!(
            "the ZIP has {} entries; it takes exactly one CSV, or certificate requests",
            names.len()
        )),
    }
}

fn fault<T>(text: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::File(text.into()))
}

fn is_request(name: &str) -> bool {
    EXTENSIONS
        .iter()
        .any(|extension| has_extension(name, extension))
}

/// Every entry's name, in order, once all entries are plain files that share no name.
fn look(zip: &mut ZipArchive<File>) -> Result<Vec<String>, Fault> {
    let count = zip.len();
    if count == 0 {
        return fault("the ZIP has no entry");
    }
    // The crate keeps the last of several.
    if zip.has_duplicate_names() {
        return fault("two entries of the ZIP have the same name");
    }
    if count > MOST_ENTRIES {
        return fault(format!("the ZIP has more than {MOST_ENTRIES} entries"));
    }
    let mut names = Vec::with_capacity(count);
    let mut seen = HashSet::with_capacity(count);
    for index in 0..count {
        let entry = zip
            .by_index_raw(index)
            .map_err(|error| Fault::File(format!("entry {index} of the ZIP: {error}")))?;
        let name = plain_name(&entry)?;
        // On some systems they would be one file.
        if !seen.insert(name.to_lowercase()) {
            return fault(format!("two entries of the ZIP have the name {name:?}"));
        }
        names.push(name);
    }
    Ok(names)
}

/// The name of a plain file that stands in no folder.
fn plain_name(entry: &ZipFile<'_, File>) -> Result<String, Fault> {
    let Ok(name) = std::str::from_utf8(entry.name_raw()) else {
        return fault("the name of an entry of the ZIP is not UTF-8");
    };
    let kind = entry.unix_mode().map_or(0, |mode| mode & KIND);
    if entry.is_symlink() || !matches!(kind, 0 | PLAIN) {
        return fault(format!("the ZIP's entry {name:?} is not a plain file"));
    }
    let leads_elsewhere = |c: char| matches!(c, '/' | '\\' | ':') || c.is_control();
    if name.is_empty() || name.starts_with('.') || name.contains(leads_elsewhere) {
        return fault(format!(
            "the ZIP's entry {name:?} is not a plain name; the ZIP has no folders"
        ));
    }
    Ok(name.to_owned())
}

fn unpack_csv(zip: &mut ZipArchive<File>, name: &str, csv: &Path) -> Result<(), Fault> {
    let (entry, most) = open(zip, 0, name, GREATEST_UNPACKED)?;
    let mut target = File::create(csv).map_err(Fault::Read)?;
    let length = io::copy(&mut entry.take(most + 1), &mut target)
        .map_err(|error| cannot_unpack(name, &error))?;
    if length > most {
        return fault(format!("{name:?} unpacks to more than {most} bytes"));
    }
    Ok(())
}

fn unpack_requests(
    zip: &mut ZipArchive<File>,
    names: &[String],
    requests: &Path,
    naming: ZipNames,
) -> Result<(), Fault> {
    let mut rows = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_path(requests)
        .map_err(|error| Fault::Read(error.into()))?;
    let mut row = |cells: [&str; 2]| {
        rows.write_record(cells)
            .map_err(|error| Fault::Read(error.into()))
    };
    row(["device_name", "csr"])?;
    let mut left = GREATEST_UNPACKED;
    for (index, name) in names.iter().enumerate() {
        let (entry, most) = open(zip, index, name, left.min(csr::LONGEST as u64))?;
        let mut text = String::new();
        entry
            .take(most + 1)
            .read_to_string(&mut text)
            .map_err(|error| cannot_unpack(name, &error))?;
        let length = text.len() as u64;
        if length > most {
            return fault(format!("{name:?} unpacks to more than {most} bytes"));
        }
        left -= length;
        let stem = name
            .rsplit_once('.')
            .map_or(name.as_str(), |(stem, _)| stem);
        let common_name = match naming {
            ZipNames::FileName => None,
            ZipNames::CommonName => csr::common_name(&text),
        };
        // A request that can't be read fails under its file's name.
        row([common_name.as_deref().unwrap_or(stem), &text])?;
    }
    rows.flush().map_err(Fault::Read)
}

/// An entry, and the most that is read of it.
fn open<'a>(
    zip: &'a mut ZipArchive<File>,
    index: usize,
    name: &str,
    most: u64,
) -> Result<(ZipFile<'a, File>, u64), Fault> {
    let entry = zip
        .by_index(index)
        .map_err(|error| Fault::File(format!("{name:?} cannot be unpacked: {error}")))?;
    let expanded = entry.compressed_size().saturating_mul(GREATEST_EXPANSION);
    let most = most.min(expanded.max(FREE_EXPANSION));
    Ok((entry, most))
}

fn cannot_unpack(name: &str, error: &io::Error) -> Fault {
    Fault::File(format!("{name:?} cannot be unpacked: {error}"))
}

#[cfg(test)]
#[path = "upload_tests.rs"]
mod tests;
