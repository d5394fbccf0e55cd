//! Rows of the boards table, many in one piece of memory: read by one thread and checked by another, without an allocation for
//! each. What is freed by another thread than the one that took it has the two wait for each other.

use std::path::Path;

use rusqlite::Row;

use super::board::digest_of;
use super::error::StoreError;

/// Bytes after which a block is full.
const FULL: usize = 512 * 1024;
/// Which of the walk's columns a block has: MAC, name, key's hash, link, request, firmware, columns, digest.
const FIELDS: usize = 8;
/// The first of them; the others follow it.
const FIRST: usize = 1;

/// Rows that nobody has held to their digests yet.
#[derive(Debug, Default)]
pub struct Block {
    bytes: Vec<u8>,
    /// Where each field of each row ends.
    ends: Vec<usize>,
}

/// What a batch file has of a board, as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockRow<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its request in DER.
    pub csr: &'a [u8],
    /// The values of the batch's columns, as a JSON text.
    pub columns: &'a str,
}

impl Block {
    /// Adds a row as it is.
    pub(super) fn push(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        for column in FIRST..=FIELDS {
            // A value of another kind than was written has no bytes here, and then not the digest either.
            let bytes = row.get_ref(column)?.as_bytes().unwrap_or_default();
            self.bytes.extend_from_slice(bytes);
            self.ends.push(self.bytes.len());
        }
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Empties it, to be filled again.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// The rows in their order, each held to its digest. `store` is where they come from.
    pub fn rows<'a>(
        &'a self,
        store: &'a Path,
    ) -> impl Iterator<Item = Result<BlockRow<'a>, StoreError>> {
        let mut begin = 0;
        self.ends.chunks_exact(FIELDS).map(move |ends| {
            let fields = ends.iter().map(|end| {
                let field = self.bytes.get(begin..*end).unwrap_or_default();
                begin = *end;
                field
            });
            let mut all = [&[][..]; FIELDS];
            for (place, field) in all.iter_mut().zip(fields) {
                *place = field;
            }
            checked(all).ok_or_else(|| damaged(all[1], store))
        })
    }
}

fn checked(fields: [&[u8]; FIELDS]) -> Option<BlockRow<'_>> {
    let [what @ .., digest] = fields;
    let [_, name, _, _, csr, _, columns] = what;
    if digest_of(what) != digest {
        return None;
    }
    Some(BlockRow {
        name: str::from_utf8(name).ok()?,
        csr,
        columns: str::from_utf8(columns).ok()?,
    })
}

fn damaged(name: &[u8], store: &Path) -> StoreError {
    let name = String::from_utf8_lossy(name);
    StoreError::Damaged {
        path: store.to_owned(),
        detail: format!("the row of board {name:?} is not what was written"),
    }
}
