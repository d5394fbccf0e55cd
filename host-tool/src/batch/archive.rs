//! Writes a ZIP (APPNOTE 6.3), entry by entry: the same bytes for the same contents, and memory that does not grow with the entries.
//!
//! The well-kept crate keeps some hundred bytes of every entry until the end, which is over 100 MB for the greatest batch of single
//! requests; here the directory grows in a temporary file. Every entry has the same date, so that a file that is written again
//! after a crash is the one that was meant. Judged by Python's `zipfile`.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// 1 January 1980, the earliest date (APPNOTE section 4.4.6), as a date word and a time word of zero.
const DATE: u16 = 1 << 5 | 1;
/// APPNOTE section 4.4.5.
const DEFLATED: u16 = 8;
/// Names are UTF-8 (APPNOTE section 4.4.4, bit 11).
const UTF8: u16 = 1 << 11;
/// What unpacks it must know version 2.0 (deflate), or 4.5 (ZIP64, where there are many entries).
const VERSION: u16 = 20;
const VERSION_64: u16 = 45;
/// Made on Unix (3), as version 4.5 says it.
const MADE_BY: u16 = 3 << 8 | VERSION_64;
/// A plain file, which its owner may read and write.
const MODE: u32 = 0o100_600 << 16;
/// Where checksum and sizes stand in a local header.
const SUMS_AT: u64 = 14;
/// Bytes of a local header before the name.
const LOCAL: u64 = 30;

/// A ZIP in the making.
pub(crate) struct Archive<'a> {
    file: BufWriter<&'a mut File>,
    at: u64,
    directory: BufWriter<File>,
    directory_bytes: u64,
    entries: u64,
}

/// An entry's checksum and sizes.
#[derive(Clone, Copy, Default)]
struct Sums {
    crc: u32,
    packed: u32,
    unpacked: u32,
}

impl<'a> Archive<'a> {
    /// Begins at the file's beginning.
    pub fn begin(file: &'a mut File) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::new(file),
            at: 0,
            directory: BufWriter::new(tempfile::tempfile()?),
            directory_bytes: 0,
            entries: 0,
        })
    }

    /// Adds an entry, whose contents `write` gives. Sizes beyond 4 GiB are refused.
    pub fn entry<T, E: From<io::Error>>(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut (dyn Write + Send)) -> Result<T, E>,
    ) -> Result<T, E> {
        let begins = self.at;
        self.local_header(name, Sums::default())?;
        let (result, sums) = pack(&mut self.file, write)?;
        let packed = u64::from(sums.packed);
        let ends = begins + LOCAL + name.len() as u64 + packed;
        self.file.seek(SeekFrom::Start(begins + SUMS_AT))?;
        self.file.write_all(&sums.bytes())?;
        self.file.seek(SeekFrom::Start(ends))?;
        self.at = ends;
        self.note(name, sums, begins)?;
        Ok(result)
    }

    fn local_header(&mut self, name: &str, sums: Sums) -> io::Result<()> {
        let length = name_length(name)?;
        let mut header = Vec::with_capacity(64);
        header.extend(b"PK\x03\x04");
        for word in [VERSION, UTF8, DEFLATED, 0, DATE] {
            header.extend(word.to_le_bytes());
        }
        header.extend(sums.bytes());
        header.extend(length.to_le_bytes());
        header.extend([0; 2]);
        header.extend(name.as_bytes());
        self.file.write_all(&header)
    }

    /// The entry's place in the directory (APPNOTE section 4.3.12).
    fn note(&mut self, name: &str, sums: Sums, begins: u64) -> io::Result<()> {
        let mut header = Vec::with_capacity(128);
        header.extend(b"PK\x01\x02");
        for word in [MADE_BY, VERSION, UTF8, DEFLATED, 0, DATE] {
            header.extend(word.to_le_bytes());
        }
        header.extend(sums.bytes());
        header.extend(name_length(name)?.to_le_bytes());
        // No extra field, no comment, first disk, no attributes of a text.
        header.extend([0; 8]);
        header.extend(MODE.to_le_bytes());
        header.extend(small(begins)?.to_le_bytes());
        header.extend(name.as_bytes());
        self.directory.write_all(&header)?;
        self.directory_bytes += header.len() as u64;
        self.entries += 1;
        Ok(())
    }

    /// Writes the directory; how many bytes the ZIP has.
    pub fn finish(mut self) -> io::Result<u64> {
        let mut directory = self
            .directory
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        directory.seek(SeekFrom::Start(0))?;
        io::copy(
            &mut Read::by_ref(&mut directory).take(self.directory_bytes),
            &mut self.file,
        )?;
        let mut end = Vec::with_capacity(128);
        if self.entries >= u64::from(u16::MAX) {
            end_64(&mut end, self.entries, self.directory_bytes, self.at);
        }
        end.extend(b"PK\x05\x06\0\0\0\0");
        let entries = u16::try_from(self.entries).unwrap_or(u16::MAX);
        end.extend(entries.to_le_bytes());
        end.extend(entries.to_le_bytes());
        end.extend(small(self.directory_bytes)?.to_le_bytes());
        end.extend(small(self.at)?.to_le_bytes());
        end.extend([0; 2]);
        self.file.write_all(&end)?;
        self.file.flush()?;
        Ok(self.at + self.directory_bytes + end.len() as u64)
    }
}

/// Packs what `write` gives.
fn pack<T, E: From<io::Error>>(
    file: &mut (dyn Write + Send),
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<T, E>,
) -> Result<(T, Sums), E> {
    let counted = Counted {
        inner: file,
        bytes: 0,
    };
    let mut packer = Packer {
        deflate: DeflateEncoder::new(counted, Compression::default()),
        crc: Crc::new(),
        unpacked: 0,
    };
    let result = write(&mut packer)?;
    let packed = packer.deflate.finish()?.bytes;
    let sums = Sums {
        crc: packer.crc.sum(),
        packed: small(packed)?,
        unpacked: small(packer.unpacked)?,
    };
    Ok((result, sums))
}

/// The end of a directory of 65,535 entries or more, and where it is (APPNOTE sections 4.3.14 and 4.3.15).
fn end_64(end: &mut Vec<u8>, entries: u64, bytes: u64, begins: u64) {
    /// Bytes behind the length itself.
    const REST: u64 = 44;
    end.extend(b"PK\x06\x06");
    end.extend(REST.to_le_bytes());
    end.extend(MADE_BY.to_le_bytes());
    end.extend(VERSION_64.to_le_bytes());
    end.extend([0; 8]);
    for number in [entries, entries, bytes, begins] {
        end.extend(number.to_le_bytes());
    }
    end.extend(b"PK\x06\x07\0\0\0\0");
    end.extend((begins + bytes).to_le_bytes());
    end.extend(1_u32.to_le_bytes());
}

impl Sums {
    fn bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        let numbers = [self.crc, self.packed, self.unpacked];
        for (place, number) in bytes.chunks_exact_mut(4).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        bytes
    }
}

fn small(number: u64) -> io::Result<u32> {
    let words = "a ZIP of over 4 GiB is not written";
    u32::try_from(number).map_err(|_| io::Error::new(io::ErrorKind::FileTooLarge, words))
}

fn name_length(name: &str) -> io::Result<u16> {
    u16::try_from(name.len()).map_err(|_| io::ErrorKind::InvalidInput.into())
}

/// Packs, and keeps count and checksum of what comes in.
struct Packer<W: Write> {
    deflate: DeflateEncoder<W>,
    crc: Crc,
    unpacked: u64,
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.deflate.write(bytes)?;
        self.crc.update(bytes.get(..count).unwrap_or_default());
        self.unpacked += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        // A flush of the encoder would end a block, and blocks would depend on who flushes when.
        Ok(())
    }
}

/// Counts what goes through.
struct Counted<W> {
    inner: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip(entries: &[(String, Vec<u8>)]) -> (File, u64) {
        let mut file = tempfile::tempfile().unwrap();
        let mut archive = Archive::begin(&mut file).unwrap();
        for (name, contents) in entries {
            let write = |out: &mut (dyn Write + Send)| out.write_all(contents);
            archive.entry(name, write).unwrap();
        }
        let bytes = archive.finish().unwrap();
        (file, bytes)
    }

    fn unzip(file: File) -> Vec<(String, Vec<u8>)> {
        let mut zip = zip::ZipArchive::new(file).unwrap();
        let count = zip.len();
        let entry = |at| {
            let mut entry = zip.by_index(at).unwrap();
            let mut contents = Vec::new();
            entry.read_to_end(&mut contents).unwrap();
            (entry.name().unwrap().into_owned(), contents)
        };
        (0..count).map(entry).collect()
    }

    #[test]
    fn what_went_in_comes_out_and_twice_the_same_bytes() {
        let entries = [
            ("a.csv".to_owned(), b"\"x\"\n".repeat(100_000)),
            ("Fühler.csr".to_owned(), Vec::new()),
            ("b".to_owned(), (0..=255).collect()),
        ];
        let (mut first, bytes) = zip(&entries);
        assert_eq!(first.metadata().unwrap().len(), bytes);
        let (mut second, _) = zip(&entries);
        let mut both = [Vec::new(), Vec::new()];
        for (file, bytes) in [&mut first, &mut second].into_iter().zip(&mut both) {
            file.seek(SeekFrom::Start(0)).unwrap();
            file.read_to_end(bytes).unwrap();
        }
        assert_eq!(both[0], both[1]);
        assert_eq!(unzip(first), entries);
        assert!(bytes < 10_000, "{bytes}");
    }

    #[test]
    fn the_number_of_entries_is_right_around_the_greatest_of_the_old_form() {
        for count in [65_534_u32, 65_535, 65_536] {
            let entries: Vec<_> = (0..count).map(|n| (n.to_string(), vec![b'x'])).collect();
            let (file, bytes) = zip(&entries);
            assert_eq!(file.metadata().unwrap().len(), bytes);
            let zip = zip::ZipArchive::new(file).unwrap();
            assert_eq!(zip.len(), count as usize);
        }
    }
}
