//! `nameplate reconcile`: batch, report and certificates in one view. Changes nothing in the batch.

use serde_json::json;

use super::matched::{refused_object, refused_words};
use super::parts::{which, with_part};
use super::{Session, Setup, rework_file};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::reconciliation::{Counts, Line, Standing, reconcile};
use crate::service::words::printable;
use crate::store::hex;

/// Runs the command.
///
/// # Errors
/// Where the batch can't be read.
pub fn run(session: &Session, args: &args::Batch) -> Result<Outcome, Failure> {
    let setup = Setup::load(args)?;
    let reader = setup.reader()?;
    let counts = reconcile(
        &reader,
        |line| tell_board(session, &line),
        |refused| {
            session.output.line(format!("  {}", refused_words(refused)));
            session.output.object(&refused_object(refused));
        },
    )?;
    tell(session, counts);
    rework_file::write(session, &setup, &reader)?;
    Ok(if counts.is_all_well() {
        Outcome::Done
    } else {
        Outcome::Partly
    })
}

/// A person is told of the boards that need one, a program of all.
fn tell_board(session: &Session, line: &Line<'_>) {
    let (what, standing) = (&line.board.what, &line.standing);
    let reason = standing.reason();
    if let Some(reason) = &reason {
        let which = line.job.map(which).filter(|which| !which.is_empty());
        session.output.line(format!(
            "  {} {} {}{}: {}",
            printable(&what.name, 64),
            what.mac,
            standing.as_str(),
            which.map(|which| format!(" ({which})")).unwrap_or_default(),
            printable(reason, 300)
        ));
    }
    let (serial, fingerprint) = match standing {
        Standing::Issued(known) => (
            Some(known.what.serial.clone()),
            Some(hex(&known.what.fingerprint)),
        ),
        _ => (None, None),
    };
    let event = json!({
        "event": "board", "name": what.name, "mac": what.mac, "standing": standing.as_str(),
        "state": line.board.state.as_str(), "reason": reason, "key_sha256": what.key.to_string(),
        "job": line.job.map(|job| job.intent.name.clone()), "serial": serial, "fingerprint": fingerprint,
    });
    session.output.object(&match line.job {
        Some(job) => with_part(event, job),
        None => event,
    });
}

fn tell(session: &Session, counts: Counts) {
    session.output.line(format!(
        "{}: {} issued, {} failed, {} missing, {} mismatched, {} unanswered, {} not submitted",
        count(counts.boards(), "board"),
        counts.issued,
        counts.failed,
        counts.missing,
        counts.mismatched,
        counts.unanswered,
        counts.waiting
    ));
    if counts.unexpected + counts.further > 0 {
        session.output.line(format!(
            "certificates besides: {} unexpected, {} for a board that has its own or can't be told",
            counts.unexpected, counts.further
        ));
    }
    session.output.object(&json!({
        "event": "reconciled", "boards": counts.boards(), "issued": counts.issued, "failed": counts.failed,
        "missing": counts.missing, "mismatched": counts.mismatched, "unanswered": counts.unanswered,
        "waiting": counts.waiting, "unexpected": counts.unexpected, "further": counts.further,
        "all_well": counts.is_all_well(),
    }));
}
