//! The certificate that a factory gave to the board, and its key: shown to the bench in the place of a join token.
//!
//! Not the board's identity of the batch, whose key the board makes itself: this one was there before.

use std::path::{Path, PathBuf};

use nameplate_tls::ClientIdentity;
use p256::ecdsa::SigningKey;
use p256::pkcs8::DecodePrivateKey as _;
use rustls_pki_types::pem::{self, SectionKind};
use zeroize::Zeroizing;

use crate::{Error, file};

/// Greatest size of either file, in bytes: room for text above the PEM.
const GREATEST_FILE: usize = 64 * 1024;

/// Mode bits for anybody but the owner.
const OTHERS: u32 = 0o077;

/// Why files give no client identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientIdentityFault {
    /// Damaged PEM.
    #[error("it is not well-formed PEM")]
    Pem,
    /// No certificate.
    #[error("it holds no certificate")]
    NoCertificate,
    /// The key's file lets group or others at it.
    #[error("others than its owner have access to it")]
    Open,
    /// No key that can be used.
    #[error("it holds no P-256 private key in PKCS#8 (RFC 5958)")]
    NoKey,
}

/// A certificate with its key, which is wiped when dropped and never shown by `Debug`.
pub struct Identity {
    certificate: Vec<u8>,
    key: SigningKey,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity")
    }
}

impl Identity {
    /// What a handshake needs.
    pub fn shown(&self) -> ClientIdentity<'_> {
        ClientIdentity {
            certificate: &self.certificate,
            key: &self.key,
        }
    }
}

/// Reads the first certificate of one file and the key of another.
///
/// # Errors
/// [`Error::File`], [`Error::ClientIdentity`].
pub fn read(certificate: &Path, key: &Path) -> Result<Identity, Error> {
    let fault = |path: &Path| {
        let path: PathBuf = path.into();
        move |source| Error::ClientIdentity { path, source }
    };
    let (text, _) = file::read(certificate, GREATEST_FILE)?;
    let der = section(&text, SectionKind::Certificate).map_err(fault(certificate))?;
    let der = der.ok_or(ClientIdentityFault::NoCertificate);
    let (text, mode) = file::read(key, GREATEST_FILE)?;
    if mode & OTHERS != 0 {
        return Err(fault(key)(ClientIdentityFault::Open));
    }
    let pkcs8 = section(&text, SectionKind::PrivateKey).map_err(fault(key))?;
    let pkcs8 = Zeroizing::new(pkcs8.unwrap_or_default());
    let signing = SigningKey::from_pkcs8_der(&pkcs8).map_err(|_| ClientIdentityFault::NoKey);
    Ok(Identity {
        certificate: der.map_err(fault(certificate))?,
        key: signing.map_err(fault(key))?,
    })
}

/// The first section of that kind.
fn section(mut text: &[u8], wanted: SectionKind) -> Result<Option<Vec<u8>>, ClientIdentityFault> {
    while let Some((kind, der)) = pem::from_buf(&mut text).map_err(|_| ClientIdentityFault::Pem)? {
        if kind == wanted {
            return Ok(Some(der));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384};
    use std::os::unix::fs::PermissionsExt;

    fn fault(certificate: &str, key: &str, mode: u32) -> Option<ClientIdentityFault> {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["certificate", "key"].map(|name| folder.path().join(name));
        std::fs::write(&paths[0], certificate).unwrap();
        std::fs::write(&paths[1], key).unwrap();
        std::fs::set_permissions(&paths[1], PermissionsExt::from_mode(mode)).unwrap();
        match read(&paths[0], &paths[1]) {
            Ok(_) => None,
            Err(Error::ClientIdentity { source, .. }) => Some(source),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn what_can_be_shown_is_told_apart_from_what_cannot() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let large = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let params = CertificateParams::new(vec!["board".into()]).unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        let pem = key.serialize_pem();
        assert_eq!(fault(&certificate, &pem, 0o600), None);
        assert_eq!(
            fault(&certificate, &pem, 0o640),
            Some(ClientIdentityFault::Open)
        );
        let none = Some(ClientIdentityFault::NoKey);
        assert_eq!(fault(&certificate, &certificate, 0o600), none);
        assert_eq!(fault(&certificate, &large.serialize_pem(), 0o600), none);
        assert_eq!(
            fault(&pem, &pem, 0o600),
            Some(ClientIdentityFault::NoCertificate)
        );
        assert_eq!(
            fault(&certificate.replace("END", "FIN"), &pem, 0o600),
            Some(ClientIdentityFault::Pem)
        );
    }
}
