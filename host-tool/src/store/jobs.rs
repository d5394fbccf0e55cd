//! The jobs table: each step of the job, the boards in it, and the log, in one transaction.
//!
//! Knows nothing of HTTP. The order it relies on: intents of all parts, then for one part after the other: begin, post, id.

use rusqlite::{Connection, Row};
use serde_json::json;

use super::error::{During, StoreError};
use super::job::{Intent, Job};
use super::limits::{MAX_NAME_BYTES, MAX_REASON_BYTES, cut, text};
use super::log::{self, Event};
use super::rework;
use super::who::{Who, now_ms};

const COLUMNS: &str = "id, name, data_file, data_sha256, data_bytes, data_rows, name_was_free, intent_ms, answer_lost_ms,
    service_id, posted_ms, status, status_ms, report_file, report_ms, part, parts, data_form, begun_ms,
    round, rework_of";

/// The jobs that count, round by round, by their parts: those that were not abandoned.
pub(super) fn live(connection: &Connection) -> Result<Vec<Job>, StoreError> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM jobs WHERE abandoned_ms IS NULL ORDER BY round, part"
        ))
        .and_then(|mut select| select.query_map([], read)?.collect())
        .during("read the jobs", connection)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Job> {
    let count = |at| row.get::<_, i64>(at).map(i64::unsigned_abs);
    Ok(Job {
        row: row.get(0)?,
        intent: Intent {
            name: row.get(1)?,
            data_file: row.get(2)?,
            data_form: row.get(17)?,
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
        part: row.get(15)?,
        parts: row.get(16)?,
        begun_ms: row.get(18)?,
        round: row.get(19)?,
        rework_of: row.get(20)?,
    })
}

/// Records what is about to be posted and takes every waiting board into its job, all in one step. The only job is begun with
/// that; of several, each is begun by itself ([`begin`]).
pub(super) fn intend(
    connection: &Connection,
    who: &Who,
    intents: &[Intent],
) -> Result<Vec<Job>, StoreError> {
    refuse_second(connection)?;
    let in_file = intents.iter().map(|intent| intent.data_rows).sum();
    let waiting = waiting(connection)?;
    if waiting != in_file || waiting == 0 {
        return Err(StoreError::BoardsChanged { in_file, waiting });
    }
    let parts = u32::try_from(intents.len()).unwrap_or(u32::MAX);
    for (part, intent) in (1..=parts).zip(intents) {
        let place = Place::first(part, parts);
        insert(connection, intent, place)?;
        let boards = take(connection, intent)?;
        log_intent(connection, who, intent, boards, place)?;
    }
    live(connection)
}

/// The same for a data file that holds no board of this batch.
pub(super) fn intend_without_boards(
    connection: &Connection,
    who: &Who,
    intent: &Intent,
) -> Result<Vec<Job>, StoreError> {
    refuse_second(connection)?;
    let waiting = waiting(connection)?;
    if waiting != 0 {
        return Err(StoreError::BoardsChanged {
            in_file: 0,
            waiting,
        });
    }
    let place = Place::first(1, 1);
    insert(connection, intent, place)?;
    log_intent(connection, who, intent, 0, place)?;
    live(connection)
}

fn refuse_second(connection: &Connection) -> Result<(), StoreError> {
    match live(connection)?.into_iter().next() {
        None => Ok(()),
        Some(job) => Err(StoreError::JobExists {
            name: job.intent.name,
            service_id: job.service_id,
        }),
    }
}

/// Takes the next of the waiting boards into the job that was just inserted; how many these are.
fn take(connection: &Connection, intent: &Intent) -> Result<u64, StoreError> {
    let taken = connection
        .execute(
            "UPDATE boards SET job = ?1 WHERE sequence IN
                 (SELECT sequence FROM boards WHERE state = 'collected' AND job IS NULL ORDER BY sequence LIMIT ?2)",
            (connection.last_insert_rowid(), signed(intent.data_rows)),
        )
        .during("take the boards into the job", connection)? as u64;
    if taken != intent.data_rows || taken == 0 {
        return Err(StoreError::BoardsChanged {
            in_file: intent.data_rows,
            waiting: taken,
        });
    }
    Ok(taken)
}

pub(super) fn log_intent(
    connection: &Connection,
    who: &Who,
    intent: &Intent,
    boards: u64,
    place: Place,
) -> Result<(), StoreError> {
    let mut detail = json!({
        "data_file": intent.data_file,
        "data_sha256": intent.data_sha256,
        "bytes": intent.data_bytes,
        "boards": boards,
        "rows": intent.data_rows,
        "no_job_of_that_name_before": intent.no_job_of_that_name_before,
    });
    if let Some(fields) = detail.as_object_mut() {
        if place.parts > 1 {
            fields.insert("part".to_owned(), json!(place.part));
            fields.insert("parts".to_owned(), json!(place.parts));
        }
        if let Some(before) = place.rework_of {
            fields.insert("round".to_owned(), json!(place.round));
            fields.insert("rework_of".to_owned(), json!(before));
        }
    }
    let event = Event::new("job.intended", &intent.name, &detail);
    log::append(connection, who, event)
}

/// Boards that wait for a job.
fn waiting(connection: &Connection) -> Result<u64, StoreError> {
    connection
        .query_row(
            "SELECT count(*) FROM boards WHERE state = 'collected' AND job IS NULL",
            [],
            |row| row.get::<_, i64>(0),
        )
        .map(i64::unsigned_abs)
        .during("count the boards that wait", connection)
}

/// Records that a part is about to be posted, and whether its name was free just before.
pub(super) fn begin(
    connection: &Connection,
    who: &Who,
    row: i64,
    name_was_free: Option<bool>,
) -> Result<Job, StoreError> {
    const STEP: &str = "begun";
    let job = unposted(connection, row, STEP)?;
    if job.begun_ms.is_some() || live(connection)?.iter().any(Job::is_doubtful) {
        return Err(StoreError::NoSuchJob { step: STEP });
    }
    set(
        connection,
        "UPDATE jobs SET begun_ms = ?2, name_was_free = ?3 WHERE id = ?1",
        (row, now_ms(), name_was_free),
    )?;
    let detail = json!({ "no_job_of_that_name_before": name_was_free });
    let event = Event::new("job.begun", &job.intent.name, &detail);
    log::append(connection, who, event)?;
    by_row(connection, row, STEP)
}

/// Records that the service surely did not take a part; it is posted anew.
pub(super) fn refused(
    connection: &Connection,
    who: &Who,
    row: i64,
    reason: &str,
) -> Result<(), StoreError> {
    let job = unposted(connection, row, "refused")?;
    set(
        connection,
        "UPDATE jobs SET begun_ms = NULL, answer_lost_ms = NULL WHERE id = ?1",
        [row],
    )?;
    let detail = json!({ "reason": cut(reason, MAX_REASON_BYTES) });
    let event = Event::new("job.refused", &job.intent.name, &detail);
    log::append(connection, who, event)
}

/// Where a job stands among those of its batch.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub part: u32,
    pub parts: u32,
    pub round: u32,
    /// The first job of the round before.
    pub rework_of: Option<i64>,
}

impl Place {
    /// In the batch's first submission.
    fn first(part: u32, parts: u32) -> Self {
        Self {
            part,
            parts,
            round: 1,
            rework_of: None,
        }
    }
}

/// Adds a job; its row.
pub(super) fn insert(
    connection: &Connection,
    intent: &Intent,
    place: Place,
) -> Result<i64, StoreError> {
    text("the job's name", &intent.name, MAX_NAME_BYTES)?;
    let now = now_ms();
    let inserted = connection.execute(
        "INSERT INTO jobs (name, data_file, data_sha256, data_bytes, data_rows, name_was_free, intent_ms,
                           part, parts, data_form, begun_ms, round, rework_of)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        (
            &intent.name,
            &intent.data_file,
            &intent.data_sha256,
            signed(intent.data_bytes),
            signed(intent.data_rows),
            intent.no_job_of_that_name_before,
            now,
            place.part,
            place.parts,
            &intent.data_form,
            (place.parts == 1).then_some(now),
            place.round,
            place.rework_of,
        ),
    );
    inserted
        .map(|_| connection.last_insert_rowid())
        .during("record the intent to submit", connection)
}

pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Records that nobody knows whether the service took the post.
pub(super) fn answer_lost(
    connection: &Connection,
    who: &Who,
    row: i64,
    reason: &str,
) -> Result<(), StoreError> {
    let job = unposted(connection, row, "without an answer")?;
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

/// Gives the intents of the last round up, every part's: the service surely took none. The boards wait again.
pub(super) fn abandon(connection: &Connection, who: &Who, reason: &str) -> Result<(), StoreError> {
    let mut jobs = live(connection)?;
    let last = jobs.iter().map(|job| job.round).max();
    jobs.retain(|job| Some(job.round) == last);
    if jobs.is_empty() || jobs.iter().any(|job| job.service_id.is_some()) {
        return Err(StoreError::NoSuchJob { step: "given up" });
    }
    for job in jobs {
        set(
            connection,
            "UPDATE jobs SET abandoned_ms = ?2 WHERE id = ?1",
            (job.row, now_ms()),
        )?;
        if job.round > 1 {
            rework::give_back(connection, job.row)?;
        } else {
            set(
                connection,
                "UPDATE boards SET job = NULL WHERE job = ?1",
                [job.row],
            )?;
        }
        let detail = json!({ "reason": cut(reason, MAX_REASON_BYTES) });
        let event = Event::new("job.abandoned", &job.intent.name, &detail);
        log::append(connection, who, event)?;
    }
    Ok(())
}

/// How the service's id came to be known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Known {
    /// The service gave it for what was posted.
    Answered,
    /// A job was found by its name, or a person named one.
    Found,
}

/// Records the service's id and marks the job's boards as submitted. The same id again changes nothing.
pub(super) fn posted(
    connection: &Connection,
    who: &Who,
    row: i64,
    id: &str,
    known: Known,
) -> Result<(), StoreError> {
    text("the job's id", id, MAX_NAME_BYTES)?;
    let job = by_row(connection, row, "submitted")?;
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
    let jobs = live(connection)?;
    let mut others = jobs.iter().filter(|other| other.row != row);
    if let Some(other) = others.find(|other| other.service_id.as_deref() == Some(id)) {
        return Err(StoreError::OtherPartsId {
            id: id.to_owned(),
            name: other.intent.name.clone(),
        });
    }
    let now = now_ms();
    set(
        connection,
        "UPDATE jobs SET service_id = ?2, posted_ms = ?3,
             answer_lost_ms = CASE WHEN ?4 THEN coalesce(answer_lost_ms, ?3) END WHERE id = ?1",
        (job.row, id, now, known == Known::Found),
    )?;
    let mut detail = json!({ "id": id });
    if let (Known::Found, Some(fields)) = (known, detail.as_object_mut()) {
        fields.insert("found".to_owned(), json!(true));
    }
    let event = Event::new("job.posted", &job.intent.name, &detail);
    log::append(connection, who, event)?;
    log_boards(
        connection,
        who,
        job.row,
        &json!({ "job": job.intent.name, "id": id }),
    )?;
    set(
        connection,
        "UPDATE boards SET state = 'submitted', error = NULL, changed_ms = ?2
         WHERE job = ?1 AND state IN ('collected', 'failed')",
        (job.row, now),
    )
}

/// Records that a job that was found is not this batch's: as before it was, nobody here knows whether the service has this batch's,
/// and what has its name is not taken for it any more.
pub(super) fn disowned(
    connection: &Connection,
    who: &Who,
    row: i64,
    reason: &str,
) -> Result<(), StoreError> {
    let job = taken(connection, row, "given back")?;
    let reason = cut(reason, MAX_REASON_BYTES);
    set(
        connection,
        "UPDATE jobs SET service_id = NULL, posted_ms = NULL, status = NULL, status_ms = NULL, report_file = NULL,
             report_ms = NULL, name_was_free = 0 WHERE id = ?1",
        [row],
    )?;
    let (state, error) = match job.round {
        0 | 1 => ("collected", None),
        _ => ("failed", Some(reason)),
    };
    set(
        connection,
        "UPDATE boards SET state = ?2, error = ?3, changed_ms = ?4 WHERE job = ?1 AND state = 'submitted'",
        (row, state, error, now_ms()),
    )?;
    let detail = json!({ "id": job.service_id, "reason": reason });
    let event = Event::new("job.disowned", &job.intent.name, &detail);
    log::append(connection, who, event)
}

fn log_boards(
    connection: &Connection,
    who: &Who,
    job: i64,
    detail: &serde_json::Value,
) -> Result<(), StoreError> {
    const DOING: &str = "log the job's boards";
    let mut select = connection
        .prepare(
            "SELECT name FROM boards WHERE job = ?1 AND state IN ('collected', 'failed') ORDER BY sequence",
        )
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
pub(super) fn status(
    connection: &Connection,
    who: &Who,
    row: i64,
    status: &str,
) -> Result<(), StoreError> {
    let status = cut(status, MAX_REASON_BYTES);
    let job = taken(connection, row, "followed")?;
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
    row: i64,
    file: &str,
    sha256: &str,
) -> Result<(), StoreError> {
    let job = taken(connection, row, "reported on")?;
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

/// A job that counts, in whatever state.
fn by_row(connection: &Connection, row: i64, step: &'static str) -> Result<Job, StoreError> {
    let mut jobs = live(connection)?.into_iter();
    jobs.find(|job| job.row == row)
        .ok_or(StoreError::NoSuchJob { step })
}

/// The job, if the service is known to have it.
pub(super) fn taken(
    connection: &Connection,
    row: i64,
    step: &'static str,
) -> Result<Job, StoreError> {
    let job = by_row(connection, row, step)?;
    Some(job)
        .filter(|job| job.service_id.is_some())
        .ok_or(StoreError::NoSuchJob { step })
}

fn unposted(connection: &Connection, row: i64, step: &'static str) -> Result<Job, StoreError> {
    let job = by_row(connection, row, step)?;
    Some(job)
        .filter(|job| job.service_id.is_none())
        .ok_or(StoreError::NoSuchJob { step })
}
