//! The boards table: reading it, and adding or changing one row with its row of the log.
//!
//! Must be called inside a transaction where it writes. Knows nothing of other batches.

use rusqlite::{Connection, OptionalExtension, Row, ToSql};
use serde_json::json;

use super::block::Block;
use super::board::{Board, KeyHash, NewBoard};
use super::canonical::{hex, sha256};
use super::conflict::{Identity, Known, Matches};
use super::error::{During, StoreError, path_of};
use super::log::{self, Event};
use super::reader::Which;
use super::who::{Who, now_ms};

const COLUMNS: &str =
    "sequence, mac, name, key_sha256, link, csr, firmware, columns, row_sha256, state, error, job,
    collected_ms, changed_ms";

/// The index of the boards' MACs, which every row has one of.
const INDEX: &str = "sqlite_autoindex_boards_1";
/// Where a walk has the count of boards, behind [`COLUMNS`].
const COUNT_AT: usize = 14;

/// What of this batch stands in the way of a board.
pub(super) fn matches(connection: &Connection, board: Identity<'_>) -> Result<Matches, StoreError> {
    let find = |sql, value: &str| {
        connection
            .prepare_cached(sql)
            .and_then(|mut select| select.query_row([value], known).optional())
            .during("look for the board", connection)
    };
    Ok(Matches {
        key: find(
            "SELECT mac, name, key_sha256 FROM boards WHERE key_sha256 = ?1",
            &board.key.to_string(),
        )?,
        mac: find(
            "SELECT mac, name, key_sha256 FROM boards WHERE mac = ?1",
            board.mac,
        )?,
        name: find(
            "SELECT mac, name, key_sha256 FROM boards WHERE name = ?1",
            board.name,
        )?,
    })
}

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        mac: row.get(0)?,
        name: row.get(1)?,
        key_sha256: row.get(2)?,
        batch: None,
    })
}

/// Adds a board that nothing stands in the way of.
pub(super) fn add(
    connection: &Connection,
    who: &Who,
    board: &NewBoard,
    admitted_by: &str,
) -> Result<(), StoreError> {
    let now = now_ms();
    connection
        .prepare_cached(
            "INSERT INTO boards (mac, name, key_sha256, link, csr, firmware, columns, row_sha256, state,
                                 collected_ms, changed_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'collected', ?9, ?9)",
        )
        .and_then(|mut insert| {
            insert.execute((
                &board.mac,
                &board.name,
                board.key.to_string(),
                &board.link,
                &board.csr,
                &board.firmware,
                &board.columns,
                board.digest(),
                now,
            ))
        })
        .during("add the board", connection)?;
    log::append(connection, who, told("board.collected", board, admitted_by))
}

/// Takes a later request of a board that is here already, as long as it is in no job: from then on, what was submitted
/// must be what is stored. Says whether anything changed.
pub(super) fn renew(
    connection: &Connection,
    who: &Who,
    board: &NewBoard,
    admitted_by: &str,
) -> Result<bool, StoreError> {
    let changed = connection
        .prepare_cached(
            "UPDATE boards SET link = ?1, csr = ?2, firmware = ?3, columns = ?4, row_sha256 = ?5, changed_ms = ?6
             WHERE mac = ?7 AND job IS NULL AND (csr <> ?2 OR columns <> ?4)",
        )
        .and_then(|mut update| {
            update.execute((
                &board.link,
                &board.csr,
                &board.firmware,
                &board.columns,
                board.digest(),
                now_ms(),
                &board.mac,
            ))
        })
        .during("renew the board's request", connection)?;
    if changed > 0 {
        log::append(connection, who, told("board.renewed", board, admitted_by))?;
    }
    Ok(changed > 0)
}

fn told(event: &str, board: &NewBoard, admitted_by: &str) -> Event {
    let detail = json!({
        "admitted_by": admitted_by,
        "mac": board.mac,
        "link": board.link,
        "firmware": board.firmware,
        "key_sha256": board.key.to_string(),
        "csr_sha256": hex(&sha256(&board.csr)),
        "columns_sha256": hex(&sha256(board.columns.as_bytes())),
    });
    Event::new(event, &board.name, &detail)
}

/// Calls `visit` for each board in order of collection. One snapshot; memory does not grow with the batch.
pub(super) fn for_each<E: From<StoreError>>(
    connection: &Connection,
    which: Which,
    mut visit: impl FnMut(Board) -> Result<(), E>,
) -> Result<(), E> {
    walk(connection, which, |row| visit(read(connection, row)?))
}

/// The same in blocks, which `visit` takes, and gives an empty one for the next.
pub(super) fn for_each_block<E: From<StoreError>>(
    connection: &Connection,
    which: Which,
    mut visit: impl FnMut(Block) -> Result<Block, E>,
) -> Result<(), E> {
    let mut block = Block::default();
    walk(connection, which, |row| {
        block.push(row).during(DOING, connection)?;
        if block.is_full() {
            block = visit(std::mem::take(&mut block))?;
        }
        Ok::<(), E>(())
    })?;
    if !block.is_empty() {
        visit(block)?;
    }
    Ok(())
}

const DOING: &str = "read the boards";

fn walk<E: From<StoreError>>(
    connection: &Connection,
    which: Which,
    mut visit: impl FnMut(&Row<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    // A negative limit is none.
    let (job, state, take, skip) = match which {
        Which::All => (None, None, -1, 0),
        Which::Job(row) => (Some(row), None, -1, 0),
        Which::Failed { skip, take } => (None, Some("failed"), signed(take), signed(skip)),
        Which::Some { skip, take } => (None, None, signed(take), signed(skip)),
    };
    // Of all, nothing is asked about each.
    let (condition, some, parameters): (_, _, &[&dyn ToSql]) = match which {
        Which::All => ("", "", &[]),
        _ => (
            "WHERE (?1 IS NULL OR job = ?1 OR sequence IN (SELECT board FROM reworked WHERE job = ?1))
                   AND (?2 IS NULL OR state = ?2)",
            "LIMIT ?3 OFFSET ?4",
            &[&job, &state, &take, &skip],
        ),
    };
    // Counted by an index, which is another tree than the rows': in the same statement, and so of the same moment.
    let mut select = connection
        .prepare(&format!(
            "SELECT {COLUMNS}, (SELECT count(*) FROM boards INDEXED BY {INDEX}) FROM boards
             {condition} ORDER BY sequence {some}"
        ))
        .during(DOING, connection)?;
    let mut rows = select.query(parameters).during(DOING, connection)?;
    let (mut before, mut count, mut counted) = (0, 0_i64, 0);
    while let Some(row) = rows.next().during(DOING, connection)? {
        let sequence = row.get(0).during(DOING, connection)?;
        if count == 0 {
            counted = row.get(COUNT_AT).during(DOING, connection)?;
        }
        if sequence <= before {
            return Err(not_whole(connection).into());
        }
        before = sequence;
        count = count.saturating_add(1);
        visit(row)?;
    }
    if which == Which::All && count != counted {
        return Err(not_whole(connection).into());
    }
    Ok(())
}

/// A row that is missing or out of its place.
fn not_whole(connection: &Connection) -> StoreError {
    StoreError::Damaged {
        path: path_of(connection),
        detail: "boards are missing or not in their places".to_owned(),
    }
}

/// Fails where two names differ only in the case of ASCII letters. SQLite sorts on the disk where there are many.
pub(super) fn refuse_names_alike(connection: &Connection) -> Result<(), StoreError> {
    let alike = connection
        .query_row(
            "SELECT min(name), max(name) FROM boards GROUP BY lower(name) HAVING count(*) > 1 LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()
        .during("compare the boards' names", connection)?;
    match alike {
        Some((first, second)) => Err(StoreError::NamesAlike { first, second }),
        None => Ok(()),
    }
}

/// The board of that name.
pub(super) fn by_name(connection: &Connection, name: &str) -> Result<Option<Board>, StoreError> {
    one(connection, "name = ?1", name)
}

/// The board with that MAC.
pub(super) fn by_mac(connection: &Connection, mac: &str) -> Result<Option<Board>, StoreError> {
    one(connection, "mac = ?1", mac)
}

/// The board that has that key.
pub(super) fn by_key(connection: &Connection, key: KeyHash) -> Result<Option<Board>, StoreError> {
    one(connection, "key_sha256 = ?1", &key.to_string())
}

fn one(connection: &Connection, which: &str, value: &str) -> Result<Option<Board>, StoreError> {
    const DOING: &str = "read the board";
    let mut select = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM boards WHERE {which}"))
        .during(DOING, connection)?;
    let mut rows = select.query([value]).during(DOING, connection)?;
    match rows.next().during(DOING, connection)? {
        Some(row) => read(connection, row).map(Some),
        None => Ok(None),
    }
}

/// A row as it was written, or the error that says which board's row is not.
fn read(connection: &Connection, row: &Row<'_>) -> Result<Board, StoreError> {
    let read = || {
        let what = NewBoard {
            mac: row.get(1)?,
            name: row.get(2)?,
            key: KeyHash([0; 32]),
            link: row.get(4)?,
            csr: row.get(5)?,
            firmware: row.get(6)?,
            columns: row.get(7)?,
        };
        let texts: (String, Vec<u8>, String) = (row.get(3)?, row.get(8)?, row.get(9)?);
        let rest = (
            row.get(0)?,
            row.get(10)?,
            row.get(11)?,
            row.get(12)?,
            row.get(13)?,
        );
        Ok((what, texts, rest))
    };
    let (mut what, (key, digest, state), (sequence, error, job, collected_ms, changed_ms)) =
        read().during("read a board", connection)?;
    let damaged = || StoreError::Damaged {
        path: path_of(connection),
        detail: format!("the row of board {:?} is not what was written", what.name),
    };
    let key = key_of(&key).ok_or_else(damaged)?;
    let state = state.parse().map_err(|_| damaged())?;
    what.key = key;
    if what.digest().as_slice() != digest {
        return Err(StoreError::Damaged {
            path: path_of(connection),
            detail: format!("the row of board {:?} is not what was written", what.name),
        });
    }
    Ok(Board {
        sequence,
        what,
        state,
        error,
        job,
        collected_ms,
        changed_ms,
    })
}

/// A key's hash as it stands in the table.
pub(super) fn key_of(text: &str) -> Option<KeyHash> {
    let digits = text.as_bytes();
    let mut key = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        let &[high, low] = pair else { return None };
        *byte = value_of(high)? << 4 | value_of(low)?;
    }
    Some(KeyHash(key))
}

/// A hexadecimal digit, of which the store has one spelling.
fn value_of(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}
