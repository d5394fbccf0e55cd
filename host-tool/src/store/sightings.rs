//! Boards that were met but are not in the batch: refused, unfinished, or not understood.
//!
//! Bounded in number and size, since a hostile board may call itself something new each time. Must be called inside a
//! transaction where it writes.

use std::cmp::Ordering;
use std::fmt;

use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::json;

use super::error::{During, StoreError, path_of};
use super::limits::{MAX_NAME_BYTES, MAX_REASON_BYTES, MAX_REFUSALS_LOGGED, MAX_SIGHTINGS, cut};
use super::log::{self, Event};
use super::who::{Who, now_ms};

/// How far a board came that is not in the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SightingState {
    /// It was met; nothing is wrong yet.
    Seen,
    /// It was refused, or did not finish; `error` says why.
    Failed,
}

impl SightingState {
    /// The word that `nameplate list` shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for SightingState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A board that was met. A later sighting with the same link, MAC and name takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// Where, such as `/dev/ttyACM0`.
    pub link: String,
    /// What it said its MAC is; `None` where it did not say.
    pub mac: Option<String>,
    /// What it said its name is; `None` where it did not say.
    pub name: Option<String>,
    /// How far it came.
    pub state: SightingState,
    /// Why it failed, for a person.
    pub error: Option<String>,
    /// When, Unix time in milliseconds; set by the store.
    pub at_ms: i64,
}

impl Sighting {
    /// Cut to the sizes that are kept.
    fn bounded(&self) -> Self {
        let short =
            |text: &Option<String>, most| text.as_deref().map(|text| cut(text, most).to_owned());
        Self {
            link: cut(&self.link, MAX_NAME_BYTES).to_owned(),
            mac: short(&self.mac, MAX_NAME_BYTES),
            name: short(&self.name, MAX_NAME_BYTES),
            state: self.state,
            error: short(&self.error, MAX_REASON_BYTES),
            at_ms: now_ms(),
        }
    }
}

/// Notes a sighting; a refusal that is new is logged.
pub(super) fn note(
    connection: &Connection,
    who: &Who,
    sighting: &Sighting,
) -> Result<(), StoreError> {
    let sighting = sighting.bounded();
    let known = stored(connection, &sighting)?;
    let new =
        known.is_none_or(|known| known != (sighting.state.as_str().into(), sighting.error.clone()));
    replace(connection, &sighting).during("note a board that was met", connection)?;
    if new && sighting.state == SightingState::Failed {
        log_refusal(connection, who, &sighting)?;
    }
    Ok(())
}

fn stored(
    connection: &Connection,
    sighting: &Sighting,
) -> Result<Option<(String, Option<String>)>, StoreError> {
    connection
        .prepare_cached(
            "SELECT state, error FROM sightings WHERE link = ?1 AND mac = ?2 AND name = ?3",
        )
        .and_then(|mut select| {
            select
                .query_row(
                    (
                        &sighting.link,
                        text(sighting.mac.as_ref()),
                        text(sighting.name.as_ref()),
                    ),
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
        })
        .during("look for a board that was met", connection)
}

/// A replaced row gets a new id, the highest: so ids tell which was not seen for longest.
fn replace(connection: &Connection, sighting: &Sighting) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO sightings (id, link, mac, name, state, error, at_ms)
             VALUES ((SELECT coalesce(max(id), 0) + 1 FROM sightings), ?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((
            &sighting.link,
            text(sighting.mac.as_ref()),
            text(sighting.name.as_ref()),
            sighting.state.as_str(),
            &sighting.error,
            sighting.at_ms,
        ))?;
    connection
        .prepare_cached("DELETE FROM sightings WHERE id <= (SELECT max(id) FROM sightings) - ?1")?
        .execute([MAX_SIGHTINGS])
        .map(drop)
}

fn log_refusal(connection: &Connection, who: &Who, sighting: &Sighting) -> Result<(), StoreError> {
    let logged: i64 = connection
        .prepare_cached(
            "UPDATE batch SET refusals_logged = refusals_logged + 1 RETURNING refusals_logged",
        )
        .and_then(|mut update| update.query_row([], |row| row.get(0)))
        .during("count the refusals", connection)?;
    let (event, detail) = match logged.cmp(&MAX_REFUSALS_LOGGED) {
        Ordering::Less => (
            "board.refused",
            json!({ "mac": sighting.mac, "name": sighting.name, "error": sighting.error }),
        ),
        Ordering::Equal => (
            "board.refusals-end",
            json!({ "error": "too many: later refusals are not logged" }),
        ),
        Ordering::Greater => return Ok(()),
    };
    log::append(connection, who, Event::new(event, &sighting.link, &detail))
}

/// Forgets what was noted of a board that is in the batch now, and of its link while it had not said who it is.
pub(super) fn forget(
    connection: &Connection,
    link: &str,
    mac: &str,
    name: &str,
) -> Result<(), StoreError> {
    let delete = |sql, values: [&str; 3]| connection.prepare_cached(sql)?.execute(values);
    delete(
        "DELETE FROM sightings WHERE (mac = ?1 AND name = ?2) OR (link = ?3 AND mac = '' AND name = '')",
        [mac, name, link],
    )
    .map(drop)
    .during("forget a board that was met", connection)
}

/// Calls `visit` for each sighting, the latest last.
pub(super) fn for_each<E: From<StoreError>>(
    connection: &Connection,
    mut visit: impl FnMut(Sighting) -> Result<(), E>,
) -> Result<(), E> {
    const DOING: &str = "read the boards that were met";
    let mut select = connection
        .prepare("SELECT link, mac, name, state, error, at_ms FROM sightings ORDER BY id")
        .during(DOING, connection)?;
    let mut rows = select.query([]).during(DOING, connection)?;
    while let Some(row) = rows.next().during(DOING, connection)? {
        visit(read(connection, row)?)?;
    }
    Ok(())
}

fn read(connection: &Connection, row: &Row<'_>) -> Result<Sighting, StoreError> {
    let read = || {
        let said = |at| {
            row.get::<_, String>(at)
                .map(|text| Some(text).filter(|text| !text.is_empty()))
        };
        let state: String = row.get(3)?;
        let sighting = Sighting {
            link: row.get(0)?,
            mac: said(1)?,
            name: said(2)?,
            state: SightingState::Seen,
            error: row.get(4)?,
            at_ms: row.get(5)?,
        };
        Ok((sighting, state))
    };
    let (sighting, state) = read().during("read a board that was met", connection)?;
    let state = [SightingState::Seen, SightingState::Failed]
        .into_iter()
        .find(|known| known.as_str() == state)
        .ok_or_else(|| StoreError::Damaged {
            path: path_of(connection),
            detail: format!("what was met on {:?} is in no known state", sighting.link),
        })?;
    Ok(Sighting { state, ..sighting })
}

fn text(said: Option<&String>) -> &str {
    said.map_or("", String::as_str)
}
