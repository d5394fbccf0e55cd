//! What both dialects ask in the same way: a form in, a job's id out; status, list and downloads.
//!
//! Given the paths and the form; knows no dialect's fields and none of its ids.

use std::collections::HashSet;
use std::io::{Read, Write};

use super::answers::{self, Page};
use super::error::{Operation, ServiceError};
use super::http::{HttpClient, Success};
use super::job::{Downloaded, MAX_JOB_NAME};
use super::multipart::{Body, FilePart, Form};
use super::routes::Paths;
use super::settings::SettingsError;
use super::{DataFile, JobId, JobStatus, JobSummary, MAX_CERTIFICATES, MAX_REPORT, MAX_TEMPLATE};

/// Jobs asked for in one page of the list.
const PAGE: usize = 100;
/// Most pages read before the list is given up.
const MAX_PAGES: usize = 200;
/// Greatest length of an id in the settings, in bytes.
const MAX_SETTING: usize = 200;

/// The jobs of a service.
pub(super) struct Jobs {
    pub(super) http: HttpClient,
    pub(super) paths: Paths,
}

impl Jobs {
    /// Creates a job from a form and a file.
    pub(super) fn create_from_file(
        &self,
        form: Form,
        field: &str,
        data: &DataFile,
        progress: &dyn Fn(u64, u64),
    ) -> Result<JobId, ServiceError> {
        let unread = |source| ServiceError::DataFile {
            path: data.path().to_owned(),
            source,
        };
        let file = data.open().map_err(unread)?;
        let part = FilePart {
            name: field,
            file_name: data.name(),
            content_type: data.kind().content_type(),
        };
        let mut body = form
            .file(&part, file, data.length(), progress)
            .map_err(|error| ServiceError::Unsendable {
                what: "the data file's name",
                why: error.to_string(),
            })?;
        let created = self.create(&mut body);
        match body.take_file_error() {
            Some(source) => Err(unread(source)),
            None => created,
        }
    }

    /// Creates a job from a form alone.
    pub(super) fn create_from_texts(
        &self,
        form: Form,
        progress: &dyn Fn(u64, u64),
    ) -> Result<JobId, ServiceError> {
        self.create(&mut form.texts_only(progress))
    }

    fn create<R: Read>(&self, body: &mut Body<'_, R>) -> Result<JobId, ServiceError> {
        let success = self.http.upload(&self.paths.create.plain(), body)?;
        answers::created_job(&success.body)
            .map_err(|why| self.unreadable(Operation::CreateJob, &success, why))
    }

    /// Where a job stands.
    pub(super) fn status(&self, id: &JobId) -> Result<JobStatus, ServiceError> {
        let operation = Operation::JobStatus;
        let success = self
            .http
            .get(operation, &self.paths.status.of(id.as_str()))?;
        match answers::job_status(&success.body) {
            Ok(mut status) => {
                status.retry_after = success.retry_after;
                Ok(status)
            }
            Err(why) => Err(self.unreadable(operation, &success, why)),
        }
    }

    /// All jobs with exactly this name.
    pub(super) fn find(&self, name: &str) -> Result<Vec<JobSummary>, ServiceError> {
        check_name(name)?;
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let mut offset = 0_usize;
        for _ in 0..MAX_PAGES {
            let page = self.page(Operation::FindJobs, Some(name), PAGE, offset)?;
            let received = page.jobs.len();
            let fresh: Vec<_> = page
                .jobs
                .into_iter()
                .filter(|job| seen.insert(job.id.clone()))
                .collect();
            let repeats = fresh.is_empty() && received > 0;
            found.extend(fresh.into_iter().filter(|job| job.name == name));
            offset = offset.saturating_add(received);
            // A short page proves nothing, since a service may cap the limit: only an empty page or
            // the service's own total does.
            let ended = received == 0 || page.total.is_some_and(|total| offset as u64 >= total);
            if ended || (repeats && !found.is_empty()) {
                return Ok(found);
            }
            if repeats {
                return Err(inconclusive(
                    "it repeats its first page instead of going on",
                ));
            }
        }
        Err(inconclusive(&format!(
            "it does not end within {MAX_PAGES} pages"
        )))
    }

    /// The first jobs of the list.
    pub(super) fn list(&self, most: usize) -> Result<Vec<JobSummary>, ServiceError> {
        let mut seen = HashSet::new();
        let mut listed = Vec::new();
        let mut offset = 0_usize;
        for _ in 0..MAX_PAGES {
            let limit = PAGE.min(most.saturating_sub(listed.len()));
            if limit == 0 {
                break;
            }
            let page = self.page(Operation::ListJobs, None, limit, offset)?;
            let (received, before) = (page.jobs.len(), listed.len());
            listed.extend(
                page.jobs
                    .into_iter()
                    .filter(|job| seen.insert(job.id.clone())),
            );
            offset = offset.saturating_add(received);
            let ended = page.total.is_some_and(|total| offset as u64 >= total);
            if ended || listed.len() == before {
                break;
            }
        }
        listed.truncate(most);
        Ok(listed)
    }

    fn page(
        &self,
        operation: Operation,
        name: Option<&str>,
        limit: usize,
        offset: usize,
    ) -> Result<Page, ServiceError> {
        let route = self.paths.list.page(name, limit, offset);
        let success = self.http.get(operation, &route)?;
        answers::job_page(&success.body).map_err(|why| self.unreadable(operation, &success, why))
    }

    /// The report's bytes.
    pub(super) fn report(&self, id: &JobId, to: &mut dyn Write) -> Result<u64, ServiceError> {
        let route = self.paths.report.of(id.as_str());
        let downloaded = self
            .http
            .download(Operation::DownloadReport, &route, to, MAX_REPORT)?;
        Ok(downloaded.bytes)
    }

    /// The certificates' bytes.
    pub(super) fn certificates(
        &self,
        id: &JobId,
        to: &mut dyn Write,
    ) -> Result<Downloaded, ServiceError> {
        let route = self.paths.certificates.of(id.as_str());
        self.http.download(
            Operation::DownloadCertificates,
            &route,
            to,
            MAX_CERTIFICATES,
        )
    }

    /// The template of a policy or profile.
    pub(super) fn template(
        &self,
        id: &str,
        to: &mut dyn Write,
    ) -> Result<Downloaded, ServiceError> {
        let route = self.paths.template.of(id);
        self.http
            .download(Operation::DownloadTemplate, &route, to, MAX_TEMPLATE)
    }

    fn unreadable(&self, operation: Operation, success: &Success, why: String) -> ServiceError {
        let maybe_done = operation == Operation::CreateJob;
        self.http.unreadable(operation, success, why, maybe_done)
    }
}

fn inconclusive(why: &str) -> ServiceError {
    ServiceError::Inconclusive {
        why: why.to_owned(),
    }
}

/// Refuses a name that could not be found again.
pub(super) fn check_name(name: &str) -> Result<(), ServiceError> {
    let why = if name.trim().is_empty() {
        "it is empty"
    } else if name.len() > MAX_JOB_NAME {
        "it is longer than 200 bytes"
    } else if name.chars().any(char::is_control) {
        "it has control characters"
    } else if name != name.trim() {
        "it begins or ends with a blank, which the service may drop, and then it is not found again"
    } else {
        return Ok(());
    };
    Err(ServiceError::Unsendable {
        what: "the job's name",
        why: why.to_owned(),
    })
}

/// Refuses an id that can be none.
pub(super) fn checked_id(setting: &'static str, value: &str) -> Result<String, SettingsError> {
    let value = value.trim();
    if value.is_empty() {
        return Err(SettingsError::value(
            setting,
            "it is empty; the service needs it",
        ));
    }
    if value.len() > MAX_SETTING || value.chars().any(char::is_control) {
        return Err(SettingsError::value(
            setting,
            "it is too long or has control characters",
        ));
    }
    Ok(value.to_owned())
}
