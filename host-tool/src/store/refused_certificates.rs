//! Certificates that came and were not taken, for each job as of its last download.
//!
//! They come from outside: bounded in number and size. The log tells of each once. Must be called inside a transaction.

use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::json;

use super::canonical::{HASH_BYTES, Hash, hex};
use super::error::{During, StoreError, path_of};
use super::limits::{MAX_NAME_BYTES, MAX_REASON_BYTES, MAX_REFUSED_CERTIFICATES, cut};
use super::log::{self, Event};
use super::who::{Who, now_ms};

/// How a certificate does not belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedKind {
    /// It is for no board that waits for one.
    Unexpected,
    /// It is for a board's key, and is not what the board is to have.
    Mismatched,
}

impl RefusedKind {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unexpected => "unexpected",
            Self::Mismatched => "mismatched",
        }
    }

    fn of_word(word: &str) -> Option<Self> {
        let all = [Self::Unexpected, Self::Mismatched];
        all.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A certificate that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedCertificate {
    /// SHA-256 of it, or of the file where none could be read.
    pub fingerprint: Hash,
    /// The name of the board whose key it has.
    pub board: Option<String>,
    /// The name that it came under.
    pub file: String,
    /// How it does not belong.
    pub kind: RefusedKind,
    /// Why it was not taken, for a person.
    pub reason: String,
    /// The stable word for that, where it was refused just now: the store keeps the reason alone.
    pub code: Option<&'static str>,
}

/// Takes these in the place of those that were kept of the job.
pub(super) fn replace(
    connection: &Connection,
    who: &Who,
    job: i64,
    refused: &[RefusedCertificate],
) -> Result<(), StoreError> {
    const DOING: &str = "record the certificates that were refused";
    let others: i64 = connection
        .query_row(
            "SELECT count(*) FROM refused_certificates WHERE job <> ?1",
            [job],
            |row| row.get(0),
        )
        .during(DOING, connection)?;
    let room = MAX_REFUSED_CERTIFICATES.saturating_sub(others);
    let room = usize::try_from(room).unwrap_or_default();
    let kept = refused.get(..room).unwrap_or(refused);
    for certificate in kept {
        if !is_known(connection, job, certificate)? {
            log_one(connection, who, job, certificate)?;
        }
    }
    connection
        .execute("DELETE FROM refused_certificates WHERE job = ?1", [job])
        .during(DOING, connection)?;
    for certificate in kept {
        connection
            .prepare_cached(
                "INSERT OR IGNORE INTO refused_certificates (job, fingerprint, board, file, kind, reason, refused_ms)
                 VALUES (?1, ?2, (SELECT sequence FROM boards WHERE name = ?3), ?4, ?5, ?6, ?7)",
            )
            .and_then(|mut insert| {
                insert.execute((
                    job,
                    certificate.fingerprint,
                    &certificate.board,
                    cut(&certificate.file, MAX_NAME_BYTES),
                    certificate.kind.as_str(),
                    cut(&certificate.reason, MAX_REASON_BYTES),
                    now_ms(),
                ))
            })
            .during(DOING, connection)?;
    }
    Ok(())
}

/// A download is looked at again and again; only what is new in it is a step.
fn is_known(
    connection: &Connection,
    job: i64,
    certificate: &RefusedCertificate,
) -> Result<bool, StoreError> {
    connection
        .prepare_cached(
            "SELECT 1 FROM refused_certificates WHERE job = ?1 AND fingerprint = ?2 AND reason = ?3",
        )
        .and_then(|mut select| {
            select
                .query_row(
                    (
                        job,
                        certificate.fingerprint,
                        cut(&certificate.reason, MAX_REASON_BYTES),
                    ),
                    |_| Ok(()),
                )
                .optional()
        })
        .map(|found| found.is_some())
        .during("look for a certificate that was refused", connection)
}

fn log_one(
    connection: &Connection,
    who: &Who,
    job: i64,
    certificate: &RefusedCertificate,
) -> Result<(), StoreError> {
    let subject = certificate.board.as_ref().unwrap_or(&certificate.file);
    let detail = json!({
        "kind": certificate.kind.as_str(),
        "fingerprint": hex(&certificate.fingerprint),
        "file": cut(&certificate.file, MAX_NAME_BYTES),
        "reason": cut(&certificate.reason, MAX_REASON_BYTES),
        "job": job,
    });
    let subject = cut(subject, MAX_NAME_BYTES);
    let event = Event::new("certificate.refused", subject, &detail);
    log::append(connection, who, event)
}

/// Calls `visit` for each that is kept, job by job.
pub(super) fn for_each<E: From<StoreError>>(
    connection: &Connection,
    mut visit: impl FnMut(RefusedCertificate) -> Result<(), E>,
) -> Result<(), E> {
    const DOING: &str = "read the certificates that were refused";
    let mut select = connection
        .prepare(
            "SELECT r.fingerprint, b.name, r.file, r.kind, r.reason
             FROM refused_certificates r LEFT JOIN boards b ON b.sequence = r.board
             ORDER BY r.job, r.kind, r.file, r.fingerprint",
        )
        .during(DOING, connection)?;
    let mut rows = select.query([]).during(DOING, connection)?;
    while let Some(row) = rows.next().during(DOING, connection)? {
        visit(read(connection, row)?)?;
    }
    Ok(())
}

fn read(connection: &Connection, row: &Row<'_>) -> Result<RefusedCertificate, StoreError> {
    let read = || {
        let kind: String = row.get(3)?;
        let fields = (
            row.get::<_, [u8; HASH_BYTES]>(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(4)?,
        );
        Ok((kind, fields))
    };
    let (kind, (fingerprint, board, file, reason)) =
        read().during("read a certificate that was refused", connection)?;
    let kind = RefusedKind::of_word(&kind).ok_or_else(|| StoreError::Damaged {
        path: path_of(connection),
        detail: format!("there is no {kind:?} certificate"),
    })?;
    Ok(RefusedCertificate {
        fingerprint,
        board,
        file,
        kind,
        reason,
        code: None,
    })
}
