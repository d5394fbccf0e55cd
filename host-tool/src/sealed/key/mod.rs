//! The operator's private key: a file that only its owner can read, and what it becomes once it is unlocked.

mod x509;

use std::io::Read;
use std::path::Path;

use secrecy::SecretString;
use secrecy::zeroize::{Zeroize, Zeroizing};

use crate::config::{SecretFileError, open_private};

pub(super) use x509::{Pair, X509Key};

/// Greatest key file, in bytes. An OpenPGP key may carry many signatures and a picture.
const MAX_FILE: u64 = 1 << 20;

/// A private key can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It can't be read, or others can read it too.
    #[error(transparent)]
    File(#[from] SecretFileError),
    /// Too large to be one.
    #[error("it is larger than 1 MiB: it is no private key")]
    TooLarge,
    /// It holds no private key of a known form.
    #[error(
        "it holds no private key in PEM or DER (PKCS#8, PKCS#1, SEC 1), and no OpenPGP secret key"
    )]
    NoKey,
    /// Which one would it be?
    #[error("it holds {found} private keys: leave the one for decryption in it")]
    Several {
        /// How many.
        found: usize,
    },
    /// A form of encryption that only old programs write.
    #[error(
        "it is encrypted in OpenSSL's old way: make PKCS#8 of it by `openssl pkcs8 -topk8 -in OLD -out NEW`"
    )]
    OldEncryption,
    /// It is encrypted, and there is no passphrase.
    #[error("it is encrypted, and no passphrase was given")]
    Locked,
    /// The passphrase is wrong, or the file damaged: which of them can't be told.
    #[error("the passphrase does not open it")]
    Passphrase,
    /// Not what it says.
    #[error("it can't be read as {form}")]
    Unreadable {
        /// What it should be.
        form: &'static str,
    },
    /// Neither RSA of 2048 to 8192 bits, nor EC on P-256, P-384 or P-521.
    #[error("it is {what}: RSA with 2048 to 8192 bits and EC on P-256, P-384 or P-521 can be used")]
    Kind {
        /// What it is.
        what: &'static str,
    },
    /// OpenPGP, and this program can't.
    #[error("it is OpenPGP, and this program was built without it")]
    NoOpenPgp,
}

/// A private key's file as it was read: perhaps still locked.
pub struct KeyFile {
    held: Held,
}

enum Held {
    X509(x509::Encoded),
    #[cfg(feature = "openpgp")]
    OpenPgp(Box<super::openpgp::SecretKey>),
}

/// A private key that decrypts.
#[derive(Debug)]
#[non_exhaustive]
pub enum DecryptionKey {
    /// The other half of an X.509 certificate.
    X509(X509Key),
    /// An OpenPGP secret key with its passphrase.
    #[cfg(feature = "openpgp")]
    OpenPgp(Box<super::openpgp::SecretKey>),
}

impl KeyFile {
    /// Reads a file that only its owner can read.
    ///
    /// # Errors
    /// [`KeyError`]; never with anything of the file's content.
    pub fn read(path: &Path) -> Result<Self, KeyError> {
        let file = open_private(path)?;
        // Room for everything from the start: growing would leave copies behind that nobody wipes.
        let room = file.metadata().map_or(MAX_FILE, |data| data.len());
        let room = usize::try_from(room.min(MAX_FILE) + 2).unwrap_or_default();
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        file.take(MAX_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| SecretFileError::Read {
                path: path.to_owned(),
                source,
            })?;
        Self::parse(&bytes)
    }

    /// Finds the one private key in a file's bytes.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        if bytes.len() as u64 > MAX_FILE {
            return Err(KeyError::TooLarge);
        }
        let text = bytes.trim_ascii_start();
        let armored = text
            .windows(PGP_LABEL.len())
            .any(|window| window == PGP_LABEL);
        if armored || matches!(text, [first, ..] if first & 0x80 != 0) {
            return openpgp(bytes);
        }
        if text.first() == Some(&0x30) {
            let held = Held::X509(x509::Encoded::from_der(bytes)?);
            return Ok(Self { held });
        }
        let blocks = pem::parse_many(bytes).map_err(|_| KeyError::NoKey)?;
        let mut keys = Vec::new();
        for block in blocks {
            let old = block.headers().get("Proc-Type").is_some();
            let tag = block.tag().to_owned();
            let mut contents = block.into_contents();
            match x509::Form::of_label(&tag) {
                Some(_) if old => {
                    contents.zeroize();
                    return Err(KeyError::OldEncryption);
                }
                Some(form) => keys.push(x509::Encoded::new(form, Zeroizing::new(contents))),
                None => contents.zeroize(),
            }
        }
        let found = keys.len();
        match (keys.pop(), found) {
            (Some(key), 1) => Ok(Self {
                held: Held::X509(key),
            }),
            (None, _) => Err(KeyError::NoKey),
            _ => Err(KeyError::Several { found }),
        }
    }

    /// Whether a passphrase is needed.
    pub fn is_locked(&self) -> bool {
        match &self.held {
            Held::X509(key) => key.is_locked(),
            #[cfg(feature = "openpgp")]
            Held::OpenPgp(key) => key.is_locked(),
        }
    }

    /// Makes the key of it, with the passphrase where it needs one.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn unlock(self, passphrase: Option<&SecretString>) -> Result<DecryptionKey, KeyError> {
        match self.held {
            Held::X509(key) => key.unlock(passphrase).map(DecryptionKey::X509),
            #[cfg(feature = "openpgp")]
            Held::OpenPgp(mut key) => {
                key.unlock(passphrase)?;
                Ok(DecryptionKey::OpenPgp(key))
            }
        }
    }
}

const PGP_LABEL: &[u8] = b"-----BEGIN PGP PRIVATE KEY BLOCK-----";

#[cfg(feature = "openpgp")]
fn openpgp(bytes: &[u8]) -> Result<KeyFile, KeyError> {
    let key = super::openpgp::SecretKey::read(bytes)?;
    let held = Held::OpenPgp(Box::new(key));
    Ok(KeyFile { held })
}

#[cfg(not(feature = "openpgp"))]
fn openpgp(_: &[u8]) -> Result<KeyFile, KeyError> {
    Err(KeyError::NoOpenPgp)
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyFile")
            .field("locked", &self.is_locked())
            .finish_non_exhaustive()
    }
}
