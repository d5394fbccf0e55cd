//! How many boards each join token has let in: in the station's index, since a token is not one batch's.
//!
//! Must be called inside the transaction that reserves the board. Knows nothing of tokens but what they are called.

use rusqlite::Connection;

use super::error::{During, StoreError};
use super::who::now_ms;

/// By what a board was let in, for the log and for the count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Admitted {
    /// In words, such as `cable` or `token 1f0c9a3e`.
    pub by: String,
    /// The token, where it was one that is counted.
    pub token: Option<TokenUse>,
}

/// A token that is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenUse {
    /// What it is called.
    pub id: String,
    /// How many boards it is for; any where missing.
    pub most: Option<u64>,
}

/// Counts a board as let in by a token: once, however often it comes. `false`, and nothing is changed, where it would be one too
/// many.
pub(super) fn count(
    connection: &Connection,
    token: &TokenUse,
    mac: &str,
) -> Result<bool, StoreError> {
    const DOING: &str = "count a join token's boards";
    let known = connection
        .prepare_cached("SELECT 1 FROM joins WHERE token = ?1 AND mac = ?2")
        .and_then(|mut select| select.exists((&token.id, mac)))
        .during(DOING, connection)?;
    if known {
        return Ok(true);
    }
    if let Some(most) = token.most
        && joined(connection, &token.id)? >= most
    {
        return Ok(false);
    }
    connection
        .prepare_cached("INSERT INTO joins (token, mac, at_ms) VALUES (?1, ?2, ?3)")
        .and_then(|mut insert| insert.execute((&token.id, mac, now_ms())))
        .during(DOING, connection)?;
    connection
        .prepare_cached(
            "INSERT INTO tokens (token, boards) VALUES (?1, 1)
             ON CONFLICT (token) DO UPDATE SET boards = boards + 1",
        )
        .and_then(|mut update| update.execute([&token.id]))
        .map(|_| true)
        .during(DOING, connection)
}

/// How many boards a token has let in.
pub(super) fn joined(connection: &Connection, token: &str) -> Result<u64, StoreError> {
    connection
        .prepare_cached("SELECT coalesce(max(boards), 0) FROM tokens WHERE token = ?1")
        .and_then(|mut select| select.query_row([token], |row| row.get::<_, i64>(0)))
        .map(i64::unsigned_abs)
        .during("count a join token's boards", connection)
}
