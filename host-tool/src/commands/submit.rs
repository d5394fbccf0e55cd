//! `nameplate submit`: the batch as one job, or as several where it is asked for.

use std::time::Duration;

use serde_json::json;

use super::own_key::OwnKey;
use super::parts::{part_words, which, with_part};
use super::{Session, Setup, order, own_data};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::cli::progress::Progress;
use crate::service::{BadJobId, JobId, KeyGeneration};
use crate::store::{Job, Store};
use crate::submission::{
    Files, Settle, Source, Split, Step, Submission, SubmitError, Submitted, What,
};

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
    setup.config.server_keys()?;
    let wanted = args.data.data.is_some() || args.data.mac_sequence.is_some();
    let mut store = if wanted {
        setup.store_or_new()?
    } else {
        setup.store()?
    };
    let split = match args.split {
        None => Split::No,
        Some(None) => Split::AsFew,
        Some(Some(parts)) => Split::Into(parts),
    };
    let how = How {
        settle: &settle,
        split,
        rework: args.rework,
    };
    submit_data(session, &setup, &mut store, &how, &args.data)
}

/// How an operator wants it submitted.
#[derive(Clone, Copy)]
struct How<'a> {
    settle: &'a Settle,
    split: Split,
    /// The boards that failed, once more.
    rework: bool,
}

/// Submits from an open store.
///
/// # Errors
/// As [`run`].
pub fn submit(
    session: &Session,
    setup: &Setup,
    store: &mut Store,
    rework: bool,
) -> Result<Outcome, Failure> {
    let how = How {
        settle: &Settle::default(),
        split: Split::No,
        rework,
    };
    submit_data(session, setup, store, &how, &args::Data::default())
}

fn submit_data(
    session: &Session,
    setup: &Setup,
    store: &mut Store,
    how: &How<'_>,
    data: &args::Data,
) -> Result<Outcome, Failure> {
    let service = setup.service()?;
    // Afterwards nothing can be mended: no way is known to have the same keys encrypted again.
    let jobs = store.reader().jobs()?;
    let submitted = !jobs.is_empty() && jobs.iter().all(|job| job.service_id.is_some());
    let before = submitted && !how.rework;
    let own_key = if before { None } else { OwnKey::load(setup)? };
    if let Some(own_key) = &own_key {
        own_key.check()?;
    }
    let own_data = own_data::of(session, setup, store, data)?;
    let what = What {
        source: own_data
            .as_ref()
            .map_or(Source::Boards, own_data::OwnData::source),
        keys: own_key
            .as_ref()
            .map_or(KeyGeneration::Client, |own| KeyGeneration::Server {
                encryption_certificate: &own.text,
            }),
        key_type: own_key.as_ref().and_then(|own| own.key_type.as_deref()),
    };
    let batch = &setup.config.batch;
    let order = order::of_batch(Some(session), setup)?;
    let files = Files {
        folder: setup.folder(),
        form: batch.data,
        cell: batch.csr_cell_sent(),
        order: order.as_deref(),
        limit: batch.upload_limit()?,
    };
    let progress = Progress::new(session);
    progress.step("submitting");
    let observe = |step: Step<'_>| match step {
        Step::Submitted(job, submitted) => show(session, &progress, job, submitted),
        step => tell(&progress, &step),
    };
    let submitted = Submission {
        store,
        service: service.as_ref(),
        files,
        split: how.split,
        rework: how.rework,
        what,
        sleep: &|time: Duration| std::thread::sleep(time),
        interrupt: &session.interrupt,
        observe: &observe,
    }
    .run(how.settle);
    progress.clear();
    submitted.map_err(failure)?;
    Ok(Outcome::Done)
}

fn show(session: &Session, progress: &Progress, job: &Job, submitted: &Submitted) {
    let (how, word) = match submitted {
        Submitted::Now(_) => ("submitted", "submitted as"),
        Submitted::Found(_) => ("found", "found at the service as"),
        Submitted::Before(_) => ("before", "already submitted as"),
    };
    let id = submitted.job();
    if job.part == job.parts {
        progress.clear();
    }
    session
        .output
        .line(format!("{}{word} job {id}", part_words(job)));
    let event = json!({"event": "submitted", "how": how, "job_id": id.as_str()});
    session.output.object(&with_part(event, job));
}

fn tell(progress: &Progress, step: &Step<'_>) {
    match step {
        Step::Exported(exported) => {
            progress.line(&format!("{} in the batch file, {} bytes", count(exported.rows, "board"), exported.bytes));
        }
        Step::Compressed(bytes, limit) => progress.line(&format!(
            "{bytes} bytes as a CSV, and the service takes at most {limit}: it goes in a ZIP"
        )),
        Step::Split(jobs) => progress.line(&format!("the batch goes as {jobs} jobs")),
        Step::Part(job) => progress.line(&format!(
            "{}, {}",
            which(job),
            count(job.intent.data_rows, "board")
        )),
        Step::Submitted(..) => {}
        Step::Sent(sent, total) => progress.now(format!("sent {sent} of {total} bytes")),
        Step::Looking => progress.line("an earlier submission was interrupted: looking for its job"),
        Step::AnswerLost(error) => progress.trouble(&format!("! {error}; looking for it by its name")),
        Step::CannotLook(error) => progress.trouble(&format!(
            "! the service can't be asked for jobs by name ({error}): if this submission is interrupted, a person must look"
        )),
    }
}

fn bad_id(error: BadJobId) -> Failure {
    Failure::usage_of(error).next("Copy the job's id from the service's portal.")
}

fn failure(error: SubmitError) -> Failure {
    let step = error.next_step();
    Failure::of(error).next(step)
}
