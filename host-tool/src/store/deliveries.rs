//! Certificates on their way to the boards: which board is to get one, and the steps `installed` and `done`.
//!
//! Each step is idempotent: a board may come again, and a host may have been killed after the board was served and before
//! it was told. Must be called inside a transaction where it writes. Knows nothing of what a certificate says.

use rusqlite::{Connection, OptionalExtension};
use serde_json::json;

use super::error::{During, StoreError};
use super::group::Recorded;
use super::limits::{self, MAX_NAME_BYTES, cut};
use super::log::{self, Event};
use super::sightings;
use super::who::{Who, now_ms};

/// How far a board came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// It has its certificate, read back.
    Installed,
    /// And it has proved its key; whether it is locked.
    Done { locked: bool },
}

/// A step of one board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Delivery {
    pub mac: String,
    /// Where it was met.
    pub link: String,
    pub step: Step,
}

impl Delivery {
    /// Holds every value to its form and size.
    pub fn check(&self) -> Result<(), StoreError> {
        limits::mac(&self.mac)?;
        limits::text("the link", &self.link, MAX_NAME_BYTES)
    }
}

/// How many boards of a batch have theirs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Boards of the batch.
    pub boards: u64,
    /// Boards whose certificate is here.
    pub with_certificate: u64,
    /// Of those, boards that are done; and locked, where that is asked for.
    pub done: u64,
}

/// A board that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undelivered {
    /// Its MAC.
    pub mac: String,
    /// Its name.
    pub name: String,
    /// The word for its state.
    pub state: String,
    /// Why it failed.
    pub error: Option<String>,
    /// Its certificate is here.
    pub has_certificate: bool,
}

/// What a board is once it is done; ?1 says whether it must be locked.
const IS_DONE: &str = "(state = 'done' AND (NOT ?1 OR locked_ms IS NOT NULL))";

const HAS_CERTIFICATE: &str = "EXISTS (SELECT 1 FROM certificates WHERE board = boards.sequence)";

/// How many boards have theirs, all of one moment.
pub(super) fn count(connection: &Connection, lock: bool) -> Result<Delivered, StoreError> {
    let number = |count: i64| count.unsigned_abs();
    connection
        .query_row(
            &format!(
                "SELECT count(*), count(*) FILTER (WHERE {HAS_CERTIFICATE}),
                        count(*) FILTER (WHERE {HAS_CERTIFICATE} AND {IS_DONE}) FROM boards"
            ),
            [lock],
            |row| {
                Ok(Delivered {
                    boards: number(row.get(0)?),
                    with_certificate: number(row.get(1)?),
                    done: number(row.get(2)?),
                })
            },
        )
        .during("count the boards", connection)
}

/// Calls `visit` for each board that is not done, in order of collection.
pub(super) fn for_each_undelivered<E: From<StoreError>>(
    connection: &Connection,
    lock: bool,
    mut visit: impl FnMut(Undelivered) -> Result<(), E>,
) -> Result<(), E> {
    const DOING: &str = "read the boards";
    let mut select = connection
        .prepare(&format!(
            "SELECT mac, name, state, error, {HAS_CERTIFICATE} FROM boards WHERE NOT {IS_DONE} ORDER BY sequence"
        ))
        .during(DOING, connection)?;
    let mut rows = select.query([lock]).during(DOING, connection)?;
    while let Some(row) = rows.next().during(DOING, connection)? {
        let read = || {
            Ok(Undelivered {
                mac: row.get(0)?,
                name: row.get(1)?,
                state: row.get(2)?,
                error: row.get(3)?,
                has_certificate: row.get(4)?,
            })
        };
        visit(read().during(DOING, connection)?)?;
    }
    Ok(())
}

/// What is stored of a board that a step is for.
struct Stored {
    name: String,
    state: String,
    is_locked: bool,
    chain_sha256: Vec<u8>,
}

fn stored(connection: &Connection, mac: &str) -> Result<Stored, StoreError> {
    let found = connection
        .prepare_cached(
            "SELECT name, state, locked_ms IS NOT NULL, chain_sha256
             FROM boards JOIN certificates ON board = sequence WHERE mac = ?1",
        )
        .and_then(|mut select| {
            let row = select.query_row([mac], |row| {
                Ok(Stored {
                    name: row.get(0)?,
                    state: row.get(1)?,
                    is_locked: row.get(2)?,
                    chain_sha256: row.get(3)?,
                })
            });
            row.optional()
        })
        .during("look for the board", connection)?;
    found.ok_or_else(|| StoreError::NoCertificate {
        mac: mac.to_owned(),
    })
}

/// Records a step, unless it was recorded before.
pub(super) fn record(
    connection: &Connection,
    who: &Who,
    delivery: &Delivery,
) -> Result<Recorded, StoreError> {
    let board = stored(connection, &delivery.mac)?;
    let already = match delivery.step {
        Step::Installed => ["installed", "done"].contains(&board.state.as_str()),
        Step::Done { locked } => board.state == "done" && (board.is_locked || !locked),
    };
    if !already {
        write(connection, delivery).during("record a delivery", connection)?;
        log::append(connection, who, told(delivery, &board))?;
    }
    if delivery.step != Step::Installed {
        sightings::forget(connection, &delivery.link, &delivery.mac, &board.name)?;
    }
    Ok(Recorded {
        already,
        renewed: false,
    })
}

fn write(connection: &Connection, delivery: &Delivery) -> rusqlite::Result<usize> {
    let link = cut(&delivery.link, MAX_NAME_BYTES);
    match delivery.step {
        Step::Installed => connection
            .prepare_cached(
                "UPDATE boards SET state = 'installed', error = NULL, installed_ms = ?3, delivered_link = ?2,
                        changed_ms = ?3
                 WHERE mac = ?1",
            )?
            .execute((&delivery.mac, link, now_ms())),
        Step::Done { locked } => connection
            .prepare_cached(
                "UPDATE boards SET state = 'done', error = NULL, done_ms = coalesce(done_ms, ?3), delivered_link = ?2,
                        locked_ms = CASE WHEN ?4 THEN coalesce(locked_ms, ?3) ELSE locked_ms END, changed_ms = ?3
                 WHERE mac = ?1",
            )?
            .execute((&delivery.mac, link, now_ms(), locked)),
    }
}

fn told(delivery: &Delivery, board: &Stored) -> Event {
    let mut detail = json!({
        "mac": delivery.mac,
        "link": delivery.link,
        "chain_sha256": super::hex(&board.chain_sha256),
    });
    let event = match delivery.step {
        Step::Installed => "board.installed",
        Step::Done { locked } => {
            if let Some(fields) = detail.as_object_mut() {
                fields.insert("locked".to_owned(), json!(locked));
            }
            "board.done"
        }
    };
    Event::new(event, &board.name, &detail)
}
