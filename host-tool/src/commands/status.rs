//! `nameplate status`: where the job stands.

use serde_json::json;

use super::{Session, Setup};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::progress::Progress;
use crate::service::follow::{self, Patience, Step, SystemClock, follow};
use crate::service::{JobId, JobStatus, Phase};
use crate::store::{Job, Store};

/// Runs the command.
///
/// # Errors
/// Where there is no job, it can't be asked about, or it has ended without having been carried out.
pub fn run(session: &Session, args: &args::Status) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    // What is wrong with the configuration is told before the batch is opened.
    setup.service()?;
    let mut store = setup.store()?;
    let status = if args.wait {
        wait(session, &setup, &mut store)?
    } else {
        look(&setup, &mut store)?
    };
    show(session, &store, &status)?;
    verdict(&status)
}

/// The batch's job and its id.
///
/// # Errors
/// Where it was not submitted, or the submission was interrupted.
pub fn job(store: &Store) -> Result<(Job, JobId), Failure> {
    let submit = "Run `nameplate submit` first.";
    let Some(job) = store.reader().current_job()? else {
        return Err(Failure::new(anyhow::anyhow!("this batch is not submitted")).next(submit));
    };
    let Some(id) = &job.service_id else {
        let error = anyhow::anyhow!("the submission of this batch was interrupted");
        return Err(Failure::new(error)
            .next("Run `nameplate submit` again: it finds out what became of it."));
    };
    let id = JobId::parse(id).map_err(Failure::new)?;
    Ok((job, id))
}

fn look(setup: &Setup, store: &mut Store) -> Result<JobStatus, Failure> {
    let (_, id) = job(store)?;
    let status = setup.service()?.job_status(&id)?;
    store.record_status(status.raw())?;
    Ok(status)
}

/// Follows the job to its end.
///
/// # Errors
/// Where it can't be followed, or the operator interrupts.
pub fn wait(session: &Session, setup: &Setup, store: &mut Store) -> Result<JobStatus, Failure> {
    let (_, id) = job(store)?;
    let settings = setup.config.service_settings()?;
    let service = setup.service()?;
    let patience = Patience {
        interval: settings.poll_interval,
        ..Patience::default()
    };
    let progress = Progress::new(session.output, session.quiet);
    let mut last = String::new();
    let mut observe = |step: Step<'_>| tell(&progress, &mut last, &step);
    let followed = follow(
        service.as_ref(),
        &id,
        &patience,
        &SystemClock,
        &session.interrupt,
        &mut observe,
    );
    progress.clear();
    match followed? {
        follow::Outcome::Ended(status) => {
            store.record_status(status.raw())?;
            Ok(status)
        }
        follow::Outcome::Interrupted(last) => {
            if let Some(status) = last {
                store.record_status(status.raw())?;
            }
            let error = anyhow::anyhow!("interrupted; the job goes on at the service");
            Err(Failure::new(error).next("Run the same command again to go on waiting."))
        }
    }
}

fn tell(progress: &Progress, last: &mut String, step: &Step<'_>) {
    match step {
        Step::Status { status, changed } if *changed && *last != status.raw() => {
            // Rows that are done change the answer too, but not what there is to say.
            status.raw().clone_into(last);
            progress.line(&format!("job is {}", status.raw()));
        }
        Step::NeedsApproval => progress.trouble(
            "! the job waits for approval: a person with the right to approve batch jobs must do so in the service's portal",
        ),
        Step::UnknownStatus { status } => {
            progress.trouble(&format!("! the status {:?} is not known here; asking on", status.raw()));
        }
        Step::Retry { error, attempt, wait } => progress.trouble(&format!(
            "! {error}; asking again in {} s (fault {attempt} in a row)",
            wait.as_secs().max(1)
        )),
        _ => {}
    }
}

fn show(session: &Session, store: &Store, status: &JobStatus) -> Result<(), Failure> {
    let (job, id) = job(store)?;
    let counts = status.counts;
    let number =
        |count: Option<u64>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
    session.output.line(format!(
        "job {id} ({}) is {}",
        job.intent.name,
        status.raw()
    ));
    if counts.total.is_some() {
        session.output.line(format!(
            "  {} rows: {} succeeded, {} failed",
            number(counts.total),
            number(counts.succeeded),
            number(counts.failed)
        ));
    }
    if let Some(hint) = hint(status.phase()) {
        session.output.line(format!("  {hint}"));
    }
    tell_program(session, store, status)
}

/// Where the job stands, for programs only.
///
/// # Errors
/// As [`job`].
pub fn tell_program(session: &Session, store: &Store, status: &JobStatus) -> Result<(), Failure> {
    let (job, id) = job(store)?;
    let counts = status.counts;
    session.output.object(&json!({
        "event": "status", "job_id": id.as_str(), "name": job.intent.name, "status": status.raw(),
        "ended": status.phase().has_ended(), "total": counts.total, "succeeded": counts.succeeded, "failed": counts.failed,
    }));
    Ok(())
}

/// What a person may want to do about a job that stands so.
fn hint(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::PendingApproval => Some(
            "a person with the right to approve batch jobs must approve it in the service's portal",
        ),
        Phase::Complete => Some("which rows succeeded, `nameplate report` tells"),
        Phase::Unknown => {
            Some("this version does not know that status: look at the job in the service's portal")
        }
        _ => None,
    }
}

/// An end without a certificate for anybody is a failure; what COMPLETE means for each row, the report says.
///
/// # Errors
/// Where the job has ended without having been carried out.
pub fn verdict(status: &JobStatus) -> Result<Outcome, Failure> {
    let step = match status.phase() {
        Phase::Failed => "Run `nameplate report`: it says why, row by row.",
        Phase::Rejected | Phase::Terminated => {
            "Ask whoever approves jobs why; the boards and their requests are kept in this batch."
        }
        _ => return Ok(Outcome::Done),
    };
    let error = anyhow::anyhow!("the job ended as {}", status.raw());
    Err(Failure::new(error).next(step))
}
