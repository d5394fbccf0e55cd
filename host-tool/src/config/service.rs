//! The `[service]` section.

use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use super::{Config, ConfigError, read_private_text, read_secret};
use crate::service::report::ReportColumns;
use crate::service::settings::DEFAULT_POLL_INTERVAL;
use crate::service::{
    ClientCertificate, Credential, Fields, IotProfile, JobType, Routes, Settings, Target, Timeouts,
};

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
    /// The environment variable that holds the passcode.
    pub passcode_env: Option<String>,
    /// The file that holds the passcode.
    pub passcode_file: Option<PathBuf>,
    /// A TLS client certificate in PEM, with its chain.
    pub client_certificate: Option<PathBuf>,
    /// Its private key in PEM.
    pub client_key: Option<PathBuf>,
    /// The address that takes client certificates; the host of `url` with `clientauth.` before it otherwise.
    pub client_auth_url: Option<String>,
    /// Roots of a private instance in PEM; the platform's roots otherwise.
    pub ca_file: Option<PathBuf>,
    /// Device Trust Manager: the group that the devices go into.
    pub device_group_id: Option<String>,
    /// Device Trust Manager: the policy that certificates are issued by.
    pub certificate_policy_id: Option<String>,
    /// IoT Trust Manager: the profile that certificates are issued by.
    pub enrollment_profile_id: Option<String>,
    /// IoT Trust Manager: what certificates come in.
    pub certificate_format: Option<String>,
    /// IoT Trust Manager: whether each certificate comes with its chain.
    pub include_full_chain: Option<bool>,
    /// IoT Trust Manager: what the contract leaves to guess, names of fields.
    pub fields: Option<Fields>,
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// DigiCert Device Trust Manager
    #[default]
    DeviceTrustManager,
    /// Its predecessor, IoT Trust Manager
    IotTrustManager,
}

impl Kind {
    /// The word for it, as in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DeviceTrustManager => "device-trust-manager",
            Self::IotTrustManager => "iot-trust-manager",
        }
    }
}

impl Config {
    /// What the service's client needs, with its secret.
    ///
    /// # Errors
    /// [`ConfigError`] where the section is missing, or the API key can't be had.
    pub fn service_settings(&self) -> Result<Settings, ConfigError> {
        let service = self
            .service
            .as_ref()
            .ok_or_else(|| ConfigError::NoService {
                file: self.file.clone(),
            })?;
        let credential = self.credential(service)?;
        let mut settings = Settings::new(&service.url, credential, service.target()?);
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

    /// The one way to sign in that is configured.
    fn credential(&self, service: &Service) -> Result<Credential, ConfigError> {
        let api_key = service.api_key_env.is_some() || service.api_key_file.is_some();
        let passcode = service.passcode_env.is_some() || service.passcode_file.is_some();
        let certificate = service.client_certificate.is_some() || service.client_key.is_some();
        if service.client_auth_url.is_some() && !certificate {
            let why = "it is only for client_certificate and client_key";
            return Err(ConfigError::value("service.client_auth_url", why));
        }
        match (api_key, passcode, certificate) {
            (true, false, false) => self
                .secret(
                    ("service.api_key_env", service.api_key_env.as_deref()),
                    ("service.api_key_file", service.api_key_file.as_deref()),
                )
                .map(Credential::ApiKey),
            (false, true, false) => self
                .secret(
                    ("service.passcode_env", service.passcode_env.as_deref()),
                    ("service.passcode_file", service.passcode_file.as_deref()),
                )
                .map(Credential::Passcode),
            (false, false, true) => self.client_certificate(service),
            (false, false, false) => Err(ConfigError::NoCredential {
                setting: "service",
                why: "set api_key_env or api_key_file; or client_certificate and client_key; or passcode_env or passcode_file".to_owned(),
            }),
            _ => Err(ConfigError::value(
                "service",
                "set one way to sign in: an API key, or a client certificate, or a passcode",
            )),
        }
    }

    /// A secret from the environment or from a file.
    fn secret(
        &self,
        (env_setting, env): (&'static str, Option<&str>),
        (file_setting, file): (&'static str, Option<&Path>),
    ) -> Result<SecretString, ConfigError> {
        if let (Some(_), Some(_)) = (env, file) {
            let why = format!("set it or {file_setting}, not both");
            return Err(ConfigError::value(env_setting, why));
        }
        if let Some(path) = file {
            return read_secret(&self.path(path)).map_err(|source| ConfigError::Secret {
                setting: file_setting,
                source,
            });
        }
        let name = env.unwrap_or_default();
        let secret = std::env::var(name).ok().filter(|secret| !secret.is_empty());
        secret
            .map(SecretString::from)
            .ok_or_else(|| ConfigError::NoCredential {
                setting: env_setting,
                why: format!("the environment variable {name} is not set"),
            })
    }

    fn client_certificate(&self, service: &Service) -> Result<Credential, ConfigError> {
        let missing = |setting: &str, other: &str| {
            let why = format!("it is missing, and {other} needs it");
            Err(ConfigError::value(setting, why))
        };
        let Some(certificate) = &service.client_certificate else {
            return missing("service.client_certificate", "client_key");
        };
        let Some(key) = &service.client_key else {
            return missing("service.client_key", "client_certificate");
        };
        let key = read_private_text(&self.path(key)).map_err(|source| ConfigError::Secret {
            setting: "service.client_key",
            source,
        })?;
        Ok(Credential::ClientCertificate(ClientCertificate {
            certificate: self.path(certificate),
            key,
            url: service.client_auth_url.clone(),
        }))
    }
}

impl Service {
    /// Which service it is, with the ids that it needs and none of another's.
    fn target(&self) -> Result<Target, ConfigError> {
        let (kind, other) = match self.kind {
            Kind::DeviceTrustManager => ("device-trust-manager", "iot-trust-manager"),
            Kind::IotTrustManager => ("iot-trust-manager", "device-trust-manager"),
        };
        let needed = |setting: &str, value: &Option<String>| {
            let why = format!("it is missing, and kind = \"{kind}\" needs it");
            let setting = format!("service.{setting}");
            value
                .clone()
                .ok_or_else(|| ConfigError::value(setting, why))
        };
        let foreign = |settings: &[(&str, bool)]| {
            let set = settings.iter().find(|(_, is_set)| *is_set);
            set.map_or(Ok(()), |(setting, _)| {
                let why = format!("it belongs to kind = \"{other}\", and this is {kind}");
                Err(ConfigError::value(format!("service.{setting}"), why))
            })
        };
        match self.kind {
            Kind::DeviceTrustManager => {
                foreign(&[
                    (
                        "enrollment_profile_id",
                        self.enrollment_profile_id.is_some(),
                    ),
                    ("certificate_format", self.certificate_format.is_some()),
                    ("include_full_chain", self.include_full_chain.is_some()),
                    ("fields", self.fields.is_some()),
                ])?;
                Ok(Target::DeviceTrustManager {
                    device_group_id: needed("device_group_id", &self.device_group_id)?,
                    certificate_policy_id: needed(
                        "certificate_policy_id",
                        &self.certificate_policy_id,
                    )?,
                })
            }
            Kind::IotTrustManager => {
                foreign(&[
                    ("device_group_id", self.device_group_id.is_some()),
                    (
                        "certificate_policy_id",
                        self.certificate_policy_id.is_some(),
                    ),
                    (
                        "routes.job_type",
                        self.routes.job_type != JobType::default(),
                    ),
                ])?;
                let id = needed("enrollment_profile_id", &self.enrollment_profile_id)?;
                let mut profile = IotProfile::new(&id);
                if let Some(format) = &self.certificate_format {
                    profile.certificate_format.clone_from(format);
                }
                profile.full_chain = self.include_full_chain;
                profile.fields = self.fields.clone().unwrap_or_default();
                Ok(Target::IotTrustManager(Box::new(profile)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(section: &str) -> Result<Settings, String> {
        let text = format!("[service]\nurl = \"https://one.example.com\"\n{section}");
        let config: Config = toml::from_str(&text).map_err(|error| error.to_string())?;
        config.service_settings().map_err(|error| error.to_string())
    }

    const KEY: &str = "api_key_env = \"PATH\"\n";
    const DTM: &str = "device_group_id = \"g\"\ncertificate_policy_id = \"p\"\n";
    const IOT: &str = "kind = \"iot-trust-manager\"\nenrollment_profile_id = \"e\"\n";

    #[test]
    fn each_kind_wants_its_own_ids_and_no_other() {
        assert!(settings(&format!("{KEY}{DTM}")).is_ok());
        assert!(settings(&format!("{KEY}{IOT}certificate_format = \"json\"")).is_ok());
        for (section, words) in [
            (
                "device_group_id = \"g\"".to_owned(),
                ["certificate_policy_id", "device-trust-manager"],
            ),
            (
                format!("{DTM}enrollment_profile_id = \"e\""),
                ["enrollment_profile_id", "belongs to"],
            ),
            (
                format!("{DTM}[service.fields]\n"),
                ["service.fields", "belongs to"],
            ),
            (
                "kind = \"iot-trust-manager\"".to_owned(),
                ["enrollment_profile_id", "iot-trust-manager"],
            ),
            (
                format!("{IOT}device_group_id = \"g\""),
                ["device_group_id", "belongs to"],
            ),
        ] {
            let error = settings(&format!("{KEY}{section}")).unwrap_err();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        }
    }

    #[test]
    fn exactly_one_way_to_sign_in() {
        for (section, words) in [
            ("", "set api_key_env or api_key_file; or client_certificate"),
            (
                "api_key_env = \"PATH\"\npasscode_env = \"PATH\"\n",
                "one way to sign in",
            ),
            (
                "passcode_env = \"PATH\"\nclient_key = \"k\"\n",
                "one way to sign in",
            ),
            ("api_key_env = \"PATH\"\napi_key_file = \"f\"\n", "not both"),
            (
                "passcode_env = \"NAMEPLATE_NOT_SET\"\n",
                "NAMEPLATE_NOT_SET is not set",
            ),
            ("client_certificate = \"c\"\n", "service.client_key"),
            ("client_key = \"k\"\n", "service.client_certificate"),
            (
                "api_key_env = \"PATH\"\nclient_auth_url = \"https://x\"\n",
                "client_auth_url",
            ),
        ] {
            let error = settings(&format!("{section}{DTM}")).unwrap_err();
            assert!(error.contains(words), "{section}: {error}");
        }
        let passcode = settings(&format!("passcode_env = \"PATH\"\n{DTM}")).unwrap();
        assert!(matches!(passcode.credential, Credential::Passcode(_)));
    }
}
