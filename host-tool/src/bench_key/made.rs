//! Makes what is missing of the bench's keys; what is there stays.

use std::path::Path;

use secrecy::zeroize::Zeroizing;
use time::{Duration, OffsetDateTime};

use super::files::{BenchKey, Files};
use super::{BenchKeyError, fault};
use crate::whole_file;

/// How long a certificate of the bench is good for. Boards pin the key and look at nothing else of it.
const YEARS: i64 = 10;

/// What was made, and what is there now.
#[derive(Debug, PartialEq, Eq)]
pub struct Completed {
    /// The key of now.
    pub current: BenchKey,
    /// It was made now.
    pub current_is_new: bool,
    /// The next one.
    pub next: BenchKey,
    /// It was made now.
    pub next_is_new: bool,
}

/// Makes the bench's key with its certificate, and the next one with its, where they are missing.
///
/// # Errors
/// [`BenchKeyError`]; nothing that was there is changed.
pub fn complete(files: &Files) -> Result<Completed, BenchKeyError> {
    let (current, current_is_new) = pair(files)?;
    let (next, next_is_new) = pair(&files.next())?;
    Ok(Completed {
        current,
        current_is_new,
        next,
        next_is_new,
    })
}

/// A pair that is there, or a new one. A key whose certificate was not written any more gets one.
pub(super) fn pair(files: &Files) -> Result<(BenchKey, bool), BenchKeyError> {
    if files.certificate.exists() {
        return Ok((BenchKey::of_pair(files)?, false));
    }
    let key = if files.key.exists() {
        existing(&files.key)?
    } else {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)
            .map_err(BenchKeyError::Make)?;
        put_new(&files.key, &Zeroizing::new(key.serialize_pem()))?;
        key
    };
    let certificate = certificate(&key).map_err(BenchKeyError::Make)?;
    put_new(&files.certificate, &certificate)?;
    Ok((BenchKey::of_pair(files)?, true))
}

fn existing(path: &Path) -> Result<rcgen::KeyPair, BenchKeyError> {
    use secrecy::ExposeSecret;
    let text = crate::config::read_private_text(path).map_err(BenchKeyError::Key)?;
    rcgen::KeyPair::from_pem(text.expose_secret()).map_err(|_| BenchKeyError::Unfit {
        path: path.to_owned(),
        why: "is not a P-256 key",
    })
}

fn certificate(key: &rcgen::KeyPair) -> Result<String, rcgen::Error> {
    let mut parameters = rcgen::CertificateParams::default();
    let mut name = rcgen::DistinguishedName::new();
    name.push(rcgen::DnType::CommonName, "nameplate bench");
    parameters.distinguished_name = name;
    parameters.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    let now = OffsetDateTime::now_utc();
    // A board's host may have a clock that is a little slow.
    parameters.not_before = now - Duration::days(1);
    parameters.not_after = now + Duration::days(365 * YEARS);
    Ok(parameters.self_signed(key)?.pem())
}

/// Whole, for its owner only, and never over another.
fn put_new(path: &Path, text: &str) -> Result<(), BenchKeyError> {
    whole_file::write_new(path, text.as_bytes()).map_err(fault("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    fn files(folder: &Path) -> Files {
        Files {
            key: folder.join("bench.key"),
            certificate: folder.join("bench.pem"),
        }
    }

    #[test]
    fn what_is_missing_is_made_and_what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        let first = complete(&files).unwrap();
        assert!(first.current_is_new && first.next_is_new);
        assert_ne!(first.current.pin(), first.next.pin());
        assert_eq!(first.current.pin().len(), 130);
        for path in [&files.key, &files.next().key] {
            let mode = fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let again = complete(&files).unwrap();
        assert!(!again.current_is_new && !again.next_is_new);
        assert_eq!(
            (again.current, again.next),
            (first.current.clone(), first.next)
        );
        // Killed between key and certificate.
        fs::remove_file(&files.certificate).unwrap();
        let mended = complete(&files).unwrap();
        assert!(mended.current_is_new);
        assert_eq!(mended.current.pin(), first.current.pin());
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let files = files(folder.path());
        complete(&files).unwrap();
        fs::copy(files.next().certificate, &files.certificate).unwrap();
        assert!(matches!(
            complete(&files),
            Err(BenchKeyError::NotAPair { .. })
        ));
        fs::write(&files.certificate, "no certificate").unwrap();
        assert!(matches!(complete(&files), Err(BenchKeyError::Unfit { .. })));
    }
}
