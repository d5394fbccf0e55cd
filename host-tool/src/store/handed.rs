//! What is known of a board that is done, from its request to its proof: what the next department is given.

use rusqlite::Connection;

use super::board::Board;
use super::certificates::{self, Certificate};
use super::error::{During, StoreError, path_of};
use super::rows;

/// A board that is done. All times are Unix time in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// What was recorded of it.
    pub board: Board,
    /// What it was given.
    pub certificate: Certificate,
    /// When it first proved its key with the certificate on it.
    pub done_ms: i64,
    /// When it was locked.
    pub locked_ms: Option<i64>,
    /// The bench at which it was done last, as the log has it; empty where the log says nothing of it.
    pub station: String,
}

/// Calls `visit` for each board that is done, in order of collection. All of one moment; memory does not grow with them: what
/// is sorted, SQLite sorts in a temporary file.
pub(super) fn for_each<E: From<StoreError>>(
    connection: &Connection,
    mut visit: impl FnMut(Handed) -> Result<(), E>,
) -> Result<(), E> {
    const DOING: &str = "read the boards that are done";
    let moment = connection
        .unchecked_transaction()
        .during(DOING, connection)?;
    let mut select = moment
        .prepare(
            "SELECT b.mac, coalesce(b.done_ms, b.changed_ms), b.locked_ms, coalesce(l.station, '')
             FROM boards b
             LEFT JOIN (SELECT subject, station, max(seq) FROM log WHERE event = 'board.done' GROUP BY subject) l
                    ON l.subject = b.name
             WHERE b.state = 'done' ORDER BY b.sequence",
        )
        .during(DOING, connection)?;
    let mut rows = select.query([]).during(DOING, connection)?;
    while let Some(row) = rows.next().during(DOING, connection)? {
        let read = || Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let (mac, done_ms, locked_ms, station): (String, _, _, _) =
            read().during(DOING, connection)?;
        let missing = || StoreError::Damaged {
            path: path_of(connection),
            detail: format!("board {mac} is done, and what it was given is not there"),
        };
        let board = rows::by_mac(&moment, &mac)?.ok_or_else(missing)?;
        let certificate = certificates::by_key(&moment, board.what.key)?.ok_or_else(missing)?;
        visit(Handed {
            board,
            certificate,
            done_ms,
            locked_ms,
            station,
        })?;
    }
    Ok(())
}
