//! What a report says of each board, brought into the boards table.
//!
//! The report comes from outside: it may name boards that are not ours, twice, or not at all.

use rusqlite::{Connection, OptionalExtension};
use serde_json::json;

use super::error::{During, StoreError};
use super::job::{Applied, Outcome};
use super::jobs;
use super::limits::{MAX_NAME_BYTES, MAX_REASON_BYTES, cut};
use super::log::{self, Event};
use super::rework;
use super::who::{Who, now_ms};

/// Sets issued or failed by name. Applying the same report again changes nothing; a board that is past `issued`
/// stays where it is.
pub(super) fn apply(
    connection: &Connection,
    who: &Who,
    row: i64,
    outcomes: impl IntoIterator<Item = Outcome>,
) -> Result<Applied, StoreError> {
    let job = jobs::taken(connection, row, "reported on")?;
    let mut applied = Applied::default();
    for outcome in outcomes {
        let Some(before) = stored(connection, job.row, &outcome.name)? else {
            applied.unknown = applied.unknown.saturating_add(1);
            if applied.unknown_names.len() < Applied::UNKNOWN_NAMES {
                let name = cut(&outcome.name, MAX_NAME_BYTES).to_owned();
                applied.unknown_names.push(name);
            }
            continue;
        };
        if let Known::Here(before) = before {
            apply_one(connection, who, &outcome, &before)?;
        }
    }
    count(connection, job.row, applied)
}

/// State and error of a board.
type Stored = (String, Option<String>);

/// How a board of a report stands.
enum Known {
    /// In this job.
    Here(Stored),
    /// It failed in it and was submitted again since.
    Reworked,
}

fn stored(connection: &Connection, job: i64, name: &str) -> Result<Option<Known>, StoreError> {
    connection
        .prepare_cached(
            "SELECT state, error, job = ?2 FROM boards
             WHERE name = ?1 AND (job = ?2 OR sequence IN (SELECT board FROM reworked WHERE job = ?2))",
        )
        .and_then(|mut select| {
            select
                .query_row((name, job), |row| {
                    let here = row.get::<_, bool>(2)?;
                    Ok(if here {
                        Known::Here((row.get(0)?, row.get(1)?))
                    } else {
                        Known::Reworked
                    })
                })
                .optional()
        })
        .during("look for a board of the report", connection)
}

fn apply_one(
    connection: &Connection,
    who: &Who,
    outcome: &Outcome,
    before: &Stored,
) -> Result<(), StoreError> {
    let (state, error) = match &outcome.result {
        Ok(()) => ("issued", None),
        Err(reason) => ("failed", Some(cut(reason, MAX_REASON_BYTES).to_owned())),
    };
    let past = !["submitted", "issued", "failed"].contains(&before.0.as_str());
    let after = (state.to_owned(), error);
    if past || *before == after {
        return Ok(());
    }
    connection
        .prepare_cached("UPDATE boards SET state = ?2, error = ?3, changed_ms = ?4 WHERE name = ?1")
        .and_then(|mut update| update.execute((&outcome.name, &after.0, &after.1, now_ms())))
        .during("record what the report says of a board", connection)?;
    let event = if outcome.result.is_ok() {
        "board.issued"
    } else {
        "board.failed"
    };
    log::append(
        connection,
        who,
        Event::new(event, &outcome.name, &json!({ "error": after.1 })),
    )
}

/// The figures are those of the store afterwards: a board named twice counts once.
fn count(connection: &Connection, job: i64, applied: Applied) -> Result<Applied, StoreError> {
    let counted = connection
        .query_row(
            "SELECT count(*) FILTER (WHERE state IN ('issued', 'installed', 'done')),
                    count(*) FILTER (WHERE state = 'failed'),
                    count(*) FILTER (WHERE state = 'submitted')
             FROM boards WHERE job = ?1",
            [job],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    row.get::<_, i64>(1)?,
                    row.get::<_, i64>(2)?,
                ))
            },
        )
        .during("count the job's boards", connection)?;
    Ok(Applied {
        issued: counted.0.unsigned_abs(),
        failed: counted.1.unsigned_abs(),
        reworked: rework::count(connection, job)?,
        without_outcome: counted.2.unsigned_abs(),
        ..applied
    })
}
