//! The keys by which the board knows its bench, from the PEM files (RFC 7468) that a person gave it.

use std::path::Path;

use nameplate_tls::{HostKey, Pins};
use rustls_pki_types::pem::{self, SectionKind};

use crate::Error;
use crate::file;

/// Greatest size of a host key file, in bytes: room for a certificate with its text form above it.
pub const GREATEST_FILE: usize = 64 * 1024;

/// Why a file gives no host key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostKeyFault {
    /// Damaged PEM.
    #[error("it is not well-formed PEM")]
    Pem,
    /// No certificate and no public key.
    #[error("it holds neither a certificate nor a public key")]
    Missing,
    /// Which of several keys is meant can't be known.
    #[error("it holds more than one certificate or public key")]
    Several,
    /// The bench's private key went to a board.
    #[error("it holds a private key, which must never leave the bench")]
    PrivateKey,
    /// Some other kind of key.
    #[error("its key is not a P-256 key")]
    NotP256,
}

/// Reads the current and, where there is one, the next host key.
///
/// # Errors
/// [`Error::File`], [`Error::HostKey`].
pub fn read_pins(current: &Path, next: Option<&Path>) -> Result<Pins, Error> {
    Ok(Pins {
        current: read(current)?,
        next: next.map(read).transpose()?,
    })
}

fn read(path: &Path) -> Result<HostKey, Error> {
    let (bytes, _) = file::read(path, GREATEST_FILE)?;
    parse(&bytes).map_err(|source| Error::HostKey {
        path: path.into(),
        source,
    })
}

/// The one key in the text of a PEM file: of a certificate or a bare public key.
///
/// # Errors
/// [`HostKeyFault`].
pub fn parse(mut text: &[u8]) -> Result<HostKey, HostKeyFault> {
    let mut found = None;
    while let Some((kind, der)) = pem::from_buf(&mut text).map_err(|_| HostKeyFault::Pem)? {
        let key = match kind {
            SectionKind::Certificate => HostKey::from_certificate_der(&der),
            SectionKind::PublicKey => HostKey::from_spki_der(&der),
            SectionKind::PrivateKey | SectionKind::EcPrivateKey | SectionKind::RsaPrivateKey => {
                return Err(HostKeyFault::PrivateKey);
            }
            _ => continue,
        };
        let key = key.map_err(|_| HostKeyFault::NotP256)?;
        if found.replace(key).is_some() {
            return Err(HostKeyFault::Several);
        }
    }
    found.ok_or(HostKeyFault::Missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384};

    fn certificate(key: &KeyPair) -> String {
        let params = CertificateParams::new(vec!["bench".into()]).unwrap();
        params.self_signed(key).unwrap().pem()
    }

    #[test]
    fn certificate_and_public_key_give_the_same_pin() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let of_certificate = parse(certificate(&key).as_bytes()).unwrap();
        let of_key = parse(key.public_key_pem().as_bytes()).unwrap();
        assert_eq!(of_certificate, of_key);
        assert_eq!(of_key.to_sec1()[..], *key.public_key_raw());
    }

    #[test]
    fn whatever_else_is_told_apart() {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let large = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
        let one = certificate(&key);
        for (text, expected) in [
            (String::new(), HostKeyFault::Missing),
            ("bench".into(), HostKeyFault::Missing),
            (one.replace("END", "FIN"), HostKeyFault::Pem),
            (format!("{one}{one}"), HostKeyFault::Several),
            (one + &key.serialize_pem(), HostKeyFault::PrivateKey),
            (large.public_key_pem(), HostKeyFault::NotP256),
            (certificate(&large), HostKeyFault::NotP256),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(expected));
        }
    }
}
