//! Certificates that come back, what they come in, and the key that opens it.

use super::{Code, Coded, of_io};
use crate::chain::{TrustError, WrongCertificate};
use crate::handed_out::UnpackError;
use crate::sealed::{KeyError, Mismatch, SealedError};

impl Coded for WrongCertificate {
    fn code(&self) -> Code {
        match self {
            Self::Unreadable(_) => Code::CertificateUnreadable,
            Self::NoBoard
            | Self::OtherJob
            | Self::ReportedFailed(_)
            | Self::HasAnother(_)
            | Self::Several => Code::CertificateUnexpected,
            Self::Names { .. } => Code::CertificateDiffers,
            Self::Backwards | Self::Expired(_) => Code::CertificateExpired,
            Self::NoRoot | Self::Path(_) => Code::CertificateUntrusted,
            Self::TooLong(_) => Code::ChainRefused,
        }
    }
}

impl Coded for TrustError {
    fn code(&self) -> Code {
        match self {
            Self::Read { source, .. } => of_io(source),
            Self::Content { .. } => Code::CertificateUnreadable,
        }
    }
}

impl Coded for UnpackError {
    fn code(&self) -> Code {
        match self {
            Self::Write { source, .. } => of_io(source),
            Self::Read(_) | Self::Empty | Self::Refused { .. } | Self::Form | Self::Json(_) => {
                Code::DownloadUnusable
            }
        }
    }
}

impl Coded for KeyError {
    fn code(&self) -> Code {
        match self {
            Self::File(error) => error.code(),
            Self::Locked => Code::PassphraseMissing,
            Self::Passphrase => Code::PassphraseWrong,
            Self::TooLarge
            | Self::NoKey
            | Self::Several { .. }
            | Self::OldEncryption
            | Self::Unreadable { .. }
            | Self::Kind { .. }
            | Self::NoOpenPgp => Code::OwnKeyUnusable,
        }
    }
}

impl Coded for Mismatch {
    fn code(&self) -> Code {
        Code::KeyPairMismatch
    }
}

impl Coded for SealedError {
    fn code(&self) -> Code {
        match self {
            Self::OtherKind { .. } | Self::NotForThisKey { .. } | Self::WrongKeyOrDamaged => {
                Code::NotForThisKey
            }
            Self::Randomness => Code::NoRandomness,
            Self::TooLarge
            | Self::Empty
            | Self::NotSealed { .. }
            | Self::Truncated { .. }
            | Self::Malformed { .. }
            | Self::Unsupported { .. }
            | Self::Damaged
            | Self::Expands
            | Self::NoOpenPgp => Code::EncryptedFileUnusable,
        }
    }
}
