//! How to reach the service and how long to wait for it, as plain values.
//!
//! Reads no file and no environment; the command line's configuration fills these in. Whatever the
//! contract only guesses is a setting here, with the guess as its default.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};

use super::report::ReportColumns;

/// How we show who we are.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Credential {
    /// The `x-api-key` header.
    ApiKey(SecretString),
}

/// All that a client of Device Trust Manager needs.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The instance's address, `https://host[:port][/path]`.
    pub url: String,
    /// Who we are.
    pub credential: Credential,
    /// PEM roots of a private instance; the platform's roots when `None`.
    pub ca_file: Option<PathBuf>,
    /// The device group that the devices join.
    pub device_group_id: String,
    /// The certificate policy they get their certificates under.
    pub certificate_policy_id: String,
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
    pub fn new(
        url: &str,
        credential: Credential,
        device_group_id: &str,
        certificate_policy_id: &str,
    ) -> Self {
        Self {
            url: url.to_owned(),
            credential,
            ca_file: None,
            device_group_id: device_group_id.to_owned(),
            certificate_policy_id: certificate_policy_id.to_owned(),
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

/// Where things are at the service. `{api}` stands for [`Routes::api`].
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Routes {
    /// The path part before `/v1`: `api`, or `api-ui` as one sample has it.
    pub api: String,
    /// The list of jobs, with the places `{name}`, `{limit}` and `{offset}`. A guess.
    pub list: String,
}

impl Default for Routes {
    fn default() -> Self {
        Self {
            api: "api".to_owned(),
            list: "/devicetrustmanager/certificate-batch-service/{api}/v1/jobs?name={name}&limit={limit}&offset={offset}"
                .to_owned(),
        }
    }
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
    /// The roots could not be read.
    #[error("service.ca_file: can't read {}", path.display())]
    CaFile {
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
        let routes: Routes = toml::from_str("api = \"api-ui\"").unwrap();
        assert_eq!(routes.list, Routes::default().list);
    }

    #[test]
    fn mistakes_are_not_swallowed() {
        assert!(toml::from_str::<Timeouts>("conect_seconds = 3").is_err());
        assert!(toml::from_str::<Timeouts>("connect_seconds = 0").is_err());
        assert!(toml::from_str::<Timeouts>("connect_seconds = -1").is_err());
        assert!(toml::from_str::<Routes>("lists = \"/x\"").is_err());
    }

    #[test]
    fn the_key_is_not_shown() {
        let credential = Credential::ApiKey("very-secret".into());
        assert!(!format!("{credential:?}").contains("very-secret"));
    }
}
