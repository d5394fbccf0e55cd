//! Why a batch is no job yet.

use std::path::PathBuf;

use crate::batch::ExportError;
use crate::codes::{self, Coded};
use crate::service::job::BadJobId;
use crate::service::{DataFileError, JobId, ServiceError};
use crate::store::{Job, StoreError};

/// Why a batch is no job yet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The file could not be written.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// The file can't be sent.
    #[error(transparent)]
    DataFile(#[from] DataFileError),
    /// The batch, or a part of it, is over the limit.
    #[error(
        "{} would have {bytes} bytes for {boards} boards{}; the service takes at most {limit}",
        path.display(),
        unpacked.map(|bytes| format!(" ({bytes} as a CSV)")).unwrap_or_default()
    )]
    TooLarge {
        /// The smallest file that was tried.
        path: PathBuf,
        /// Boards in it.
        boards: u64,
        /// Its size in bytes.
        bytes: u64,
        /// The size in bytes of what is in it, where that was tried first.
        unpacked: Option<u64>,
        /// The limit in bytes.
        limit: u64,
        /// How many jobs may do.
        enough: u64,
    },
    /// There are not so many boards.
    #[error("{boards} boards can't be {parts} jobs")]
    MorePartsThanBoards {
        /// The jobs that were asked for.
        parts: u64,
        /// The boards of the batch.
        boards: u64,
    },
    /// A part of the batch; those before it are submitted.
    #[error("part {part} of {parts} is not submitted yet")]
    Part {
        /// Which.
        part: u32,
        /// Of so many.
        parts: u32,
        /// Why.
        source: Box<SubmitError>,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The service refused, or was not reached; it made no job.
    #[error("the batch was not submitted")]
    Service(#[source] ServiceError),
    /// A job of that name is there already.
    #[error("the service already has a job named {name:?}, {id}, and it is not this batch's")]
    NameTaken {
        /// The batch's name.
        name: String,
        /// The job.
        id: JobId,
    },
    /// The file was sent, but no answer came, and no job of that name is found now.
    #[error("the batch was sent, but the service's answer was lost")]
    AnswerLost(#[source] ServiceError),
    /// An earlier submission was interrupted, and nobody here can tell whether the job was made.
    #[error(
        "an earlier submission was interrupted, and it can't be told from here whether the service has made the job"
    )]
    CannotKnow {
        /// Why the service could not be asked; where missing, it has a job of that name, but whose is not certain.
        source: Option<ServiceError>,
    },
    /// A person named a job that the service does not show.
    #[error("job {id} can't be taken for this batch's")]
    NotThatJob {
        /// The job that was named.
        id: JobId,
        /// What the service said of it.
        source: ServiceError,
    },
    /// No board failed, as far as is known.
    #[error("no board of this batch has failed, so there is nothing to submit again")]
    NothingToRework,
    /// A person named a job, and no submission waits to be settled.
    #[error("no submission of this batch was interrupted, so there is no job to be named")]
    NothingToSettle,
    /// A person named another job than the one that is known.
    #[error("this batch is job {stored}, not {given}")]
    OtherJob {
        /// The job that is known.
        stored: JobId,
        /// The one that was named.
        given: JobId,
    },
    /// Several jobs have the name.
    #[error("an earlier submission was interrupted, and the service has several jobs named {name:?}: {}", ids.join(", "))]
    SeveralJobs {
        /// The batch's name.
        name: String,
        /// The jobs.
        ids: Vec<String>,
    },
    /// The batch is submitted, and somebody else's job has its name.
    #[error(
        "this batch is submitted as job {id}, and the service has another job that was made under its name {name:?} at the same \
         time: {}",
        others.iter().map(JobId::as_str).collect::<Vec<_>>().join(", ")
    )]
    Twin {
        /// The batch's name.
        name: String,
        /// The batch's job.
        id: JobId,
        /// The others.
        others: Vec<JobId>,
    },
    /// The boards are others than when the interrupted submission began.
    #[error("{} would not be what the interrupted submission sent", path.display())]
    FileChanged {
        /// The file.
        path: PathBuf,
    },
    /// The file of a batch without boards was changed since the interrupted submission.
    #[error("{} is not what the interrupted submission sent", path.display())]
    DataChanged {
        /// The file.
        path: PathBuf,
    },
    /// The file of a batch without boards can't be read.
    #[error("can't read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The operator ended it before it was sent.
    #[error("interrupted; nothing was sent")]
    Interrupted,
    /// The stored id is none.
    #[error("the stored job id is none")]
    StoredId(#[source] BadJobId),
}

impl SubmitError {
    /// What to do next, in one sentence.
    pub fn next_step(&self) -> String {
        match self {
            Self::Export(ExportError::Empty) => "Run `nameplate collect` first.".to_owned(),
            Self::TooLarge { boards: 0 | 1, .. } => {
                "Leave out columns that the policy does not need.".to_owned()
            }
            Self::TooLarge { enough, .. } => format!(
                "Run `nameplate submit --split` to make as few jobs of it as fit, or --split N (about {}); or leave out columns that the \
                 policy does not need.",
                (*enough).max(2)
            ),
            Self::MorePartsThanBoards { .. } => {
                "Give --split without a number: it makes as few jobs as fit.".to_owned()
            }
            Self::Part { source, .. } => source.next_step(),
            Self::Store(StoreError::NoReportYet { .. }) => {
                "Run `nameplate status --wait`, then `nameplate report`, then the same command again."
                    .to_owned()
            }
            Self::Store(StoreError::OtherPartsId { .. }) => {
                "Name the job of the part whose submission was interrupted.".to_owned()
            }
            Self::Export(_) | Self::DataFile(_) | Self::Store(_) => {
                codes::entry::next_step(self.code()).to_owned()
            }
            Self::Service(error) | Self::NotThatJob { source: error, .. } => error.next_step(),
            Self::CannotKnow { source: Some(error) } if can_ask_again(error) => format!(
                "{} Run again, it looks for the job before it sends anything.",
                error.next_step()
            ),
            Self::Interrupted => "Run the same command again: it goes on from here.".to_owned(),
            Self::NothingToRework => {
                "Run `nameplate reconcile` to see where each board stands.".to_owned()
            }
            Self::NothingToSettle => "Run `nameplate submit` without --job-id.".to_owned(),
            Self::OtherJob { .. } => "Run `nameplate status` to see where it stands.".to_owned(),
            Self::NameTaken { .. } => {
                "If it is another bench's, begin a batch with another batch.name; a name must lead to one job.".to_owned()
            }
            Self::AnswerLost(_) => {
                "Run the same command again: it looks for the job by its name before it sends anything.".to_owned()
            }
            Self::CannotKnow { .. } | Self::SeveralJobs { .. } => {
                "Look in the service's portal. If this batch's job is there, run `nameplate submit --job-id ID`; if it is \
                 not, `nameplate submit --again`."
                    .to_owned()
            }
            Self::Twin { id, .. } => format!(
                "Look in the service's portal whether the other is of the same boards (a copy of this batch's folder, or a submission \
                 that came late): then have it cancelled. If it is another bench's, nothing is wrong. In both cases run the same command \
                 again: it goes on with job {id}."
            ),
            Self::FileChanged { .. } => {
                "Put the configuration back as it was when the batch was first submitted (batch.csr_cell, batch.template).".to_owned()
            }
            Self::DataChanged { .. } | Self::Unreadable { .. } => {
                "Put the file back as it was, then run the same command again.".to_owned()
            }
            Self::StoredId(_) => "The store was changed by another program; put a copy back.".to_owned(),
        }
    }
}

impl SubmitError {
    /// With the size of what was tried before it was packed.
    pub(super) fn unpacked(mut self, bytes: u64) -> Self {
        if let Self::TooLarge { unpacked, .. } = &mut self {
            *unpacked = Some(bytes);
        }
        self
    }

    /// With the part that it is about; an only job needs no name.
    pub(super) fn of_part(self, job: &Job) -> Self {
        if job.parts == 1 || matches!(self, Self::Twin { .. }) {
            return self;
        }
        Self::Part {
            part: job.part,
            parts: job.parts,
            source: Box::new(self),
        }
    }
}

/// Whether the service may tell by itself, once it can be asked.
fn can_ask_again(error: &ServiceError) -> bool {
    !matches!(
        error,
        ServiceError::NotFound { .. } | ServiceError::Inconclusive { .. }
    )
}
