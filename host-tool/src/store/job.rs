//! A job as the store keeps it: what was meant, what the service said, what came back.
//!
//! Knows no SQL and nothing of how the service is asked.

/// What is about to be posted. Recorded, and on the disk, before the first byte goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    /// The job's name at the service; after a crash the job is looked for by it.
    pub name: String,
    /// The data file, as a path.
    pub data_file: String,
    /// Its form, in the configuration's word: what it is written in again, where it is gone.
    pub data_form: String,
    /// SHA-256 of the data file, in hexadecimal.
    pub data_sha256: String,
    /// Size of the data file in bytes.
    pub data_bytes: u64,
    /// Rows of the data file: all boards that are collected and in no job, the next of them in order of collection, or those of a
    /// file that has none of them.
    pub data_rows: u64,
    /// Whether the service had no job of that name just before; `None` where it could not be asked.
    pub no_job_of_that_name_before: Option<bool>,
}

/// A job of the batch: its only one, or one of its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// The store's own number for it.
    pub row: i64,
    /// Which part of the batch it is, from 1.
    pub part: u32,
    /// How many parts the batch has.
    pub parts: u32,
    /// 1 for the batch's first submission, 2 for the boards that failed in it, and so on.
    pub round: u32,
    /// The first job of the round before ([`Job::row`]).
    pub rework_of: Option<i64>,
    /// What was meant.
    pub intent: Intent,
    /// When that was recorded; this and all times are Unix time in milliseconds.
    pub intent_ms: i64,
    /// When it was about to be posted; `None` where the service surely was sent nothing yet.
    pub begun_ms: Option<i64>,
    /// When a post ended without an answer, so that nobody knows whether the service took it; kept where the job was then found by its
    /// name.
    pub answer_lost_ms: Option<i64>,
    /// The service's id for the job; `None` until the service is known to have taken it.
    pub service_id: Option<String>,
    /// When the id was recorded.
    pub posted_ms: Option<i64>,
    /// The service's last word on it, as the service spells it.
    pub status: Option<String>,
    /// When the service last said so.
    pub status_ms: Option<i64>,
    /// The report, as a path.
    pub report_file: Option<String>,
    /// When the report was stored.
    pub report_ms: Option<i64>,
}

impl Job {
    /// Whether it was posted and nobody here knows whether the service took it.
    pub fn is_doubtful(&self) -> bool {
        self.begun_ms.is_some() && self.service_id.is_none()
    }
}

/// What the report says of one board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The board's name.
    pub name: String,
    /// `Ok`: its certificate is issued. `Err`: why it is not.
    pub result: Result<(), String>,
}

/// What applying a report came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Boards of the job that the report says are issued.
    pub issued: u64,
    /// Boards of the job that the report says failed.
    pub failed: u64,
    /// Rows of the report whose name is no board of the job.
    pub unknown: u64,
    /// The first of those names, at most [`Applied::UNKNOWN_NAMES`].
    pub unknown_names: Vec<String>,
    /// Boards that failed in the job and were submitted again since.
    pub reworked: u64,
    /// Boards of the job that still wait for an outcome.
    pub without_outcome: u64,
}

impl Applied {
    /// Greatest number of [`Applied::unknown_names`]: a report comes from outside.
    pub const UNKNOWN_NAMES: usize = 20;
}
