//! The operator's own key: for whom the service encrypts, and what opens it again.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::time::SystemTime;

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::Setup;
use crate::cli::exit::Failure;
use crate::codes::{Code, Coded, of_io};
use crate::config::open_private;
use crate::sealed::{self, DecryptionKey, EncryptionKey, KeyError, KeyFile};

/// Where a passphrase may stand for programs.
const PASSPHRASE: &str = "NAMEPLATE_KEY_PASSPHRASE";
/// Longest passphrase, in bytes.
const MAX_PASSPHRASE: u64 = 4096;
/// Greatest certificate file, in bytes.
const MAX_CERTIFICATE: u64 = 1 << 20;

/// Both halves, which belong together.
pub struct OwnKey {
    /// What is submitted, as it stands in its file.
    pub text: String,
    /// The same, read.
    pub certificate: EncryptionKey,
    /// What opens it again.
    pub key: DecryptionKey,
    /// The type of the devices' keys.
    pub key_type: Option<String>,
}

impl OwnKey {
    /// Both halves of a batch with keys of the service, held against each other; `None` where the boards make theirs.
    ///
    /// # Errors
    /// Where the configuration or a file can't be used, or the two do not belong together.
    pub fn load(setup: &Setup) -> Result<Option<Self>, Failure> {
        let Some(keys) = setup.config.server_keys()? else {
            return Ok(None);
        };
        let (text, certificate) = certificate_text(&keys.certificate)?;
        let key = key(&keys.key, keys.passphrase_file.as_deref())?;
        sealed::matches(&certificate, &key).map_err(|error| {
            Failure::usage_of(error).next(
                "Set batch.encryption_certificate and batch.decryption_key to two halves that belong together.",
            )
        })?;
        Ok(Some(Self {
            text,
            certificate,
            key,
            key_type: keys.key_type,
        }))
    }

    /// Whether keys may be encrypted to it from now on.
    ///
    /// # Errors
    /// Where it is expired, too short, or not meant for this.
    pub fn check(&self) -> Result<(), Failure> {
        self.certificate.check(SystemTime::now()).map_err(|error| {
            let text = "batch.encryption_certificate must not be submitted";
            Failure::usage(
                Code::OwnKeyUnusable,
                anyhow::Error::new(error).context(text),
            )
            .next("Make another certificate (CONFIGURATION.md has the two commands), and set it.")
        })
    }
}

/// What was submitted, or is to be. It may have expired since.
pub fn certificate(path: &Path) -> Result<EncryptionKey, Failure> {
    certificate_text(path).map(|(_, certificate)| certificate)
}

fn certificate_text(path: &Path) -> Result<(String, EncryptionKey), Failure> {
    let unusable = |error: anyhow::Error| {
        let text = format!("can't use the certificate {}", path.display());
        Failure::usage(Code::OwnKeyUnusable, error.context(text))
            .next("Give the certificate that was submitted.")
    };
    let bytes = read(path, MAX_CERTIFICATE)?
        .ok_or_else(|| unusable(anyhow::anyhow!("it is larger than 1 MiB")))?;
    let certificate = EncryptionKey::read(&bytes).map_err(|error| unusable(error.into()))?;
    let text = String::from_utf8(bytes).map_err(|error| unusable(error.into()))?;
    Ok((text, certificate))
}

/// The private key, unlocked.
pub fn key(path: &Path, passphrase_file: Option<&Path>) -> Result<DecryptionKey, Failure> {
    let unusable = |error: KeyError| {
        let step = match &error {
            KeyError::Locked => {
                "Set NAMEPLATE_KEY_PASSPHRASE or give --passphrase-file, or run it at a terminal, which asks."
            }
            KeyError::Passphrase => "Give the key's passphrase.",
            _ => "Give the private key that belongs to the submitted certificate.",
        };
        let text = format!("can't use the key {}", path.display());
        Failure::usage(error.code(), anyhow::Error::new(error).context(text)).next(step)
    };
    let file = KeyFile::read(path).map_err(unusable)?;
    let passphrase = if file.is_locked() {
        passphrase(path, passphrase_file)?
    } else {
        None
    };
    file.unlock(passphrase.as_ref()).map_err(unusable)
}

/// From the file, else from the environment, else from whoever sits at the terminal.
fn passphrase(key: &Path, file: Option<&Path>) -> Result<Option<SecretString>, Failure> {
    if let Some(path) = file {
        return passphrase_file(path).map(Some);
    }
    if let Ok(passphrase) = std::env::var(PASSPHRASE) {
        return Ok(Some(SecretString::from(passphrase)));
    }
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    let prompt = format!("Passphrase of {}: ", key.display());
    let passphrase = rpassword::prompt_password(prompt).map_err(|error| {
        let text = "can't ask for the passphrase";
        Failure::new(of_io(&error), anyhow::Error::new(error).context(text))
            .next("Set NAMEPLATE_KEY_PASSPHRASE, or give --passphrase-file.")
    })?;
    Ok(Some(SecretString::from(passphrase)))
}

fn passphrase_file(path: &Path) -> Result<SecretString, Failure> {
    let wrong = |code: Code, error: anyhow::Error| {
        let text = "can't read the passphrase";
        Failure::usage(code, error.context(text))
            .next("Mend that file, then run the same command again.")
    };
    let file = open_private(path).map_err(|error| wrong(error.code(), error.into()))?;
    let mut text = Zeroizing::new(String::with_capacity(4096));
    file.take(MAX_PASSPHRASE)
        .read_to_string(&mut text)
        .map_err(|error| wrong(Code::SecretUnusable, error.into()))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        let error = anyhow::anyhow!("{} has no first line", path.display());
        return Err(wrong(Code::PassphraseWrong, error));
    }
    Ok(SecretString::from(line))
}

/// A whole file, or `None` where it is larger.
///
/// # Errors
/// Where it can't be read.
pub fn read(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Failure> {
    let read = || {
        let file = File::open(path)?;
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes: Vec<u8> = read().map_err(|error: io::Error| {
        let text = format!("can't read {}", path.display());
        Failure::usage(of_io(&error), anyhow::Error::new(error).context(text))
            .next("Give a file that is there.")
    })?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}
