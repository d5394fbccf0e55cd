//! A download of certificates, kept as it came: its name by its kind, nothing ever replaced, the same bytes not twice.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::Setup;
use super::own_key::{self, OwnKey};
use super::template::unwritable;
use crate::cli::exit::Failure;
use crate::codes::{Code, Coded};
use crate::sealed::{self, MAX_SEALED, SealedError};
use crate::service::{BatchService, JobId, ServiceError};
use crate::submission::sha256_of_file;
use crate::whole_file::WholeFile;

/// What the documents say certificates come in (F), and the extension of each.
pub(super) const KINDS: [(&str, &str); 6] = [
    ("application/zip", "zip"),
    ("application/x-zip-compressed", "zip"),
    ("application/json", "json"),
    ("application/pkcs7-mime", "p7m"),
    ("application/x-pkcs7-mime", "p7m"),
    ("application/pgp-encrypted", "pgp"),
];

/// Most downloads of one job that are kept.
const MOST: u32 = 1_000;

/// A download in its place.
pub(super) struct Kept {
    /// The file.
    pub path: PathBuf,
    /// Its media type.
    pub kind: Option<String>,
    pub bytes: u64,
    pub sha256: String,
    /// It is the same as one that was there.
    pub before: bool,
}

impl Kept {
    /// What it is unpacked into.
    pub fn folder(&self) -> PathBuf {
        self.path.with_extension("")
    }
}

/// Downloads the certificates of a job to `wanted`; where that is there and `further` is allowed, to a further name unless the
/// bytes are the same.
///
/// # Errors
/// Where they could not be had or written.
pub(super) fn keep(
    setup: &Setup,
    id: &JobId,
    wanted: &Path,
    further: bool,
) -> Result<Kept, Failure> {
    let service = setup.service()?;
    let part = wanted.with_extension("download");
    let mut file = WholeFile::begin(&part).map_err(|error| unwritable(&part, error))?;
    let downloaded = match service.download_certificates(id, file.file()) {
        Ok(downloaded) => downloaded,
        Err(ServiceError::Output { source, .. }) => return Err(unwritable(file.part(), source)),
        Err(error) => return Err(explain(service.as_ref(), id, error)),
    };
    let sha256 = sha256_of_file(file.part()).map_err(|error| unwritable(file.part(), error))?;
    let kind = downloaded.content_type;
    let first = named(wanted, kind.as_deref());
    let mut kept = Kept {
        path: first.clone(),
        kind,
        bytes: downloaded.bytes,
        sha256,
        before: false,
    };
    let mut number = 1;
    while further && (kept.path.exists() || kept.folder().exists()) {
        if sha256_of_file(&kept.path).is_ok_and(|there| there == kept.sha256) {
            kept.before = true;
            return Ok(kept);
        }
        number += 1;
        if number > MOST {
            let error = anyhow::anyhow!("{MOST} downloads of this job are here already");
            return Err(Failure::new(Code::FileExists, error)
                .next("Move them away, then run the same command again."));
        }
        kept.path = numbered(&first, number);
    }
    file.finish_new_at(&kept.path)
        .map_err(|error| unwritable(&kept.path, error))?;
    Ok(kept)
}

/// The name of a further download: `certificates_2.zip`.
fn numbered(first: &Path, number: u32) -> PathBuf {
    let stem = first.file_stem().unwrap_or_default().to_string_lossy();
    let mut name = format!("{stem}_{number}");
    if let Some(extension) = first.extension() {
        name.push('.');
        name.push_str(&extension.to_string_lossy());
    }
    first.with_file_name(name)
}

pub(super) fn is_sealed(kind: Option<&str>) -> bool {
    let known = KINDS.iter().find(|(name, _)| Some(*name) == kind);
    known.is_some_and(|(_, extension)| matches!(*extension, "p7m" | "pgp"))
}

/// The plaintext, in memory only: what holds private keys is on the disk nowhere but in their files.
///
/// # Errors
/// Where it can't be decrypted.
pub(super) fn opened(path: &Path, own_key: &OwnKey) -> Result<File, Failure> {
    let wrong = |error: SealedError| {
        let words = format!(
            "{} can't be decrypted; it is kept as it came",
            path.display()
        );
        let step = format!(
            "{} To fetch it anew, move that file away and run the same command again.",
            error.next_step()
        );
        Failure::new(error.code(), anyhow::Error::new(error).context(words)).next(step)
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
        Failure::new(
            Code::SystemRefuses,
            anyhow::Error::new(error).context("there is no memory for what was decrypted"),
        )
        .next("Use `nameplate decrypt`, which writes it to a file.")
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

/// What a person should know of such a file.
pub(super) fn hint(kind: Option<&str>) -> Option<&'static str> {
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
            Failure::new(
                Code::CertificatePending,
                anyhow::Error::new(error).context(words),
            )
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

    #[test]
    fn a_further_download_has_a_name_of_its_own() {
        let numbered = |first: &str| numbered(Path::new(first), 2).display().to_string();
        assert_eq!(numbered("a/certificates.zip"), "a/certificates_2.zip");
        assert_eq!(
            numbered("certificates-1-of-3.zip"),
            "certificates-1-of-3_2.zip"
        );
    }
}
