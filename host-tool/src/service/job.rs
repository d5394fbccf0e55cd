//! What a job is, whichever service runs it: its id, its status, what is needed to start one.
//!
//! Knows nothing of routes or field names.

use std::time::Duration;

use nameplate_wire::Mac;
use secrecy::SecretString;

use super::data_file::DataFile;
use super::words::{MAX_QUOTE, printable};

/// Greatest length of a job's name, in bytes.
pub const MAX_JOB_NAME: usize = 200;
/// Greatest length of a job's id, in bytes.
pub const MAX_JOB_ID: usize = 128;

/// A job's id as the service gave it. It is put into URLs, so only `[A-Za-z0-9_-]` of at most
/// [`MAX_JOB_ID`] bytes is taken.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(String);

/// A text that can't be a job's id.
#[derive(Debug, thiserror::Error)]
#[error(
    "\"{0}\" is no job id: only letters, digits, '-' and '_' are, at most {MAX_JOB_ID} of them"
)]
pub struct BadJobId(String);

impl JobId {
    /// Checks an id.
    ///
    /// # Errors
    /// When it is empty, too long, or has any other character than `[A-Za-z0-9_-]`.
    pub fn parse(text: &str) -> Result<Self, BadJobId> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if text.is_empty() || text.len() > MAX_JOB_ID || !text.bytes().all(allowed) {
            return Err(BadJobId(printable(text, MAX_JOB_ID)));
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who makes the devices' keys.
#[derive(Debug, Clone, Copy)]
pub enum KeyGeneration<'a> {
    /// The devices did; the data file has their CSRs.
    Client,
    /// The service does, and encrypts what it hands out.
    Server {
        /// The PEM certificate or PGP public key to encrypt for.
        encryption_certificate: &'a str,
    },
}

/// What a job is made from.
#[derive(Debug, Clone, Copy)]
pub enum JobData<'a> {
    /// A CSV or ZIP on the disk.
    File(&'a DataFile),
    /// MAC addresses that the service counts itself, and makes keys for.
    MacSequence(MacSequence),
}

/// Greatest number of certificates that one MAC sequence asks for (S).
pub const MAX_MAC_SEQUENCE: u32 = 500_000;

/// A run of MAC addresses; each is the common name of one certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MacSequence {
    /// The first.
    pub start: Mac,
    /// How many, 1 to [`MAX_MAC_SEQUENCE`].
    pub count: u32,
    /// From each to the next, 1 or more.
    pub increment: u64,
}

/// What was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// How many bytes were written.
    pub bytes: u64,
    /// The media type that the service gave, without parameters, in lower case and made harmless.
    pub content_type: Option<String>,
}

/// What a new job is to be. Texts that are `None` are not sent.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// The name: how the job is found again, so it must be the batch's own.
    pub name: &'a str,
    /// Who makes the keys.
    pub keys: KeyGeneration<'a>,
    /// Such as `RSA_2048` or `P_256`, passed through.
    pub key_type: Option<&'a str>,
    /// Who is told when the job has ended.
    pub emails: Option<&'a str>,
    /// Who is told outside the account.
    pub external_emails: Option<&'a str>,
    /// Passed through.
    pub passcode_generation_option: Option<&'a str>,
    /// Protects delivery to external users.
    pub passcode: Option<&'a SecretString>,
}

impl<'a> NewJob<'a> {
    /// A job for devices that made their own keys, with nothing optional.
    pub fn client_keys(name: &'a str) -> Self {
        Self {
            name,
            keys: KeyGeneration::Client,
            key_type: None,
            emails: None,
            external_emails: None,
            passcode_generation_option: None,
            passcode: None,
        }
    }
}

/// Where a job stands. An open set: a service may say what nobody told us of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// A person must approve it.
    PendingApproval,
    /// Accepted, not yet worked on.
    Queued,
    /// Being worked on, or being withdrawn.
    InProgress,
    /// Ended. This never means that every row succeeded: the report says.
    Complete,
    /// Ended; the report says why.
    Failed,
    /// Ended: a person turned it down.
    Rejected,
    /// Ended before its time, by the service or a person.
    Terminated,
    /// A status that this version does not know.
    Unknown,
}

impl Phase {
    /// Reads a status text, whatever its case; blanks and hyphens count as underscores.
    pub fn of(status: &str) -> Self {
        let mut word = status.trim().to_ascii_uppercase();
        word = word.replace([' ', '-'], "_");
        match word.as_str() {
            "PENDING_APPROVAL" => Self::PendingApproval,
            "PENDING" | "APPROVED" | "QUEUED" => Self::Queued,
            "IN_PROGRESS" | "PENDING_REJECTION" | "REJECTION_IN_PROGRESS" => Self::InProgress,
            "COMPLETE" | "COMPLETED" | "EXECUTED" | "SUCCESS" => Self::Complete,
            "FAILED" => Self::Failed,
            "REJECTED" => Self::Rejected,
            "TERMINATED" | "CANCELED" | "CANCELLED" => Self::Terminated,
            _ => Self::Unknown,
        }
    }

    /// Whether nothing more will happen to the job.
    pub fn has_ended(self) -> bool {
        matches!(
            self,
            Self::Complete | Self::Failed | Self::Rejected | Self::Terminated
        )
    }

    /// Whether the contract promises a report in this phase.
    pub fn has_report(self) -> bool {
        matches!(self, Self::Complete | Self::Failed)
    }
}

/// How many rows fared how, as far as the service says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows in the job.
    pub total: Option<u64>,
    /// Rows that succeeded.
    pub succeeded: Option<u64>,
    /// Rows that failed.
    pub failed: Option<u64>,
}

/// One answer about a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStatus {
    raw: String,
    phase: Phase,
    /// Row counts, where the service gives them.
    pub counts: Counts,
    /// How long the service asks to wait before it is asked again.
    pub retry_after: Option<Duration>,
}

impl JobStatus {
    /// A status from the service's text.
    pub fn new(status: &str, counts: Counts, retry_after: Option<Duration>) -> Self {
        Self {
            raw: printable(status, MAX_QUOTE),
            phase: Phase::of(status),
            counts,
            retry_after,
        }
    }

    /// The service's own text, made harmless.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// What the text means.
    pub fn phase(&self) -> Phase {
        self.phase
    }
}

/// One job of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobSummary {
    /// Its id.
    pub id: JobId,
    /// Its name, exactly as the service has it.
    pub name: String,
    /// Its status, where the list tells it.
    pub status: Option<JobStatus>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_that_would_leave_their_place_in_a_url_are_refused() {
        assert!(JobId::parse("7a984652-8f38-412a-8c37-74569e3e8e7c").is_ok());
        for bad in [
            "",
            "a/b",
            "..",
            "a?b",
            "a%2fb",
            "a b",
            "a\r\nb",
            "é",
            &"a".repeat(129),
        ] {
            assert!(JobId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn known_statuses_have_their_phase() {
        for (text, phase) in [
            ("PENDING_APPROVAL", Phase::PendingApproval),
            ("pending approval", Phase::PendingApproval),
            ("IN_PROGRESS", Phase::InProgress),
            ("Complete", Phase::Complete),
            ("COMPLETED", Phase::Complete),
            ("EXECUTED", Phase::Complete),
            ("failed", Phase::Failed),
            ("REJECTED", Phase::Rejected),
            ("pending-rejection", Phase::InProgress),
            ("CANCELED", Phase::Terminated),
            ("CANCELLED", Phase::Terminated),
            ("SPLINES_RETICULATED", Phase::Unknown),
        ] {
            assert_eq!(Phase::of(text), phase, "{text}");
        }
    }

    #[test]
    fn an_unknown_status_has_not_ended() {
        assert!(!Phase::Unknown.has_ended());
        assert!(!Phase::PendingApproval.has_ended());
        assert!(Phase::Rejected.has_ended() && !Phase::Rejected.has_report());
    }

    proptest! {
        #[test]
        fn an_accepted_id_is_a_plain_path_segment(text in ".*") {
            if let Ok(id) = JobId::parse(&text) {
                prop_assert!(!id.as_str().contains(['/', '?', '#', '%', '.', '\\', '\r', '\n', ' ']));
            }
        }

        #[test]
        fn any_status_text_is_shown_harmless(text in ".*") {
            let status = JobStatus::new(&text, Counts::default(), None);
            prop_assert!(status.raw().chars().all(|c| !c.is_control()));
        }
    }
}
