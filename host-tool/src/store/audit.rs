//! Whether the boards' rows say what the log says: who changes a state in the table alone is found.
//!
//! SQLite sorts the log by board, on the disk where it is large: memory does not grow with the batch.

use rusqlite::Connection;

use super::error::{During, StoreError};

/// A board whose row says something else than the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The board.
    pub name: String,
    /// What its row says: a state or the key's SHA-256.
    pub row: String,
    /// What the log says.
    pub log: String,
}

/// The last state of each board by the log, beside its row's. Boards that are submitted again go back to `collected`, and no row of
/// the log says so but their job's: there the log's last word is that they failed.
const STATES: &str = "
    SELECT b.name, b.state, coalesce(substr(l.event, 7), 'nothing')
    FROM boards b LEFT JOIN (
        SELECT subject, event, max(seq) FROM log
        WHERE event IN ('board.collected', 'board.submitted', 'board.issued', 'board.failed', 'board.installed', 'board.done')
        GROUP BY subject
    ) l ON l.subject = b.name
    WHERE b.state <> coalesce(substr(l.event, 7), '')
      AND NOT (l.event = 'board.failed' AND b.state IN ('collected', 'submitted')
               AND EXISTS (SELECT 1 FROM reworked r WHERE r.board = b.sequence))";

/// The key that the log has of each board, beside its row's.
const KEYS: &str = "
    SELECT b.name, b.key_sha256, coalesce(l.key, 'none')
    FROM boards b LEFT JOIN (
        SELECT subject, json_extract(detail, '$.key_sha256') AS key, max(seq) FROM log
        WHERE event = 'board.collected' GROUP BY subject
    ) l ON l.subject = b.name
    WHERE b.key_sha256 <> coalesce(l.key, '')";

/// The names of the jobs that a board is in, or failed in before.
pub(super) fn job_names_of(connection: &Connection, board: i64) -> Result<Vec<String>, StoreError> {
    let read = || {
        let mut select = connection.prepare(
            "SELECT name FROM jobs
             WHERE id = (SELECT job FROM boards WHERE sequence = ?1) OR id IN (SELECT job FROM reworked WHERE board = ?1)",
        )?;
        let names = select.query_map([board], |row| row.get(0))?;
        names.collect::<rusqlite::Result<_>>()
    };
    read().during("look for the board's jobs", connection)
}

/// Calls `visit` for each.
pub(super) fn for_each<E: From<StoreError>>(
    connection: &Connection,
    mut visit: impl FnMut(Disagreement) -> Result<(), E>,
) -> Result<(), E> {
    const DOING: &str = "compare the boards with the log";
    for sql in [STATES, KEYS] {
        let mut select = connection.prepare(sql).during(DOING, connection)?;
        let mut rows = select.query([]).during(DOING, connection)?;
        while let Some(row) = rows.next().during(DOING, connection)? {
            let read = || {
                Ok(Disagreement {
                    name: row.get(0)?,
                    row: row.get(1)?,
                    log: row.get(2)?,
                })
            };
            visit(read().during(DOING, connection)?)?;
        }
    }
    Ok(())
}
