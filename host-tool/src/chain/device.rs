//! Certificates in what came: read, and nothing but certificates; and one of a device, by its parts.

use rustls_pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_parser::prelude::{ASN1Time, FromDer as _, X509Certificate};

use super::{WrongCertificate, key_of};
use crate::service::words::printable;
use crate::store::{KeyHash, hex};

/// Most certificates that are looked for in one file.
pub const MAX_CERTIFICATES: usize = 1_000;
/// Longest serial number that is kept, in bytes: RFC 5280 section 4.1.2.2 has 20, and some have more.
const MAX_SERIAL: usize = 64;

/// The certificates of a file: those of PEM, or DER, one behind the other. Empty where it has none.
pub fn certificates_in(bytes: &[u8]) -> Vec<CertificateDer<'static>> {
    let blocks = pem::parse_many(bytes).unwrap_or_default();
    let in_pem: Vec<_> = blocks
        .into_iter()
        .filter(|block| block.tag() == "CERTIFICATE")
        .take(MAX_CERTIFICATES)
        .map(|block| CertificateDer::from(block.into_contents()))
        .collect();
    if !in_pem.is_empty() {
        return in_pem;
    }
    let (mut rest, mut found) = (bytes, Vec::new());
    while found.len() < MAX_CERTIFICATES
        && let Ok((after, _)) = X509Certificate::from_der(rest)
    {
        let length = rest.len().saturating_sub(after.len());
        let Some(der) = rest.get(..length).filter(|der| !der.is_empty()) else {
            break;
        };
        found.push(CertificateDer::from(der.to_vec()));
        rest = after;
    }
    found
}

/// Whether a certificate says that it is an authority's: then it is no device's, but may lead to one.
pub fn is_authority(der: &[u8]) -> bool {
    X509Certificate::from_der(der).is_ok_and(|(_, certificate)| certificate.is_ca())
}

/// A certificate that may be a device's.
pub struct Device<'a> {
    der: &'a [u8],
    pub(super) certificate: X509Certificate<'a>,
}

impl<'a> Device<'a> {
    /// Reads DER.
    ///
    /// # Errors
    /// [`WrongCertificate::Unreadable`].
    pub fn read(der: &'a [u8]) -> Result<Self, WrongCertificate> {
        let unreadable = |why: String| WrongCertificate::Unreadable(why);
        let (rest, certificate) = X509Certificate::from_der(der)
            .map_err(|_| unreadable("it is no certificate".to_owned()))?;
        if !rest.is_empty() {
            return Err(unreadable(format!("{} bytes follow it", rest.len())));
        }
        // That parser bears BER, and bytes behind the last field of a sequence; the board's may not, and this one does not.
        Certificate::from_der(der).map_err(|error| {
            let why = printable(&error.to_string(), 80);
            unreadable(format!("it is not DER: {why}"))
        })?;
        if certificate.raw_serial().len() > MAX_SERIAL {
            return Err(unreadable("its serial number is too long".to_owned()));
        }
        Ok(Self { der, certificate })
    }

    /// The certificate in DER.
    pub fn der(&self) -> &'a [u8] {
        self.der
    }

    /// The key that it is for.
    pub fn key(&self) -> KeyHash {
        key_of(self.certificate.public_key().raw)
    }

    /// Its serial number in lower-case hexadecimal.
    pub fn serial(&self) -> String {
        hex(self.certificate.raw_serial())
    }

    /// From when it is valid, Unix time in milliseconds.
    pub fn not_before_ms(&self) -> i64 {
        milliseconds(self.certificate.validity().not_before)
    }

    /// Until when.
    pub fn not_after_ms(&self) -> i64 {
        milliseconds(self.certificate.validity().not_after)
    }

    /// Until when, for a person.
    pub(super) fn not_after(&self) -> String {
        self.certificate.validity().not_after.to_string()
    }
}

fn milliseconds(time: ASN1Time) -> i64 {
    time.timestamp().saturating_mul(1000)
}
