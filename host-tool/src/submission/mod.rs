//! The rules of submission: a batch becomes one job, whatever is interrupted when.
//!
//! The intent is durable before anything is sent, the job's id before anything else is done. Between the two nobody here can
//! know whether the service has made the job; then it is looked for by its name, and a file is only ever sent again
//! where the service itself has said, twice, that there is no such job, or where a person has.

mod digest;
mod error;
mod names;
pub mod outcomes;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub use digest::sha256_of_file;
pub use error::SubmitError;

use crate::batch::{Exported, write_csv};
use crate::config::CsrCell;
use crate::service::{BatchService, DataFile, JobData, JobId, NewJob, ServiceError};
use crate::store::{Intent, Job, Store};

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

/// What became of the batch.
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
    /// The file was written.
    Exported(&'a Exported),
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
    /// The file to write and send.
    pub file: &'a Path,
    /// How certificate requests stand in it.
    pub cell: CsrCell,
    /// Waits; a test's does not.
    pub sleep: &'a dyn Fn(Duration),
    /// Set when the operator wants it to end: then nothing more is sent.
    pub interrupt: &'a AtomicBool,
    /// Is told what happens.
    pub observe: &'a dyn Fn(Step<'_>),
}

impl Submission<'_> {
    /// Makes the batch one job, or finds out that it is.
    ///
    /// # Errors
    /// [`SubmitError`]; run again, it goes on where it was.
    pub fn run(&mut self, settle: &Settle) -> Result<Submitted, SubmitError> {
        let Some(job) = self.store.reader().current_job()? else {
            return match &settle.job_id {
                None => self.submit_new(),
                Some(_) => Err(SubmitError::NothingToSettle),
            };
        };
        let Some(id) = &job.service_id else {
            return self.go_on(&job, settle);
        };
        let stored = JobId::parse(id).map_err(SubmitError::StoredId)?;
        match &settle.job_id {
            Some(given) if *given != stored => Err(SubmitError::OtherJob {
                stored,
                given: given.clone(),
            }),
            _ => Ok(Submitted::Before(stored)),
        }
    }

    fn submit_new(&mut self) -> Result<Submitted, SubmitError> {
        let exported = write_csv(self.store.reader(), self.cell, self.file, true)?;
        (self.observe)(Step::Exported(&exported));
        let data = DataFile::look_at(self.file)?;
        let name = self.store.meta().name.clone();
        let none_before = self.is_name_free(&name)?;
        self.stop_if_interrupted()?;
        let job = self.store.record_intent(&Intent {
            name,
            data_file: absolute(self.file),
            data_sha256: exported.sha256,
            data_bytes: exported.bytes,
            data_rows: exported.rows,
            no_job_of_that_name_before: none_before,
        })?;
        self.post(&job, &data)
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
            self.store.record_posted(id.as_str())?;
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
                self.store.record_posted(one.id.as_str())?;
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
        if sha256_of_file(self.file).is_ok_and(|stored| stored == job.intent.data_sha256) {
            return Ok(DataFile::look_at(self.file)?);
        }
        let exported = write_csv(self.store.reader(), self.cell, self.file, true)?;
        if exported.sha256 != job.intent.data_sha256 {
            return Err(SubmitError::FileChanged {
                path: self.file.to_owned(),
            });
        }
        Ok(DataFile::look_at(self.file)?)
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
                self.store.record_posted(id.as_str())?;
                Ok(Submitted::Now(id))
            }
            Err(error) if error.maybe_done() => {
                self.store.record_answer_lost(&error.to_string())?;
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
                self.store.abandon_intent(&error.to_string())?;
                Err(SubmitError::Service(error))
            }
        }
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
