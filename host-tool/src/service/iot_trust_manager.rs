//! The dialect of IoT Trust Manager: its routes and field names, for batch certificate enrolment.
//!
//! Its guide names two things of the interface (S): the CSV template's route, and the field `certificate`. The rest was found in public
//! code and pages (F) or is guessed (G); every guess is a setting.

use std::io::Write;

use base64ct::{Base64, Encoding};

use super::error::ServiceError;
use super::fields::Fields;
use super::http::HttpClient;
use super::job::MAX_MAC_SEQUENCE;
use super::jobs::{Jobs, check_name, checked_id};
use super::multipart::Form;
use super::routes::{Defaults, Own, Paths};
use super::settings::{IotProfile, Settings, SettingsError, Target};
use super::{
    BatchService, Downloaded, JobData, JobId, JobStatus, JobSummary, KeyGeneration, MacSequence,
    NewJob,
};

macro_rules! root {
    ($path:literal) => {
        concat!("/iot/{api}/v1", $path)
    };
}

const DEFAULTS: Defaults = Defaults {
    create: Own {
        path: root!("/batch-enroll"),
        guessed: true,
    },
    status: Own {
        path: root!("/batch-enroll/{id}"),
        guessed: true,
    },
    list: Own {
        path: root!("/batch-enroll?name={name}&limit={limit}&offset={offset}"),
        guessed: true,
    },
    report: Own {
        path: root!("/batch-enroll/{id}/download-report"),
        guessed: true,
    },
    certificates: Own {
        path: root!("/batch-enroll/{id}/download-certificates"),
        guessed: false,
    },
    template: Own {
        path: root!("/enrollment-profile/{id}/batch-enroll-csv-template"),
        guessed: false,
    },
};

/// A client of IoT Trust Manager.
pub struct IotTrustManager {
    jobs: Jobs,
    profile: IotProfile,
}

impl IotTrustManager {
    /// Checks the settings and reads the roots; connects to nothing.
    ///
    /// # Errors
    /// A setting that can't be used, by its name in the configuration.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let Target::IotTrustManager(profile) = &settings.target else {
            return Err(SettingsError::value(
                "service.kind",
                "it is another service",
            ));
        };
        let http = HttpClient::new(settings)?;
        let paths = Paths::new(&settings.routes, &DEFAULTS, &http)?;
        profile.fields.check()?;
        Ok(Self {
            jobs: Jobs { http, paths },
            profile: IotProfile {
                enrollment_profile_id: checked_id(
                    "service.enrollment_profile_id",
                    &profile.enrollment_profile_id,
                )?,
                certificate_format: checked_id(
                    "service.certificate_format",
                    &profile.certificate_format,
                )?,
                ..IotProfile::clone(profile)
            },
        })
    }

    fn fields(&self) -> &Fields {
        &self.profile.fields
    }

    fn form(&self, job: &NewJob<'_>) -> Form {
        let fields = self.fields();
        let mut form = Form::new()
            .text(&fields.name, job.name)
            .text(
                &fields.enrollment_profile_id,
                &self.profile.enrollment_profile_id,
            )
            .text(&fields.certificate_format, &self.profile.certificate_format);
        if let Some(chain) = self.profile.full_chain {
            form = form.text(&fields.include_full_chain, word(chain));
        }
        let server_side = matches!(job.keys, KeyGeneration::Server { .. });
        if !fields.server_side_key_gen.is_empty() {
            form = form.text(&fields.server_side_key_gen, word(server_side));
        }
        if let KeyGeneration::Server {
            encryption_certificate,
        } = job.keys
        {
            // Base64 of the whole PEM text (S).
            let encoded = Base64::encode_string(encryption_certificate.as_bytes());
            form = form.text(&fields.certificate, &encoded);
        }
        if let Some(key_type) = job.key_type {
            // Its names are in lower case (contract).
            form = form.text(&fields.key_type, &key_type.to_ascii_lowercase());
        }
        if let Some(emails) = job.emails {
            form = form.text(&fields.emails, emails);
        }
        form
    }

    fn with_sequence(&self, form: Form, sequence: MacSequence) -> Form {
        let fields = self.fields();
        form.text(&fields.mac_start, &sequence.start.to_string())
            .text(&fields.mac_count, &sequence.count.to_string())
            .text(&fields.mac_increment, &sequence.increment.to_string())
    }
}

fn word(yes: bool) -> &'static str {
    if yes { "true" } else { "false" }
}

/// What only Device Trust Manager has is refused, so that nobody relies on it.
fn check_job(job: &NewJob<'_>) -> Result<(), ServiceError> {
    check_name(job.name)?;
    let foreign = job.external_emails.is_some()
        || job.passcode_generation_option.is_some()
        || job.passcode.is_some();
    if foreign {
        return Err(ServiceError::NotOffered {
            service: "IoT Trust Manager",
            what: "deliver to external users (external_emails, passcode)",
        });
    }
    Ok(())
}

fn check_sequence(job: &NewJob<'_>, sequence: MacSequence) -> Result<(), ServiceError> {
    let why = if !(1..=MAX_MAC_SEQUENCE).contains(&sequence.count) {
        "1 to 500,000 addresses can be asked for"
    } else if sequence.increment == 0 {
        "the increment must be 1 or more"
    } else if matches!(job.keys, KeyGeneration::Client) {
        "the service makes its keys, so it needs a certificate or PGP key to encrypt them for"
    } else {
        return Ok(());
    };
    Err(ServiceError::Unsendable {
        what: "the MAC sequence",
        why: why.to_owned(),
    })
}

impl BatchService for IotTrustManager {
    fn create_job(
        &self,
        job: &NewJob<'_>,
        data: JobData<'_>,
        progress: &dyn Fn(u64, u64),
    ) -> Result<JobId, ServiceError> {
        check_job(job)?;
        match data {
            JobData::File(data) => {
                self.jobs
                    .create_from_file(self.form(job), &self.fields().data, data, progress)
            }
            JobData::MacSequence(sequence) => {
                check_sequence(job, sequence)?;
                let form = self.with_sequence(self.form(job), sequence);
                self.jobs.create_from_texts(form, progress)
            }
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
        self.jobs.template(&self.profile.enrollment_profile_id, to)
    }
}
