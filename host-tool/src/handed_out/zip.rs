//! A ZIP of certificates and keys: looked at as a whole before anything of it is written.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;

use secrecy::zeroize::Zeroizing;

use super::{MAX_ENTRIES, MAX_ENTRY, MAX_UNPACKED, Put, UnpackError};
use crate::preflight::archive::{Directory, Entry, faults, unpack};
use crate::store::sha256;

/// Most times that the whole expands, beyond [`FREE`] bytes.
const MAX_EXPANSION: u64 = 200;
const FREE: u64 = 1024 * 1024;
/// Longest name, in bytes: what file systems take.
const MAX_NAME: usize = 255;

/// Gives every file of the ZIP, once all of them were looked at.
pub(super) fn each(file: &File, put: &mut Put<'_>) -> Result<(), UnpackError> {
    let length = file.metadata().map_err(UnpackError::Read)?.len();
    let mut directory = Directory::open(file, length).map_err(UnpackError::Read)?;
    let mut names = HashSet::new();
    let mut unpacked = 0_u64;
    match directory.len() {
        0 => return Err(UnpackError::Empty),
        1..=MAX_ENTRIES => {}
        more => {
            let what = format!("it has {more} files, and {MAX_ENTRIES} are taken");
            return Err(UnpackError::refused(what));
        }
    }
    while let Some(entry) = directory.next().map_err(UnpackError::Read)? {
        let name = check(&entry)?;
        // Names that differ in case only would be one file on some systems.
        if !names.insert(sha256(name.to_lowercase().as_bytes())) {
            let what = format!("\"{}\" is in it more than once", entry.name);
            return Err(UnpackError::refused(what));
        }
        unpacked = unpacked.saturating_add(entry.unpacked);
        let most = length.saturating_mul(MAX_EXPANSION).saturating_add(FREE);
        if unpacked > most.min(MAX_UNPACKED) {
            let what = format!("it unpacks from {length} to {unpacked} bytes and more");
            return Err(UnpackError::refused(what));
        }
    }
    let mut directory = Directory::open(file, length).map_err(UnpackError::Read)?;
    let ends = directory.begins;
    while let Some(entry) = directory.next().map_err(UnpackError::Read)? {
        let name = check(&entry)?;
        let source = unpack(file, &entry, ends).map_err(UnpackError::Read)?;
        let room = usize::try_from(entry.unpacked).unwrap_or_default();
        let mut bytes = Zeroizing::new(Vec::with_capacity(room + 1));
        source
            .take(MAX_ENTRY + 1)
            .read_to_end(&mut bytes)
            .map_err(UnpackError::Read)?;
        put(name, &bytes)?;
    }
    Ok(())
}

/// A flat name of a plain file of a bounded size.
fn check(entry: &Entry) -> Result<&str, UnpackError> {
    let mut fault = None;
    faults(entry, &mut |_, what| {
        fault.get_or_insert(what);
    });
    if let Some(what) = fault {
        return Err(UnpackError::refused(what));
    }
    if entry.unpacked > MAX_ENTRY {
        let what = format!("\"{}\" has {} bytes", entry.name, entry.unpacked);
        return Err(UnpackError::refused(what));
    }
    let name = std::str::from_utf8(&entry.raw_name).ok();
    let plain =
        |name: &&str| !name.chars().any(char::is_control) && *name != "." && name.len() <= MAX_NAME;
    name.filter(plain).ok_or_else(|| {
        let what = format!("\"{}\" can't be a file's name", entry.name);
        UnpackError::refused(what)
    })
}
