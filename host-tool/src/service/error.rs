//! What can go wrong with the service, sorted by what a person must do about it.
//!
//! A submission that may have taken effect is never called transient: repeating it would make the
//! job twice. Knows nothing of the HTTP library.

use std::path::PathBuf;
use std::time::Duration;

use super::words::Words;

/// The underlying fault of an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// What was being asked of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Looking whether it is there at all, without signing in.
    Greet,
    /// Starting a job: the only one that changes anything.
    CreateJob,
    /// Asking where a job stands.
    JobStatus,
    /// Looking for jobs by name.
    FindJobs,
    /// Listing jobs.
    ListJobs,
    /// Fetching a job's report.
    DownloadReport,
    /// Fetching a job's certificates.
    DownloadCertificates,
    /// Fetching the CSV template.
    DownloadTemplate,
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Greet => "looking whether it is there",
            Self::CreateJob => "submitting the job",
            Self::JobStatus => "asking for the job's status",
            Self::FindJobs => "looking for the job by its name",
            Self::ListJobs => "listing the jobs",
            Self::DownloadReport => "downloading the report",
            Self::DownloadCertificates => "downloading the certificates",
            Self::DownloadTemplate => "downloading the CSV template",
        })
    }
}

/// An answer that was not the one asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What was asked.
    pub operation: Operation,
    /// The HTTP status; `None` when the answer was no HTTP at all.
    pub status: Option<u16>,
    /// What the service said about it.
    pub words: Words,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "while {}", self.operation)?;
        if let Some(status) = self.status {
            write!(f, " (HTTP {status})")?;
        }
        if !self.words.is_empty() {
            write!(f, ": {}", self.words)?;
        }
        Ok(())
    }
}

/// Why no answer came although nothing is known to be wrong with the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Silence {
    /// The host's name could not be resolved.
    NoSuchHost,
    /// Nothing listens there.
    Refused,
    /// Nothing came in the time allowed.
    TimedOut,
    /// The connection ended too early.
    Dropped,
    /// A proxy did not let the request through.
    Proxy,
    /// Anything else on the way.
    Other,
}

impl std::fmt::Display for Silence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoSuchHost => "is not known under this name",
            Self::Refused => "does not take connections",
            Self::TimedOut => "did not answer in the time allowed",
            Self::Dropped => "ended the connection before it had answered",
            Self::Proxy => "could not be reached through the proxy",
            Self::Other => "could not be reached",
        })
    }
}

/// Why the service's certificate was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsProblem {
    /// Signed by nobody that is trusted here.
    UnknownIssuer,
    /// Made out to another name.
    WrongName,
    /// Expired, or not valid yet.
    OutOfDate,
    /// Anything else in the handshake.
    Other,
}

impl std::fmt::Display for TlsProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => {
                "its certificate comes from an authority that is not trusted here"
            }
            Self::WrongName => "its certificate is for another host name",
            Self::OutOfDate => "its certificate is not valid today",
            Self::Other => "the TLS handshake failed",
        })
    }
}

/// What a service has against the client certificate that it was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateDoubt {
    /// Signed by nobody that the service trusts.
    UnknownIssuer,
    /// Not valid any more.
    Expired,
    /// Withdrawn by whoever issued it.
    Revoked,
    /// Anything else.
    Other,
}

impl std::fmt::Display for CertificateDoubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::UnknownIssuer => "it comes from an authority that the service does not trust",
            Self::Expired => "it has expired",
            Self::Revoked => "it was revoked",
            Self::Other => "the service gives no other reason",
        })
    }
}

/// Everything that can go wrong with the service.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// 401, where an API key was shown.
    #[error("the service does not accept the API key {0}")]
    KeyRefused(Box<Refusal>),
    /// 401, where a passcode was shown.
    #[error("the service does not accept the passcode {0}")]
    PasscodeRefused(Box<Refusal>),
    /// 401, where a client certificate was shown.
    #[error("the service does not accept the client certificate {0}")]
    CertificateRefused(Box<Refusal>),
    /// 403.
    #[error("the service denied access {0}")]
    AccessDenied(Box<Refusal>),
    /// 404, and 405 or 410 on an unverified route.
    #[error("the service knows nothing at the address asked {refusal}")]
    NotFound {
        /// The answer.
        refusal: Box<Refusal>,
        /// The setting that holds the route, where the route is a guess of ours.
        unverified: Option<&'static str>,
    },
    /// 413.
    #[error("the service says that the file is too large {0}")]
    TooLarge(Box<Refusal>),
    /// 429. Nothing was done.
    #[error("the service asks for fewer requests {refusal}")]
    TooManyRequests {
        /// The answer.
        refusal: Box<Refusal>,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
    },
    /// Any other 4xx: something in the request is wrong.
    #[error("the service refused the request {0}")]
    Refused(Box<Refusal>),
    /// 5xx or 408: the fault is on the other side.
    #[error("the service has a fault {refusal}")]
    ServiceFault {
        /// The answer.
        refusal: Box<Refusal>,
        /// How long it asks to wait.
        retry_after: Option<Duration>,
        /// Whether a submission may have taken effect all the same.
        maybe_done: bool,
    },
    /// 3xx. Nothing was sent to the other address.
    #[error("the service points to another address, {to}, {refusal}; the key was not sent there")]
    Redirected {
        /// The answer.
        refusal: Box<Refusal>,
        /// Where it pointed, made harmless.
        to: String,
        /// Whether a submission may have taken effect all the same.
        maybe_done: bool,
    },
    /// A success whose contents make no sense.
    #[error("the service's answer can't be understood {refusal}: {why}")]
    Unreadable {
        /// The answer; its words are the beginning of what was sent.
        refusal: Box<Refusal>,
        /// What was expected.
        why: String,
        /// Whether a submission may have taken effect all the same.
        maybe_done: bool,
    },
    /// The list of jobs does not let us tell whether the job is there.
    #[error("the list of jobs does not tell whether the job is there: {why}")]
    Inconclusive {
        /// What was wrong with it.
        why: String,
    },
    /// No answer, and nothing was done.
    #[error("{host} {silence} while {operation}")]
    Unreachable {
        /// What was asked.
        operation: Operation,
        /// The service's host.
        host: String,
        /// How it failed.
        silence: Silence,
        /// The fault.
        source: Cause,
    },
    /// The connection ended in the middle of an upload: not a whole request, so nothing was done.
    #[error("{host} took only {sent} of {total} bytes while submitting the job")]
    UploadCut {
        /// The service's host.
        host: String,
        /// Bytes handed to the connection.
        sent: u64,
        /// Bytes of the whole request.
        total: u64,
        /// The fault.
        source: Cause,
    },
    /// The whole submission was sent and no answer came: the job may exist or not.
    #[error("the whole job was sent to {host}, but its answer was lost: the job may exist or not")]
    AnswerLost {
        /// The service's host.
        host: String,
        /// The fault.
        source: Cause,
    },
    /// The connection is not safe, so nothing was sent.
    #[error("no safe connection to {host}: {problem}")]
    Tls {
        /// The service's host.
        host: String,
        /// Which part of it.
        problem: TlsProblem,
        /// The fault.
        source: Cause,
    },
    /// The service wants a TLS client certificate.
    #[error("{host} asks for a client certificate, and none is configured")]
    ClientCertificateRequired {
        /// The service's host.
        host: String,
        /// The fault.
        source: Cause,
    },
    /// The service does not take the TLS client certificate; nothing was done.
    #[error("{host} does not take the client certificate: {doubt}")]
    ClientCertificateDoubted {
        /// The service's host.
        host: String,
        /// What it has against it.
        doubt: CertificateDoubt,
        /// The fault.
        source: Cause,
    },
    /// The service can't be asked for this at all.
    #[error("{service} does not do this: {what}")]
    NotOffered {
        /// The service.
        service: &'static str,
        /// What it does not do.
        what: &'static str,
    },
    /// Something given to us can't be sent; nothing was.
    #[error("{what} can't be sent: {why}")]
    Unsendable {
        /// Which value.
        what: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The data file could not be read to its end; nothing was done.
    #[error("can't read {}", path.display())]
    DataFile {
        /// The file.
        path: PathBuf,
        /// The fault.
        source: std::io::Error,
    },
    /// A download is larger than anything that makes sense.
    #[error("the download is larger than {limit} bytes and was given up while {operation}")]
    Oversized {
        /// What was asked.
        operation: Operation,
        /// The greatest size, in bytes.
        limit: u64,
    },
    /// A download could not be written.
    #[error("what was downloaded can't be written while {operation}")]
    Output {
        /// What was asked.
        operation: Operation,
        /// The fault.
        source: std::io::Error,
    },
}

impl ServiceError {
    /// Whether a submission may have taken effect although it failed for us. Then the job is looked
    /// for by its name; it is never submitted again blindly.
    pub fn maybe_done(&self) -> bool {
        match self {
            Self::AnswerLost { .. } => true,
            Self::ServiceFault { maybe_done, .. }
            | Self::Redirected { maybe_done, .. }
            | Self::Unreadable { maybe_done, .. } => *maybe_done,
            _ => false,
        }
    }

    /// Whether asking again, unchanged, is safe and may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::ServiceFault { refusal, .. } => {
                !self.maybe_done() && !matches!(refusal.status, Some(501 | 505))
            }
            Self::TooManyRequests { .. } | Self::Unreachable { .. } | Self::UploadCut { .. } => {
                true
            }
            _ => false,
        }
    }

    /// How long the service asks to wait; never more than an hour.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyRequests { retry_after, .. } | Self::ServiceFault { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }

    /// What the service itself said, where it said anything.
    pub fn words(&self) -> Option<&Words> {
        match self {
            Self::KeyRefused(refusal)
            | Self::PasscodeRefused(refusal)
            | Self::CertificateRefused(refusal)
            | Self::AccessDenied(refusal)
            | Self::TooLarge(refusal)
            | Self::Refused(refusal)
            | Self::NotFound { refusal, .. }
            | Self::TooManyRequests { refusal, .. }
            | Self::ServiceFault { refusal, .. }
            | Self::Redirected { refusal, .. }
            | Self::Unreadable { refusal, .. } => Some(&refusal.words),
            _ => None,
        }
    }
}
