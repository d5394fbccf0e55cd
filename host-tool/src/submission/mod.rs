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
pub use files::{Files, Split, part_name};

use crate::batch::Exported;
use crate::config::DataForm;
use crate::service::{BatchService, DataFile, JobData, JobId, MAX_DATA_FILE, NewJob, ServiceError};
use crate::store::{Job, Store, Which};

/// Between two looks for a job that may just be in the making.
const SECOND_LOOK: Duration = Duration::from_secs(2);

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

/// A submission with its parts.
pub struct Submission<'a> {
    /// The batch.
    pub store: &'a mut Store,
    /// The service.
    pub service: &'a dyn BatchService,
    /// The files to write and send.
    pub files: Files<'a>,
    /// Whether to make several jobs; of no account once they are meant.
    pub split: Split,
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
        let new = jobs.is_empty();
        if new {
            if settle.job_id.is_some() {
                return Err(SubmitError::NothingToSettle);
            }
            jobs = self.intend()?;
        } else if let Some(given) = &settle.job_id {
            refuse_other(&jobs, given)?;
        }
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
            return self.post(&job, &data);
        }
        if new {
            let data = self.files.look_at(&job.intent)?;
            return self.post(job, &data);
        }
        self.go_on(job, settle)
    }

    /// Writes the files, and records what is to be posted.
    fn intend(&mut self) -> Result<Vec<Job>, SubmitError> {
        let name = self.store.meta().name.clone();
        let mut intents =
            self.files
                .choose(self.store.reader(), &name, self.split, self.observe)?;
        for intent in &mut intents {
            intent.no_job_of_that_name_before = self.is_name_free(&intent.name)?;
        }
        self.stop_if_interrupted()?;
        Ok(self.store.record_intents(&intents)?)
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
            self.store.record_posted(job.row, id.as_str())?;
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
        self.post(job, &data)
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
            [one] if job.intent.no_job_of_that_name_before == Some(true) => {
                self.store.record_posted(job.row, one.id.as_str())?;
                Ok(Some(one.id.clone()))
            }
            // There was no telling whose a job of that name is when ours was sent.
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
    fn same_file(&mut self, job: &Job) -> Result<DataFile, SubmitError> {
        let intent = &job.intent;
        let path = self.files.path_of(intent);
        if sha256_of_file(&path).is_ok_and(|stored| stored == intent.data_sha256) {
            return Ok(DataFile::look_at_most(&path, MAX_DATA_FILE)?);
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
        Ok(DataFile::look_at_most(&path, MAX_DATA_FILE)?)
    }

    /// The service surely did not take a job. As long as it took none, the whole batch is as if it had not been tried; otherwise this
    /// part waits for the next run.
    fn give_up(&mut self, job: &Job, reason: &str) -> Result<(), SubmitError> {
        let jobs = self.store.reader().jobs()?;
        if jobs.iter().any(|job| job.service_id.is_some()) {
            self.store.record_refused(job.row, reason)?;
        } else {
            self.store.abandon_intents(reason)?;
        }
        Ok(())
    }

    fn stop_if_interrupted(&self) -> Result<(), SubmitError> {
        if self.interrupt.load(Ordering::Relaxed) {
            return Err(SubmitError::Interrupted);
        }
        Ok(())
    }

    fn post(&mut self, job: &Job, data: &DataFile) -> Result<Submitted, SubmitError> {
        let new = NewJob::client_keys(&job.intent.name);
        let progress = |sent, total| (self.observe)(Step::Sent(sent, total));
        match self
            .service
            .create_job(&new, JobData::File(data), &progress)
        {
            Ok(id) => {
                self.store.record_posted(job.row, id.as_str())?;
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
