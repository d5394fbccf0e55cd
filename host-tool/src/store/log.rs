//! The append-only log: every step of a board or a job, each row bound to the one before it by a hash.
//!
//! Whoever changes a row, takes one out or swaps two is found by [`super::Reader::verify_log`]. The chain has no secret:
//! somebody who rewrites the whole of it is found only by a copy of its head kept elsewhere.
//!
//! Knows nothing of what the events mean. Must be called inside the transaction of the step it tells of.

use std::fmt;

use rusqlite::{Connection, OptionalExtension, Row};

use super::canonical::{Hash, hash, hex};
use super::error::{During, StoreError, path_of};
use super::who::{Who, now_ms};

/// Something to be logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What happened, such as `board.collected`.
    pub event: String,
    /// To whom: a board's name, a job's name, a link.
    pub subject: String,
    /// More, as a JSON text.
    pub detail: String,
}

impl Event {
    /// An event with its detail.
    pub fn new(event: &str, subject: &str, detail: &serde_json::Value) -> Self {
        Self {
            event: event.to_owned(),
            subject: subject.to_owned(),
            detail: detail.to_string(),
        }
    }
}

/// A row of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// 1, 2, 3, … without a gap, whatever the clock does.
    pub seq: i64,
    /// Unix time in milliseconds, by the station's clock.
    pub time_ms: i64,
    /// Who did it.
    pub who: Who,
    /// What happened.
    pub event: Event,
    /// The hash of the row before.
    pub previous_hash: Vec<u8>,
    /// The hash over everything above.
    pub hash: Vec<u8>,
}

/// Where a log ends: its last row's number and hash. Kept elsewhere, it proves the whole log up to here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogHead {
    /// The last row's number; 0 for a log without rows.
    pub seq: i64,
    /// The last row's hash, in hexadecimal.
    pub hash: String,
}

/// Why a row of the log does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFault {
    /// The row with this number is not there.
    Missing,
    /// The row does not name the hash of the row before it.
    NotChained,
    /// The row's own hash is not that of its content.
    Changed,
    /// The log ends here, but the store remembers another end.
    OtherEnd,
}

impl fmt::Display for LogFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "the row is missing",
            Self::NotChained => "the row does not follow the one before it",
            Self::Changed => "the row is not what was written",
            Self::OtherEnd => "the log does not end where it ended",
        })
    }
}

/// The hash that the first row names as its predecessor's: a log belongs to one batch.
fn genesis(batch_id: &str) -> Hash {
    hash(&[b"nameplate-log", batch_id.as_bytes()])
}

/// Begins the log of a new batch.
pub(super) fn begin(connection: &Connection, batch_id: &str) -> Result<(), StoreError> {
    connection
        .execute(
            "INSERT INTO log_head (id, seq, hash) VALUES (1, 0, ?1)",
            (genesis(batch_id),),
        )
        .map(drop)
        .during("begin the log", connection)
}

/// Appends one row. The caller's transaction decides whether it stays.
pub(super) fn append(connection: &Connection, who: &Who, event: Event) -> Result<(), StoreError> {
    const DOING: &str = "append to the log";
    let (last, previous_hash) = head(connection)?;
    let mut row = LogRow {
        seq: last.saturating_add(1),
        time_ms: now_ms(),
        who: who.clone(),
        event,
        previous_hash,
        hash: Vec::new(),
    };
    row.hash = row_hash(&row).to_vec();
    insert(connection, &row).during(DOING, connection)?;
    connection
        .prepare_cached("UPDATE log_head SET seq = ?1, hash = ?2")
        .and_then(|mut update| update.execute((row.seq, &row.hash)))
        .map(drop)
        .during(DOING, connection)
}

fn insert(connection: &Connection, row: &LogRow) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "INSERT INTO log (seq, time_ms, station, actor, event, subject, detail, previous_hash, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            row.seq,
            row.time_ms,
            &row.who.station,
            &row.who.actor,
            &row.event.event,
            &row.event.subject,
            &row.event.detail,
            &row.previous_hash,
            &row.hash,
        ))
}

fn row_hash(row: &LogRow) -> Hash {
    hash(&[
        b"nameplate-log-row",
        &row.seq.to_be_bytes(),
        &row.time_ms.to_be_bytes(),
        row.who.station.as_bytes(),
        row.who.actor.as_bytes(),
        row.event.event.as_bytes(),
        row.event.subject.as_bytes(),
        row.event.detail.as_bytes(),
        &row.previous_hash,
    ])
}

fn head(connection: &Connection) -> Result<(i64, Vec<u8>), StoreError> {
    connection
        .prepare_cached("SELECT seq, hash FROM log_head")
        .and_then(|mut select| select.query_row([], |row| Ok((row.get(0)?, row.get(1)?))))
        .during("read the end of the log", connection)
}

/// Calls `visit` for each row in order; memory does not grow with the log.
pub(super) fn for_each<E: From<StoreError>>(
    connection: &Connection,
    mut visit: impl FnMut(LogRow) -> Result<(), E>,
) -> Result<(), E> {
    const DOING: &str = "read the log";
    let mut select = connection
        .prepare(
            "SELECT seq, time_ms, station, actor, event, subject, detail, previous_hash, hash
             FROM log ORDER BY seq",
        )
        .during(DOING, connection)?;
    let mut rows = select.query([]).during(DOING, connection)?;
    while let Some(row) = rows.next().during(DOING, connection)? {
        visit(read(row).during(DOING, connection)?)?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<LogRow> {
    Ok(LogRow {
        seq: row.get(0)?,
        time_ms: row.get(1)?,
        who: Who {
            station: row.get(2)?,
            actor: row.get(3)?,
        },
        event: Event {
            event: row.get(4)?,
            subject: row.get(5)?,
            detail: row.get(6)?,
        },
        previous_hash: row.get(7)?,
        hash: row.get(8)?,
    })
}

/// Walks the whole chain. One snapshot: a writer may go on meanwhile.
pub(super) fn verify(connection: &Connection, batch_id: &str) -> Result<LogHead, StoreError> {
    let snapshot = connection
        .unchecked_transaction()
        .during("read the log", connection)?;
    let broken = |seq, fault| StoreError::LogBroken {
        path: path_of(connection),
        seq,
        fault,
    };
    let (mut seq, mut last) = (0_i64, genesis(batch_id).to_vec());
    for_each(&snapshot, |row| {
        seq = seq.saturating_add(1);
        if let Some(fault) = fault_in(&row, seq, &last) {
            return Err(broken(seq, fault));
        }
        last = row.hash;
        Ok(())
    })?;
    if head(&snapshot)? != (seq, last.clone()) {
        return Err(broken(seq, LogFault::OtherEnd));
    }
    Ok(LogHead {
        seq,
        hash: hex(&last),
    })
}

/// The hash of the row with this number, in hexadecimal.
pub(super) fn hash_of(connection: &Connection, seq: i64) -> Result<Option<String>, StoreError> {
    let hash = connection
        .query_row("SELECT hash FROM log WHERE seq = ?1", [seq], |row| {
            row.get::<_, Vec<u8>>(0)
        })
        .optional()
        .during("read the log", connection)?;
    Ok(hash.map(|hash| hex(&hash)))
}

fn fault_in(row: &LogRow, seq: i64, previous_hash: &[u8]) -> Option<LogFault> {
    if row.seq != seq {
        Some(LogFault::Missing)
    } else if row.previous_hash != previous_hash {
        Some(LogFault::NotChained)
    } else if row.hash != row_hash(row) {
        Some(LogFault::Changed)
    } else {
        None
    }
}
