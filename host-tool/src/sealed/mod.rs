//! What the service gives back when it made the keys itself: encrypted to the operator's key, and opened here.
//!
//! `form` finds out what a file is, `cms` and `openpgp` decrypt it, [`DecryptionKey`] is the private key, and
//! [`EncryptionKey`] the public one that is submitted. Plaintext stays in buffers that are wiped; whoever writes it to a disk
//! writes it where only its owner can read it. Knows no service, no batch and no screen.

mod cms;
mod contents;
mod encryption_key;
mod error;
mod form;
mod key;
mod markers;
mod matching;
#[cfg(feature = "openpgp")]
mod openpgp;
mod x509;

#[cfg(test)]
mod tests;

use secrecy::zeroize::Zeroizing;

pub use contents::Contents;
pub use encryption_key::{EncryptionKey, EncryptionKeyError};
pub use error::SealedError;
pub use key::{DecryptionKey, KeyError, KeyFile};
pub use matching::{Mismatch, matches};

use form::Form;

/// Greatest file that is decrypted, in bytes. It is held in memory, about twice, since nothing of it may be believed before
/// its last byte is checked. A certificate and its key are about 2 KB in a ZIP: more than 100,000 devices.
pub const MAX_SEALED: u64 = 256 * 1024 * 1024;

/// Greatest plaintext of a file that was compressed before it was encrypted (OpenPGP), in bytes.
#[cfg(feature = "openpgp")]
const MAX_OPENED: u64 = MAX_SEALED;

/// What came out.
pub struct Opened {
    /// The plaintext; it may hold private keys.
    pub bytes: Zeroizing<Vec<u8>>,
    /// What it is.
    pub contents: Contents,
    /// The encryption itself vouches that nothing was changed: GCM and OpenPGP do, CBC does not.
    pub intact: bool,
}

/// Decrypts what came back from the service: CMS (RFC 5652, RFC 5083) as DER, BER, PEM, base64 or S/MIME, or OpenPGP (RFC
/// 9580), armored or binary. With `certificate`, the one that was submitted, only what was encrypted to it is tried.
///
/// What no checksum vouches for comes out only where it is of a kind that the service sends: see [`Contents`].
///
/// # Errors
/// [`SealedError`]; nothing of the plaintext is handed out then.
pub fn open(
    bytes: Vec<u8>,
    key: &DecryptionKey,
    certificate: Option<&EncryptionKey>,
) -> Result<Opened, SealedError> {
    if bytes.len() as u64 > MAX_SEALED {
        return Err(SealedError::TooLarge);
    }
    match (form::find(bytes)?, key) {
        (Form::Cms(der), DecryptionKey::X509(key)) => {
            let certificate = certificate.and_then(EncryptionKey::x509);
            cms::open(der, key, certificate)
        }
        #[cfg(feature = "openpgp")]
        (Form::OpenPgp(message), DecryptionKey::OpenPgp(key)) => openpgp::open(&message, key),
        #[cfg(feature = "openpgp")]
        (Form::Cms(_), DecryptionKey::OpenPgp(_)) => Err(SealedError::OtherKind {
            file: "CMS",
            key: "an OpenPGP key",
        }),
        #[cfg(feature = "openpgp")]
        (Form::OpenPgp(_), DecryptionKey::X509(_)) => Err(SealedError::OtherKind {
            file: "OpenPGP",
            key: "a key for X.509",
        }),
        #[cfg(not(feature = "openpgp"))]
        (Form::OpenPgp(_), _) => Err(SealedError::NoOpenPgp),
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("bytes", &self.bytes.len())
            .field("contents", &self.contents)
            .field("intact", &self.intact)
            .finish()
    }
}
