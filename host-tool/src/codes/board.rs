//! Boards: why they are refused or lost, and why the work at the bench can't go on.

use nameplate_wire::ErrorNumber;

use super::{Code, Coded, of_bind};
use crate::bench::BenchError;
use crate::link::LinkError;
use crate::link::serial::{PortError, PortFault};
use crate::store::{Conflict, Lost, RecordError, What};
use crate::verify::{Refusal, Undelivered};

impl Coded for Refusal {
    fn code(&self) -> Code {
        match self {
            Self::ZeroMac | Self::BroadcastMac | Self::MulticastMac(_) | Self::BadName(_) => {
                Code::BadIdentity
            }
            Self::MacOutOfRange(_) => Code::MacOutOfRange,
            Self::UnreadableRequest(_)
            | Self::SignatureAlgorithm(_)
            | Self::KeyType(_)
            | Self::BadSignature => Code::RequestBroken,
            Self::OtherThanAsked { .. } => Code::RequestDiffers,
            Self::BadProof => Code::ProofWrong,
            Self::ChangedIdentity { .. } => Code::IdentityChanged,
            Self::Board { number, .. } => of_number(*number),
            Self::Version { .. } => Code::NoCommonVersion,
            Self::JoinToken => Code::TokenWrong,
            Self::TokenEnded { .. } | Self::TokenWithdrawn { .. } | Self::TokenUsedUp { .. } => {
                Code::TokenOver
            }
            Self::NoTokenList { .. } => Code::TokensUnusable,
            Self::HostKey => Code::HostKeyRefused,
            Self::AsksTooMuch => Code::RequestTooLong,
            Self::Echo => Code::LineEchoes,
            Self::WrongAnswer => Code::WrongAnswer,
            Self::NoLight => Code::FirmwareTooOld,
            Self::Conflict(conflict) => conflict.code(),
            Self::Undelivered(why) => why.code(),
        }
    }
}

/// The code of a board's own error.
fn of_number(number: u16) -> Code {
    use ErrorNumber as E;
    match ErrorNumber::from_number(number) {
        Some(E::RandomnessStuck | E::RandomnessBiased | E::RandomnessFailed) => {
            Code::BoardRandomness
        }
        Some(
            E::StoreRead
            | E::StoreWrite
            | E::StoredKeyBad
            | E::CertificateRead
            | E::CertificateWrite,
        ) => Code::BoardMemory,
        Some(E::IdentityBad) => Code::BadIdentity,
        Some(E::BadSubject | E::BadAltName | E::BadExtension | E::CsrTooLong) => {
            Code::RequestTooLong
        }
        Some(E::Locked) => Code::BoardLocked,
        Some(E::ChainLength | E::ChainUnreadable | E::ChainOrder | E::BadValidity) => {
            Code::ChainRefused
        }
        Some(E::OtherKey) => Code::KeyChanged,
        Some(E::UnknownKind | E::NotSupported) => Code::FirmwareTooOld,
        _ => Code::BoardError,
    }
}

impl Coded for Undelivered {
    fn code(&self) -> Code {
        match self {
            Self::Unknown => Code::NotInBatch,
            Self::OtherBatch(_) => Code::InOtherBatch,
            Self::Renamed { .. } => Code::IdentityChanged,
            Self::NotYet => Code::CertificatePending,
            Self::NotIssued(_) => Code::CertificateNotIssued,
            Self::OtherKey | Self::NoKey => Code::KeyChanged,
            Self::OtherCertificate(_) => Code::OtherCertificate,
            Self::LockedWithout | Self::LockedWithOther(_) => Code::BoardLocked,
            Self::Firmware | Self::LockFirmware => Code::FirmwareTooOld,
            Self::TooLong(_) => Code::ChainRefused,
            Self::Endless | Self::NotReadBack(_) | Self::NotLocked => Code::BoardMemory,
        }
    }
}

impl Coded for Conflict {
    fn code(&self) -> Code {
        match self.what {
            What::Mac => Code::SameMacTwice,
            What::Name => Code::SameNameTwice,
            What::Key => Code::SameKeyTwice,
            What::KeyChanged => Code::KeyChanged,
        }
    }
}

impl Coded for LinkError {
    fn code(&self) -> Code {
        match self {
            Self::Gone(_) => Code::LineGone,
            Self::Silent => Code::BoardSilent,
            Self::Flood | Self::Babble | Self::Damaged => Code::LineNoise,
            Self::Echo => Code::LineEchoes,
            Self::WrongAnswer => Code::WrongAnswer,
            Self::TooLong => Code::RequestTooLong,
            Self::Interrupted => Code::Interrupted,
        }
    }
}

impl Coded for PortError {
    fn code(&self) -> Code {
        match self {
            Self::Open { fault, .. } => match fault {
                PortFault::Forbidden => Code::PortForbidden,
                PortFault::Busy => Code::PortBusy,
                PortFault::Missing => Code::PortMissing,
                PortFault::Refused => Code::PortUnusable,
            },
            Self::Pattern { .. } | Self::Ids { .. } => Code::BadSetting,
        }
    }
}

impl Coded for BenchError {
    fn code(&self) -> Code {
        match self {
            Self::NoLinks => Code::NowhereToLook,
            Self::Port(error) => error.code(),
            Self::Bind { source, .. } => of_bind(source),
            Self::Listen(_) => Code::SystemRefuses,
            Self::Store(error) => error.code(),
            Self::Record(error) => error.code(),
            Self::Lost(lost) => lost.code(),
            Self::Randomness => Code::NoRandomness,
        }
    }
}

impl Coded for RecordError {
    fn code(&self) -> Code {
        match self {
            Self::Refused(conflict) => conflict.code(),
            Self::TokenUsedUp(_) => Code::TokenOver,
            Self::Store(error) => error.code(),
            Self::Ended => Code::StoreFailed,
        }
    }
}

impl Coded for Lost {
    fn code(&self) -> Code {
        self.source.code()
    }
}
