//! The jobs table: each step of the job, the boards in it, and the log, in one transaction.
//!
//! Knows nothing of HTTP. The order it relies on: intent, then post, then id.

use rusqlite::{Connection, OptionalExtension, Row};
use serde_json::json;

use super::error::{During, StoreError};
use super::job::{Intent, Job};
use super::limits::{MAX_NAME_BYTES, MAX_REASON_BYTES, cut, text};
use super::log::{self, Event};
use super::who::{Who, now_ms};

/// The job that counts: the one that was not abandoned.
pub(super) fn current(connection: &Connection) -> Result<Option<Job>, StoreError> {
    connection
        .prepare_cached(
            "SELECT id, name, data_file, data_sha256, data_bytes, data_rows, name_was_free, intent_ms, answer_lost_ms,
                    service_id, posted_ms, status, status_ms, report_file, report_ms
             FROM jobs WHERE abandoned_ms IS NULL ORDER BY id DESC LIMIT 1",
        )
        .and_then(|mut select| select.query_row([], read).optional())
        .during("read the job", connection)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Job> {
    let count = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
    Ok(Job {
        row: row.get(0)?,
        intent: Intent {
            name: row.get(1)?,
            data_file: row.get(2)?,
            data_sha256: row.get(3)?,
            data_bytes: count(4)?,
            data_rows: count(5)?,
            no_job_of_that_name_before: row.get(6)?,
        },
        intent_ms: row.get(7)?,
        answer_lost_ms: row.get(8)?,
        service_id: row.get(9)?,
        posted_ms: row.get(10)?,
        status: row.get(11)?,
        status_ms: row.get(12)?,
        report_file: row.get(13)?,
        report_ms: row.get(14)?,
    })
}

/// Records what is about to be posted and takes every waiting board into the job.
pub(super) fn intend(
    connection: &Connection,
    who: &Who,
    intent: &Intent,
) -> Result<Job, StoreError> {
    if let Some(job) = current(connection)? {
        return Err(StoreError::JobExists {
            name: job.intent.name,
            service_id: job.service_id,
        });
    }
    text("the job's name", &intent.name, MAX_NAME_BYTES)?;
    insert(connection, intent).during("record the intent to submit", connection)?;
    let waiting = connection
        .execute(
            "UPDATE boards SET job = ?1 WHERE state = 'collected' AND job IS NULL",
            [connection.last_insert_rowid()],
        )
        .during("take the boards into the job", connection)? as u64;
    if waiting != intent.data_rows || waiting == 0 {
        return Err(StoreError::BoardsChanged {
            in_file: intent.data_rows,
            waiting,
        });
    }
    let detail = json!({
        "data_file": intent.data_file,
        "data_sha256": intent.data_sha256,
        "bytes": intent.data_bytes,
        "boards": waiting,
        "no_job_of_that_name_before": intent.no_job_of_that_name_before,
    });
    log::append(
        connection,
        who,
        Event::new("job.intended", &intent.name, &detail),
    )?;
    live(connection, "submitted")
}

fn insert(connection: &Connection, intent: &Intent) -> rusqlite::Result<usize> {
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    connection.execute(
        "INSERT INTO jobs (name, data_file, data_sha256, data_bytes, data_rows, name_was_free, intent_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            &intent.name,
            &intent.data_file,
            &intent.data_sha256,
            count(intent.data_bytes),
            count(intent.data_rows),
            intent.no_job_of_that_name_before,
            now_ms(),
        ),
    )
}

/// Records that nobody knows whether the service took the post.
pub(super) fn answer_lost(
    connection: &Connection,
    who: &Who,
    reason: &str,
) -> Result<(), StoreError> {
    let job = unposted(connection, "without an answer")?;
    set(
        connection,
        "UPDATE jobs SET answer_lost_ms = ?2 WHERE id = ?1",
        (job.row, now_ms()),
    )?;
    let detail = json!({ "reason": cut(reason, MAX_REASON_BYTES) });
    log::append(
        connection,
        who,
        Event::new("job.answer-lost", &job.intent.name, &detail),
    )
}

/// Gives the intent up: the service surely did not take it. Its boards wait again.
pub(super) fn abandon(connection: &Connection, who: &Who, reason: &str) -> Result<(), StoreError> {
    let job = unposted(connection, "given up")?;
    set(
        connection,
        "UPDATE jobs SET abandoned_ms = ?2 WHERE id = ?1",
        (job.row, now_ms()),
    )?;
    set(
        connection,
        "UPDATE boards SET job = NULL WHERE job = ?1",
        [job.row],
    )?;
    let detail = json!({ "reason": cut(reason, MAX_REASON_BYTES) });
    log::append(
        connection,
        who,
        Event::new("job.abandoned", &job.intent.name, &detail),
    )
}

/// Records the service's id and marks the job's boards as submitted. The same id again changes nothing.
pub(super) fn posted(connection: &Connection, who: &Who, id: &str) -> Result<(), StoreError> {
    text("the job's id", id, MAX_NAME_BYTES)?;
    let job = live(connection, "submitted")?;
    match job.service_id {
        Some(stored) if stored == id => return Ok(()),
        Some(stored) => {
            return Err(StoreError::OtherJobId {
                name: job.intent.name,
                stored,
                given: id.to_owned(),
            });
        }
        None => {}
    }
    let now = now_ms();
    set(
        connection,
        "UPDATE jobs SET service_id = ?2, posted_ms = ?3 WHERE id = ?1",
        (job.row, id, now),
    )?;
    log::append(
        connection,
        who,
        Event::new("job.posted", &job.intent.name, &json!({ "id": id })),
    )?;
    log_boards(
        connection,
        who,
        job.row,
        &json!({ "job": job.intent.name, "id": id }),
    )?;
    set(
        connection,
        "UPDATE boards SET state = 'submitted', changed_ms = ?2 WHERE job = ?1 AND state = 'collected'",
        (job.row, now),
    )
}

fn log_boards(
    connection: &Connection,
    who: &Who,
    job: i64,
    detail: &serde_json::Value,
) -> Result<(), StoreError> {
    const DOING: &str = "log the job's boards";
    let mut select = connection
        .prepare("SELECT name FROM boards WHERE job = ?1 AND state = 'collected' ORDER BY sequence")
        .during(DOING, connection)?;
    let mut rows = select.query([job]).during(DOING, connection)?;
    while let Some(row) = rows.next().during(DOING, connection)? {
        let name: String = row.get(0).during(DOING, connection)?;
        log::append(
            connection,
            who,
            Event::new("board.submitted", &name, detail),
        )?;
    }
    Ok(())
}

/// Records the service's word on the job. Logged where it changed: a job is polled for hours.
pub(super) fn status(connection: &Connection, who: &Who, status: &str) -> Result<(), StoreError> {
    let status = cut(status, MAX_REASON_BYTES);
    let job = taken(connection, "followed")?;
    set(
        connection,
        "UPDATE jobs SET status = ?2, status_ms = ?3 WHERE id = ?1",
        (job.row, status, now_ms()),
    )?;
    if job.status.as_deref() == Some(status) {
        return Ok(());
    }
    log::append(
        connection,
        who,
        Event::new("job.status", &job.intent.name, &json!({ "status": status })),
    )
}

/// Records where the report is stored.
pub(super) fn report(
    connection: &Connection,
    who: &Who,
    file: &str,
    sha256: &str,
) -> Result<(), StoreError> {
    let job = taken(connection, "reported on")?;
    set(
        connection,
        "UPDATE jobs SET report_file = ?2, report_ms = ?3 WHERE id = ?1",
        (job.row, file, now_ms()),
    )?;
    let detail = json!({ "file": file, "sha256": sha256 });
    log::append(
        connection,
        who,
        Event::new("job.report", &job.intent.name, &detail),
    )
}

fn set(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> Result<(), StoreError> {
    connection
        .execute(sql, values)
        .map(drop)
        .during("record a step of the job", connection)
}

/// The job, in whatever state.
pub(super) fn live(connection: &Connection, step: &'static str) -> Result<Job, StoreError> {
    current(connection)?.ok_or(StoreError::NoSuchJob { step })
}

/// The job, if the service is known to have it.
pub(super) fn taken(connection: &Connection, step: &'static str) -> Result<Job, StoreError> {
    let job = live(connection, step)?;
    Some(job)
        .filter(|job| job.service_id.is_some())
        .ok_or(StoreError::NoSuchJob { step })
}

fn unposted(connection: &Connection, step: &'static str) -> Result<Job, StoreError> {
    let job = live(connection, step)?;
    Some(job)
        .filter(|job| job.service_id.is_none())
        .ok_or(StoreError::NoSuchJob { step })
}
