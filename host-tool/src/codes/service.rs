//! The service, its jobs, and what is sent to it.

use super::{Code, Coded, of_io};
use crate::service::error::{Silence, TlsProblem};
use crate::service::follow::FollowError;
use crate::service::job::BadJobId;
use crate::service::report::ReportError;
use crate::service::{DataFileError, ServiceError, SettingsError};
use crate::submission::SubmitError;

impl Coded for ServiceError {
    fn code(&self) -> Code {
        match self {
            Self::KeyRefused(_) => Code::KeyRejected,
            Self::PasscodeRefused(_) => Code::PasscodeRejected,
            Self::CertificateRefused(_) | Self::ClientCertificateDoubted { .. } => {
                Code::ClientCertificateRejected
            }
            Self::AccessDenied(_) => Code::AccessDenied,
            Self::NotFound { .. } => Code::ServiceNotFound,
            Self::TooLarge(_) => Code::TooLarge,
            Self::TooManyRequests { .. } => Code::TooManyRequests,
            Self::Refused(_) => Code::RequestRejected,
            Self::ServiceFault { .. } => Code::ServiceFault,
            Self::Redirected { .. } => Code::ServiceRedirects,
            Self::Unreadable { .. } | Self::Inconclusive { .. } | Self::Oversized { .. } => {
                Code::AnswerUnreadable
            }
            Self::Unreachable { silence, .. } => of_silence(*silence),
            Self::UploadCut { .. } => Code::UploadCut,
            Self::AnswerLost { .. } => Code::AnswerLost,
            Self::Tls { problem, .. } => match problem {
                TlsProblem::UnknownIssuer => Code::TlsUnknownIssuer,
                TlsProblem::WrongName => Code::TlsWrongName,
                TlsProblem::OutOfDate => Code::TlsOutOfDate,
                TlsProblem::Other => Code::TlsFailed,
            },
            Self::ClientCertificateRequired { .. } => Code::ClientCertificateNeeded,
            Self::NotOffered { .. } => Code::NotOffered,
            Self::Unsendable { .. } => Code::BadValue,
            Self::DataFile { source, .. } | Self::Output { source, .. } => of_io(source),
        }
    }
}

fn of_silence(silence: Silence) -> Code {
    match silence {
        Silence::NoSuchHost => Code::HostUnknown,
        Silence::Refused => Code::ConnectionRefused,
        Silence::TimedOut => Code::ServiceTimeout,
        Silence::Dropped | Silence::Proxy | Silence::Other => Code::ServiceUnreachable,
    }
}

impl Coded for FollowError {
    fn code(&self) -> Code {
        match self {
            Self::Service(error) | Self::TooManyFaults { source: error, .. } => error.code(),
            Self::UnknownStatus { .. } => Code::UnknownJobStatus,
        }
    }
}

impl Coded for ReportError {
    fn code(&self) -> Code {
        Code::ReportUnreadable
    }
}

impl Coded for SettingsError {
    fn code(&self) -> Code {
        match self {
            Self::Value { .. } => Code::BadSetting,
            Self::File { source, .. } => of_io(source),
        }
    }
}

impl Coded for BadJobId {
    fn code(&self) -> Code {
        Code::BadArguments
    }
}

impl Coded for DataFileError {
    fn code(&self) -> Code {
        match self {
            Self::Open { source, .. } => of_io(source),
            Self::NotAFile { .. } | Self::Kind { .. } | Self::Name { .. } | Self::Empty { .. } => {
                Code::DataFileUnusable
            }
            Self::TooLarge { .. } => Code::TooLarge,
        }
    }
}

impl Coded for SubmitError {
    fn code(&self) -> Code {
        match self {
            Self::Export(error) => error.code(),
            Self::DataFile(error) => error.code(),
            Self::TooLarge { .. } => Code::TooLarge,
            Self::MorePartsThanBoards { .. } => Code::BadArguments,
            Self::Part { source, .. } => source.code(),
            Self::Store(error) => error.code(),
            Self::Service(error) => error.code(),
            Self::NameTaken { .. } => Code::JobNameTaken,
            Self::AnswerLost(_) => Code::AnswerLost,
            Self::CannotKnow { .. } | Self::SeveralJobs { .. } => Code::SubmissionUnknown,
            Self::NotThatJob { .. } | Self::OtherJob { .. } => Code::WrongJob,
            Self::NothingToRework | Self::NothingToSettle => Code::NothingToDo,
            Self::Twin { .. } => Code::JobTwin,
            Self::FileChanged { .. } | Self::DataChanged { .. } => Code::DataChanged,
            Self::Unreadable { source, .. } => of_io(source),
            Self::Interrupted => Code::Interrupted,
            Self::StoredId(_) => Code::StoreDamaged,
        }
    }
}
