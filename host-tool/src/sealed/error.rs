//! Why a file could not be decrypted, in words for the operator.
//!
//! One word for every fault of padding, key or content (RFC 3218 section 2.3): nobody learns which of them it was.

/// A file could not be decrypted. Nothing of its plaintext was handed out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealedError {
    /// Larger than is decrypted.
    #[error("it is larger than {} MiB", super::MAX_SEALED >> 20)]
    TooLarge,
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is something else.
    #[error("it is {found}, neither CMS nor OpenPGP")]
    NotSealed {
        /// What it looks like.
        found: &'static str,
    },
    /// It ends too early.
    #[error("it is cut off: {}", match expected { Some(expected) => format!("{found} bytes of {expected} are there"), None => format!("its end is not in its {found} bytes") })]
    Truncated {
        /// Bytes that are there.
        found: usize,
        /// Bytes that its beginning announces, where it does.
        expected: Option<u64>,
    },
    /// Its outer form is broken.
    #[error("it is damaged: {why}")]
    Malformed {
        /// What is wrong with it.
        why: String,
    },
    /// Encrypted in a way that is not done here.
    #[error("it is encrypted with {what}, which is not supported")]
    Unsupported {
        /// The algorithm or the form.
        what: String,
    },
    /// CMS and an OpenPGP key, or the other way round.
    #[error("it is {file}, and the key is {key}")]
    OtherKind {
        /// What the file is.
        file: &'static str,
        /// What the key is.
        key: &'static str,
    },
    /// It was encrypted to others.
    #[error("it was not encrypted to this key; it was to: {}", recipients.join("; "))]
    NotForThisKey {
        /// To whom it was, as it names them.
        recipients: Vec<String>,
    },
    /// It was encrypted to this very key, and does not come out.
    #[error("it was encrypted to this key, but was changed since: it does not decrypt")]
    Damaged,
    /// It does not come out, and it does not say to which key it was encrypted.
    #[error("it does not decrypt: the key is another one, or the file was changed")]
    WrongKeyOrDamaged,
    /// More comes out than is taken.
    #[error("more than {} MiB come out of it", super::MAX_SEALED >> 20)]
    Expands,
    /// OpenPGP, and this program can't.
    #[error("it is OpenPGP, and this program was built without it")]
    NoOpenPgp,
    /// The system gives no randomness.
    #[error("the system gives no random bytes")]
    Randomness,
}

impl SealedError {
    /// Its outer form is broken.
    pub(super) fn malformed(why: impl Into<String>) -> Self {
        let why = why.into();
        Self::Malformed { why }
    }

    /// It is encrypted in a way that is not done here.
    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        let what = what.into();
        Self::Unsupported { what }
    }

    /// What to do next.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::TooLarge | Self::Expands => {
                "Decrypt it by `openssl cms -decrypt -binary -inform DER` or `gpg --decrypt`, which stream."
            }
            Self::Empty | Self::Truncated { .. } | Self::Malformed { .. } | Self::Damaged => {
                "Download it again."
            }
            Self::NotSealed { .. } => "Give the file as the service sent it.",
            Self::Unsupported { .. } => {
                "Try `openssl cms -decrypt -binary -inform DER` or `gpg --decrypt`, and tell us of the file's algorithm."
            }
            Self::OtherKind { .. } | Self::NotForThisKey { .. } => {
                "Give the key that belongs to the encryption_certificate of the job."
            }
            Self::WrongKeyOrDamaged => {
                "Give the certificate that was submitted too: it tells a wrong key from a changed file. If the key is right, \
                 download the file again."
            }
            Self::NoOpenPgp => "Build it with the feature `openpgp`, or use `gpg --decrypt`.",
            Self::Randomness => "Run the same command again.",
        }
    }
}
