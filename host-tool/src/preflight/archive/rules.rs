//! What the entries of a ZIP may be, looked at before one is opened.

use std::fs::File;
use std::io;
use std::path::Path;

use super::entry::{DEFLATED, STORED};
use super::{Directory, Entry};
use crate::preflight::limits::{FREE_EXPANSION, MAX_CELL, MAX_EXPANSION, MAX_UNPACKED};
use crate::preflight::seen::{Before, Seen, digest};
use crate::preflight::{Code, Finding};

/// Flag bits 0 and 6: encrypted, strongly encrypted.
const ENCRYPTED: u16 = 1 | 1 << 6;
/// The kinds of files in a Unix mode.
const KIND: u32 = 0o170_000;
const PLAIN: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

/// What a ZIP holds.
#[derive(Debug)]
pub(crate) enum Contents {
    /// Exactly one CSV.
    Csv(Box<Entry>),
    /// Nothing but certificate requests.
    Requests,
    /// Neither, or something of it is refused.
    Refused,
}

/// Looks at every entry, and says what is wrong.
///
/// # Errors
/// As [`Directory::open`].
pub(crate) fn look(
    file: &File,
    length: u64,
    note: &mut dyn FnMut(Finding),
) -> io::Result<Contents> {
    let mut directory = Directory::open(file, length)?;
    let entries = directory.len();
    if entries == 0 {
        note(Finding::new(Code::ZipEmpty, "the ZIP has no entry"));
        return Ok(Contents::Refused);
    }
    let mut refused = false;
    let mut refuse = |entry: &Entry, code, what: String| {
        refused = true;
        note(Finding::new(code, what).entry(&entry.name));
    };
    let mut names = Seen::default();
    let (mut unpacked, mut csvs, mut last) = (0_u64, 0_u64, None);
    while let Some(entry) = directory.next()? {
        faults(&entry, &mut |code, what| refuse(&entry, code, what));
        let folded = entry.raw_name.to_ascii_lowercase();
        if let Before::At(first) = names.see(digest(&folded), entry.number) {
            let what = format!("it has the name of entry {first}");
            refuse(&entry, Code::ZipRepeatedName, what);
        }
        let before = unpacked;
        unpacked = unpacked.saturating_add(entry.unpacked);
        if before <= MAX_UNPACKED && unpacked > MAX_UNPACKED {
            let what = format!("up to here the ZIP unpacks to {unpacked} bytes");
            refuse(&entry, Code::ZipExpansion, what);
        }
        let is_csv = is_csv(&entry);
        csvs += u64::from(is_csv);
        if !is_csv && entry.unpacked > MAX_CELL as u64 && !is_folder(&entry) {
            let what = format!("it has {} bytes", entry.unpacked);
            refuse(&entry, Code::ZipEntryTooLarge, what);
        }
        last = Some(entry);
    }
    if csvs > 0 && entries > 1 {
        let what = format!("{entries} entries, {csvs} of them CSV");
        note(Finding::new(Code::ZipContents, what));
        refused = true;
    }
    Ok(match last {
        _ if refused => Contents::Refused,
        Some(entry) if csvs == 1 => Contents::Csv(Box::new(entry)),
        _ => Contents::Requests,
    })
}

fn is_csv(entry: &Entry) -> bool {
    let name = String::from_utf8_lossy(&entry.raw_name);
    let extension = Path::new(name.as_ref()).extension();
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

fn is_folder(entry: &Entry) -> bool {
    entry.raw_name.ends_with(b"/") || entry.mode.is_some_and(|mode| mode & KIND == FOLDER)
}

/// What is wrong with an entry by its name and kind, whatever the ZIP is for.
pub(crate) fn faults(entry: &Entry, refuse: &mut dyn FnMut(Code, String)) {
    let name = &entry.raw_name;
    let says = |what: &str| format!("\"{}\" {what}", entry.name);
    let steps = || name.split(|byte| matches!(byte, b'/' | b'\\'));
    if name.is_empty() || name.contains(&0) {
        refuse(Code::ZipPath, says("is no file's name"));
    } else if steps().any(|step| step == b"..") {
        refuse(Code::ZipPath, says("leads out of its folder"));
    } else if name.starts_with(b"/") || name.get(1) == Some(&b':') {
        refuse(Code::ZipPath, says("is an absolute path"));
    } else if name.contains(&b'\\') {
        refuse(Code::ZipPath, says("has a backslash"));
    } else if name.contains(&b'/') || is_folder(entry) {
        refuse(Code::ZipNested, says("is a folder or stands in one"));
    }
    let kind = entry.mode.map_or(0, |mode| mode & KIND);
    if !matches!(kind, 0 | PLAIN | FOLDER) {
        refuse(
            Code::ZipSpecial,
            says("is a symbolic link or another special file"),
        );
    }
    if entry.flags & ENCRYPTED != 0 {
        refuse(Code::ZipEncrypted, says("is encrypted"));
    }
    if !matches!(entry.method, STORED | DEFLATED) {
        refuse(
            Code::ZipMethod,
            format!("\"{}\" is packed by method {}", entry.name, entry.method),
        );
    }
    let most = entry.packed.saturating_mul(MAX_EXPANSION);
    if entry.unpacked > FREE_EXPANSION && entry.unpacked > most {
        let what = format!(
            "\"{}\" unpacks from {} to {} bytes",
            entry.name, entry.packed, entry.unpacked
        );
        refuse(Code::ZipExpansion, what);
    }
}
