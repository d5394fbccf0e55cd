//! What a person does next about each [`ServiceError`], in one or two sentences.

use std::time::Duration;

use super::error::{CertificateDoubt, Operation, ServiceError, Silence, TlsProblem};

const MAYBE_DONE: &str = "The job may exist. Run the same command again: it looks for the job by its name first and does not submit it twice.";

const NOT_FOUND: &str = "Check service.url, service.routes, the ids in the configuration and the job's id; a job of another account is not found either.";

impl ServiceError {
    /// What a person does next, in one or two sentences.
    pub fn next_step(&self) -> String {
        if self.maybe_done() {
            return MAYBE_DONE.to_owned();
        }
        match self {
            Self::NotFound {
                unverified: Some(setting),
                refusal,
            } => {
                let step = format!(
                    "This endpoint is unverified: the service's documents do not name it. Ask for the right one and set {setting} in the configuration."
                );
                match refusal.operation {
                    Operation::FindJobs | Operation::ListJobs => step,
                    _ => format!("{step} If it is right: {NOT_FOUND}"),
                }
            }
            Self::TooManyRequests { retry_after, .. } | Self::ServiceFault { retry_after, .. } => {
                wait(*retry_after)
            }
            Self::Unreachable { silence, .. } => silence.next_step().to_owned(),
            Self::Tls { problem, .. } => problem.next_step().to_owned(),
            other => other.plain_step().to_owned(),
        }
    }

    fn plain_step(&self) -> &'static str {
        match self {
            Self::KeyRefused(_) => {
                "Check that the API key is whole, not expired, and belongs to this service's address."
            }
            Self::PasscodeRefused(_) => {
                "Check that the passcode is the one set for this certificate policy or enrollment profile. The documents show passcodes for single requests only: an API key or a client certificate is surer."
            }
            Self::CertificateRefused(_) => {
                "Check that the certificate is registered for a user or service user of this account, and that service.client_auth_url is the address for client certificates."
            }
            Self::AccessDenied(_) => {
                "Ask for a user or service user that may run batch jobs for what the configuration names (device group and certificate policy, or enrollment profile)."
            }
            Self::NotFound { .. } => NOT_FOUND,
            Self::TooLarge(_) => {
                "The service documents a limit of 200,000,000 bytes. Where this one takes less, set batch.greatest_upload to that and run `nameplate submit --split`, or leave out columns that the policy does not need."
            }
            Self::Redirected { .. } => {
                "Set service.url to the address that the service is really at, if you trust it."
            }
            Self::Unreadable { .. } => {
                "Check that service.url is the service itself and not a portal or proxy; keep the words above for support."
            }
            Self::Inconclusive { .. } => {
                "Look for the job by its name in the service's portal before anything is submitted."
            }
            Self::UploadCut { .. } => {
                "No job was made. Check the connection and any proxy's upload limit, then run the same command again."
            }
            Self::ClientCertificateRequired { .. } => {
                "Use the address without the clientauth prefix for an API key, or set service.client_certificate and service.client_key."
            }
            Self::ClientCertificateDoubted { doubt, .. } => doubt.next_step(),
            Self::NotOffered { .. } => {
                "Make a batch file instead (`nameplate mac-sequence` makes one of MAC addresses), or use the other service."
            }
            Self::DataFile { .. } => {
                "Check that the file is there, readable, and not being changed; then run again."
            }
            Self::Oversized { .. } => {
                "Check that service.url is right; the service sent more than any such file can be."
            }
            Self::Output { .. } => {
                "Check free space and permissions where it is written, then run again."
            }
            _ => "Correct what the service names and run the same command again.",
        }
    }
}

fn wait(retry_after: Option<Duration>) -> String {
    match retry_after {
        Some(wait) if !wait.is_zero() => {
            format!(
                "Run the same command again in {} seconds or later.",
                wait.as_secs().max(1)
            )
        }
        _ => "Run the same command again in a few minutes.".to_owned(),
    }
}

impl Silence {
    fn next_step(self) -> &'static str {
        match self {
            Self::NoSuchHost => {
                "Check the host name in service.url and this machine's name server."
            }
            Self::Refused => "Check the port in service.url, and that the service is running.",
            Self::Proxy => "Check the proxy set in the environment.",
            Self::TimedOut | Self::Dropped | Self::Other => {
                "Check the network and any firewall, then run the same command again."
            }
        }
    }
}

impl CertificateDoubt {
    fn next_step(self) -> &'static str {
        match self {
            Self::Expired => {
                "Get a new authentication certificate and set service.client_certificate and service.client_key to it; if it has not expired, check this machine's clock and tell whoever runs the service."
            }
            Self::Revoked => {
                "Ask why it was revoked before you get a new authentication certificate."
            }
            Self::UnknownIssuer | Self::Other => {
                "Use an authentication certificate that this service has issued or was told to trust; if others have to come with it, append them to service.client_certificate."
            }
        }
    }
}

impl TlsProblem {
    fn next_step(self) -> &'static str {
        match self {
            Self::UnknownIssuer => {
                "For a private instance set service.ca_file to its root certificate; otherwise something stands between this machine and the service."
            }
            Self::WrongName => "Check the host name in service.url; do not go on if it is right.",
            Self::OutOfDate => {
                "Check this machine's clock; if it is right, tell whoever runs the service."
            }
            Self::Other => "Check that service.url is an HTTPS address of the service.",
        }
    }
}
