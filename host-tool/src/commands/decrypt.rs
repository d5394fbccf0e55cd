//! `nameplate decrypt`: opens one file that the service encrypted to the operator's key.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;

use anyhow::Context;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use serde_json::json;

use super::Session;
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::config::open_private;
use crate::sealed::{
    self, Contents, DecryptionKey, EncryptionKey, KeyError, KeyFile, MAX_SEALED, Opened,
    SealedError,
};
use crate::whole_file::WholeFile;

/// Where a passphrase may stand for programs.
const PASSPHRASE: &str = "NAMEPLATE_KEY_PASSPHRASE";
/// Longest passphrase, in bytes.
const MAX_PASSPHRASE: u64 = 4096;
/// Greatest certificate file, in bytes.
const MAX_CERTIFICATE: u64 = 1 << 20;

/// Runs the command.
///
/// # Errors
/// Where nothing was written.
pub fn run(session: &Session, args: &args::Decrypt) -> Result<Outcome, Failure> {
    let exists = || {
        Failure::new(anyhow::anyhow!(
            "{} is there already",
            args.output.display()
        ))
        .next("Give another --output, or --force to replace it.")
    };
    if !args.force && args.output.exists() {
        return Err(exists());
    }
    let certificate = args.certificate.as_deref().map(certificate).transpose()?;
    let key = key(args)?;
    if let Some(certificate) = &certificate {
        sealed::matches(certificate, &key).map_err(|error| {
            Failure::usage(error).next("Give the key and the certificate that belong together.")
        })?;
    }
    let opened = open(&args.file, &key, certificate.as_ref())?;
    write(&opened, &args.output, args.force).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(),
        _ => unwritten(error, &args.output),
    })?;
    report(session, args, &opened);
    Ok(Outcome::Done)
}

fn open(
    path: &Path,
    key: &DecryptionKey,
    certificate: Option<&EncryptionKey>,
) -> Result<Opened, Failure> {
    let wrong = |error: SealedError| {
        let step = error.next_step();
        let error = anyhow::Error::new(error);
        Failure::new(error.context(format!("can't decrypt {}", path.display()))).next(step)
    };
    let bytes = read(path, MAX_SEALED)?.ok_or_else(|| wrong(SealedError::TooLarge))?;
    sealed::open(bytes, key, certificate).map_err(wrong)
}

fn write(opened: &Opened, path: &Path, overwrite: bool) -> io::Result<()> {
    // Readable by its owner only from its first byte on.
    let mut whole = WholeFile::begin(path)?;
    whole.file().write_all(&opened.bytes)?;
    if overwrite {
        whole.finish()
    } else {
        whole.finish_new()
    }
}

fn report(session: &Session, args: &args::Decrypt, opened: &Opened) {
    let what = match opened.contents {
        Contents::Zip => "a ZIP",
        Contents::Json => "JSON",
        Contents::Pem => "PEM",
        Contents::Other => "neither ZIP nor JSON",
    };
    let bytes = opened.bytes.len();
    session.output.line(format!(
        "{bytes} bytes written to {}: {what}; only you may read it",
        args.output.display()
    ));
    if !opened.intact && !session.quiet {
        let _ = writeln!(
            io::stderr().lock(),
            "note: this encryption (CBC) does not show whether the file was changed on its way"
        );
    }
    session.output.object(&json!({
        "event": "decrypted", "file": args.output, "bytes": bytes,
        "contents": opened.contents.name(), "intact": opened.intact,
    }));
}

fn certificate(path: &Path) -> Result<EncryptionKey, Failure> {
    let unusable = |error: anyhow::Error| {
        let text = format!("can't use the certificate {}", path.display());
        Failure::usage(error.context(text)).next("Give the certificate that was submitted.")
    };
    let bytes = read(path, MAX_CERTIFICATE)?
        .ok_or_else(|| unusable(anyhow::anyhow!("it is larger than 1 MiB")))?;
    // It may have expired since.
    EncryptionKey::read(&bytes).map_err(|error| unusable(error.into()))
}

fn key(args: &args::Decrypt) -> Result<DecryptionKey, Failure> {
    let path = &args.key;
    let unusable = |error: KeyError| {
        let step = match &error {
            KeyError::Locked => {
                "Set NAMEPLATE_KEY_PASSPHRASE or give --passphrase-file, or run it at a terminal, which asks."
            }
            KeyError::Passphrase => "Give the key's passphrase.",
            _ => "Give the private key that belongs to the submitted certificate.",
        };
        let text = format!("can't use the key {}", path.display());
        Failure::usage(anyhow::Error::new(error).context(text)).next(step)
    };
    let file = KeyFile::read(path).map_err(unusable)?;
    let passphrase = if file.is_locked() {
        passphrase(args)?
    } else {
        None
    };
    file.unlock(passphrase.as_ref()).map_err(unusable)
}

/// From the file, else from the environment, else from whoever sits at the terminal.
fn passphrase(args: &args::Decrypt) -> Result<Option<SecretString>, Failure> {
    if let Some(path) = &args.passphrase_file {
        return passphrase_file(path).map(Some);
    }
    if let Ok(passphrase) = std::env::var(PASSPHRASE) {
        return Ok(Some(SecretString::from(passphrase)));
    }
    if !io::stdin().is_terminal() {
        return Ok(None);
    }
    let prompt = format!("Passphrase of {}: ", args.key.display());
    let passphrase = rpassword::prompt_password(prompt)
        .context("can't ask for the passphrase")
        .map_err(Failure::new)?;
    Ok(Some(SecretString::from(passphrase)))
}

fn passphrase_file(path: &Path) -> Result<SecretString, Failure> {
    let wrong = |error: anyhow::Error| {
        let text = "can't read the passphrase";
        Failure::usage(error.context(text)).next("Mend that file, then run the same command again.")
    };
    let file = open_private(path).map_err(|error| wrong(error.into()))?;
    let mut text = Zeroizing::new(String::with_capacity(4096));
    file.take(MAX_PASSPHRASE)
        .read_to_string(&mut text)
        .map_err(|error| wrong(error.into()))?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(wrong(anyhow::anyhow!(
            "{} has no first line",
            path.display()
        )));
    }
    Ok(SecretString::from(line))
}

/// A whole file, or `None` where it is larger.
fn read(path: &Path, most: u64) -> Result<Option<Vec<u8>>, Failure> {
    let read = || {
        let file = File::open(path)?;
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes: Vec<u8> = read().map_err(|error: io::Error| {
        let text = format!("can't read {}", path.display());
        Failure::usage(anyhow::Error::new(error).context(text)).next("Give a file that is there.")
    })?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

fn unwritten(error: io::Error, path: &Path) -> Failure {
    let text = format!("can't write {}", path.display());
    Failure::new(anyhow::Error::new(error).context(text))
        .next("Mend that, then run the same command again.")
}
