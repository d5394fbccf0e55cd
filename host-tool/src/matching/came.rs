//! Certificates that passed, until all that came was seen. In a temporary database, which leaves memory for the disk when it
//! grows: a batch may have hundreds of thousands of boards.

use rusqlite::{Connection, OptionalExtension, Row};

use crate::store::{KeyHash, NewCertificate};

/// A certificate that passed.
pub(super) struct New {
    /// Its board, by its place in the order of collection.
    pub board: i64,
    /// Its board's name.
    pub name: String,
    /// The file that it came in.
    pub file: String,
    pub certificate: NewCertificate,
}

/// One of them, once all were seen.
pub(super) struct Seen {
    pub new: New,
    /// Another one came for the same board.
    pub several: bool,
}

pub(super) struct Came {
    index: Connection,
}

impl Came {
    pub fn new() -> rusqlite::Result<Self> {
        // An empty path is a database of this connection's own, gone with it.
        let index = Connection::open("")?;
        index.execute_batch(
            "PRAGMA journal_mode = off;
             CREATE TABLE came (board INTEGER PRIMARY KEY, several INTEGER NOT NULL DEFAULT 0, name TEXT, file TEXT, key BLOB,
                                job INTEGER, chain BLOB, fingerprint BLOB, serial TEXT, not_before INTEGER, not_after INTEGER);
             CREATE TABLE again (board INTEGER PRIMARY KEY);
             BEGIN;",
        )?;
        Ok(Self { index })
    }

    /// Notes a board whose certificate is known already; `false` where it was noted before.
    pub fn again(&self, board: i64) -> rusqlite::Result<bool> {
        let mut insert = self
            .index
            .prepare_cached("INSERT OR IGNORE INTO again VALUES (?1)")?;
        insert.execute([board]).map(|added| added > 0)
    }

    /// Adds one. `false` where another one is there for the same board: then neither counts.
    pub fn add(&self, new: &New) -> rusqlite::Result<bool> {
        let there: Option<Vec<u8>> = self
            .index
            .prepare_cached("SELECT fingerprint FROM came WHERE board = ?1")?
            .query_row([new.board], |row| row.get(0))
            .optional()?;
        let certificate = &new.certificate;
        if let Some(there) = there {
            if there == certificate.fingerprint {
                return Ok(true);
            }
            let mut update = self
                .index
                .prepare_cached("UPDATE came SET several = 1 WHERE board = ?1")?;
            return update.execute([new.board]).map(|_| false);
        }
        let mut insert = self.index.prepare_cached(
            "INSERT INTO came (board, name, file, key, job, chain, fingerprint, serial, not_before, not_after)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        insert
            .execute((
                new.board,
                &new.name,
                &new.file,
                certificate.key.0,
                certificate.job,
                &certificate.chain,
                certificate.fingerprint,
                &certificate.serial,
                certificate.not_before_ms,
                certificate.not_after_ms,
            ))
            .map(|_| true)
    }

    /// The next ones behind a board, in order.
    pub fn next(&self, after: i64, most: usize) -> rusqlite::Result<Vec<Seen>> {
        let mut select = self.index.prepare_cached(
            "SELECT board, name, file, key, job, chain, fingerprint, serial, not_before, not_after, several
             FROM came WHERE board > ?1 ORDER BY board LIMIT ?2",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        select.query_map((after, most), read)?.collect()
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Seen> {
    Ok(Seen {
        new: New {
            board: row.get(0)?,
            name: row.get(1)?,
            file: row.get(2)?,
            certificate: NewCertificate {
                key: KeyHash(row.get(3)?),
                job: row.get(4)?,
                chain: row.get(5)?,
                fingerprint: row.get(6)?,
                serial: row.get(7)?,
                not_before_ms: row.get(8)?,
                not_after_ms: row.get(9)?,
            },
        },
        several: row.get(10)?,
    })
}
