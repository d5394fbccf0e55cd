//! Whether a private key is the other half of what is submitted: asked before, since afterwards nothing can be mended. No way
//! is known to have the service encrypt the same keys again.

use super::encryption_key::EncryptionKey;
use super::key::DecryptionKey;

/// The private key would not decrypt what comes back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Mismatch {
    /// Two different keys.
    #[error(
        "the private key does not belong to the encryption certificate: nothing that comes back could be decrypted"
    )]
    OtherKey,
    /// X.509 and OpenPGP.
    #[error("one of the two is X.509 and the other OpenPGP: they can't belong together")]
    OtherKind,
    /// A subkey of an OpenPGP key to which the service may encrypt.
    #[error(
        "the private key has no secret part for the encryption subkey {subkey}, to which the service may encrypt"
    )]
    NoSecretFor {
        /// Its key id.
        subkey: String,
    },
}

/// Whether `key` decrypts what is encrypted to `public`.
///
/// # Errors
/// [`Mismatch`].
pub fn matches(public: &EncryptionKey, key: &DecryptionKey) -> Result<(), Mismatch> {
    match (public, key) {
        (EncryptionKey::X509(certificate), DecryptionKey::X509(key)) => {
            if key.public_bits() == Some(certificate.public_key.clone()) {
                Ok(())
            } else {
                Err(Mismatch::OtherKey)
            }
        }
        #[cfg(feature = "openpgp")]
        (EncryptionKey::OpenPgp(public), DecryptionKey::OpenPgp(key)) => public.matches(key),
        #[cfg(feature = "openpgp")]
        _ => Err(Mismatch::OtherKind),
    }
}
