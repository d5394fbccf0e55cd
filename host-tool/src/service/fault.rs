//! Turns what the HTTP library and HTTP itself report into [`ServiceError`]s.
//!
//! Decides nothing about sending; it is told how much of a request was sent.

use std::io::ErrorKind;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError, Error as TlsError};

use super::error::{
    Cause, CertificateDoubt, Operation, Refusal, ServiceError, Silence, TlsProblem,
};
use super::words::Words;

/// What kind of fault kept an answer from coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    NoClientCertificate,
    ClientCertificate(CertificateDoubt),
    Tls(TlsProblem),
    Silence(Silence),
    NotHttp,
}

/// How much of a submission the other side may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub(super) bytes: u64,
    pub(super) total: u64,
}

impl Sent {
    /// Whether the request was complete, so may have been acted upon.
    pub(super) fn whole(self) -> bool {
        self.bytes >= self.total
    }
}

/// An answer that is no success.
pub(super) struct Answered {
    pub(super) refusal: Refusal,
    pub(super) retry_after: Option<Duration>,
    /// Where it points, made harmless.
    pub(super) to: String,
    /// Whether a whole submission had been sent.
    pub(super) maybe_done: bool,
}

/// The error for an answer other than a 401, which is about who asks; `unverified` is the setting that holds its route, if that is a guess.
pub(super) fn refused(
    status: u16,
    answer: Answered,
    unverified: Option<&'static str>,
) -> ServiceError {
    let Answered {
        refusal,
        retry_after,
        to,
        maybe_done,
    } = answer;
    let refusal = Box::new(refusal);
    match status {
        300..=399 => ServiceError::Redirected {
            refusal,
            to,
            maybe_done,
        },
        403 => ServiceError::AccessDenied(refusal),
        404 => ServiceError::NotFound {
            refusal,
            unverified,
        },
        405 | 410 | 501 if unverified.is_some() => ServiceError::NotFound {
            refusal,
            unverified,
        },
        413 => ServiceError::TooLarge(refusal),
        429 => ServiceError::TooManyRequests {
            refusal,
            retry_after,
        },
        408 | 500..=599 => ServiceError::ServiceFault {
            refusal,
            retry_after,
            maybe_done,
        },
        _ => ServiceError::Refused(refusal),
    }
}

/// No answer to a question that changes nothing.
pub(super) fn no_answer(operation: Operation, host: &str, error: ureq::Error) -> ServiceError {
    let host = host.to_owned();
    match kind_of(&error) {
        Kind::NoClientCertificate => ServiceError::ClientCertificateRequired {
            host,
            source: cause(error),
        },
        Kind::ClientCertificate(doubt) => ServiceError::ClientCertificateDoubted {
            host,
            doubt,
            source: cause(error),
        },
        Kind::Tls(problem) => ServiceError::Tls {
            host,
            problem,
            source: cause(error),
        },
        Kind::NotHttp => not_http(operation, &error, false),
        Kind::Silence(silence) => ServiceError::Unreachable {
            operation,
            host,
            silence,
            source: cause(error),
        },
    }
}

/// No answer to a submission.
pub(super) fn no_answer_to_upload(host: &str, error: ureq::Error, sent: Sent) -> ServiceError {
    let operation = Operation::CreateJob;
    match kind_of(&error) {
        // The server turned the connection down, whatever was on its way to it.
        Kind::NoClientCertificate | Kind::ClientCertificate(_) => no_answer(operation, host, error),
        Kind::NotHttp => not_http(operation, &error, sent.whole()),
        _ if sent.whole() => ServiceError::AnswerLost {
            host: host.to_owned(),
            source: cause(error),
        },
        _ if sent.bytes > 0 => ServiceError::UploadCut {
            host: host.to_owned(),
            sent: sent.bytes,
            total: sent.total,
            source: cause(error),
        },
        _ => no_answer(operation, host, error),
    }
}

/// An answer whose HTTP can't be read.
fn not_http(operation: Operation, error: &ureq::Error, maybe_done: bool) -> ServiceError {
    ServiceError::Unreadable {
        refusal: Box::new(Refusal {
            operation,
            status: None,
            words: Words::default(),
        }),
        why: format!(
            "it is not HTTP ({})",
            super::words::printable(&error.to_string(), 120)
        ),
        maybe_done,
    }
}

fn cause(error: ureq::Error) -> Cause {
    // The TLS library's sentence alone says it better than the wrappings around it.
    match error {
        ureq::Error::Io(error) => Box::new(error),
        ureq::Error::Rustls(error) => Box::new(error),
        other => Box::new(other),
    }
}

fn kind_of(error: &ureq::Error) -> Kind {
    if let Some(error) = tls_error_in(error) {
        return tls_kind(error);
    }
    match error {
        ureq::Error::Timeout(_) => Kind::Silence(Silence::TimedOut),
        ureq::Error::HostNotFound => Kind::Silence(Silence::NoSuchHost),
        ureq::Error::ConnectProxyFailed(_) | ureq::Error::InvalidProxyUrl => {
            Kind::Silence(Silence::Proxy)
        }
        ureq::Error::BodyStalled => Kind::Silence(Silence::Dropped),
        ureq::Error::Tls(_) | ureq::Error::TlsRequired | ureq::Error::Pem(_) => {
            Kind::Tls(TlsProblem::Other)
        }
        ureq::Error::Protocol(_)
        | ureq::Error::Http(_)
        | ureq::Error::LargeResponseHeader(_, _)
        | ureq::Error::Decompress(_, _) => Kind::NotHttp,
        ureq::Error::Io(error) => Kind::Silence(io_silence(error)),
        _ => Kind::Silence(Silence::Other),
    }
}

fn io_silence(error: &std::io::Error) -> Silence {
    // The standard library has no kind for a name that does not resolve, only these words.
    if error.to_string().starts_with("failed to lookup address") {
        return Silence::NoSuchHost;
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => Silence::Refused,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Silence::TimedOut,
        ErrorKind::UnexpectedEof
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected => Silence::Dropped,
        _ => Silence::Other,
    }
}

fn tls_error_in(error: &ureq::Error) -> Option<&TlsError> {
    match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => error.get_ref()?.downcast_ref::<TlsError>(),
        _ => None,
    }
}

fn tls_kind(error: &TlsError) -> Kind {
    match error {
        TlsError::AlertReceived(alert) => alert_kind(*alert),
        TlsError::InvalidCertificate(error) => Kind::Tls(certificate_problem(error)),
        _ => Kind::Tls(TlsProblem::Other),
    }
}

/// What the service says of us before it hangs up (RFC 8446 §6.2). Only a certificate of ours can be bad to it.
fn alert_kind(alert: AlertDescription) -> Kind {
    match alert {
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            Kind::NoClientCertificate
        }
        AlertDescription::CertificateExpired => Kind::ClientCertificate(CertificateDoubt::Expired),
        AlertDescription::UnknownCA => Kind::ClientCertificate(CertificateDoubt::UnknownIssuer),
        AlertDescription::CertificateRevoked => Kind::ClientCertificate(CertificateDoubt::Revoked),
        AlertDescription::BadCertificate
        | AlertDescription::UnsupportedCertificate
        | AlertDescription::CertificateUnknown
        | AlertDescription::AccessDenied => Kind::ClientCertificate(CertificateDoubt::Other),
        _ => Kind::Tls(TlsProblem::Other),
    }
}

fn certificate_problem(error: &CertificateError) -> TlsProblem {
    match error {
        // A bad signature is another authority of the same name: a private instance made anew.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            TlsProblem::UnknownIssuer
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            TlsProblem::WrongName
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => TlsProblem::OutOfDate,
        _ => TlsProblem::Other,
    }
}
