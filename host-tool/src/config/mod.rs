//! `bench.toml`: what does not change from day to day.
//!
//! Reads and checks the file as a whole, before anything is started. Relative paths in it are relative to the file's folder.
//! Knows no service, no board and no store.

mod batch;
mod certificates;
mod delivery;
mod network;
mod secret_file;
mod serial;
mod server_keys;
mod service;
mod slots;
mod unknown;

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde::Deserialize;

pub use batch::{Batch, CsrCell, DataForm, KeyGeneration, MacRange};
pub use certificates::Certificates;
pub use delivery::Delivery;
pub use network::Network;
pub use secret_file::{SecretFileError, open_private, read_private_text, read_secret};
pub use serial::Serial;
pub use server_keys::ServerKeys;
pub use service::{Kind, Service};

/// Greatest size of `bench.toml`, in bytes: nobody writes more, and a wrong path is not read into memory.
const MAX_FILE: u64 = 1 << 20;

/// The file's name in a batch folder.
pub const FILE: &str = "bench.toml";

/// One value of a column or of a certificate request: one template, or several where the attribute repeats.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub enum Templates {
    /// One.
    One(String),
    /// Several, in order.
    Several(Vec<String>),
}

/// What `bench.toml` says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How to reach the service; only needed from `submit` on.
    pub service: Option<Service>,
    /// The batch.
    #[serde(default)]
    pub batch: Batch,
    /// What certificates that come back are held against.
    #[serde(default)]
    pub certificates: Certificates,
    /// The CSV's columns in order.
    #[serde(default)]
    pub columns: IndexMap<String, Templates>,
    /// What stands in the certificate request beside the columns.
    #[serde(default)]
    pub request: crate::columns::RequestSettings,
    /// Serial ports.
    #[serde(default)]
    pub serial: Serial,
    /// What places on the bench are called, by USB port chain or by path.
    #[serde(default)]
    pub slots: IndexMap<String, String>,
    /// The network door.
    pub network: Option<Network>,
    /// What is done when a board gets its certificate.
    #[serde(default)]
    pub delivery: Delivery,
    /// Where the file stands; what relative paths are relative to.
    #[serde(skip)]
    pub folder: PathBuf,
    /// The file itself; none where there is none.
    #[serde(skip)]
    pub file: Option<PathBuf>,
}

/// `bench.toml` can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It can't be read.
    #[error("can't read the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is too large to be a configuration.
    #[error("{} is larger than 1 MiB: it is no configuration", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// It is not TOML, or has a setting that does not exist or is of the wrong form.
    #[error("{} is not a configuration that can be used", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// A setting's value can't be used.
    #[error("{setting} in the configuration: {why}")]
    Value {
        /// The setting, as `section.name`.
        setting: String,
        /// What is wrong and what would be right.
        why: String,
    },
    /// The section of the service is missing.
    #[error("{}, and this command needs it", no_section(file.as_deref()))]
    NoService {
        /// The configuration, where there is one.
        file: Option<PathBuf>,
    },
    /// There is nothing to sign in with.
    #[error("{setting} in the configuration: {why}")]
    NoCredential {
        /// The setting, as `section.name`.
        setting: &'static str,
        /// What is missing.
        why: String,
    },
    /// A secret can't be had.
    #[error("{setting} in the configuration")]
    Secret {
        /// The setting, as `section.name`.
        setting: &'static str,
        /// Why.
        source: SecretFileError,
    },
}

fn no_section(file: Option<&Path>) -> String {
    match file {
        Some(path) => format!("{} has no section [service]", path.display()),
        None => format!("there is no {FILE} with a section [service] in the batch's folder"),
    }
}

impl ConfigError {
    /// A setting's value can't be used.
    pub fn value(setting: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Value {
            setting: setting.into(),
            why: why.into(),
        }
    }
}

impl Config {
    /// Reads `explicit`, or `bench.toml` in the batch folder; without either, the defaults.
    ///
    /// # Errors
    /// [`ConfigError`] where a file that was named is not there, or the one found can't be used.
    pub fn load(explicit: Option<&Path>, batch_folder: &Path) -> Result<Self, ConfigError> {
        let path = explicit.map_or_else(|| batch_folder.join(FILE), Path::to_owned);
        // What can't be read is no reason to go on without it, nor is a link that leads nowhere.
        let is_absent = |error: std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
        if explicit.is_none() && path.symlink_metadata().is_err_and(is_absent) {
            return Ok(Self {
                folder: batch_folder.to_owned(),
                ..Self::default()
            });
        }
        Self::read(&path)
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let unreadable = |source| ConfigError::Read {
            path: path.to_owned(),
            source,
        };
        let size = std::fs::metadata(path).map_err(unreadable)?.len();
        if size > MAX_FILE {
            return Err(ConfigError::TooLarge {
                path: path.to_owned(),
            });
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        let mut config: Self = toml::from_str(&text).map_err(|source| ConfigError::Syntax {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        path.parent()
            .unwrap_or(Path::new(""))
            .clone_into(&mut config.folder);
        config.file = Some(path.to_owned());
        Ok(config)
    }

    /// A path from the configuration, relative to its folder.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_configuration_that_can_t_be_read_is_not_taken_for_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Config::load(None, folder.path()).is_ok(), "there is none");
        std::os::unix::fs::symlink("nowhere", folder.path().join(FILE)).unwrap();
        let error = Config::load(None, folder.path()).unwrap_err();
        assert!(matches!(error, ConfigError::Read { .. }), "{error}");
    }

    #[test]
    fn the_design_s_example_is_read() {
        let config = parse(
            r#"
            [service]
            kind = "device-trust-manager"
            url = "https://one.digicert.com"
            api_key_env = "NAMEPLATE_API_KEY"
            ca_file = "ca.pem"
            device_group_id = "d"
            certificate_policy_id = "IOT_c"
            poll_seconds = 5
            [batch]
            name = "line-3-2026-11-21"
            key_generation = "client"
            [columns]
            device_name = "{name}"
            device_description = "sensor, revision C"
            "subject.common_name" = "{name}"
            "subject.organization_name" = "Example"
            "san.dns_name" = "{name}.devices.example.com"
            [serial]
            ports = ["/dev/ttyACM*", "/dev/ttyUSB*"]
            baud = 115200
            [network]
            listen = "0.0.0.0:7443"
            certificate = "bench.pem"
            key = "bench.key"
            join_token_file = "join.token"
            "#,
        )
        .unwrap();
        let columns: Vec<_> = config.columns.keys().map(String::as_str).collect();
        assert_eq!(columns[0], "device_name");
        assert_eq!(columns[4], "san.dns_name", "the order is the file's");
        assert_eq!(config.serial.baud, 115_200);
    }

    #[test]
    fn the_documented_configuration_is_read_and_can_be_used() {
        let document = include_str!("../../CONFIGURATION.md");
        let (_, rest) = document.split_once("```toml\n").unwrap();
        let (text, _) = rest.split_once("```").unwrap();
        let config = parse(text).unwrap();
        assert_eq!(config.batch.ranges().unwrap().len(), 1);
        crate::columns::Plan::new(&config.columns, &config.request).unwrap();
        let (_, rest) = rest.split_once("```toml\n").unwrap();
        let (text, _) = rest.split_once("```").unwrap();
        let service = parse(
            text.replacen("kind", "url = \"https://a\"\nkind", 1)
                .as_str(),
        );
        let fields = service.unwrap().service.unwrap().fields.unwrap();
        assert_eq!(
            fields,
            crate::service::Fields::default(),
            "the defaults are documented"
        );
    }

    #[test]
    fn a_setting_that_does_not_exist_is_refused() {
        for text in [
            "[serial]\nbaut = 1",
            "[sevice]",
            "[network]\nverify = false",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn without_a_file_there_are_defaults_but_a_named_one_must_be_there() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Config::load(None, folder.path()).is_ok());
        let missing = folder.path().join("other.toml");
        let error = Config::load(Some(&missing), folder.path()).unwrap_err();
        assert!(error.to_string().contains("other.toml"));
    }
}
