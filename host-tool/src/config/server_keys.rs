//! What `[batch]` says of keys that the service makes: for whom they are encrypted, and who opens them again.

use std::path::PathBuf;

use super::{Config, ConfigError, DataForm, KeyGeneration};

/// Longest name of a key type, in bytes.
const MAX_KEY_TYPE: usize = 32;

/// What a batch with keys of the service needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerKeys {
    /// The certificate or OpenPGP key that is submitted.
    pub certificate: PathBuf,
    /// Its other half.
    pub key: PathBuf,
    /// Where the passphrase of that is.
    pub passphrase_file: Option<PathBuf>,
    /// The type of the devices' keys, passed through; the policy's where missing.
    pub key_type: Option<String>,
}

impl Config {
    /// What is needed where the service makes the keys; `None` where the boards do.
    ///
    /// # Errors
    /// What is missing, or set without being used.
    pub fn server_keys(&self) -> Result<Option<ServerKeys>, ConfigError> {
        let batch = &self.batch;
        if batch.key_generation == KeyGeneration::Client {
            let set = [
                (
                    "batch.encryption_certificate",
                    batch.encryption_certificate.is_some(),
                ),
                ("batch.decryption_key", batch.decryption_key.is_some()),
                (
                    "batch.decryption_passphrase_file",
                    batch.decryption_passphrase_file.is_some(),
                ),
                ("batch.key_type", batch.key_type.is_some()),
            ];
            return match set.iter().find(|(_, is_set)| *is_set) {
                None => Ok(None),
                Some((setting, _)) => {
                    let why = "it is for keys of the service only: set key_generation = \"server\", or take it out";
                    Err(ConfigError::value(*setting, why))
                }
            };
        }
        if batch.data == DataForm::CsrZip {
            let why = "it is of certificate requests, and with key_generation = \"server\" there are none: \"csv\" or \"csv-zip\" is";
            return Err(ConfigError::value("batch.data", why));
        }
        let needed = |setting: &str, value: &Option<PathBuf>, what: &str| {
            value.as_ref().map(|path| self.path(path)).ok_or_else(|| {
                let why =
                    format!("it is missing, and key_generation = \"server\" needs it: {what}");
                ConfigError::value(setting, why)
            })
        };
        let key_type = batch.key_type.clone();
        let is_name = |text: &String| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            !text.is_empty() && text.len() <= MAX_KEY_TYPE && text.bytes().all(plain)
        };
        if !key_type.as_ref().is_none_or(is_name) {
            let why = "a name such as \"RSA_2048\" or \"P_256\" is";
            return Err(ConfigError::value("batch.key_type", why));
        }
        Ok(Some(ServerKeys {
            certificate: needed(
                "batch.encryption_certificate",
                &batch.encryption_certificate,
                "the PEM certificate or OpenPGP public key that the service encrypts to",
            )?,
            key: needed(
                "batch.decryption_key",
                &batch.decryption_key,
                "the private key of that certificate, held against it before anything is sent",
            )?,
            passphrase_file: batch
                .decryption_passphrase_file
                .as_ref()
                .map(|path| self.path(path)),
            key_type,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(batch: &str) -> Result<Option<ServerKeys>, String> {
        let config: Config = toml::from_str(&format!("[batch]\n{batch}")).unwrap();
        config.server_keys().map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_missing_or_useless_is_named() {
        assert_eq!(keys(""), Ok(None));
        for (batch, words) in [
            (
                "key_generation = \"server\"",
                "batch.encryption_certificate",
            ),
            (
                "key_generation = \"server\"\nencryption_certificate = \"c\"",
                "batch.decryption_key",
            ),
            (
                "encryption_certificate = \"c\"",
                "key_generation = \"server\"",
            ),
            ("decryption_key = \"c\"", "batch.decryption_key"),
            ("key_type = \"P_256\"", "batch.key_type"),
            (
                "key_generation = \"server\"\nencryption_certificate = \"c\"\ndecryption_key = \"k\"\nkey_type = \"a b\"",
                "batch.key_type",
            ),
        ] {
            let error = keys(batch).unwrap_err();
            assert!(error.contains(words), "{batch}: {error}");
        }
        let whole = "key_generation = \"server\"\nencryption_certificate = \"c\"\ndecryption_key = \"k\"\nkey_type = \"P_256\"";
        let keys = keys(whole).unwrap().unwrap();
        assert_eq!(keys.key_type.as_deref(), Some("P_256"));
    }
}
