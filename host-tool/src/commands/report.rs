//! `nameplate report`: what became of each row.

use std::fs::File;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::parts::{part_path, part_words, with_part};
use super::setup::{BATCH_FILE, REPORT_FILE};
use super::{Session, Setup, rework_file};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::codes::{Code, of_io};
use crate::fault::{self, Point};
use crate::service::words::printable;
use crate::service::{BatchService, JobId, ServiceError};
use crate::store::{self, Board, BoardState, Job, Store, StoreError, Which};
use crate::submission::outcomes::{TakeError, Taken, take_over};
use crate::submission::{SubmitError, absolute, sha256_of_file};
use crate::whole_file::{WholeFile, folder_of};

/// Runs the command.
///
/// # Errors
/// Where the report could not be fetched.
pub fn run(session: &Session, args: &args::Report) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    // What is wrong with the configuration is told before the batch is opened.
    setup.service()?;
    let mut store = setup.store()?;
    let path = args
        .output
        .clone()
        .unwrap_or_else(|| setup.file(REPORT_FILE));
    let mut outcome = Outcome::Done;
    for (job, id) in super::status::jobs(&store)? {
        let path = part_path(&path, &job);
        outcome = outcome.and(fetch(session, &setup, &mut store, &job, &id, &path)?);
    }
    rework_file::write(session, &setup, store.reader())?;
    super::status::refuse_unsubmitted(&store)?;
    Ok(outcome)
}

/// Fetches the report of a job of an open batch to `path`, and takes over what it says of each board.
///
/// # Errors
/// As [`run`].
pub fn fetch(
    session: &Session,
    setup: &Setup,
    store: &mut Store,
    job: &Job,
    id: &JobId,
    path: &Path,
) -> Result<Outcome, Failure> {
    let file = download(setup, id, path)?;
    let sha256 = sha256_of_file(file.part()).map_err(unusable("read", file.part()))?;
    let known = absolute(path);
    let ours = path == part_path(&setup.file(REPORT_FILE), job)
        || job.report_file.as_ref() == Some(&known);
    if !ours {
        refuse_another(path, &sha256)?;
    }
    file.finish().map_err(unusable("put in place", path))?;
    fault::at(Point::ReportWritten);
    store.record_report(job.row, &known, &sha256)?;
    fault::at(Point::ReportRecorded);
    session.output.line(format!(
        "{}report of job {id} written to {}",
        part_words(job),
        path.display()
    ));
    if store.reader().counts()?.boards() == 0 {
        return super::own_data::tell_report(session, setup, job, path);
    }
    let settings = setup.config.service_settings()?;
    let open = || File::open(path);
    match take_over(store, job.row, &settings.report_columns, open) {
        Ok(taken) => {
            fault::at(Point::ReportApplied);
            refuse_stranger_s(store, job, id, &taken)?;
            tell(session, store, job, &taken)
        }
        Err(TakeError::Report(error)) => {
            let step = error.next_step();
            session
                .output
                .line(format!("its rows could not be taken over: {error}"));
            session.output.line(format!("  {step}"));
            let event = json!({
                "event": "report", "file": path, "error": error.to_string(), "next_step": step
            });
            session.output.object(&with_part(event, job));
            Ok(Outcome::Partly)
        }
        Err(TakeError::Export(error)) => Err(error.into()),
        Err(TakeError::Store(error)) => Err(error.into()),
        Err(error @ TakeError::Names(_)) => Err(Failure::of(error)
            .next("Make room in the temporary folder (TMPDIR), then run the same command again.")),
        Err(TakeError::Open(error)) => Err(unusable("read", path)(error)),
    }
}

/// The raw bytes, whole or not at all, beside the place where they belong.
fn download(setup: &Setup, id: &JobId, path: &Path) -> Result<WholeFile, Failure> {
    let folder = folder_of(path);
    if !folder.is_dir() {
        let error = anyhow::anyhow!("there is no folder {}", folder.display());
        return Err(
            Failure::usage(Code::FileMissing, error).next("Make it, or give another --output.")
        );
    }
    let mut file = WholeFile::begin(path).map_err(unusable("make", path))?;
    let service = setup.service()?;
    match service.download_report(id, file.file()) {
        Ok(_) => Ok(file),
        Err(ServiceError::Output { source, .. }) => Err(unusable("write", file.part())(source)),
        Err(error) => Err(explain(service.as_ref(), id, error)),
    }
}

/// A refusal may only mean that there is no report yet; the job's status tells.
fn explain(service: &dyn BatchService, id: &JobId, error: ServiceError) -> Failure {
    let refused = matches!(
        error,
        ServiceError::Refused(_) | ServiceError::NotFound { .. }
    );
    let status = if refused {
        service.job_status(id).ok()
    } else {
        None
    };
    match status {
        Some(status) if !status.phase().has_ended() => {
            let words = format!("there is no report yet: job {id} is {}", status.raw());
            Failure::new(
                Code::ReportPending,
                anyhow::Error::new(error).context(words),
            )
            .next("Run `nameplate status --wait`, then the same command again.")
        }
        _ => error.into(),
    }
}

/// A job that was found by its name after an interruption may be another bench's, which submitted under that name at the same time. Its
/// report shows that: it names none of the boards here.
fn refuse_stranger_s(
    store: &mut Store,
    job: &Job,
    id: &JobId,
    taken: &Taken,
) -> Result<(), Failure> {
    let applied = &taken.applied;
    let ours = applied.issued + applied.failed + applied.reworked;
    let none_is_ours = ours == 0 && taken.unclear.is_empty() && applied.unknown > 0;
    if job.answer_lost_ms.is_none() || !none_is_ours {
        return Ok(());
    }
    let words = format!(
        "job {id} was found by its name after an interruption, and it is not this batch's: its report names none of the boards"
    );
    store.record_disowned(job.row, &words)?;
    let next = SubmitError::CannotKnow { source: None }.next_step();
    Err(Failure::new(Code::WrongJob, anyhow::anyhow!(words)).next(next))
}

/// Nothing of somebody else's is overwritten.
fn refuse_another(path: &Path, sha256: &str) -> Result<(), Failure> {
    if !path.exists() || sha256_of_file(path).is_ok_and(|there| there == sha256) {
        return Ok(());
    }
    let error = anyhow::anyhow!(
        "{} is there already, and it is not this batch's report",
        path.display()
    );
    Err(Failure::usage(Code::FileExists, error)
        .next("Give another --output, or move that file away."))
}

fn unusable(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
    let words = format!("can't {operation} {}", path.display());
    move |source| {
        Failure::new(of_io(&source), anyhow::Error::new(source).context(words))
            .next("Mend that, or give another --output, then run the same command again.")
    }
}

fn tell(session: &Session, store: &Store, job: &Job, taken: &Taken) -> Result<Outcome, Failure> {
    let applied = &taken.applied;
    let mut line = format!(
        "{} issued, {} failed, {} without an answer",
        applied.issued, applied.failed, applied.without_outcome
    );
    if applied.reworked > 0 {
        let more = format!(", {} submitted again since", applied.reworked);
        line.push_str(&more);
    }
    session.output.line(line);
    tell_boards(session, store, job, taken)?;
    for note in taken.notes.lines() {
        session.output.line(format!("  {note}"));
    }
    if taken.notes.left_out() > 0 {
        session.output.line(format!(
            "  and {} more rows to look at in the report",
            taken.notes.left_out()
        ));
    }
    if applied.unknown > 0 {
        let only = job.parts == 1 && job.round == 1;
        let whole = if only { "batch" } else { "job" };
        let names: Vec<_> = applied
            .unknown_names
            .iter()
            .map(|name| printable(name, 64))
            .collect();
        session.output.line(format!(
            "  {} rows are for boards that are not in this {whole}: {}",
            applied.unknown,
            names.join(", ")
        ));
    }
    let event = json!({
        "event": "report", "issued": applied.issued, "failed": applied.failed,
        "without_answer": applied.without_outcome, "reworked": applied.reworked, "unknown": applied.unknown,
        "notes": taken.notes.lines(),
    });
    session.output.object(&with_part(event, job));
    let all = applied.failed == 0 && applied.without_outcome == 0 && applied.unknown == 0;
    Ok(if all { Outcome::Done } else { Outcome::Partly })
}

/// Each board that got no certificate, with its reason.
fn tell_boards(
    session: &Session,
    store: &Store,
    job: &Job,
    taken: &Taken,
) -> Result<(), StoreError> {
    let which = Which::Job(job.row);
    store.reader().boards_of(which, |board: Board| {
        let reason = match board.state {
            _ if board.job != Some(job.row) => return Ok(()),
            BoardState::Failed => board.error.as_deref().unwrap_or("no reason given"),
            BoardState::Submitted => taken
                .unclear
                .get(&board.what.name)
                .map_or("the report does not name it", String::as_str),
            _ => return Ok(()),
        };
        let (name, reason) = (printable(&board.what.name, 64), printable(reason, 240));
        session
            .output
            .line(format!("  {name} {}: {reason}", board.what.mac));
        session.output.object(&json!({
            "event": "board", "name": board.what.name, "mac": board.what.mac,
            "state": board.state.to_string(), "error": reason,
        }));
        Ok(())
    })
}

/// The files of a batch that its operator may want.
pub fn files(setup: &Setup) -> [PathBuf; 3] {
    [
        setup.file(BATCH_FILE),
        setup.file(REPORT_FILE),
        setup.file(store::DATABASE),
    ]
}
