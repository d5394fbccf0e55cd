//! The certificates table: what came back for a board, ready to be given to it.
//!
//! A board's certificate is written once and never replaced: it may be on the board already. Must be called inside a
//! transaction where it writes. Knows nothing of X.509; whoever records a chain has looked at it.

use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::json;

use super::board::KeyHash;
use super::canonical::{HASH_BYTES, Hash, hex, sha256};
use super::error::{During, StoreError, path_of};
use super::limits::{self, MAX_CHAIN_BYTES, MAX_NAME_BYTES};
use super::log::{self, Event};
use super::who::{Who, now_ms};

const SELECT: &str =
    "SELECT b.mac, b.name, b.key_sha256, c.job, c.chain, c.chain_sha256, c.fingerprint, c.serial,
            c.not_before_ms, c.not_after_ms, c.taken_ms
     FROM certificates c JOIN boards b ON b.sequence = c.board";

/// A certificate that was found to be a board's, with what leads to its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCertificate {
    /// The key it is for; it says which board's it is.
    pub key: KeyHash,
    /// The row of the job it came with ([`super::Job::row`]).
    pub job: i64,
    /// Certificates in DER one behind the other, the board's own first; at most [`MAX_CHAIN_BYTES`] bytes.
    pub chain: Vec<u8>,
    /// SHA-256 of the board's own.
    pub fingerprint: Hash,
    /// Its serial number in lower-case hexadecimal.
    pub serial: String,
    /// From when it is valid; this and all times are Unix time in milliseconds.
    pub not_before_ms: i64,
    /// Until when.
    pub not_after_ms: i64,
}

impl NewCertificate {
    /// Holds every value to its form and size.
    ///
    /// # Errors
    /// [`StoreError::BadValue`] for the first that does not fit.
    pub fn check(&self) -> Result<(), StoreError> {
        limits::text("the serial number", &self.serial, MAX_NAME_BYTES)?;
        if self.chain.is_empty() || self.chain.len() > MAX_CHAIN_BYTES {
            return Err(StoreError::BadValue {
                field: "the certificate chain",
                rule: "between 1 byte and what a board takes",
            });
        }
        Ok(())
    }
}

/// A board's certificate as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The board's MAC.
    pub mac: String,
    /// The board's name.
    pub name: String,
    /// SHA-256 over [`NewCertificate::chain`].
    pub chain_sha256: Hash,
    /// When it was taken.
    pub taken_ms: i64,
    /// What was taken.
    pub what: NewCertificate,
}

/// What became of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taking {
    /// It is the board's from now on.
    Taken {
        /// The board's name.
        name: String,
    },
    /// The board has that very certificate.
    Already {
        /// The board's name.
        name: String,
    },
    /// The board has another, and keeps it.
    HasAnother {
        /// The board's name.
        name: String,
        /// The fingerprint of what it has.
        fingerprint: Hash,
    },
    /// No board of the batch has its key.
    NoBoard,
}

/// Gives a certificate to the board that has its key.
pub(super) fn take(
    connection: &Connection,
    who: &Who,
    new: &NewCertificate,
) -> Result<Taking, StoreError> {
    new.check()?;
    let Some((board, name)) = board_of(connection, new.key)? else {
        return Ok(Taking::NoBoard);
    };
    if let Some(known) = by_key(connection, new.key)? {
        let fingerprint = known.what.fingerprint;
        return Ok(if fingerprint == new.fingerprint {
            Taking::Already { name }
        } else {
            Taking::HasAnother { name, fingerprint }
        });
    }
    let chain_sha256 = sha256(&new.chain);
    connection
        .prepare_cached(
            "INSERT INTO certificates (board, job, chain, chain_sha256, fingerprint, serial, not_before_ms,
                                       not_after_ms, taken_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )
        .and_then(|mut insert| {
            insert.execute((
                board,
                new.job,
                &new.chain,
                chain_sha256,
                new.fingerprint,
                &new.serial,
                new.not_before_ms,
                new.not_after_ms,
                now_ms(),
            ))
        })
        .during("record a certificate", connection)?;
    let detail = json!({
        "serial": new.serial,
        "fingerprint": hex(&new.fingerprint),
        "chain_sha256": hex(&chain_sha256),
        "job": new.job,
    });
    log::append(
        connection,
        who,
        Event::new("certificate.taken", &name, &detail),
    )?;
    Ok(Taking::Taken { name })
}

fn board_of(connection: &Connection, key: KeyHash) -> Result<Option<(i64, String)>, StoreError> {
    connection
        .prepare_cached("SELECT sequence, name FROM boards WHERE key_sha256 = ?1")
        .and_then(|mut select| {
            select
                .query_row([key.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
        .during("look for a certificate's board", connection)
}

/// The certificate for that key.
pub(super) fn by_key(
    connection: &Connection,
    key: KeyHash,
) -> Result<Option<Certificate>, StoreError> {
    const DOING: &str = "read a certificate";
    let mut select = connection
        .prepare_cached(&format!("{SELECT} WHERE b.key_sha256 = ?1"))
        .during(DOING, connection)?;
    let mut rows = select.query([key.to_string()]).during(DOING, connection)?;
    match rows.next().during(DOING, connection)? {
        Some(row) => read(connection, row).map(Some),
        None => Ok(None),
    }
}

/// Calls `visit` for each certificate in the order in which its board was collected. One snapshot; memory does not grow with them.
pub(super) fn for_each<E: From<StoreError>>(
    connection: &Connection,
    mut visit: impl FnMut(Certificate) -> Result<(), E>,
) -> Result<(), E> {
    const DOING: &str = "read the certificates";
    let mut select = connection
        .prepare(&format!("{SELECT} ORDER BY c.board"))
        .during(DOING, connection)?;
    let mut rows = select.query([]).during(DOING, connection)?;
    while let Some(row) = rows.next().during(DOING, connection)? {
        visit(read(connection, row)?)?;
    }
    Ok(())
}

/// A row as it was written, or the error that says which board's is not.
fn read(connection: &Connection, row: &Row<'_>) -> Result<Certificate, StoreError> {
    let read = || {
        let key: String = row.get(2)?;
        let certificate = Certificate {
            mac: row.get(0)?,
            name: row.get(1)?,
            chain_sha256: row.get::<_, [u8; HASH_BYTES]>(5)?,
            taken_ms: row.get(10)?,
            what: NewCertificate {
                key: KeyHash([0; HASH_BYTES]),
                job: row.get(3)?,
                chain: row.get(4)?,
                fingerprint: row.get::<_, [u8; HASH_BYTES]>(6)?,
                serial: row.get(7)?,
                not_before_ms: row.get(8)?,
                not_after_ms: row.get(9)?,
            },
        };
        Ok((key, certificate))
    };
    let (key, mut certificate) = read().during("read a certificate", connection)?;
    let whole = sha256(&certificate.what.chain) == certificate.chain_sha256;
    match super::rows::key_of(&key).filter(|_| whole) {
        Some(key) => {
            certificate.what.key = key;
            Ok(certificate)
        }
        None => Err(StoreError::Damaged {
            path: path_of(connection),
            detail: format!(
                "the certificate of board {:?} is not what was written",
                certificate.name
            ),
        }),
    }
}
