//! Which roots certificates must lead to, and what stands between: as configured.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustls_pki_types::CertificateDer;
use webpki::anchor_from_trusted_cert;

use super::certificates_in;

/// Greatest file of roots or intermediates, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Most certificates in one.
const MAX_COUNT: usize = 64;

/// What is trusted.
#[derive(Debug, Default)]
pub struct Trust {
    roots: Option<Vec<CertificateDer<'static>>>,
    intermediates: Vec<CertificateDer<'static>>,
}

/// A configured file can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// It can't be read.
    #[error("can't read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is not what it must be.
    #[error("{}: {why}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: &'static str,
    },
}

impl Trust {
    /// Reads the files that are configured: certificates in PEM or DER.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn read(root: Option<&Path>, intermediates: Option<&Path>) -> Result<Self, TrustError> {
        let roots = root.map(read).transpose()?;
        let all = intermediates.map(read).transpose()?;
        for (path, certificates) in root.iter().zip(&roots) {
            if certificates
                .iter()
                .any(|one| anchor_from_trusted_cert(one).is_err())
            {
                return Err(TrustError::Content {
                    path: path.to_path_buf(),
                    why: "a certificate in it can't be read as a root",
                });
            }
        }
        Ok(Self {
            roots,
            intermediates: all.unwrap_or_default(),
        })
    }

    #[cfg(test)]
    pub(super) fn of(
        roots: Vec<CertificateDer<'static>>,
        intermediates: Vec<CertificateDer<'static>>,
    ) -> Self {
        Self {
            roots: Some(roots),
            intermediates,
        }
    }

    /// The roots; `None` where none is configured.
    pub fn roots(&self) -> Option<&[CertificateDer<'static>]> {
        self.roots.as_deref()
    }

    /// What may stand between, whatever comes from the service.
    pub(super) fn intermediates(&self) -> &[CertificateDer<'static>] {
        &self.intermediates
    }
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let unreadable = |source| TrustError::Read {
        path: path.to_owned(),
        source,
    };
    let content = |why| TrustError::Content {
        path: path.to_owned(),
        why,
    };
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(content("it is larger than 1 MiB"));
    }
    let certificates = certificates_in(&bytes);
    match certificates.len() {
        0 => Err(content("there is no certificate in it")),
        1..=MAX_COUNT => Ok(certificates),
        _ => Err(content("it has more certificates than 64")),
    }
}
