//! `nameplate status`: where the job stands, or each of several.

use serde_json::json;

use super::parts::{part_words, which, with_part};
use super::{Session, Setup};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::progress::Progress;
use crate::codes::Code;
use crate::fault::{self, Point};
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
    let jobs = jobs(&store)?;
    let mut verdicts = Verdicts::default();
    for (job, id) in &jobs {
        let status = if args.wait {
            wait(session, &setup, &mut store, job, id)?
        } else {
            look(&setup, &mut store, job, id)?
        };
        show(session, job, id, &status);
        verdicts.add(job, &status);
    }
    verdicts.end(&store)
}

/// The batch's jobs that are at the service, with their ids.
///
/// # Errors
/// Where it was not submitted, or its submission was interrupted before there was any.
pub fn jobs(store: &Store) -> Result<Vec<(Job, JobId)>, Failure> {
    let submit = "Run `nameplate submit` first.";
    let all = store.reader().jobs()?;
    if all.is_empty() {
        return Err(Failure::new(
            Code::BatchNotSubmitted,
            anyhow::anyhow!("this batch is not submitted"),
        )
        .next(submit));
    }
    let mut known = Vec::with_capacity(all.len());
    for job in all {
        if let Some(id) = &job.service_id {
            let id = JobId::parse(id).map_err(|error| {
                let words = "the job id that the store keeps is none";
                Failure::new(Code::StoreDamaged, anyhow::Error::new(error).context(words))
                    .next("The store was changed by another program; put a copy back.")
            })?;
            known.push((job, id));
        }
    }
    if known.is_empty() {
        return Err(interrupted("the submission of this batch was interrupted"));
    }
    Ok(known)
}

fn interrupted(words: &'static str) -> Failure {
    Failure::new(Code::SubmissionInterrupted, anyhow::anyhow!(words))
        .next("Run `nameplate submit` again: it finds out what became of it.")
}

/// Fails where parts of a batch are not submitted yet.
///
/// # Errors
/// Then.
pub fn refuse_unsubmitted(store: &Store) -> Result<(), Failure> {
    let jobs = store.reader().jobs()?;
    let missing: Vec<_> = jobs.iter().filter(|job| job.service_id.is_none()).collect();
    let Some(first) = missing.first() else {
        return Ok(());
    };
    let error = if first.parts == 1 {
        anyhow::anyhow!("{} is not submitted yet", which(first))
    } else {
        let parts: Vec<_> = missing.iter().map(|job| job.part.to_string()).collect();
        anyhow::anyhow!(
            "of {} parts{}, these are not submitted yet: {}",
            first.parts,
            of_round(first),
            parts.join(", ")
        )
    };
    Err(Failure::new(Code::SubmissionInterrupted, error)
        .next("Run `nameplate submit` again: it goes on with them."))
}

/// ` of rework 1`; nothing in the first round.
fn of_round(job: &Job) -> String {
    match job.round {
        0 | 1 => String::new(),
        later => format!(" of rework {}", later - 1),
    }
}

fn look(setup: &Setup, store: &mut Store, job: &Job, id: &JobId) -> Result<JobStatus, Failure> {
    let status = setup.service()?.job_status(id)?;
    store.record_status(job.row, status.raw())?;
    Ok(status)
}

/// Follows a job to its end.
///
/// # Errors
/// Where it can't be followed, or the operator interrupts.
pub fn wait(
    session: &Session,
    setup: &Setup,
    store: &mut Store,
    job: &Job,
    id: &JobId,
) -> Result<JobStatus, Failure> {
    let settings = setup.config.service_settings()?;
    let service = setup.service()?;
    let patience = Patience {
        interval: settings.poll_interval,
        ..Patience::default()
    };
    let progress = Progress::new(session);
    progress.step("the service is at work");
    let mut last = String::new();
    let part = part_words(job);
    let mut observe = |step: Step<'_>| tell(&progress, &part, &mut last, &step);
    let followed = follow(
        service.as_ref(),
        id,
        &patience,
        &SystemClock,
        &session.interrupt,
        &mut observe,
    );
    progress.clear();
    match followed? {
        follow::Outcome::Ended(status) => {
            fault::at(Point::StatusBefore);
            store.record_status(job.row, status.raw())?;
            fault::at(Point::StatusAfter);
            Ok(status)
        }
        follow::Outcome::Interrupted(last) => {
            if let Some(status) = last {
                store.record_status(job.row, status.raw())?;
            }
            let error = anyhow::anyhow!("interrupted; the job goes on at the service");
            Err(Failure::new(Code::Interrupted, error)
                .next("Run the same command again to go on waiting."))
        }
    }
}

fn tell(progress: &Progress, part: &str, last: &mut String, step: &Step<'_>) {
    match step {
        Step::Status { status, changed } if *changed && *last != status.raw() => {
            // Rows that are done change the answer too, but not what there is to say.
            status.raw().clone_into(last);
            progress.line(&format!("{part}job is {}", status.raw()));
        }
        Step::NeedsApproval => progress.trouble(&format!(
            "! {part}the job waits for approval: a person with the right to approve batch jobs must do so in the service's portal"
        )),
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

fn show(session: &Session, job: &Job, id: &JobId, status: &JobStatus) {
    let counts = status.counts;
    let number =
        |count: Option<u64>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
    session.output.line(format!(
        "{}job {id} ({}) is {}",
        part_words(job),
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
    tell_program(session, job, id, status);
}

/// Where the job stands, for programs only.
pub fn tell_program(session: &Session, job: &Job, id: &JobId, status: &JobStatus) {
    let counts = status.counts;
    let event = json!({
        "event": "status", "job_id": id.as_str(), "name": job.intent.name, "status": status.raw(),
        "ended": status.phase().has_ended(), "total": counts.total, "succeeded": counts.succeeded, "failed": counts.failed,
    });
    session.output.object(&with_part(event, job));
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

/// What the ends of a batch's jobs come to, for the whole of it.
#[derive(Default)]
pub struct Verdicts {
    failed: Vec<Ended>,
    jobs: usize,
}

/// A job that has ended without having been carried out.
struct Ended {
    round: u32,
    which: String,
    status: String,
    step: &'static str,
}

impl Verdicts {
    /// Takes note of a job. An end without a certificate for anybody is a failure; what COMPLETE means for each row, the report says.
    pub fn add(&mut self, job: &Job, status: &JobStatus) {
        self.jobs += 1;
        // What failed before was submitted again.
        self.failed.retain(|ended| ended.round == job.round);
        let step = match status.phase() {
            Phase::Failed => "Run `nameplate report`: it says why, row by row.",
            Phase::Rejected | Phase::Terminated => {
                "Ask whoever approves jobs why; the boards and their requests are kept in this batch."
            }
            _ => return,
        };
        self.failed.push(Ended {
            round: job.round,
            which: which(job),
            status: status.raw().to_owned(),
            step,
        });
    }

    /// The outcome of the whole.
    ///
    /// # Errors
    /// Where a job has ended without having been carried out, or a part is not submitted.
    pub fn end(&self, store: &Store) -> Result<Outcome, Failure> {
        refuse_unsubmitted(store)?;
        let error = match self.failed.as_slice() {
            [] => return Ok(Outcome::Done),
            [only] if self.jobs == 1 => anyhow::anyhow!("the job ended as {}", only.status),
            failed => {
                let each = failed.iter();
                let each: Vec<_> = each
                    .map(|ended| format!("{} ended as {}", ended.which, ended.status))
                    .collect();
                anyhow::anyhow!("of {} jobs, {}", self.jobs, each.join(", "))
            }
        };
        let first = self.failed.first();
        Err(Failure::new(Code::JobFailed, error).next(first.map_or("", |ended| ended.step)))
    }
}
