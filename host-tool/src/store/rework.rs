//! Boards that failed, submitted again: a further round of jobs, linked to the round before.
//!
//! A board is in one job at a time. What it failed in before is kept beside it, with the service's words of then; so an intent that
//! is given up puts everything back. Must be called inside a transaction.

use rusqlite::Connection;

use super::error::{During, StoreError};
use super::job::{Intent, Job};
use super::jobs::{self, Place};
use super::who::Who;

/// Records what is about to be posted of the boards that failed, and takes every one of them into its job, all in one step.
pub(super) fn intend(
    connection: &Connection,
    who: &Who,
    intents: &[Intent],
) -> Result<Vec<Job>, StoreError> {
    let known = jobs::live(connection)?;
    if let Some(job) = known.iter().find(|job| job.report_ms.is_none()) {
        return Err(StoreError::NoReportYet {
            name: job.intent.name.clone(),
        });
    }
    let last = known.iter().map(|job| job.round).max();
    let Some(before) = known.iter().find(|job| Some(job.round) == last) else {
        return Err(StoreError::NoSuchJob {
            step: "submitted again",
        });
    };
    let in_file = intents.iter().map(|intent| intent.data_rows).sum();
    let waiting = failed(connection)?;
    if waiting != in_file || waiting == 0 {
        return Err(StoreError::BoardsChanged { in_file, waiting });
    }
    let parts = u32::try_from(intents.len()).unwrap_or(u32::MAX);
    let round = before.round.saturating_add(1);
    // Until all of them are taken, those of this round are told from those that still wait by the job they are in.
    for (part, intent) in (1..=parts).zip(intents) {
        let place = Place {
            part,
            parts,
            round,
            rework_of: Some(before.row),
        };
        let job = jobs::insert(connection, intent, place)?;
        take(connection, intent, job, round)?;
        jobs::log_intent(connection, who, intent, intent.data_rows, place)?;
    }
    let jobs = jobs::live(connection)?;
    Ok(of_round(jobs, round))
}

/// Those of a round.
fn of_round(jobs: Vec<Job>, round: u32) -> Vec<Job> {
    jobs.into_iter().filter(|job| job.round == round).collect()
}

/// Boards that failed.
fn failed(connection: &Connection) -> Result<u64, StoreError> {
    connection
        .query_row(
            "SELECT count(*) FROM boards WHERE state = 'failed'",
            [],
            |row| row.get::<_, i64>(0),
        )
        .map(i64::unsigned_abs)
        .during("count the boards that failed", connection)
}

/// Takes the next of them into the job.
fn take(connection: &Connection, intent: &Intent, job: i64, round: u32) -> Result<(), StoreError> {
    const DOING: &str = "take the boards that failed into the job";
    let noted = connection
        .execute(
            "INSERT INTO reworked (board, job, error)
             SELECT b.sequence, b.job, b.error FROM boards b JOIN jobs j ON j.id = b.job
             WHERE b.state = 'failed' AND j.round < ?1 ORDER BY b.sequence LIMIT ?2",
            (round, jobs::signed(intent.data_rows)),
        )
        .during(DOING, connection)? as u64;
    let moved = connection
        .execute(
            "UPDATE boards SET job = ?1
             WHERE EXISTS (SELECT 1 FROM reworked r WHERE r.board = boards.sequence AND r.job = boards.job)",
            [job],
        )
        .during(DOING, connection)? as u64;
    if noted != intent.data_rows || moved != noted {
        return Err(StoreError::BoardsChanged {
            in_file: intent.data_rows,
            waiting: noted,
        });
    }
    Ok(())
}

/// Puts the boards of a job that is given up back to where they failed.
pub(super) fn give_back(connection: &Connection, job: i64) -> Result<(), StoreError> {
    const DOING: &str = "put the boards back into their job";
    connection
        .execute(
            "UPDATE boards SET job =
                 (SELECT r.job FROM reworked r JOIN jobs j ON j.id = r.job
                  WHERE r.board = boards.sequence ORDER BY j.round DESC LIMIT 1)
             WHERE job = ?1",
            [job],
        )
        .during(DOING, connection)?;
    connection
        .execute(
            "DELETE FROM reworked
             WHERE EXISTS (SELECT 1 FROM boards b WHERE b.sequence = reworked.board AND b.job = reworked.job)",
            [],
        )
        .map(drop)
        .during(DOING, connection)
}

/// How many boards failed in a job and were submitted again since.
pub(super) fn count(connection: &Connection, job: i64) -> Result<u64, StoreError> {
    connection
        .query_row(
            "SELECT count(*) FROM reworked WHERE job = ?1",
            [job],
            |row| row.get::<_, i64>(0),
        )
        .map(i64::unsigned_abs)
        .during("count the boards that were submitted again", connection)
}
