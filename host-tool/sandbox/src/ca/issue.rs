//! Issues one device certificate (RFC 5280 §4.1).
//!
//! The certificate is put together here and only signed by rcgen's key: rcgen's names hold one value
//! per attribute, and devices have several organizational units and hardware module names.

use der::asn1::{BitString, GeneralizedTime, ObjectIdentifier, OctetString, UtcTime};
use der::{Decode, Encode, Sequence};
use rcgen::{KeyPair, SigningKey};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use x509_cert::certificate::{Certificate, Version};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages,
    SubjectKeyIdentifier, name::GeneralName,
};
use x509_cert::name::RdnSequence;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};

use super::{Authority, BACKDATED_MINUTES};
use crate::Error;

/// How long a device certificate is valid.
const DEVICE_DAYS: u64 = 3650;
/// From this moment on (2050-01-01, seconds since 1970) RFC 5280 §4.1.2.5 wants GeneralizedTime.
const GENERALIZED_TIME_FROM: u64 = 2_524_608_000;
/// RFC 5758 §3.2: the parameters are absent.
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ID_KP_CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
const ID_CE_SUBJECT_ALT_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");

/// ```text
/// TBSCertificate ::= SEQUENCE {
///     version [0] EXPLICIT Version, serialNumber INTEGER, signature AlgorithmIdentifier,
///     issuer Name, validity Validity, subject Name, subjectPublicKeyInfo SubjectPublicKeyInfo,
///     extensions [3] EXPLICIT Extensions }
/// ```
#[derive(Sequence)]
struct TbsCertificate {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    version: Version,
    serial_number: SerialNumber,
    signature: AlgorithmIdentifierOwned,
    issuer: RdnSequence,
    validity: Validity,
    subject: RdnSequence,
    subject_public_key_info: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT")]
    extensions: Vec<Extension>,
}

/// ```text
/// Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue BIT STRING }
/// ```
#[derive(Sequence)]
struct SignedCertificate {
    tbs_certificate: TbsCertificate,
    signature_algorithm: AlgorithmIdentifierOwned,
    signature: BitString,
}

/// What a device certificate says.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) subject: RdnSequence,
    pub(crate) names: Vec<GeneralName>,
    pub(crate) key: SubjectPublicKeyInfoOwned,
}

/// What is wrong with a certificate beside what it says.
#[derive(Clone, Copy, Default)]
pub(crate) struct Manner {
    /// Its time is over.
    pub(crate) expired: bool,
    /// It is signed by somebody else who has the issuer's name.
    pub(crate) stranger: bool,
}

/// An issued certificate.
pub(crate) struct Issued {
    /// The certificate, DER.
    pub(crate) der: Vec<u8>,
    /// The serial number, lower-case hex.
    pub(crate) serial: String,
}

/// Why a certificate could not be issued.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssueError {
    #[error("the certificate could not be encoded")]
    Encode(#[from] der::Error),
    #[error("the certificate could not be signed")]
    Sign(#[from] rcgen::Error),
}

/// The issuing CA, ready to sign.
pub(crate) struct DeviceIssuer {
    key: KeyPair,
    name: RdnSequence,
    key_identifier: Option<OctetString>,
    /// Its certificate, PEM.
    pub(crate) certificate: String,
}

impl DeviceIssuer {
    /// Reads the CA's name and key identifier out of its own certificate.
    pub(crate) fn new(authority: Authority) -> Result<DeviceIssuer, Error> {
        let damaged = |reason: String| Error::Damaged {
            path: "issuing.pem".into(),
            reason,
        };
        let der = CertificateDer::from_pem_slice(authority.certificate.as_bytes())
            .map_err(|error| damaged(error.to_string()))?;
        let certificate =
            Certificate::from_der(&der).map_err(|error| damaged(error.to_string()))?;
        let tbs = certificate.tbs_certificate();
        let identifier = tbs
            .get_extension::<SubjectKeyIdentifier>()
            .map_err(|error| damaged(error.to_string()))?;
        Ok(DeviceIssuer {
            name: tbs.subject().clone().into(),
            key_identifier: identifier.map(|(_, SubjectKeyIdentifier(id))| id),
            key: authority.key,
            certificate: authority.certificate,
        })
    }

    /// Signs a certificate for this key and these names.
    pub(crate) fn issue(&self, request: Request, manner: Manner) -> Result<Issued, IssueError> {
        let serial = serial_bytes();
        let algorithm = AlgorithmIdentifierOwned {
            oid: ECDSA_WITH_SHA256,
            parameters: None,
        };
        let extensions = self.extensions(&request)?;
        let tbs_certificate = TbsCertificate {
            version: Version::V3,
            serial_number: SerialNumber::new(&serial)?,
            signature: algorithm.clone(),
            issuer: self.name.clone(),
            validity: validity(manner.expired)?,
            subject: request.subject,
            subject_public_key_info: request.key,
            extensions,
        };
        let signed = tbs_certificate.to_der()?;
        let signature = if manner.stranger {
            KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?.sign(&signed)?
        } else {
            self.key.sign(&signed)?
        };
        let der = SignedCertificate {
            tbs_certificate,
            signature_algorithm: algorithm,
            signature: BitString::from_bytes(&signature)?,
        }
        .to_der()?;
        Ok(Issued {
            der,
            serial: hex(&serial),
        })
    }

    /// The policy's extensions; of the request only the names are taken over.
    fn extensions(&self, request: &Request) -> Result<Vec<Extension>, der::Error> {
        let constraints = BasicConstraints {
            ca: false,
            path_len_constraint: None,
        };
        let mut extensions = vec![
            extension(true, &constraints)?,
            extension(true, &KeyUsage(KeyUsages::DigitalSignature.into()))?,
            extension(false, &ExtendedKeyUsage(vec![ID_KP_CLIENT_AUTH]))?,
            extension(
                false,
                &SubjectKeyIdentifier(OctetString::new(key_identifier(&request.key))?),
            )?,
        ];
        if let Some(identifier) = &self.key_identifier {
            let authority = AuthorityKeyIdentifier {
                key_identifier: Some(identifier.clone()),
                authority_cert_issuer: None,
                authority_cert_serial_number: None,
            };
            extensions.push(extension(false, &authority)?);
        }
        if !request.names.is_empty() {
            extensions.push(Extension {
                extn_id: ID_CE_SUBJECT_ALT_NAME,
                // RFC 5280 §4.2.1.6: critical exactly when the subject is empty.
                critical: request.subject.is_empty(),
                extn_value: OctetString::new(request.names.to_der()?)?,
            });
        }
        Ok(extensions)
    }
}

fn extension<T: Encode + der::oid::AssociatedOid>(
    critical: bool,
    value: &T,
) -> Result<Extension, der::Error> {
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

/// RFC 7093 §2, method 1: the leftmost 160 bits of the SHA-256 of the key's bits.
fn key_identifier(key: &SubjectPublicKeyInfoOwned) -> Vec<u8> {
    let digest = aws_lc_rs::digest::digest(
        &aws_lc_rs::digest::SHA256,
        key.subject_public_key.raw_bytes(),
    );
    digest.as_ref().iter().take(20).copied().collect()
}

/// 16 random bytes, positive and without a leading zero (RFC 5280 §4.1.2.2).
fn serial_bytes() -> [u8; 16] {
    let mut bytes = *uuid::Uuid::new_v4().as_bytes();
    if let Some(first) = bytes.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    bytes
}

fn validity(expired: bool) -> Result<Validity, der::Error> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    let backdated = Duration::from_secs(BACKDATED_MINUTES.unsigned_abs() * 60);
    let begin = now.saturating_sub(backdated);
    let end = if expired {
        begin + backdated / 2
    } else {
        now + Duration::from_secs(DEVICE_DAYS * 24 * 60 * 60)
    };
    Ok(Validity::new(encode_time(begin)?, encode_time(end)?))
}

fn encode_time(since_1970: Duration) -> Result<Time, der::Error> {
    let whole = Duration::from_secs(since_1970.as_secs());
    if whole.as_secs() < GENERALIZED_TIME_FROM {
        Ok(Time::UtcTime(UtcTime::from_unix_duration(whole)?))
    } else {
        Ok(Time::GeneralTime(GeneralizedTime::from_unix_duration(
            whole,
        )?))
    }
}

/// Lower-case hex without separators.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
