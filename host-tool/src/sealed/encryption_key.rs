//! The public key to which the service encrypts what it makes: read and looked at before anything is submitted.

use std::time::SystemTime;

use super::markers;
use super::x509::{Certificate, MAX_RSA_BITS, MIN_RSA_BITS};

/// Greatest file, in bytes. A certificate has about 2 KB; an OpenPGP key may carry many signatures and a picture.
const MAX_FILE: usize = 1 << 20;

const CERTIFICATE: &str = "CERTIFICATE";
const OPENPGP: &str = "PGP PUBLIC KEY BLOCK";

/// What can be submitted as `encryption_certificate` (S).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum EncryptionKey {
    /// An X.509 certificate.
    X509(Box<Certificate>),
    /// An OpenPGP public key.
    #[cfg(feature = "openpgp")]
    OpenPgp(Box<super::openpgp::PublicKey>),
}

/// It must not be submitted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionKeyError {
    /// The worst that could be sent.
    #[error(
        "it holds a PRIVATE KEY, which must never leave its owner; nothing was sent. Make a file of the certificate alone, and \
         think about who has seen this one"
    )]
    PrivateKey,
    /// Too large to be one.
    #[error("it is larger than 1 MiB: it is no certificate")]
    TooLarge,
    /// It is no text.
    #[error(
        "it is not PEM: a certificate in DER becomes PEM by `openssl x509 -inform DER -outform PEM`, an OpenPGP key by `gpg --armor --export`"
    )]
    NotPem,
    /// A marker is not exact; it is not mended.
    #[error(
        "line {line}, column {column}: this is no PEM marker: exactly five '-' stand on each side, with nothing before and behind"
    )]
    Marker {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// None, or several.
    #[error("it must hold exactly one PEM block, not {found}")]
    Blocks {
        /// How many there are.
        found: usize,
    },
    /// Something else.
    #[error("it holds \"{label}\", not \"{CERTIFICATE}\" or \"{OPENPGP}\"")]
    Label {
        /// What it says of itself.
        label: String,
    },
    /// It can't be read.
    #[error("it can't be read as {kind}")]
    Unreadable {
        /// What it says it is.
        kind: &'static str,
    },
    /// Not valid any more.
    #[error("it expired at {end}")]
    Expired {
        /// When.
        end: String,
    },
    /// Not valid yet.
    #[error("it is valid from {from} on only")]
    NotYetValid {
        /// From when on.
        from: String,
    },
    /// This machine's clock is before 1970.
    #[error("this machine's clock is wrong")]
    NoClock,
    /// Too short, or longer than is decrypted.
    #[error("its RSA key has {bits} bits: from {MIN_RSA_BITS} to {MAX_RSA_BITS} are taken")]
    KeySize {
        /// How many.
        bits: usize,
    },
    /// A key that nothing is encrypted to.
    #[error("it has {what}: nothing could be decrypted again")]
    KeyKind {
        /// What it is.
        what: String,
    },
    /// Its issuer did not mean it for this.
    #[error("its key usage does not allow {usage}: it is not meant for encryption")]
    KeyUsage {
        /// What would be needed (RFC 5280 section 4.2.1.3).
        usage: &'static str,
    },
    /// An OpenPGP key without a valid key for encryption.
    #[error("it has no key for encryption that is valid now: {why}")]
    NoEncryptionSubkey {
        /// What was found.
        why: String,
    },
    /// OpenPGP, and this program can't.
    #[error("it is OpenPGP, and this program was built without it")]
    NoOpenPgp,
}

impl EncryptionKey {
    /// Reads exactly one certificate or public key in PEM. What it may be used for is a second question: [`Self::check`].
    ///
    /// # Errors
    /// [`EncryptionKeyError`]; never with anything of the file's content but a label.
    pub fn read(bytes: &[u8]) -> Result<Self, EncryptionKeyError> {
        // Before all else, and in any case: no other error may keep it from being said.
        if holds_private_key(bytes) {
            return Err(EncryptionKeyError::PrivateKey);
        }
        if bytes.len() > MAX_FILE {
            return Err(EncryptionKeyError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| EncryptionKeyError::NotPem)?;
        let labels = markers::labels(text).map_err(|bad| EncryptionKeyError::Marker {
            line: bad.line,
            column: bad.column,
        })?;
        match *labels.as_slice() {
            [] => Err(EncryptionKeyError::NotPem),
            [CERTIFICATE] => x509(text),
            [OPENPGP] => openpgp(text),
            [label] => Err(EncryptionKeyError::Label {
                label: label.chars().take(40).collect(),
            }),
            _ => {
                let found = labels.len();
                Err(EncryptionKeyError::Blocks { found })
            }
        }
    }

    /// Whether keys may be encrypted to it at this time: valid, meant for it, long enough.
    ///
    /// # Errors
    /// [`EncryptionKeyError`].
    pub fn check(&self, now: SystemTime) -> Result<(), EncryptionKeyError> {
        match self {
            Self::X509(certificate) => certificate.check(now),
            #[cfg(feature = "openpgp")]
            Self::OpenPgp(key) => key.check(now),
        }
    }

    #[cfg_attr(not(feature = "openpgp"), expect(clippy::unnecessary_wraps))]
    pub(super) fn x509(&self) -> Option<&Certificate> {
        match self {
            Self::X509(certificate) => Some(certificate),
            #[cfg(feature = "openpgp")]
            Self::OpenPgp(_) => None,
        }
    }
}

/// Any label of a private key, with whatever dashes.
fn holds_private_key(bytes: &[u8]) -> bool {
    [&b"PRIVATE KEY"[..], b"private key"]
        .iter()
        .any(|words| bytes.windows(words.len()).any(|window| window == *words))
}

fn x509(text: &str) -> Result<EncryptionKey, EncryptionKeyError> {
    let unreadable = EncryptionKeyError::Unreadable {
        kind: "a certificate in PEM",
    };
    let block = pem::parse(text).map_err(|_| unreadable)?;
    let certificate = Certificate::read(block.contents())?;
    Ok(EncryptionKey::X509(Box::new(certificate)))
}

#[cfg(feature = "openpgp")]
fn openpgp(text: &str) -> Result<EncryptionKey, EncryptionKeyError> {
    let key = super::openpgp::PublicKey::read(text)?;
    Ok(EncryptionKey::OpenPgp(Box::new(key)))
}

#[cfg(not(feature = "openpgp"))]
fn openpgp(_: &str) -> Result<EncryptionKey, EncryptionKeyError> {
    Err(EncryptionKeyError::NoOpenPgp)
}
