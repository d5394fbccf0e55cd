//! The dialect of Device Trust Manager: its routes and field names, for batch device registration.
//!
//! What the documents say stands here; what they leave open is a setting. Knows nothing of
//! connections and nothing of when to ask.

use std::collections::HashSet;
use std::io::Write;

use secrecy::ExposeSecret;

use super::address::escape_query;
use super::answers::{self, Page};
use super::error::{Operation, ServiceError};
use super::http::{HttpClient, Route, Success};
use super::job::MAX_JOB_NAME;
use super::multipart::{FilePart, Form};
use super::settings::{Routes, Settings, SettingsError};
use super::{
    BatchService, DataFile, JobId, JobStatus, JobSummary, KeyGeneration, MAX_REPORT, NewJob,
};

const ROOT: &str = "/devicetrustmanager/certificate-batch-service/{api}/v1";
const LIST_SETTING: &str = "service.routes.list";
/// Jobs asked for in one page of the list.
const PAGE: usize = 100;
/// Most pages read before the list is given up.
const MAX_PAGES: usize = 200;
/// Greatest length of an id in the settings, in bytes.
const MAX_SETTING: usize = 200;

/// A client of Device Trust Manager.
pub struct DeviceTrustManager {
    http: HttpClient,
    root: String,
    list: String,
    device_group_id: String,
    certificate_policy_id: String,
}

impl DeviceTrustManager {
    /// Checks the settings and reads the roots; connects to nothing.
    ///
    /// # Errors
    /// A setting that can't be used, by its name in the configuration.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let http = HttpClient::new(settings)?;
        let api = checked_api(&settings.routes)?;
        let list = settings.routes.list.replace("{api}", api);
        check_list(&http, &list)?;
        Ok(Self {
            http,
            root: ROOT.replace("{api}", api),
            list,
            device_group_id: checked_id("service.device_group_id", &settings.device_group_id)?,
            certificate_policy_id: checked_id(
                "service.certificate_policy_id",
                &settings.certificate_policy_id,
            )?,
        })
    }

    fn route(&self, path: &str) -> Route {
        Route {
            path: format!("{}{path}", self.root),
            unverified: None,
        }
    }

    fn form(&self, job: &NewJob<'_>) -> Form {
        let server_side = matches!(job.keys, KeyGeneration::Server { .. });
        let mut form = Form::new()
            .text("name", job.name)
            .text("device_group_id", &self.device_group_id)
            .text("certificate_policy_id", &self.certificate_policy_id)
            .text(
                "server_side_key_gen",
                if server_side { "true" } else { "false" },
            );
        if let KeyGeneration::Server {
            encryption_certificate,
        } = job.keys
        {
            form = form.text("encryption_certificate", encryption_certificate);
        }
        let passcode = job.passcode.map(ExposeSecret::expose_secret);
        for (name, value) in [
            ("key_type", job.key_type),
            ("emails", job.emails),
            ("external_emails", job.external_emails),
            ("passcode_generation_option", job.passcode_generation_option),
            ("passcode", passcode),
        ] {
            if let Some(value) = value {
                form = form.text(name, value);
            }
        }
        form
    }

    fn page(&self, name: &str, offset: usize) -> Result<Page, ServiceError> {
        let operation = Operation::FindJobs;
        let path = fill_list(&self.list, name, PAGE, offset);
        let success = self.http.get(
            operation,
            &Route {
                path,
                unverified: Some(LIST_SETTING),
            },
        )?;
        answers::job_page(&success.body).map_err(|why| self.unreadable(operation, &success, why))
    }

    fn unreadable(&self, operation: Operation, success: &Success, why: String) -> ServiceError {
        let maybe_done = operation == Operation::CreateJob;
        self.http.unreadable(operation, success, why, maybe_done)
    }
}

impl BatchService for DeviceTrustManager {
    fn create_job(
        &self,
        job: &NewJob<'_>,
        data: &DataFile,
        progress: &dyn Fn(u64, u64),
    ) -> Result<JobId, ServiceError> {
        check_name(job.name)?;
        let unread = |source| ServiceError::DataFile {
            path: data.path().to_owned(),
            source,
        };
        let file = data.open().map_err(unread)?;
        let part = FilePart {
            name: "data",
            file_name: data.name(),
            content_type: data.kind().content_type(),
        };
        let mut body = self
            .form(job)
            .file(&part, file, data.length(), progress)
            .map_err(|error| ServiceError::Unsendable {
                what: "the data file's name",
                why: error.to_string(),
            })?;
        let answer = self
            .http
            .upload(&self.route("/jobs?job_type=device_registration"), &mut body);
        if let Some(source) = body.take_file_error() {
            return Err(unread(source));
        }
        let success = answer?;
        answers::created_job(&success.body)
            .map_err(|why| self.unreadable(Operation::CreateJob, &success, why))
    }

    fn job_status(&self, id: &JobId) -> Result<JobStatus, ServiceError> {
        let operation = Operation::JobStatus;
        let success = self
            .http
            .get(operation, &self.route(&format!("/jobs/{id}")))?;
        match answers::job_status(&success.body) {
            Ok(mut status) => {
                status.retry_after = success.retry_after;
                Ok(status)
            }
            Err(why) => Err(self.unreadable(operation, &success, why)),
        }
    }

    fn find_jobs(&self, name: &str) -> Result<Vec<JobSummary>, ServiceError> {
        check_name(name)?;
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        let mut offset = 0_usize;
        for _ in 0..MAX_PAGES {
            let page = self.page(name, offset)?;
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

    fn download_report(&self, id: &JobId, to: &mut dyn Write) -> Result<u64, ServiceError> {
        let route = self.route(&format!("/jobs/{id}/download/report"));
        self.http
            .download(Operation::DownloadReport, &route, to, MAX_REPORT)
    }
}

fn inconclusive(why: &str) -> ServiceError {
    ServiceError::Inconclusive {
        why: why.to_owned(),
    }
}

fn fill_list(template: &str, name: &str, limit: usize, offset: usize) -> String {
    template
        .replace("{limit}", &limit.to_string())
        .replace("{offset}", &offset.to_string())
        .replace("{name}", &escape_query(name))
}

fn check_name(name: &str) -> Result<(), ServiceError> {
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

fn checked_id(setting: &'static str, value: &str) -> Result<String, SettingsError> {
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

fn checked_api(routes: &Routes) -> Result<&str, SettingsError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let api = routes.api.as_str();
    if api.is_empty() || !api.bytes().all(allowed) {
        return Err(SettingsError::value(
            "service.routes.api",
            "it must be one path part such as api or api-ui",
        ));
    }
    Ok(api)
}

fn check_list(http: &HttpClient, list: &str) -> Result<(), SettingsError> {
    for place in ["{name}", "{limit}", "{offset}"] {
        if !list.contains(place) {
            return Err(SettingsError::value(
                LIST_SETTING,
                format!("it must have the place {place}"),
            ));
        }
    }
    let sample = fill_list(list, "x", 1, 0);
    if sample.contains(['{', '}', '#', '\\'])
        || sample.chars().any(char::is_whitespace)
        || !http.can_reach(&sample)
    {
        return Err(SettingsError::value(
            LIST_SETTING,
            "it must be a path on the service, beginning with a slash",
        ));
    }
    Ok(())
}
