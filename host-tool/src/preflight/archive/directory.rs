//! The directory at the end of a ZIP (APPNOTE sections 4.3.12 to 4.3.16), entry by entry: memory does not grow with it.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::{Fields, ZipFault};
use crate::preflight::limits::MAX_QUOTE;
use crate::service::words::printable;

/// Bytes of the record that ends a ZIP, and the most bytes of the comment behind it.
const END: usize = 22;
const MAX_COMMENT: usize = 65_535;
const END_MARK: [u8; 4] = *b"PK\x05\x06";
const END64_MARK: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_MARK: [u8; 4] = *b"PK\x06\x07";
const LOCATOR: usize = 20;
const END64: usize = 56;
const ENTRY: usize = 46;

/// An entry, as the directory has it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// From 1.
    pub number: u64,
    /// Its name as it stands there.
    pub raw_name: Vec<u8>,
    /// Its name, fit to be shown.
    pub name: Arc<str>,
    pub flags: u16,
    pub method: u16,
    pub checksum: u32,
    pub packed: u64,
    pub unpacked: u64,
    /// Where its own header is.
    pub offset: u64,
    /// The file's kind and mode, where the ZIP was made by a Unix.
    pub mode: Option<u32>,
}

/// Reads a file from a place, without moving anybody else's place.
pub(crate) struct From<'f> {
    pub file: &'f File,
    pub at: u64,
}

impl Read for From<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(buffer, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// The entries of a ZIP in the directory's order.
pub(crate) struct Directory<'f> {
    source: BufReader<io::Take<From<'f>>>,
    /// Where the directory begins: entries lie before it.
    pub begins: u64,
    entries: u64,
    given: u64,
}

impl<'f> Directory<'f> {
    /// Finds the directory.
    ///
    /// # Errors
    /// Where the file can't be read, or, as a [`ZipFault`], where there is none.
    pub fn open(file: &'f File, length: u64) -> io::Result<Self> {
        let (end, record) = find_end(file, length)?;
        let fields = Fields(&record);
        let damaged = |what: &str| Err(io::Error::other(ZipFault::damaged(what)));
        if fields.u16(4) != 0 && fields.u16(4) != u16::MAX {
            return damaged("it is one of several volumes");
        }
        let small = (
            u64::from(fields.u16(10)),
            u64::from(fields.u32(12)),
            u64::from(fields.u32(16)),
        );
        let large = find_end64(file, end)?;
        let (ends, entries, size, begins) = match large {
            None => (end, small.0, small.1, small.2),
            Some(large) => {
                let fits = |small: u64, most: u64, large: u64| small == large || small == most;
                let honest = fits(small.0, u64::from(u16::MAX), large.entries)
                    && fits(small.1, u64::from(u32::MAX), large.size)
                    && fits(small.2, u64::from(u32::MAX), large.begins);
                if !honest {
                    return damaged("its two end records contradict each other");
                }
                (large.at, large.entries, large.size, large.begins)
            }
        };
        if begins.checked_add(size) != Some(ends) {
            return damaged("its directory is not where its end record says");
        }
        // No entry is shorter, so a count that can't be true costs nothing.
        if size / (ENTRY as u64) < entries {
            return damaged("its directory is too short for its entries");
        }
        let source = From { file, at: begins };
        Ok(Self {
            source: BufReader::new(source.take(size)),
            begins,
            entries,
            given: 0,
        })
    }

    /// How many entries there are.
    pub fn len(&self) -> u64 {
        self.entries
    }

    /// The next entry.
    ///
    /// # Errors
    /// As [`Directory::open`].
    pub fn next(&mut self) -> io::Result<Option<Entry>> {
        if self.given == self.entries {
            let mut more = [0];
            if self.source.read(&mut more)? > 0 {
                let fault = ZipFault::damaged("its directory holds more than its entries");
                return Err(io::Error::other(fault));
            }
            return Ok(None);
        }
        self.given += 1;
        let mut head = [0; ENTRY];
        self.source.read_exact(&mut head)?;
        if !head.starts_with(b"PK\x01\x02") {
            let what = format!("entry {} of its directory is none", self.given);
            return Err(io::Error::other(ZipFault::damaged(what)));
        }
        let fields = Fields(&head);
        let mut raw_name = vec![0; usize::from(fields.u16(28))];
        self.source.read_exact(&mut raw_name)?;
        let behind = u64::from(fields.u16(30)) + u64::from(fields.u16(32));
        let passed = io::copy(&mut (&mut self.source).take(behind), &mut io::sink())?;
        if passed < behind {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        // The upper byte says which system made it; 3 is Unix, 19 is macOS.
        let unix = matches!(fields.u16(4) >> 8, 3 | 19);
        Ok(Some(Entry {
            number: self.given,
            name: printable(&String::from_utf8_lossy(&raw_name), MAX_QUOTE).into(),
            raw_name,
            flags: fields.u16(8),
            method: fields.u16(10),
            checksum: fields.u32(16),
            packed: u64::from(fields.u32(20)),
            unpacked: u64::from(fields.u32(24)),
            offset: u64::from(fields.u32(42)),
            mode: unix.then(|| fields.u32(38) >> 16),
        }))
    }
}

/// The last record and its place. Its comment must reach exactly to the end of the file.
fn find_end(file: &File, length: u64) -> io::Result<(u64, Vec<u8>)> {
    let most = (END + MAX_COMMENT) as u64;
    let from = length.saturating_sub(most);
    let mut tail = Vec::new();
    From { file, at: from }.take(most).read_to_end(&mut tail)?;
    for at in memchr::memmem::rfind_iter(&tail, &END_MARK) {
        let record = tail.get(at..).unwrap_or_default();
        let comment = usize::from(Fields(record).u16(20));
        if record.len() == END + comment {
            return Ok((from + at as u64, record.to_vec()));
        }
    }
    let what = "it has no end record: it is cut off, or no ZIP";
    Err(io::Error::other(ZipFault::damaged(what)))
}

struct End64 {
    at: u64,
    entries: u64,
    size: u64,
    begins: u64,
}

/// The larger end record of a ZIP with many entries.
fn find_end64(file: &File, end: u64) -> io::Result<Option<End64>> {
    let Some(locator) = end.checked_sub(LOCATOR as u64) else {
        return Ok(None);
    };
    let mut bytes = [0; LOCATOR];
    file.read_exact_at(&mut bytes, locator)?;
    if !bytes.starts_with(&LOCATOR_MARK) {
        return Ok(None);
    }
    let at = Fields(&bytes).u64(8);
    let damaged = || {
        let what = "its end record of 64 bits is not where it should be";
        io::Error::other(ZipFault::damaged(what))
    };
    if at.checked_add(END64 as u64) != Some(locator) {
        return Err(damaged());
    }
    let mut record = [0; END64];
    file.read_exact_at(&mut record, at)?;
    if !record.starts_with(&END64_MARK) {
        return Err(damaged());
    }
    let fields = Fields(&record);
    Ok(Some(End64 {
        at,
        entries: fields.u64(32),
        size: fields.u64(40),
        begins: fields.u64(48),
    }))
}
