//! `nameplate certificates`: a job's certificates as the service hands them out.
//!
//! The bytes as they come, in a file with the extension that belongs to their media type; and unpacked beside it, decrypted where
//! the service made the keys. Which certificate is which board's is not looked at yet.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::own_key::{self, OwnKey};
use super::template::{refuse_existing, unwritable};
use super::{Session, Setup};
use crate::cli::args;
use crate::cli::exit::{Failure, Outcome};
use crate::cli::output::count;
use crate::handed_out;
use crate::sealed::{self, MAX_SEALED, SealedError};
use crate::service::{BatchService, JobId, ServiceError};
use crate::submission::sha256_of_file;
use crate::whole_file::WholeFile;

/// What the documents say certificates come in (F), and the extension of each.
const KINDS: [(&str, &str); 6] = [
    ("application/zip", "zip"),
    ("application/x-zip-compressed", "zip"),
    ("application/json", "json"),
    ("application/pkcs7-mime", "p7m"),
    ("application/x-pkcs7-mime", "p7m"),
    ("application/pgp-encrypted", "pgp"),
];

/// Runs the command.
///
/// # Errors
/// Where they could not be fetched or written.
pub fn run(session: &Session, args: &args::Certificates) -> Result<Outcome, Failure> {
    let setup = Setup::load(&args.batch)?;
    let service = setup.service()?;
    let (_, id) = super::status::job(&setup.store()?)?;
    let wanted = args
        .output
        .clone()
        .unwrap_or_else(|| setup.file("certificates"));
    // A name without an extension gets one, so every file that it may become must be free.
    if wanted.extension().is_some() {
        refuse_existing(&wanted)?;
    } else {
        for (_, extension) in KINDS.iter().chain(&[("", "bin")]) {
            refuse_existing(&wanted.with_extension(extension))?;
        }
    }
    // What comes is unpacked beside it.
    let folder = wanted.with_extension("");
    refuse_existing(&folder)?;
    // A wrong passphrase is told before anything is fetched.
    let own_key = OwnKey::load(&setup)?;
    let part = wanted.with_extension("download");
    let mut file = WholeFile::begin(&part).map_err(|error| unwritable(&part, error))?;
    let downloaded = match service.download_certificates(&id, file.file()) {
        Ok(downloaded) => downloaded,
        Err(error) => return Err(explain(service.as_ref(), &id, error)),
    };
    let kind = downloaded.content_type.as_deref();
    let path = named(&wanted, kind);
    let sha256 = sha256_of_file(file.part()).map_err(|error| unwritable(file.part(), error))?;
    file.finish_new_at(&path)
        .map_err(|error| unwritable(&path, error))?;
    session.output.line(format!(
        "certificates of job {id} written to {}: {} bytes, {}",
        path.display(),
        downloaded.bytes,
        kind.unwrap_or("of a kind that the service does not name")
    ));
    session.output.object(&json!({
        "event": "certificates", "job_id": id.as_str(), "file": path, "bytes": downloaded.bytes,
        "content_type": kind, "sha256": sha256,
    }));
    match (is_sealed(kind), &own_key) {
        (true, None) => {
            session
                .output
                .line(format!("  {}", hint(kind).unwrap_or_default()));
            session.output.line(
                "  set batch.decryption_key to have it opened here, or use `nameplate decrypt`",
            );
            Ok(Outcome::Done)
        }
        (true, Some(own_key)) => {
            let plain = opened(&path, own_key)?;
            unpack(session, &plain, true, &folder, &path)
        }
        (false, _) => {
            if let Some(hint) = hint(kind) {
                session.output.line(format!("  {hint}"));
            }
            let file = File::open(&path).map_err(|error| unwritable(&path, error))?;
            unpack(session, &file, own_key.is_some(), &folder, &path)
        }
    }
}

fn is_sealed(kind: Option<&str>) -> bool {
    let known = KINDS.iter().find(|(name, _)| Some(*name) == kind);
    known.is_some_and(|(_, extension)| matches!(*extension, "p7m" | "pgp"))
}

/// The plaintext, in memory only: what holds private keys is on the disk nowhere but in their files.
fn opened(path: &Path, own_key: &OwnKey) -> Result<File, Failure> {
    let wrong = |error: SealedError| {
        let words = format!(
            "{} can't be decrypted; it is kept as it came",
            path.display()
        );
        let step = format!(
            "{} To fetch it anew, move that file away and run the same command again.",
            error.next_step()
        );
        Failure::new(anyhow::Error::new(error).context(words)).next(step)
    };
    let bytes = own_key::read(path, MAX_SEALED)?.ok_or_else(|| wrong(SealedError::TooLarge))?;
    let opened = sealed::open(bytes, &own_key.key, Some(&own_key.certificate)).map_err(wrong)?;
    let keep = || {
        let flags = rustix::fs::MemfdFlags::CLOEXEC;
        let mut file = File::from(rustix::fs::memfd_create("certificates", flags)?);
        file.write_all(&opened.bytes)?;
        Ok(file)
    };
    keep().map_err(|error: std::io::Error| {
        Failure::new(anyhow::Error::new(error).context("there is no memory for what was decrypted"))
            .next("Use `nameplate decrypt`, which writes it to a file.")
    })
}

fn unpack(
    session: &Session,
    plain: &File,
    keys: bool,
    folder: &Path,
    came_as: &Path,
) -> Result<Outcome, Failure> {
    let unpacked = handed_out::unpack(plain, keys, folder).map_err(|error| {
        let words = format!("what is in {} was not unpacked", came_as.display());
        let step = error.next_step();
        Failure::new(anyhow::Error::new(error).context(words)).next(step)
    })?;
    session.output.line(format!(
        "{} and {} unpacked into {}; only you may read them",
        count(unpacked.certificates, "certificate"),
        count(unpacked.keys, "private key"),
        folder.display()
    ));
    if unpacked.keys > 0 {
        session.output.line(format!(
            "{} of the private keys belong to the certificate of the same name",
            unpacked.matched
        ));
    }
    let faults = &unpacked.faults;
    for line in faults.lines() {
        session.output.line(format!("  {line}"));
    }
    if faults.left_out() > 0 {
        session
            .output
            .line(format!("  and {} more", faults.left_out()));
    }
    session.output.object(&json!({
        "event": "unpacked", "folder": folder, "certificates": unpacked.certificates,
        "keys": unpacked.keys, "matched": unpacked.matched, "faults": faults.lines(),
        "more_faults": faults.left_out(),
    }));
    Ok(if faults.lines().is_empty() {
        Outcome::Done
    } else {
        Outcome::Partly
    })
}

/// The file's name, with the extension of what it holds where it has none.
fn named(wanted: &Path, kind: Option<&str>) -> PathBuf {
    if wanted.extension().is_some() {
        return wanted.to_owned();
    }
    let known = KINDS.iter().find(|(name, _)| Some(*name) == kind);
    wanted.with_extension(known.map_or("bin", |(_, extension)| extension))
}

fn hint(kind: Option<&str>) -> Option<&'static str> {
    let known = KINDS.iter().find(|(name, _)| Some(*name) == kind);
    match known.map(|(_, extension)| *extension) {
        Some("p7m") => Some(
            "it is encrypted (CMS): the private key of the certificate that the job was submitted with opens it",
        ),
        Some("pgp") => Some(
            "it is encrypted (OpenPGP): the private key of the public key that the job was submitted with opens it",
        ),
        None => Some("no document names this kind of file: it was kept as it came"),
        _ => None,
    }
}

/// A refusal may only mean that there are none yet; the job's status tells.
fn explain(service: &dyn BatchService, id: &JobId, error: ServiceError) -> Failure {
    let refused = matches!(
        error,
        ServiceError::Refused(_) | ServiceError::NotFound { .. }
    );
    let status = refused.then(|| service.job_status(id).ok()).flatten();
    match status {
        Some(status) if !status.phase().has_ended() => {
            let words = format!(
                "there are no certificates yet: job {id} is {}",
                status.raw()
            );
            Failure::new(anyhow::Error::new(error).context(words))
                .next("Run `nameplate status --wait`, then the same command again.")
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_follows_the_content_and_never_a_given_name() {
        let named = |wanted: &str, kind| named(Path::new(wanted), kind).display().to_string();
        assert_eq!(
            named("a/certificates", Some("application/zip")),
            "a/certificates.zip"
        );
        assert_eq!(
            named("certificates", Some("application/pkcs7-mime")),
            "certificates.p7m"
        );
        assert_eq!(
            named("certificates", Some("application/pgp-encrypted")),
            "certificates.pgp"
        );
        assert_eq!(named("certificates", Some("text/html")), "certificates.bin");
        assert_eq!(named("certificates", None), "certificates.bin");
        assert_eq!(named("mine.dat", Some("application/zip")), "mine.dat");
    }
}
