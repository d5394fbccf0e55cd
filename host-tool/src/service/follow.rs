//! Waits for a job to end, patiently and within bounds.
//!
//! Asks at an interval, waits as long as the service asks, bears a number of faults in a row, and
//! shows statuses it does not know without taking them for an end. Draws nothing: an observer does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::BatchService;
use super::error::ServiceError;
use super::job::{JobId, JobStatus, Phase};
use super::settings::DEFAULT_POLL_INTERVAL;

/// Something that can wait; a test's does not.
pub trait Clock {
    /// Waits for `duration`, or shorter once `stop` is set.
    fn sleep(&self, duration: Duration, stop: &AtomicBool);
}

/// The real clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn sleep(&self, duration: Duration, stop: &AtomicBool) {
        const GLANCE: Duration = Duration::from_millis(100);
        let start = Instant::now();
        while !stop.load(Ordering::Relaxed) {
            let left = duration.saturating_sub(start.elapsed());
            if left.is_zero() {
                return;
            }
            std::thread::sleep(left.min(GLANCE));
        }
    }
}

/// How patient to be.
#[derive(Debug, Clone)]
pub struct Patience {
    /// Time between two questions.
    pub interval: Duration,
    /// Longest time between two questions after faults in a row, unless the service asks for more.
    pub longest_wait: Duration,
    /// Faults in a row after which it is given up.
    pub faults: u32,
    /// Unknown statuses in a row after which it is given up.
    pub unknown: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            interval: DEFAULT_POLL_INTERVAL,
            longest_wait: Duration::from_mins(5),
            faults: 20,
            unknown: 100,
        }
    }
}

/// What the observer is told.
#[derive(Debug)]
#[non_exhaustive]
pub enum Step<'a> {
    /// The service answered; `changed` when it says something new.
    Status {
        /// The answer.
        status: &'a JobStatus,
        /// Whether it differs from the answer before.
        changed: bool,
    },
    /// A person must approve the job in the service's portal. Told once each time it begins.
    NeedsApproval,
    /// A status that this version does not know; it is asked on. Told once for each such text.
    UnknownStatus {
        /// The answer.
        status: &'a JobStatus,
    },
    /// The question failed and will be asked again.
    Retry {
        /// The fault.
        error: &'a ServiceError,
        /// Which one in a row, from 1.
        attempt: u32,
        /// When it is asked again.
        wait: Duration,
    },
}

/// How following ended.
#[derive(Debug)]
pub enum Outcome {
    /// The job ended with this status. Whether its rows succeeded, the report says.
    Ended(JobStatus),
    /// It was told to stop; the job goes on without us. The last answer, if there was one.
    Interrupted(Option<JobStatus>),
}

/// Why a job could not be followed to its end. The job itself is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// A fault that asking again does not mend.
    #[error("the job can't be followed")]
    Service(#[source] ServiceError),
    /// Too many faults in a row.
    #[error("the job could not be asked about {attempts} times in a row")]
    TooManyFaults {
        /// How many.
        attempts: u32,
        /// The last one.
        source: ServiceError,
    },
    /// The service kept saying something unknown.
    #[error(
        "the service said \"{status}\" about the job {times} times, and this version does not know what that means"
    )]
    UnknownStatus {
        /// The service's text, made harmless.
        status: String,
        /// How often.
        times: u32,
    },
}

impl FollowError {
    /// What a person does next.
    pub fn next_step(&self) -> String {
        match self {
            Self::Service(error) | Self::TooManyFaults { source: error, .. } => error.next_step(),
            Self::UnknownStatus { .. } => {
                "Look at the job in the service's portal; run the same command again to go on asking.".to_owned()
            }
        }
    }
}

/// Follows a job until it ends, `stop` is set, or patience runs out.
///
/// # Errors
/// [`FollowError`]; asking again later goes on where this left off.
pub fn follow(
    service: &dyn BatchService,
    id: &JobId,
    patience: &Patience,
    clock: &dyn Clock,
    stop: &AtomicBool,
    observe: &mut dyn FnMut(Step<'_>),
) -> Result<Outcome, FollowError> {
    let mut watch = Watch::default();
    while !stop.load(Ordering::Relaxed) {
        let wait = match service.job_status(id) {
            Ok(status) if status.phase().has_ended() => {
                watch.answered(&status, patience, observe)?;
                return Ok(Outcome::Ended(status));
            }
            Ok(status) => {
                let wait = watch.answered(&status, patience, observe)?;
                watch.last = Some(status);
                wait
            }
            Err(error) => watch.failed(error, patience, observe)?,
        };
        clock.sleep(wait, stop);
    }
    Ok(Outcome::Interrupted(watch.last))
}

/// What has been seen so far.
#[derive(Default)]
struct Watch {
    last: Option<JobStatus>,
    faults: u32,
    unknown: u32,
}

impl Watch {
    fn answered(
        &mut self,
        status: &JobStatus,
        patience: &Patience,
        observe: &mut dyn FnMut(Step<'_>),
    ) -> Result<Duration, FollowError> {
        self.faults = 0;
        let new_text = self
            .last
            .as_ref()
            .is_none_or(|last| last.raw() != status.raw());
        let changed = new_text
            || self
                .last
                .as_ref()
                .is_some_and(|last| last.counts != status.counts);
        observe(Step::Status { status, changed });
        if status.phase() == Phase::PendingApproval && new_text {
            observe(Step::NeedsApproval);
        }
        self.count_unknown(status, new_text, patience, observe)?;
        Ok(patience
            .interval
            .max(status.retry_after.unwrap_or_default()))
    }

    fn count_unknown(
        &mut self,
        status: &JobStatus,
        new_text: bool,
        patience: &Patience,
        observe: &mut dyn FnMut(Step<'_>),
    ) -> Result<(), FollowError> {
        if status.phase() != Phase::Unknown {
            self.unknown = 0;
            return Ok(());
        }
        self.unknown = self.unknown.saturating_add(1);
        if new_text {
            observe(Step::UnknownStatus { status });
        }
        if self.unknown >= patience.unknown {
            return Err(FollowError::UnknownStatus {
                status: status.raw().to_owned(),
                times: self.unknown,
            });
        }
        Ok(())
    }

    fn failed(
        &mut self,
        error: ServiceError,
        patience: &Patience,
        observe: &mut dyn FnMut(Step<'_>),
    ) -> Result<Duration, FollowError> {
        if !error.is_transient() {
            return Err(FollowError::Service(error));
        }
        self.faults = self.faults.saturating_add(1);
        if self.faults >= patience.faults {
            return Err(FollowError::TooManyFaults {
                attempts: self.faults,
                source: error,
            });
        }
        let wait = self
            .back_off(patience)
            .max(error.retry_after().unwrap_or_default());
        observe(Step::Retry {
            error: &error,
            attempt: self.faults,
            wait,
        });
        Ok(wait)
    }

    /// The interval, doubled with every fault in a row.
    fn back_off(&self, patience: &Patience) -> Duration {
        let doublings = self.faults.saturating_sub(1).min(16);
        let wait = patience.interval.saturating_mul(1 << doublings);
        wait.min(patience.longest_wait.max(patience.interval))
    }
}

#[cfg(test)]
#[path = "follow_tests.rs"]
mod tests;
