//! The dialect of Device Trust Manager: its routes and field names, for batch device registration.
//!
//! What the documents say stands here; what they leave open is a setting. Knows nothing of
//! connections and nothing of when to ask.

use std::io::Write;

use secrecy::ExposeSecret;

use super::error::ServiceError;
use super::http::HttpClient;
use super::jobs::{Jobs, check_name, checked_id};
use super::multipart::Form;
use super::routes::{Defaults, JobType, Own, Paths};
use super::settings::{Settings, SettingsError, Target};
use super::{
    BatchService, Downloaded, JobData, JobId, JobStatus, JobSummary, KeyGeneration, NewJob,
};

macro_rules! root {
    ($path:literal) => {
        concat!(
            "/devicetrustmanager/certificate-batch-service/{api}/v1",
            $path
        )
    };
}

const DEFAULTS: Defaults = Defaults {
    // The query stands in a curl sample only (S).
    create: Own {
        path: root!("/jobs?job_type=device_registration"),
        guessed: false,
    },
    // Printed without the slash before the id (S).
    status: Own {
        path: root!("/jobs/{id}"),
        guessed: false,
    },
    list: Own {
        path: root!("/jobs?name={name}&limit={limit}&offset={offset}"),
        guessed: true,
    },
    report: Own {
        path: root!("/jobs/{id}/download/report"),
        guessed: false,
    },
    certificates: Own {
        path: root!("/jobs/{id}/download/certificates"),
        guessed: true,
    },
    // That there is a template is documented; its path is not.
    template: Own {
        path: root!("/certificate-policies/{id}/csv-template"),
        guessed: true,
    },
};

/// The same where the kind of the job stands in the form.
const DEFAULTS_FORM: Defaults = Defaults {
    create: Own {
        path: root!("/jobs"),
        guessed: true,
    },
    ..DEFAULTS
};

/// A client of Device Trust Manager.
pub struct DeviceTrustManager {
    jobs: Jobs,
    job_type: JobType,
    device_group_id: String,
    certificate_policy_id: String,
}

impl DeviceTrustManager {
    /// Checks the settings and reads the roots; connects to nothing.
    ///
    /// # Errors
    /// A setting that can't be used, by its name in the configuration.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let Target::DeviceTrustManager {
            device_group_id,
            certificate_policy_id,
        } = &settings.target
        else {
            return Err(SettingsError::value(
                "service.kind",
                "it is another service",
            ));
        };
        let http = HttpClient::new(settings)?;
        let job_type = settings.routes.job_type;
        let defaults = match job_type {
            JobType::Query => &DEFAULTS,
            JobType::Form => &DEFAULTS_FORM,
        };
        let paths = Paths::new(&settings.routes, defaults, &http)?;
        Ok(Self {
            jobs: Jobs { http, paths },
            job_type,
            device_group_id: checked_id("service.device_group_id", device_group_id)?,
            certificate_policy_id: checked_id(
                "service.certificate_policy_id",
                certificate_policy_id,
            )?,
        })
    }

    fn form(&self, job: &NewJob<'_>) -> Form {
        let server_side = matches!(job.keys, KeyGeneration::Server { .. });
        let form = match self.job_type {
            JobType::Query => Form::new(),
            JobType::Form => Form::new().text("job_type", "device_registration"),
        };
        let mut form = form
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
}

impl BatchService for DeviceTrustManager {
    fn create_job(
        &self,
        job: &NewJob<'_>,
        data: JobData<'_>,
        progress: &dyn Fn(u64, u64),
    ) -> Result<JobId, ServiceError> {
        check_name(job.name)?;
        match data {
            JobData::File(data) => {
                self.jobs
                    .create_from_file(self.form(job), "data", data, progress)
            }
            JobData::MacSequence(_) => Err(ServiceError::NotOffered {
                service: "Device Trust Manager",
                what: "count MAC addresses itself",
            }),
        }
    }

    fn job_status(&self, id: &JobId) -> Result<JobStatus, ServiceError> {
        self.jobs.status(id)
    }

    fn find_jobs(&self, name: &str) -> Result<Vec<JobSummary>, ServiceError> {
        self.jobs.find(name)
    }

    fn list_jobs(&self, most: usize) -> Result<Vec<JobSummary>, ServiceError> {
        self.jobs.list(most)
    }

    fn download_report(&self, id: &JobId, to: &mut dyn Write) -> Result<u64, ServiceError> {
        self.jobs.report(id, to)
    }

    fn download_certificates(
        &self,
        id: &JobId,
        to: &mut dyn Write,
    ) -> Result<Downloaded, ServiceError> {
        self.jobs.certificates(id, to)
    }

    fn download_template(&self, to: &mut dyn Write) -> Result<Downloaded, ServiceError> {
        self.jobs.template(&self.certificate_policy_id, to)
    }
}
