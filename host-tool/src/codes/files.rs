//! Files that are given to be checked or made, and what runs on this machine alone.

use super::{Code, Coded, of_bind, of_io};
use crate::demo::emulated;
use crate::labels::LabelError;
use crate::mac_sequence::SequenceError;
use crate::preflight::{PreflightError, TemplateFileError};

impl Coded for PreflightError {
    fn code(&self) -> Code {
        match self {
            Self::Open { source, .. } | Self::Read { source, .. } => of_io(source),
            Self::NotAFile { .. } => Code::DataFileUnusable,
            Self::Interrupted => Code::Interrupted,
        }
    }
}

impl Coded for TemplateFileError {
    fn code(&self) -> Code {
        Code::TemplateUnusable
    }
}

impl Coded for SequenceError {
    fn code(&self) -> Code {
        Code::BadArguments
    }
}

impl Coded for LabelError {
    fn code(&self) -> Code {
        Code::LabelTooSmall
    }
}

impl Coded for emulated::Error {
    fn code(&self) -> Code {
        match self {
            Self::Image { .. } | Self::Program { .. } | Self::Rp2040 { .. } => {
                Code::DemoPartMissing
            }
            Self::Here(_) => Code::SystemRefuses,
            Self::NoSuchLink { .. } => Code::BadArguments,
            Self::NoBench | Self::Page { .. } | Self::Flash { .. } | Self::Save { .. } => {
                Code::DemoBoardFailed
            }
            Self::File { source, .. } => of_io(source),
            Self::Cable { .. } => Code::NoMorePtys,
        }
    }
}

impl Coded for nameplate_sandbox::Error {
    fn code(&self) -> Code {
        match self {
            Self::File { source, .. } => of_io(source),
            Self::Switch { .. } => Code::BadArguments,
            Self::InUse { .. } => Code::BatchInUse,
            Self::Damaged { .. } => Code::StoreDamaged,
            Self::Listen { source, .. } => of_bind(source),
            // Certificates, TLS, threads.
            _ => Code::SystemRefuses,
        }
    }
}
