//! Where the bench's keys are, and what is in the files.

use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::BenchKeyError;
use crate::config::{SecretFileError, read_private_text};
use crate::store::hex;
use crate::whole_file::sync_folder;

/// Length of an uncompressed point on P-256 (SEC 1 section 2.3.3), in bytes.
const POINT: usize = 65;

/// Where a key and its certificate are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The private key, in PEM.
    pub key: PathBuf,
    /// The certificate, in PEM.
    pub certificate: PathBuf,
}

impl Files {
    /// Where those of the next key are: `bench.next.key` beside `bench.key`.
    #[must_use]
    pub fn next(&self) -> Self {
        self.named("next")
    }

    /// Where those of the key before are kept.
    #[must_use]
    pub fn previous(&self) -> Self {
        self.named("previous")
    }

    fn named(&self, word: &str) -> Self {
        let beside = |path: &Path| {
            let ending = path.extension().map_or_else(String::new, |ending| {
                format!(".{}", ending.to_string_lossy())
            });
            path.with_extension(format!("{word}{ending}").trim_start_matches('.'))
        };
        Self {
            key: beside(&self.key),
            certificate: beside(&self.certificate),
        }
    }

    /// Whether neither is there.
    pub fn are_missing(&self) -> bool {
        !self.key.exists() && !self.certificate.exists()
    }
}

/// A public key of the bench, as a certificate holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchKey {
    /// The uncompressed point.
    point: Vec<u8>,
    /// When its certificate ends, Unix time in seconds. Boards do not look at it; whoever checks a handover does.
    pub ends: i64,
}

impl BenchKey {
    /// Of a certificate's file.
    ///
    /// # Errors
    /// [`BenchKeyError::Unfit`] where it holds no P-256 certificate.
    pub fn of_certificate(path: &Path) -> Result<Self, BenchKeyError> {
        let unfit = |why| BenchKeyError::Unfit {
            path: path.to_owned(),
            why,
        };
        if !path.exists() {
            return Err(BenchKeyError::NoKey {
                path: path.to_owned(),
            });
        }
        let der = CertificateDer::from_pem_file(path)
            .map_err(|_| unfit("holds no certificate in PEM"))?;
        let (_, certificate) = X509Certificate::from_der(&der)
            .map_err(|_| unfit("holds no certificate that can be read"))?;
        let point = certificate.public_key().subject_public_key.data.to_vec();
        if !is_p256(&certificate) || point.len() != POINT || point.first() != Some(&4) {
            return Err(unfit(
                "is not over a P-256 key, and boards can pin no other",
            ));
        }
        let ends = certificate.validity().not_after.timestamp();
        Ok(Self { point, ends })
    }

    /// Of a key and its certificate, which must belong together.
    ///
    /// # Errors
    /// [`BenchKeyError`].
    pub fn of_pair(files: &Files) -> Result<Self, BenchKeyError> {
        let key = Self::of_certificate(&files.certificate)?;
        if is_of(&files.key, &key)? {
            return Ok(key);
        }
        Err(BenchKeyError::NotAPair {
            key: files.key.clone(),
            certificate: files.certificate.clone(),
        })
    }

    /// What a board pins: the uncompressed point in hexadecimal, 130 digits.
    pub fn pin(&self) -> String {
        hex(&self.point)
    }
}

/// Whether a certificate is over a P-256 key: boards can pin no other.
pub(crate) fn is_p256(certificate: &X509Certificate<'_>) -> bool {
    let parameters = certificate.public_key().algorithm.parameters.as_ref();
    let curve = parameters.and_then(|any| any.as_oid().ok());
    curve == Some(x509_parser::oid_registry::OID_EC_P256)
}

/// Whether a private key's file holds the private key of this one.
pub(super) fn is_of(path: &Path, key: &BenchKey) -> Result<bool, BenchKeyError> {
    let text = read_private_text(path).map_err(|error| match error {
        SecretFileError::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            BenchKeyError::NoKey {
                path: path.to_owned(),
            }
        }
        other => BenchKeyError::Key(other),
    })?;
    let unfit = |why| BenchKeyError::Unfit {
        path: path.to_owned(),
        why,
    };
    let der = PrivateKeyDer::from_pem_slice(text.expose_secret().as_bytes())
        .map_err(|_| unfit("holds no private key in PEM"))?;
    let pair =
        EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, der.secret_der())
            .map_err(|_| unfit("is not a P-256 key"))?;
    Ok(pair.public_key().as_ref() == key.point)
}

/// Puts a file in another's place.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), BenchKeyError> {
    let put = || {
        fs::rename(from, to)?;
        sync_folder(to)
    };
    put().map_err(super::fault("put in place", to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_key_stands_beside_the_key() {
        let files = Files {
            key: "a/bench.key".into(),
            certificate: "b.c/pem".into(),
        };
        let next = files.next();
        assert_eq!(next.key, Path::new("a/bench.next.key"));
        assert_eq!(next.certificate, Path::new("b.c/pem.next"));
        assert_eq!(files.previous().key, Path::new("a/bench.previous.key"));
    }
}
