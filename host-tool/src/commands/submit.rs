//! `nameplate submit`: the batch as one job.

use std::time::Duration;

use serde_json::json;

use super::setup::BATCH_FILE;
use super::{Session, Setup};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::cli::progress::Progress;
use crate::service::{BadJobId, JobId};
use crate::store::Store;
use crate::submission::{Settle, Step, Submission, SubmitError, Submitted};

/// Runs the command.
///
/// # Errors
/// Where there is no job yet.
pub fn run(session: &Session, args: &args::Submit) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let settle = Settle {
        job_id: args
            .settle
            .job_id
            .as_deref()
            .map(JobId::parse)
            .transpose()
            .map_err(bad_id)?,
        again: args.settle.again,
    };
    // What is wrong with the configuration is told before the batch is opened.
    setup.service()?;
    let mut store = setup.store()?;
    submit(session, &setup, &mut store, &settle)
}

/// Submits from an open store.
///
/// # Errors
/// As [`run`].
pub fn submit(
    session: &Session,
    setup: &Setup,
    store: &mut Store,
    settle: &Settle,
) -> Result<Outcome, Failure> {
    let service = setup.service()?;
    let progress = Progress::new(session.output, session.quiet);
    let observe = |step: Step<'_>| tell(&progress, &step);
    let submitted = Submission {
        store,
        service: service.as_ref(),
        file: &setup.file(BATCH_FILE),
        cell: setup.config.batch.csr_cell,
        sleep: &|time: Duration| std::thread::sleep(time),
        interrupt: &session.interrupt,
        observe: &observe,
    }
    .run(settle);
    progress.clear();
    let submitted = submitted.map_err(failure)?;
    let (how, word) = match &submitted {
        Submitted::Now(_) => ("submitted", "submitted as"),
        Submitted::Found(_) => ("found", "found at the service as"),
        Submitted::Before(_) => ("before", "already submitted as"),
    };
    let id = submitted.job();
    session.output.line(format!("{word} job {id}"));
    session
        .output
        .object(&json!({"event": "submitted", "how": how, "job_id": id.as_str()}));
    Ok(Outcome::Done)
}

fn tell(progress: &Progress, step: &Step<'_>) {
    match step {
        Step::Exported(exported) => {
            progress.line(&format!("{} in the batch file, {} bytes", count(exported.rows, "board"), exported.bytes));
        }
        Step::Sent(sent, total) => progress.now(format!("sent {sent} of {total} bytes")),
        Step::Looking => progress.line("an earlier submission was interrupted: looking for its job"),
        Step::AnswerLost(error) => progress.trouble(&format!("! {error}; looking for it by its name")),
        Step::CannotLook(error) => progress.trouble(&format!(
            "! the service can't be asked for jobs by name ({error}): if this submission is interrupted, a person must look"
        )),
    }
}

fn bad_id(error: BadJobId) -> Failure {
    Failure::usage(error).next("Copy the job's id from the service's portal.")
}

fn failure(error: SubmitError) -> Failure {
    let step = error.next_step();
    Failure::new(error).next(step)
}
