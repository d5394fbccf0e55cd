//! What there is to know of an encryption certificate: its key, how recipients name it, and whether it may be used.

use std::time::SystemTime;

use x509_parser::prelude::{ASN1Time, FromDer, ParsedExtension, X509Certificate};
use x509_parser::public_key::PublicKey;

use super::encryption_key::EncryptionKeyError;

/// Shortest RSA key that the keys of a whole batch are entrusted to, in bits.
pub(super) const MIN_RSA_BITS: usize = 2048;
/// Longest that [`super::DecryptionKey`] can be.
pub(super) const MAX_RSA_BITS: usize = 8192;

/// Curves of recipients, by their object identifiers (RFC 5480 section 2.1.1.1).
pub(super) const CURVES: [&str; 3] = ["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"];

/// An encryption certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The bits of its public key (RFC 5280 section 4.1.2.7).
    pub(super) public_key: Vec<u8>,
    /// Its issuer's name in DER.
    pub(super) issuer: Vec<u8>,
    /// Its serial number: the content of the INTEGER.
    pub(super) serial: Vec<u8>,
    /// Its subject key identifier, where it has one.
    pub(super) key_identifier: Option<Vec<u8>>,
    key: KeyKind,
    valid: (ASN1Time, ASN1Time),
    usage: Option<Usage>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum KeyKind {
    Rsa { bits: usize },
    Ec { curve: String },
    Other { algorithm: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Usage {
    encipherment: bool,
    agreement: bool,
}

impl Certificate {
    /// Reads DER.
    pub(super) fn read(der: &[u8]) -> Result<Self, EncryptionKeyError> {
        let unreadable = || EncryptionKeyError::Unreadable {
            kind: "an X.509 certificate",
        };
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| unreadable())?;
        if !rest.is_empty() {
            return Err(unreadable());
        }
        let info = certificate.public_key();
        let algorithm = info.algorithm.algorithm.to_id_string();
        let key = match info.parsed() {
            Ok(PublicKey::RSA(rsa)) => KeyKind::Rsa {
                bits: rsa.key_size(),
            },
            Ok(PublicKey::EC(_)) => {
                let curve = info.algorithm.parameters.as_ref();
                let curve = curve.and_then(|curve| Some(curve.as_oid().ok()?.to_id_string()));
                let curve = curve.unwrap_or_default();
                KeyKind::Ec { curve }
            }
            _ => KeyKind::Other { algorithm },
        };
        let usage = certificate
            .key_usage()
            .map_err(|_| unreadable())?
            .map(|usage| Usage {
                encipherment: usage.value.key_encipherment(),
                agreement: usage.value.key_agreement(),
            });
        let key_identifier = certificate
            .extensions()
            .iter()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::SubjectKeyIdentifier(identifier) => Some(identifier.0.to_vec()),
                _ => None,
            });
        Ok(Self {
            public_key: info.subject_public_key.data.to_vec(),
            issuer: certificate.issuer().as_raw().to_vec(),
            serial: certificate.raw_serial().to_vec(),
            key_identifier,
            key,
            valid: (
                certificate.validity().not_before,
                certificate.validity().not_after,
            ),
            usage,
        })
    }

    /// Whether keys may be encrypted to it at this time, and be decrypted again here.
    pub(super) fn check(&self, now: SystemTime) -> Result<(), EncryptionKeyError> {
        let (not_before, not_after) = self.valid;
        let since = now.duration_since(SystemTime::UNIX_EPOCH).ok();
        let seconds = since.and_then(|since| i64::try_from(since.as_secs()).ok());
        let now = seconds.and_then(|seconds| ASN1Time::from_timestamp(seconds).ok());
        let now = now.ok_or(EncryptionKeyError::NoClock)?;
        if now < not_before {
            let from = not_before.to_string();
            return Err(EncryptionKeyError::NotYetValid { from });
        }
        if now > not_after {
            let end = not_after.to_string();
            return Err(EncryptionKeyError::Expired { end });
        }
        let (usage, allowed) = match &self.key {
            KeyKind::Rsa { bits } => {
                if !(MIN_RSA_BITS..=MAX_RSA_BITS).contains(bits) {
                    return Err(EncryptionKeyError::KeySize { bits: *bits });
                }
                let usage = self.usage.is_none_or(|usage| usage.encipherment);
                ("keyEncipherment", usage)
            }
            KeyKind::Ec { curve } => {
                if !CURVES.contains(&curve.as_str()) {
                    let what =
                        format!("an EC key on a curve other than P-256, P-384, P-521 ({curve})");
                    return Err(EncryptionKeyError::KeyKind { what });
                }
                (
                    "keyAgreement",
                    self.usage.is_none_or(|usage| usage.agreement),
                )
            }
            KeyKind::Other { algorithm } => {
                let what = format!("a key that is neither RSA nor EC ({algorithm})");
                return Err(EncryptionKeyError::KeyKind { what });
            }
        };
        if allowed {
            Ok(())
        } else {
            Err(EncryptionKeyError::KeyUsage { usage })
        }
    }
}
