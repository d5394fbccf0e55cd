//! The batch: its store, its file, and what is handed over of it.

use super::{Code, Coded, of_io};
use crate::batch::ExportError;
use crate::handover::{HandoverError, SignerError};
use crate::matching::MatchError;
use crate::store::StoreError;
use crate::submission::outcomes::TakeError;

impl Coded for StoreError {
    fn code(&self) -> Code {
        match self {
            Self::Sqlite { .. } => Code::StoreFailed,
            Self::DiskFull { .. } => Code::DiskFull,
            Self::ReadOnly { .. } => Code::FolderReadOnly,
            Self::Io { source, .. } => of_io(source),
            Self::Gone { .. } => Code::StoreGone,
            Self::Damaged { .. } | Self::NotOurs { .. } => Code::StoreDamaged,
            Self::Newer { .. } | Self::Older { .. } => Code::StoreVersion,
            Self::InUse { .. } => Code::BatchInUse,
            Self::NoBatch { .. } => Code::NoBatch,
            Self::OtherBatch { .. } => Code::OtherBatch,
            Self::BadValue { .. } => Code::BadValue,
            Self::JobExists { .. } => Code::BatchSubmitted,
            Self::NoSuchJob { .. } | Self::OtherJobId { .. } | Self::OtherPartsId { .. } => {
                Code::WrongJob
            }
            Self::NoReportYet { .. } => Code::ReportPending,
            Self::NoCertificate { .. } => Code::CertificatePending,
            Self::NamesAlike { .. } => Code::NamesAlike,
            Self::BoardsChanged { .. } => Code::DataChanged,
            Self::LogBroken { .. } => Code::LogBroken,
            Self::NoDataFolder => Code::NoDataFolder,
        }
    }
}

impl Coded for ExportError {
    fn code(&self) -> Code {
        match self {
            Self::Empty => Code::BatchEmpty,
            Self::Exists { .. } => Code::FileExists,
            Self::OtherColumns { .. } | Self::BadColumns { .. } => Code::ColumnsChanged,
            Self::Io { source, .. } => of_io(source),
            Self::Store(error) => error.code(),
        }
    }
}

impl Coded for HandoverError {
    fn code(&self) -> Code {
        match self {
            Self::Empty => Code::BatchEmpty,
            Self::Exists { .. } => Code::FileExists,
            Self::Certificate { .. } => Code::StoreDamaged,
            Self::Io { source, .. } => of_io(source),
            Self::Store(error) => error.code(),
        }
    }
}

impl Coded for SignerError {
    fn code(&self) -> Code {
        match self {
            Self::Key(error) => super::setup::of_bench_key(error),
            Self::Certificate { .. } | Self::Unfit(_) => Code::BenchKeyUnusable,
        }
    }
}

impl Coded for TakeError {
    fn code(&self) -> Code {
        match self {
            Self::Open(error) => of_io(error),
            Self::Report(error) => error.code(),
            Self::Export(error) => error.code(),
            Self::Names(_) => Code::FileUnusable,
            Self::Store(error) => error.code(),
        }
    }
}

impl Coded for MatchError {
    fn code(&self) -> Code {
        match self {
            Self::Unpack(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::AtHand(_) => Code::FileUnusable,
        }
    }
}
