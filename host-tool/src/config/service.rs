//! The `[service]` section.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use super::{Config, ConfigError, read_secret};
use crate::service::report::ReportColumns;
use crate::service::settings::DEFAULT_POLL_INTERVAL;
use crate::service::{Credential, Routes, Settings, Timeouts};

/// How to reach the service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Which service it is.
    #[serde(default)]
    pub kind: Kind,
    /// Its address, such as `https://one.digicert.com`.
    pub url: String,
    /// The environment variable that holds the API key.
    pub api_key_env: Option<String>,
    /// The file that holds the API key.
    pub api_key_file: Option<PathBuf>,
    /// Roots of a private instance in PEM; the platform's roots otherwise.
    pub ca_file: Option<PathBuf>,
    /// The group that the devices go into.
    pub device_group_id: String,
    /// The policy that certificates are issued by.
    pub certificate_policy_id: String,
    /// How long to wait between two looks at a job, in seconds.
    pub poll_seconds: Option<u64>,
    /// What the contract leaves to guess: routes.
    #[serde(default)]
    pub routes: Routes,
    /// How long to wait for the service.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// What the contract leaves to guess: the report's columns.
    #[serde(default)]
    pub report_columns: ReportColumns,
}

/// Which service it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// DigiCert Device Trust Manager.
    #[default]
    DeviceTrustManager,
    /// Its predecessor.
    IotTrustManager,
}

impl Config {
    /// What the service's client needs, with its secret.
    ///
    /// # Errors
    /// [`ConfigError`] where the section is missing, or the API key can't be had.
    pub fn service_settings(&self) -> Result<Settings, ConfigError> {
        let service = self.service.as_ref().ok_or_else(|| {
            ConfigError::value("[service]", "it is missing, and this command needs it")
        })?;
        if service.kind == Kind::IotTrustManager {
            let why = "this version speaks to device-trust-manager only";
            return Err(ConfigError::value("service.kind", why));
        }
        let key = self.api_key(service)?;
        let mut settings = Settings::new(
            &service.url,
            Credential::ApiKey(key),
            &service.device_group_id,
            &service.certificate_policy_id,
        );
        settings.ca_file = service.ca_file.as_deref().map(|path| self.path(path));
        settings.poll_interval = match service.poll_seconds {
            None => DEFAULT_POLL_INTERVAL,
            Some(seconds @ 1..=3600) => Duration::from_secs(seconds),
            Some(_) => {
                return Err(ConfigError::value("service.poll_seconds", "1 to 3600 are"));
            }
        };
        settings.timeouts = service.timeouts.clone();
        settings.routes = service.routes.clone();
        settings.report_columns = service.report_columns.clone();
        Ok(settings)
    }

    fn api_key(&self, service: &Service) -> Result<SecretString, ConfigError> {
        match (&service.api_key_env, &service.api_key_file) {
            (Some(name), None) => {
                let key = std::env::var(name).ok().filter(|key| !key.is_empty());
                key.map(SecretString::from).ok_or_else(|| {
                    let why = format!("the environment variable {name} is not set");
                    ConfigError::value("service.api_key_env", why)
                })
            }
            (None, Some(path)) => {
                read_secret(&self.path(path)).map_err(|source| ConfigError::Secret {
                    setting: "service.api_key_file",
                    source,
                })
            }
            (None, None) => Err(ConfigError::value(
                "service",
                "set api_key_env or api_key_file",
            )),
            (Some(_), Some(_)) => Err(ConfigError::value(
                "service",
                "set api_key_env or api_key_file, not both",
            )),
        }
    }
}
