//! `nameplate submit`: the batch as one job, or as several where it is asked for.

use std::time::Duration;

use serde_json::json;

use super::own_key::OwnKey;
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
    submit_data(session, &setup, &mut store, &settle, split, &args.data)
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
    split: Split,
) -> Result<Outcome, Failure> {
    submit_data(session, setup, store, settle, split, &args::Data::default())
}

fn submit_data(
    session: &Session,
    setup: &Setup,
    store: &mut Store,
    settle: &Settle,
    split: Split,
    data: &args::Data,
) -> Result<Outcome, Failure> {
    let service = setup.service()?;
    // Afterwards nothing can be mended: no way is known to have the same keys encrypted again.
    let jobs = store.reader().jobs()?;
    let before = !jobs.is_empty() && jobs.iter().all(|job| job.service_id.is_some());
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
    let progress = Progress::new(session.output, session.quiet);
    let observe = |step: Step<'_>| match step {
        Step::Submitted(job, submitted) => show(session, &progress, job, submitted),
        step => tell(&progress, &step),
    };
    let submitted = Submission {
        store,
        service: service.as_ref(),
        files,
        split,
        what,
        sleep: &|time: Duration| std::thread::sleep(time),
        interrupt: &session.interrupt,
        observe: &observe,
    }
    .run(settle);
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

/// `part 1 of 3: `, or nothing where there is one job only.
pub(super) fn part_words(job: &Job) -> String {
    if job.parts == 1 {
        return String::new();
    }
    format!("part {} of {}: ", job.part, job.parts)
}

/// An event with the part it is about, where there are several.
pub(super) fn with_part(mut event: serde_json::Value, job: &Job) -> serde_json::Value {
    if let (true, Some(fields)) = (job.parts > 1, event.as_object_mut()) {
        fields.insert("part".to_owned(), json!(job.part));
        fields.insert("parts".to_owned(), json!(job.parts));
    }
    event
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
            "part {} of {}, {}",
            job.part,
            job.parts,
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
    Failure::usage(error).next("Copy the job's id from the service's portal.")
}

fn failure(error: SubmitError) -> Failure {
    let step = error.next_step();
    Failure::new(error).next(step)
}
