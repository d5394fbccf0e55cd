//! The host's public key as a board pins it. It must not know how the key is proved.

use p256::ecdsa::VerifyingKey;

use crate::Error;
use crate::certificate;

/// The P-256 public key of a host: a point known to be on the curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostKey(VerifyingKey);

impl HostKey {
    /// Size of the uncompressed point, in bytes (SEC1 §2.3.3: `04 x y`).
    pub const SIZE: usize = 65;

    /// Reads a SEC1 point, uncompressed (65 bytes) or compressed (33 bytes).
    ///
    /// # Errors
    /// [`Error::MalformedKey`] when it is not a point of the curve.
    pub fn from_sec1(point: &[u8]) -> Result<Self, Error> {
        VerifyingKey::from_sec1_bytes(point)
            .map(Self)
            .map_err(|_| Error::MalformedKey)
    }

    /// Reads the DER of a SubjectPublicKeyInfo (RFC 5480 §2), as in a `PUBLIC KEY` PEM file.
    ///
    /// # Errors
    /// [`Error::MalformedKey`] when it is anything else than one P-256 key.
    pub fn from_spki_der(spki: &[u8]) -> Result<Self, Error> {
        let point = certificate::spki_point(spki).map_err(|_| Error::MalformedKey)?;
        Self::from_sec1(point)
    }

    /// Reads the key of an X.509 certificate in DER (RFC 5280 §4.1). Nothing else in the certificate is
    /// looked at, its signature included.
    ///
    /// # Errors
    /// [`Error::MalformedKey`] when it is not a certificate with a P-256 key.
    pub fn from_certificate_der(certificate: &[u8]) -> Result<Self, Error> {
        let point = certificate::p256_point(certificate).map_err(|_| Error::MalformedKey)?;
        Self::from_sec1(point)
    }

    /// The uncompressed point, to be stored and given to [`HostKey::from_sec1`] later.
    pub fn to_sec1(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        for (to, from) in bytes
            .iter_mut()
            .zip(self.0.to_encoded_point(false).as_bytes())
        {
            *to = *from;
        }
        bytes
    }

    pub(crate) fn verifying_key(&self) -> &VerifyingKey {
        &self.0
    }
}

/// The keys a board takes for its host's.
///
/// Two, so that a host's key can be changed: the boards learn the next one, the host changes, and
/// `next` becomes `current`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pins {
    /// The key the host has.
    pub current: HostKey,
    /// The key the host is going to have.
    pub next: Option<HostKey>,
}

impl Pins {
    /// Whether the key is one of them. Public data: no need for constant time.
    pub fn contains(&self, key: &HostKey) -> bool {
        self.current == *key || self.next.is_some_and(|next| next == *key)
    }
}
