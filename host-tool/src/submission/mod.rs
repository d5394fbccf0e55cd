//! The rules of submission: a batch becomes one job, or as many as it has parts, whatever is interrupted when.
//!
//! Parts are all meant in one durable step, then submitted one after the other, the next only when the one before is known.
//! The intent is durable before anything is sent, the job's id before anything else is done. Between the two nobody here can
//! know whether the service has made the job; then it is looked for by its name, and a file is only ever sent again
//! where the service itself has said, twice, that there is no such job, or where a person has.

mod digest;
mod error;
mod files;
mod names;
pub mod outcomes;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use digest::sha256_of_file;
pub use error::SubmitError;
pub use files::{Files, Split, part_name, round_stem};

use crate::batch::Exported;
use crate::config::DataForm;
use crate::fault::{self, Point};
use crate::service::{
    BatchService, DataFile, JobData, JobId, JobSummary, KeyGeneration, MAX_DATA_FILE, MacSequence,
    NewJob, ServiceError,
};
use crate::store::{BoardState, Intent, Job, Store, StoreError, Which};
use files::Round;

/// Between two looks for a job that may just be in the making.
const SECOND_LOOK: Duration = Duration::from_secs(2);
/// The form of what was not written from boards, as the store keeps it: it can't be written again.
const OWN_FORM: &str = "own";

/// How a person settles what nobody else can know.
#[derive(Clone, Debug, Default)]
pub struct Settle {
    /// The interrupted submission made this job.
    pub job_id: Option<JobId>,
    /// The interrupted submission made no job.
    pub again: bool,
}

/// What became of the batch, or of one of its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// A job was made now.
    Now(JobId),
    /// An earlier submission had made it; it was found by its name, or a person named it.
    Found(JobId),
    /// It was known before.
    Before(JobId),
}

impl Submitted {
    /// The job.
    pub fn job(&self) -> &JobId {
        match self {
            Self::Now(id) | Self::Found(id) | Self::Before(id) => id,
        }
    }
}

/// What the observer is told.
#[derive(Debug)]
pub enum Step<'a> {
    /// A file was written.
    Exported(&'a Exported),
    /// The CSV has so many bytes, which is over the limit: it goes in a ZIP.
    Compressed(u64, u64),
    /// There are so many jobs to be made.
    Split(usize),
    /// A part is begun.
    Part(&'a Job),
    /// The service has the batch's only job, or this part.
    Submitted(&'a Job, &'a Submitted),
    /// Bytes sent, of all.
    Sent(u64, u64),
    /// An earlier submission was interrupted: its job is looked for.
    Looking,
    /// The file was sent and the answer did not come: the job is looked for.
    AnswerLost(&'a ServiceError),
    /// The service can't be asked for jobs by name, so an interrupted submission could not be settled by itself.
    CannotLook(&'a ServiceError),
}

/// What is submitted, and with whose keys.
#[derive(Clone, Copy, Debug)]
pub struct What<'a> {
    /// Where the rows come from.
    pub source: Source<'a>,
    /// Who makes the keys.
    pub keys: KeyGeneration<'a>,
    /// The type of keys that the service makes.
    pub key_type: Option<&'a str>,
}

/// Where the rows of a job come from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// The boards of the batch: its files are written from them.
    Boards,
    /// A file that was put into the batch's folder before; the batch has no boards.
    File {
        /// The file.
        path: &'a Path,
        /// Its rows.
        rows: u64,
    },
    /// Addresses that the service counts. The batch has no boards.
    MacSequence {
        /// The file in the batch's folder that keeps which.
        path: &'a Path,
        /// Which.
        sequence: MacSequence,
    },
}

impl What<'static> {
    /// The boards with their own keys.
    pub const BOARDS: Self = Self {
        source: Source::Boards,
        keys: KeyGeneration::Client,
        key_type: None,
    };
}

/// A submission with its parts.
pub struct Submission<'a> {
    /// The batch.
    pub store: &'a mut Store,
    /// The service.
    pub service: &'a dyn BatchService,
    /// How the boards' files are written, and where.
    pub files: Files<'a>,
    /// Whether to make several jobs; of no account once they are meant.
    pub split: Split,
    /// Whether the boards that failed are to be submitted again.
    pub rework: bool,
    /// What is submitted.
    pub what: What<'a>,
    /// Waits; a test's does not.
    pub sleep: &'a dyn Fn(Duration),
    /// Set when the operator wants it to end: then nothing more is sent.
    pub interrupt: &'a AtomicBool,
    /// Is told what happens.
    pub observe: &'a dyn Fn(Step<'_>),
}

impl Submission<'_> {
    /// Makes the batch one job or several, or finds out that it is. What became of each, in order.
    ///
    /// # Errors
    /// [`SubmitError`]; run again, it goes on where it was.
    pub fn run(&mut self, settle: &Settle) -> Result<Vec<Submitted>, SubmitError> {
        let mut jobs = self.store.reader().jobs()?;
        let round = self.next_round(&jobs)?;
        if let Some(round) = &round {
            if settle.job_id.is_some() {
                return Err(SubmitError::NothingToSettle);
            }
            jobs = self.intend(round)?;
        } else if let Some(given) = &settle.job_id {
            refuse_other(&jobs, given)?;
        }
        let new = round.is_some();
        let mut all = Vec::with_capacity(jobs.len());
        for job in &jobs {
            let submitted = self
                .one(job, settle, new)
                .map_err(|error| error.of_part(job))?;
            (self.observe)(Step::Submitted(job, &submitted));
            all.push(submitted);
        }
        Ok(all)
    }

    /// The round that is to begin now, if any: what was begun is brought to its end first.
    fn next_round(&self, jobs: &[Job]) -> Result<Option<Round>, SubmitError> {
        let name = self.store.meta().name.clone();
        let Some(last) = jobs.iter().map(|job| job.round).max() else {
            if self.rework {
                return Err(SubmitError::NothingToRework);
            }
            return Ok(Some(Round { number: 1, name }));
        };
        let all_known = jobs.iter().all(|job| job.service_id.is_some());
        if !self.rework || !all_known {
            return Ok(None);
        }
        if let Some(job) = jobs.iter().find(|job| job.report_ms.is_none()) {
            // Of a round that is on its way, nothing is known to have failed.
            let name = job.intent.name.clone();
            let failed = self.store.reader().counts()?.of(BoardState::Failed);
            return match (last, failed) {
                (2.., 0) => Ok(None),
                _ => Err(StoreError::NoReportYet { name }.into()),
            };
        }
        if self.store.reader().counts()?.of(BoardState::Failed) == 0 {
            return Err(SubmitError::NothingToRework);
        }
        Ok(Some(Round {
            number: last.saturating_add(1),
            name: format!("{name} rework {last}"),
        }))
    }

    /// One job, from wherever it is.
    fn one(&mut self, job: &Job, settle: &Settle, new: bool) -> Result<Submitted, SubmitError> {
        if let Some(id) = &job.service_id {
            return JobId::parse(id)
                .map(Submitted::Before)
                .map_err(SubmitError::StoredId);
        }
        if job.parts > 1 {
            (self.observe)(Step::Part(job));
        }
        if !job.is_doubtful() {
            let data = self.same_file(job)?;
            // It was free when the parts were meant, which may be long ago.
            let none_before = self.is_name_free(&job.intent.name)?;
            self.stop_if_interrupted()?;
            let job = self.store.record_begun(job.row, none_before)?;
            return self.post(&job, data.as_ref(), false);
        }
        if new {
            let data = self.data(&self.files.path_of(&job.intent), self.files.limit)?;
            return self.post(job, data.as_ref(), false);
        }
        self.go_on(job, settle)
    }

    /// Has the files written, and records what is to be posted.
    fn intend(&mut self, round: &Round) -> Result<Vec<Job>, SubmitError> {
        let name = || round.name.clone();
        let mut intents = match self.what.source {
            Source::Boards => {
                self.files
                    .choose(self.store.reader(), round, self.split, self.observe)?
            }
            Source::File { path, rows } => vec![own(name(), path, rows)?],
            Source::MacSequence { path, sequence } => {
                vec![own(name(), path, sequence.count.into())?]
            }
        };
        for intent in &mut intents {
            intent.no_job_of_that_name_before = self.is_name_free(&intent.name)?;
        }
        self.stop_if_interrupted()?;
        fault::at(Point::IntentBefore);
        let jobs = match self.what.source {
            Source::Boards if round.number > 1 => self.store.record_rework(&intents)?,
            Source::Boards => self.store.record_intents(&intents)?,
            Source::File { .. } | Source::MacSequence { .. } => {
                let mut jobs = Vec::new();
                for intent in &intents {
                    jobs = self.store.record_intent_without_boards(intent)?;
                }
                jobs
            }
        };
        fault::at(Point::IntentAfter);
        Ok(jobs)
    }

    /// The file to be sent; none where the service counts addresses.
    fn data(&self, path: &Path, limit: u64) -> Result<Option<DataFile>, SubmitError> {
        match self.what.source {
            Source::MacSequence { .. } => Ok(None),
            Source::Boards | Source::File { .. } => Ok(Some(DataFile::look_at_most(path, limit)?)),
        }
    }

    /// That no job has the name now is what makes it possible to find ours by it later.
    fn is_name_free(&self, name: &str) -> Result<Option<bool>, SubmitError> {
        match self.service.find_jobs(name) {
            Ok(jobs) => match jobs.first() {
                None => Ok(Some(true)),
                Some(other) => Err(SubmitError::NameTaken {
                    name: name.to_owned(),
                    id: other.id.clone(),
                }),
            },
            Err(error) if is_no_list(&error) => {
                (self.observe)(Step::CannotLook(&error));
                Ok(None)
            }
            Err(error) => Err(SubmitError::Service(error)),
        }
    }

    /// An intent without an id: the program ended, or the answer was lost, in between.
    fn go_on(&mut self, job: &Job, settle: &Settle) -> Result<Submitted, SubmitError> {
        if let Some(id) = &settle.job_id {
            // A slip of the pen must not bind the batch to nothing.
            self.service
                .job_status(id)
                .map_err(|source| SubmitError::NotThatJob {
                    id: id.clone(),
                    source,
                })?;
            self.store.record_found(job.row, id.as_str())?;
            return Ok(Submitted::Found(id.clone()));
        }
        if !settle.again {
            (self.observe)(Step::Looking);
            if let Some(id) = self.look_for(job)? {
                return Ok(Submitted::Found(id));
            }
            (self.sleep)(SECOND_LOOK);
            if let Some(id) = self.look_for(job)? {
                return Ok(Submitted::Found(id));
            }
        }
        let data = self.same_file(job)?;
        self.stop_if_interrupted()?;
        self.post(job, data.as_ref(), settle.again)
    }

    /// Looks for the job of an intent, and keeps its id.
    fn look_for(&mut self, job: &Job) -> Result<Option<JobId>, SubmitError> {
        let found =
            self.service
                .find_jobs(&job.intent.name)
                .map_err(|source| SubmitError::CannotKnow {
                    source: Some(source),
                })?;
        match found.as_slice() {
            [] => Ok(None),
            [one] if job.intent.no_job_of_that_name_before == Some(true) && may_be(one, job) => {
                self.store.record_found(job.row, one.id.as_str())?;
                Ok(Some(one.id.clone()))
            }
            // There was no telling whose a job of that name is when ours was sent, or it surely is another's.
            [_] => Err(SubmitError::CannotKnow { source: None }),
            several => Err(SubmitError::SeveralJobs {
                name: job.intent.name.clone(),
                ids: several
                    .iter()
                    .take(10)
                    .map(|job| job.id.to_string())
                    .collect(),
            }),
        }
    }

    /// The file of an intent, as it was then: boards can't have come since, so it can be written again where it is gone.
    fn same_file(&mut self, job: &Job) -> Result<Option<DataFile>, SubmitError> {
        let intent = &job.intent;
        let path = self.files.path_of(intent);
        if sha256_of_file(&path).is_ok_and(|stored| stored == intent.data_sha256) {
            return self.data(&path, MAX_DATA_FILE);
        }
        if intent.data_form == OWN_FORM {
            return Err(SubmitError::DataChanged { path });
        }
        let written = DataForm::of_word(&intent.data_form)
            .map(|form| {
                let which = Which::Job(job.row);
                let source = self.files.source(self.store.reader());
                source.write(form, which, &path, true)
            })
            .transpose()?;
        if written.is_none_or(|exported| exported.sha256 != intent.data_sha256) {
            return Err(SubmitError::FileChanged { path });
        }
        self.data(&path, MAX_DATA_FILE)
    }

    /// The service surely did not take a job. As long as it took none of its round, that is as if it had not been tried; otherwise this
    /// part waits for the next run.
    fn give_up(&mut self, job: &Job, reason: &str) -> Result<(), SubmitError> {
        let jobs = self.store.reader().jobs()?;
        let mut of_round = jobs.iter().filter(|other| other.round == job.round);
        if of_round.any(|job| job.service_id.is_some()) {
            self.store.record_refused(job.row, reason)?;
        } else {
            self.store.abandon_intents(reason)?;
        }
        Ok(())
    }

    /// Two benches may both find a name free before either has sent its job, and a submission that was given up may arrive late:
    /// whoever is the last to look sees both, and a person must know.
    fn refuse_twin(&self, job: &Job, id: &JobId) -> Result<(), SubmitError> {
        if job.intent.no_job_of_that_name_before != Some(true) {
            return Ok(());
        }
        // Where the service can't be asked now, nothing is in doubt: this batch's job is known.
        let named = self.service.find_jobs(&job.intent.name).unwrap_or_default();
        let others = named.into_iter().map(|job| job.id);
        let others: Vec<_> = others.filter(|other| other != id).take(10).collect();
        if others.is_empty() {
            return Ok(());
        }
        Err(SubmitError::Twin {
            name: job.intent.name.clone(),
            id: id.clone(),
            others,
        })
    }

    fn stop_if_interrupted(&self) -> Result<(), SubmitError> {
        if self.interrupt.load(Ordering::Relaxed) {
            return Err(SubmitError::Interrupted);
        }
        Ok(())
    }

    /// Sends it. Where a person has looked, what else is there under its name is known.
    fn post(
        &mut self,
        job: &Job,
        data: Option<&DataFile>,
        looked: bool,
    ) -> Result<Submitted, SubmitError> {
        let new = NewJob {
            keys: self.what.keys,
            key_type: self.what.key_type,
            ..NewJob::client_keys(&job.intent.name)
        };
        let looked_at;
        let data = match (self.what.source, data) {
            (Source::MacSequence { sequence, .. }, _) => JobData::MacSequence(sequence),
            (_, Some(data)) => JobData::File(data),
            (_, None) => {
                let path = self.files.path_of(&job.intent);
                looked_at = DataFile::look_at_most(&path, MAX_DATA_FILE)?;
                JobData::File(&looked_at)
            }
        };
        let progress = |sent, total| (self.observe)(Step::Sent(sent, total));
        fault::at(Point::PostBefore);
        match self.service.create_job(&new, data, &progress) {
            Ok(id) => {
                fault::at(Point::PostAfter);
                self.store.record_posted(job.row, id.as_str())?;
                fault::at(Point::PostedAfter);
                if !looked {
                    self.refuse_twin(job, &id)?;
                }
                Ok(Submitted::Now(id))
            }
            Err(error) if error.maybe_done() => {
                self.store.record_answer_lost(job.row, &error.to_string())?;
                (self.observe)(Step::AnswerLost(&error));
                match self.look_for(job) {
                    Ok(Some(id)) => Ok(Submitted::Found(id)),
                    Ok(None) | Err(SubmitError::CannotKnow { .. }) => {
                        Err(SubmitError::AnswerLost(error))
                    }
                    Err(other) => Err(other),
                }
            }
            Err(error) => {
                self.give_up(job, &error.to_string())?;
                Err(SubmitError::Service(error))
            }
        }
    }
}

/// Whether a job of the right name may be the one that was sent. What the service says of its rows may be less than all as long as it
/// works.
fn may_be(found: &JobSummary, job: &Job) -> bool {
    let status = found.status.as_ref();
    let rows = status.and_then(|status| status.counts.total).unwrap_or(0);
    let ended = status.is_some_and(|status| status.phase().has_ended());
    rows == 0 || rows == job.intent.data_rows || (rows < job.intent.data_rows && !ended)
}

/// What is to be posted of a batch that is not of boards.
fn own(name: String, path: &Path, rows: u64) -> Result<Intent, SubmitError> {
    let unreadable = |source| SubmitError::Unreadable {
        path: path.to_owned(),
        source,
    };
    Ok(Intent {
        name,
        data_file: absolute(path),
        data_form: OWN_FORM.to_owned(),
        data_sha256: sha256_of_file(path).map_err(unreadable)?,
        data_bytes: std::fs::metadata(path).map_err(unreadable)?.len(),
        data_rows: rows,
        no_job_of_that_name_before: None,
    })
}

/// A person names a job for the one that is in doubt, or one that is known.
fn refuse_other(jobs: &[Job], given: &JobId) -> Result<(), SubmitError> {
    let known = |job: &&Job| job.service_id.as_deref() == Some(given.as_str());
    if jobs.iter().any(Job::is_doubtful) || jobs.iter().any(|job| known(&job)) {
        return Ok(());
    }
    let stored = jobs.iter().map(|job| job.service_id.as_deref());
    match stored.collect::<Option<Vec<_>>>().as_deref() {
        Some([stored, ..]) => Err(SubmitError::OtherJob {
            stored: JobId::parse(stored).map_err(SubmitError::StoredId)?,
            given: given.clone(),
        }),
        _ => Err(SubmitError::NothingToSettle),
    }
}

/// Whether the service can't be asked for jobs by name at all: that route is a guess, and a submission must not hang on it.
fn is_no_list(error: &ServiceError) -> bool {
    matches!(
        error,
        ServiceError::NotFound { .. } | ServiceError::Inconclusive { .. }
    )
}

/// A path as it is kept: it must mean the same from any folder.
pub fn absolute(path: &Path) -> String {
    let absolute = std::path::absolute(path);
    absolute.as_deref().unwrap_or(path).display().to_string()
}
