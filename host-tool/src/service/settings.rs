//! How to reach the service and how long to wait for it, as plain values.
//!
//! Reads no file and no environment; the command line's configuration fills these in. Whatever the
//! contract only guesses is a setting here, with the guess as its default.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::credential::Credential;
use super::fields::Fields;
use super::report::ReportColumns;
use super::routes::Routes;

/// Which service it is, and what of it the jobs are for.
#[derive(Debug, Clone)]
pub enum Target {
    /// Device Trust Manager: batch device registration.
    DeviceTrustManager {
        /// The device group that the devices join.
        device_group_id: String,
        /// The certificate policy they get their certificates under.
        certificate_policy_id: String,
    },
    /// IoT Trust Manager: batch certificate enrolment.
    IotTrustManager(Box<IotProfile>),
}

/// What a job of IoT Trust Manager is for.
#[derive(Debug, Clone)]
pub struct IotProfile {
    /// The enrolment profile.
    pub enrollment_profile_id: String,
    /// What the certificates come in: `pem`, `der`, `json`, `smpb` (F). Passed through.
    pub certificate_format: String,
    /// Whether each certificate comes with its chain (F); not sent where `None`.
    pub full_chain: Option<bool>,
    /// What the form's fields are called.
    pub fields: Fields,
}

/// What certificates of IoT Trust Manager come in, unless set.
pub const DEFAULT_CERTIFICATE_FORMAT: &str = "pem";

impl IotProfile {
    /// A profile with every default in place.
    pub fn new(enrollment_profile_id: &str) -> Self {
        Self {
            enrollment_profile_id: enrollment_profile_id.to_owned(),
            certificate_format: DEFAULT_CERTIFICATE_FORMAT.to_owned(),
            full_chain: None,
            fields: Fields::default(),
        }
    }
}

/// All that a client of the service needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The instance's address, `https://host[:port][/path]`.
    pub url: String,
    /// Who we are.
    pub credential: Credential,
    /// PEM roots of a private instance; the platform's roots when `None`.
    pub ca_file: Option<PathBuf>,
    /// Which service it is.
    pub target: Target,
    /// Time between two questions about a job.
    pub poll_interval: Duration,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// Where things are at the service.
    pub routes: Routes,
    /// How the report's columns are called.
    pub report_columns: ReportColumns,
}

/// Time between two questions about a job, unless set.
pub const DEFAULT_POLL_INTERVAL: Duration = Duration::from_secs(5);

impl Settings {
    /// Settings with every default in place.
    pub fn new(url: &str, credential: Credential, target: Target) -> Self {
        Self {
            url: url.to_owned(),
            credential,
            ca_file: None,
            target,
            poll_interval: DEFAULT_POLL_INTERVAL,
            timeouts: Timeouts::default(),
            routes: Routes::default(),
            report_columns: ReportColumns::default(),
        }
    }
}

/// How long to wait for what. In a configuration these are whole seconds, `connect_seconds` and so on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timeouts {
    /// For the name, the connection and the TLS handshake together.
    #[serde(rename = "connect_seconds", deserialize_with = "seconds")]
    pub connect: Duration,
    /// For the whole of a small question and its answer.
    #[serde(rename = "answer_seconds", deserialize_with = "seconds")]
    pub answer: Duration,
    /// For the other side to take or give the next bytes of a file.
    #[serde(rename = "idle_seconds", deserialize_with = "seconds")]
    pub idle: Duration,
    /// For the answer to an upload, once all of it is sent: the service may read it all first.
    #[serde(rename = "submit_seconds", deserialize_with = "seconds")]
    pub submit: Duration,
    /// For a whole upload or download, however steadily it creeps.
    #[serde(rename = "transfer_seconds", deserialize_with = "seconds")]
    pub transfer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            answer: Duration::from_mins(1),
            idle: Duration::from_mins(1),
            submit: Duration::from_mins(5),
            transfer: Duration::from_hours(4),
        }
    }
}

const MAX_SECONDS: u64 = 7 * 24 * 3600;

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = u64::deserialize(deserializer)?;
    if (1..=MAX_SECONDS).contains(&seconds) {
        return Ok(Duration::from_secs(seconds));
    }
    Err(serde::de::Error::custom(format!(
        "expected 1 to {MAX_SECONDS} seconds"
    )))
}

/// A setting that can't be used; nothing was started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A value breaks a rule.
    #[error("{setting}: {why}")]
    Value {
        /// Its name in the configuration.
        setting: &'static str,
        /// The rule.
        why: String,
    },
    /// A file could not be read.
    #[error("{setting}: can't read {}", path.display())]
    File {
        /// The setting that names it.
        setting: &'static str,
        /// The file.
        path: PathBuf,
        /// The fault.
        source: std::io::Error,
    },
}

impl SettingsError {
    pub(crate) fn value(setting: &'static str, why: impl Into<String>) -> Self {
        Self::Value {
            setting,
            why: why.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_may_set_some_and_leave_the_rest() {
        let timeouts: Timeouts = toml::from_str("connect_seconds = 3").unwrap();
        assert_eq!(timeouts.connect, Duration::from_secs(3));
        assert_eq!(timeouts.answer, Timeouts::default().answer);
    }

    #[test]
    fn mistakes_are_not_swallowed() {
        assert!(toml::from_str::<Timeouts>("conect_seconds = 3").is_err());
        assert!(toml::from_str::<Timeouts>("connect_seconds = 0").is_err());
        assert!(toml::from_str::<Timeouts>("connect_seconds = -1").is_err());
    }
}
