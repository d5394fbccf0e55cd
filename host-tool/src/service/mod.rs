//! The batch service: what is asked of it and how its answers are read.
//!
//! The rest of the tool knows [`BatchService`] and [`ServiceError`] only; which service is behind
//! them, its routes and its field names stay in the dialect's own module. Nothing here knows the
//! store, the boards or the screen.

use std::io::Write;

mod address;
mod advice;
mod agents;
mod answers;
pub mod data_file;
pub mod device_trust_manager;
mod early_answer;
pub mod error;
mod fault;
pub mod follow;
mod http;
pub mod job;
mod multipart;
pub mod report;
mod report_columns;
pub mod retry_after;
pub mod settings;
pub mod words;

pub use data_file::{DataFile, DataFileError, DataKind, MAX_DATA_FILE};
pub use device_trust_manager::DeviceTrustManager;
pub use error::{Operation, ServiceError};
pub use job::{BadJobId, Counts, JobId, JobStatus, JobSummary, KeyGeneration, NewJob, Phase};
pub use report_columns::ReportColumns;
pub use settings::{Credential, Routes, Settings, SettingsError, Timeouts};

/// Greatest report that is downloaded, in bytes.
pub const MAX_REPORT: u64 = 1_000_000_000;

/// A service that takes a batch and makes certificates of it.
pub trait BatchService: Send + Sync {
    /// Submits a job. `progress` is told bytes sent and bytes in all.
    ///
    /// # Errors
    /// Where [`ServiceError::maybe_done`] holds, the job may exist: look for it with
    /// [`BatchService::find_jobs`] before anything is submitted again.
    fn create_job(
        &self,
        job: &NewJob<'_>,
        data: &DataFile,
        progress: &dyn Fn(u64, u64),
    ) -> Result<JobId, ServiceError>;

    /// Where a job stands.
    ///
    /// # Errors
    /// Nothing is changed by asking, so every error leaves the job as it was.
    fn job_status(&self, id: &JobId) -> Result<JobStatus, ServiceError>;

    /// All jobs with exactly this name. An empty list means that there is none: a list that does
    /// not let us be sure is an error.
    ///
    /// # Errors
    /// [`ServiceError::Inconclusive`] when the list is too long, repeats itself, or breaks off.
    fn find_jobs(&self, name: &str) -> Result<Vec<JobSummary>, ServiceError>;

    /// Writes the report's bytes, unchanged, and returns how many; at most [`MAX_REPORT`].
    ///
    /// # Errors
    /// After an error `to` may hold a part of the report, so the caller keeps it only on success.
    fn download_report(&self, id: &JobId, to: &mut dyn Write) -> Result<u64, ServiceError>;
}
