//! One entry unpacked as it is read (APPNOTE section 4.3.7), held to its name, its size and its checksum.

use std::fs::File;
use std::io::{self, Read, Take};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::directory::From;
use super::{Entry, Fields, ZipFault};
use crate::preflight::Code;

const HEADER: usize = 30;
/// Flag bit 3: sizes and checksum stand behind the data.
const SIZES_BEHIND: u16 = 1 << 3;
/// APPNOTE section 4.4.5.
pub(super) const STORED: u16 = 0;
pub(super) const DEFLATED: u16 = 8;

/// The contents of an entry.
pub(crate) struct Unpacked<'f> {
    inner: Inner<'f>,
    entry: Entry,
    checksum: Crc,
}

enum Inner<'f> {
    Stored(Take<From<'f>>),
    Deflated(DeflateDecoder<Take<From<'f>>>),
}

fn lies(entry: &Entry, what: &str) -> io::Error {
    let what = format!("\"{}\": {what}", entry.name);
    io::Error::other(ZipFault::new(Code::ZipLies, what))
}

/// Opens an entry; `ends` is where the entries end.
///
/// # Errors
/// Where the file can't be read, or, as a [`ZipFault`], where the entry's own header and the directory differ.
pub(crate) fn unpack<'f>(file: &'f File, entry: &Entry, ends: u64) -> io::Result<Unpacked<'f>> {
    let mut source = From {
        file,
        at: entry.offset,
    };
    let mut head = [0; HEADER];
    let outside = || lies(entry, "it does not lie within the ZIP");
    if entry.offset.saturating_add(HEADER as u64) > ends {
        return Err(outside());
    }
    source.read_exact(&mut head)?;
    let fields = Fields(&head);
    if !head.starts_with(b"PK\x03\x04") {
        return Err(lies(entry, "it does not begin where the directory says"));
    }
    let mut name = vec![0; usize::from(fields.u16(26))];
    source.read_exact(&mut name)?;
    if name != entry.raw_name {
        return Err(lies(entry, "it has another name in its own header"));
    }
    let sizes = (u64::from(fields.u32(18)), u64::from(fields.u32(22)));
    // Where it was written to a pipe they are zero here; where it was meant to be large, all ones.
    let behind = fields.u16(6) & SIZES_BEHIND != 0;
    let large = u64::from(u32::MAX);
    let honest = behind || sizes == (entry.packed, entry.unpacked) || sizes == (large, large);
    if fields.u16(8) != entry.method || !honest {
        return Err(lies(
            entry,
            "it has another size or method in its own header",
        ));
    }
    source.at += u64::from(fields.u16(28));
    if source.at.saturating_add(entry.packed) > ends {
        return Err(outside());
    }
    let data = source.take(entry.packed);
    Ok(Unpacked {
        inner: match entry.method {
            STORED => Inner::Stored(data),
            _ => Inner::Deflated(DeflateDecoder::new(data)),
        },
        entry: entry.clone(),
        checksum: Crc::new(),
    })
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.inner {
            Inner::Stored(data) => data.read(buffer)?,
            Inner::Deflated(data) => data.read(buffer).map_err(|error| {
                if error.raw_os_error().is_some() {
                    return error;
                }
                let what = format!("\"{}\" can't be unpacked", self.entry.name);
                io::Error::other(ZipFault::damaged(what))
            })?,
        };
        self.checksum
            .update(buffer.get(..count).unwrap_or_default());
        // The checksum counts modulo 2^32, and so does the size in the header.
        let so_far = u64::from(self.checksum.amount());
        if so_far > self.entry.unpacked {
            return Err(lies(&self.entry, "it holds more bytes than the ZIP says"));
        }
        if count == 0 && !buffer.is_empty() {
            if so_far < self.entry.unpacked {
                return Err(lies(&self.entry, "it holds fewer bytes than the ZIP says"));
            }
            if self.checksum.sum() != self.entry.checksum {
                return Err(lies(
                    &self.entry,
                    "its checksum is another than the ZIP says",
                ));
            }
        }
        Ok(count)
    }
}
