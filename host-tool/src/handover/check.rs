//! Reads a handover that somebody sent: is the signature over this very table, and whose is it? And is the table one?
//!
//! Both are hostile until checked. The ZIP is held to what a handover is: two plain files of these names.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};

use super::signature::{self, Signed};
use super::{SIGNATURE, TABLE, table};
use crate::preflight::archive::{Directory, Entry, faults, unpack};
use crate::service::words::printable;
use crate::store::sha256;

/// Greatest table, in bytes: a million boards and more.
const MAX_TABLE: u64 = 1_000_000_000;
/// Greatest signature, in bytes.
const MAX_SIGNATURE: u64 = 64 * 1024;

/// What is wrong with a handover.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandoverFault {
    /// It can't be read, or the ZIP is damaged.
    #[error("can't read it")]
    Read(#[from] io::Error),
    /// The ZIP is not as a handover's.
    #[error("it is no handover: {0}")]
    Form(String),
    /// The signature says nothing that can be relied on.
    #[error("{SIGNATURE}: {0}")]
    Signature(&'static str),
    /// The table is not what was signed.
    #[error("{TABLE} is not what was signed: it was changed, or the signature is another table's")]
    Changed,
    /// The table is not one, though it was signed.
    #[error("{TABLE} line {line}: {what}")]
    Table {
        /// From 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
}

/// A handover whose signature verifies over its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Boards in it.
    pub boards: u64,
    /// Who signed it, and when.
    pub signed: Signed,
}

/// Whether a file is meant to be a handover: a ZIP that has its table or its signature. What can't be read is none.
pub fn is_handover(path: &Path) -> bool {
    let look = || -> io::Result<bool> {
        let file = File::open(path)?;
        let mut directory = Directory::open(&file, file.metadata()?.len())?;
        // The two are at the beginning of what we write; a batch of many requests is not walked through.
        for _ in 0..3 {
            match directory.next()? {
                Some(entry) if [TABLE, SIGNATURE].contains(&&*entry.name) => return Ok(true),
                Some(_) => {}
                None => break,
            }
        }
        Ok(false)
    };
    look().unwrap_or(false)
}

/// Checks a handover. Whose key signed it, the caller compares.
///
/// # Errors
/// [`HandoverFault`].
pub fn check(path: &Path) -> Result<Checked, HandoverFault> {
    let file = File::open(path)?;
    let (table, signature, ends) = entries(&file)?;
    let mut bytes = Vec::new();
    unpack(&file, &signature, ends)?.read_to_end(&mut bytes)?;
    let signed = signature::verify(&bytes).map_err(HandoverFault::Signature)?;
    // First what nobody vouched for is hashed; only then is it looked at.
    let mut whole = unpack(&file, &table, ends)?;
    let mut context = Context::new(&SHA256);
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let count = whole.read(&mut chunk)?;
        if count == 0 {
            break;
        }
        context.update(chunk.get(..count).unwrap_or_default());
    }
    if context.finish().as_ref() != signed.digest {
        return Err(HandoverFault::Changed);
    }
    let boards = rows(unpack(&file, &table, ends)?)?;
    Ok(Checked { boards, signed })
}

/// The two entries, and where entries end.
fn entries(file: &File) -> Result<(Entry, Entry, u64), HandoverFault> {
    let form = |what: String| Err(HandoverFault::Form(what));
    let mut directory = Directory::open(file, file.metadata()?.len())?;
    let (mut table, mut signature) = (None, None);
    while let Some(entry) = directory.next()? {
        let (place, most) = match &*entry.name {
            TABLE => (&mut table, MAX_TABLE),
            SIGNATURE => (&mut signature, MAX_SIGNATURE),
            other => return form(format!("the ZIP holds \"{other}\" besides")),
        };
        let mut fault = None;
        faults(&entry, &mut |_, what| {
            fault.get_or_insert(what);
        });
        if let Some(what) = fault {
            return form(what);
        }
        if entry.unpacked > most {
            let name = &entry.name;
            return form(format!("\"{name}\" has {} bytes", entry.unpacked));
        }
        if place.is_some() {
            return form(format!("\"{}\" is in it twice", entry.name));
        }
        *place = Some(entry);
    }
    match (table, signature) {
        (Some(table), Some(signature)) => Ok((table, signature, directory.begins)),
        (None, _) => form(format!("there is no {TABLE}")),
        (_, None) => form(format!(
            "there is no {SIGNATURE}: nobody vouches for the table"
        )),
    }
}

/// How many boards the table has, each with a MAC, a name and a key of its own.
fn rows(table: impl Read) -> Result<u64, HandoverFault> {
    let mut csv = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(table);
    let mut seen: HashSet<[u8; 16]> = HashSet::new();
    let mut record = csv::StringRecord::new();
    let mut number = 0_u64;
    loop {
        let line = number + 1;
        let bad = |what: String| Err(HandoverFault::Table { line, what });
        match csv.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) if number == 0 => return bad("there is no header".to_owned()),
            Ok(false) => return Ok(number - 1),
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(error) => return Err(error.into()),
                _ => return bad("it is not UTF-8".to_owned()),
            },
        }
        if number == 0 {
            if record.iter().ne(table::COLUMNS) {
                return bad("its columns are not those of this version".to_owned());
            }
        } else if record.len() != table::COLUMNS.len() {
            return bad(format!("{} values", record.len()));
        } else {
            for (index, name) in [(0, "MAC address"), (1, "name"), (4, "public key")] {
                let value = record.get(index).unwrap_or_default();
                if value.is_empty() {
                    return bad(format!("there is no {name}"));
                }
                if !seen.insert(short(index, value)) {
                    let value = printable(value, 120);
                    return bad(format!("the {name} {value:?} is there twice"));
                }
            }
        }
        number += 1;
    }
}

/// Half a hash: enough to tell a million values apart, and a quarter of the memory.
fn short(kind: usize, value: &str) -> [u8; 16] {
    let digest = sha256(format!("{kind} {value}").as_bytes());
    digest.first_chunk().copied().unwrap_or_default()
}
