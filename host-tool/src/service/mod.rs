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
mod client_certificate;
pub mod credential;
pub mod data_file;
pub mod device_trust_manager;
mod early_answer;
pub mod error;
mod fault;
mod fields;
pub mod follow;
mod http;
pub mod iot_trust_manager;
pub mod job;
mod jobs;
mod multipart;
pub mod report;
mod report_columns;
pub mod retry_after;
pub mod routes;
pub mod settings;
mod sign_in;
pub mod words;

pub use credential::{ClientCertificate, Credential};
pub use data_file::{DataFile, DataFileError, DataKind, MAX_DATA_FILE};
pub use device_trust_manager::DeviceTrustManager;
pub use error::{Operation, ServiceError};
pub use fields::Fields;
pub use http::Greeting;
pub use iot_trust_manager::IotTrustManager;
pub use job::{
    BadJobId, Counts, Downloaded, JobData, JobId, JobStatus, JobSummary, KeyGeneration,
    MacSequence, NewJob, Phase,
};
pub use report_columns::ReportColumns;
pub use routes::{JobType, Routes};
pub use settings::{IotProfile, Settings, SettingsError, Target, Timeouts};

/// The readers of the service's small answers: for `tests/fuzz`, which calls what the clients call.
#[doc(hidden)]
pub mod readers {
    use super::{JobId, JobStatus, JobSummary, answers};

    #[allow(missing_docs, clippy::missing_errors_doc)]
    pub fn created_job(body: &[u8]) -> Result<JobId, String> {
        answers::created_job(body)
    }

    #[allow(missing_docs, clippy::missing_errors_doc)]
    pub fn job_status(body: &[u8]) -> Result<JobStatus, String> {
        answers::job_status(body)
    }

    #[allow(missing_docs, clippy::missing_errors_doc)]
    pub fn job_page(body: &[u8]) -> Result<(Vec<JobSummary>, Option<u64>), String> {
        answers::job_page(body).map(|page| (page.jobs, page.total))
    }
}

/// Greatest report that is downloaded, in bytes.
pub const MAX_REPORT: u64 = 1_000_000_000;
/// Greatest file of certificates that is downloaded, in bytes: 500,000 of 8 KB each.
pub const MAX_CERTIFICATES: u64 = 4_000_000_000;
/// Greatest CSV template that is downloaded, in bytes: a header has a few hundred columns at most.
pub const MAX_TEMPLATE: u64 = 1_000_000;

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
        data: JobData<'_>,
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

    /// The jobs that the service lists first, at most `most` of them, whatever their names.
    ///
    /// # Errors
    /// As [`BatchService::find_jobs`].
    fn list_jobs(&self, most: usize) -> Result<Vec<JobSummary>, ServiceError>;

    /// Writes the report's bytes, unchanged, and returns how many; at most [`MAX_REPORT`].
    ///
    /// # Errors
    /// After an error `to` may hold a part of the report, so the caller keeps it only on success.
    fn download_report(&self, id: &JobId, to: &mut dyn Write) -> Result<u64, ServiceError>;

    /// Writes the job's certificates as they come, at most [`MAX_CERTIFICATES`] bytes. What they are packed in, the media type
    /// says (F): a ZIP, JSON, CMS or OpenPGP.
    ///
    /// # Errors
    /// As [`BatchService::download_report`].
    fn download_certificates(
        &self,
        id: &JobId,
        to: &mut dyn Write,
    ) -> Result<Downloaded, ServiceError>;

    /// Writes the CSV template of the certificate policy or enrolment profile, at most [`MAX_TEMPLATE`] bytes.
    ///
    /// # Errors
    /// As [`BatchService::download_report`].
    fn download_template(&self, to: &mut dyn Write) -> Result<Downloaded, ServiceError>;
}

/// The client of the service that the settings name: the one place where the dialect is chosen.
///
/// # Errors
/// A setting that can't be used, by its name in the configuration. Connects to nothing.
pub fn connect(settings: &Settings) -> Result<Box<dyn BatchService>, SettingsError> {
    Ok(match &settings.target {
        Target::DeviceTrustManager { .. } => Box::new(DeviceTrustManager::new(settings)?),
        Target::IotTrustManager(_) => Box::new(IotTrustManager::new(settings)?),
    })
}

/// Says hello to the service of these settings: whether it is there, whether its certificate is good, and what time it has. No secret is
/// sent; a client certificate is shown where one is configured.
///
/// # Errors
/// A setting that can't be used; and inside, why no answer came.
pub fn greet(settings: &Settings) -> Result<Result<Greeting, ServiceError>, SettingsError> {
    Ok(http::HttpClient::new(settings)?.greet())
}
