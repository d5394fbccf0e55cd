//! Batch jobs: what one is, and the statuses it goes through. Knows nothing of HTTP.

pub(crate) mod certificates;
pub(crate) mod process;
pub(crate) mod report;
mod spoil;
pub(crate) mod store;
pub(crate) mod worker;

use serde::{Deserialize, Serialize};

use crate::dialect::Dialect;
use crate::seal::Recipient;
use crate::switches::{Approval, StatusCase, Switches};

/// What a create request asked for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Order {
    pub(crate) dialect: Dialect,
    pub(crate) name: String,
    /// Device Trust Manager.
    pub(crate) device_group_id: String,
    /// Device Trust Manager.
    pub(crate) certificate_policy_id: String,
    /// IoT Trust Manager.
    pub(crate) enrollment_profile_id: String,
    /// The uploaded file's name, as sent.
    pub(crate) file_name: String,
    /// IoT Trust Manager: what the certificates are to come in.
    pub(crate) certificate_format: Option<String>,
    /// IoT Trust Manager: whether each is to come with its chain.
    pub(crate) full_chain: bool,
    pub(crate) keys: Keys,
    /// For whom certificates and keys are sealed, where the service makes the keys.
    pub(crate) recipient: Option<Recipient>,
    /// The type of keys that the service makes.
    pub(crate) key_type: Option<String>,
    /// IoT Trust Manager: the addresses to count, where no file was sent.
    pub(crate) sequence: Option<MacSequence>,
}

/// A run of MAC addresses.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct MacSequence {
    /// The first, as a number.
    pub(crate) start: u64,
    pub(crate) count: u32,
    pub(crate) increment: u64,
}

/// Who makes the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Keys {
    /// The devices did: the data has their requests.
    #[default]
    Client,
    /// The service does.
    Server,
}

/// A job as kept in its folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) id: String,
    /// Jobs are processed in this order.
    pub(crate) sequence: u64,
    pub(crate) order: Order,
    /// RFC 3339.
    pub(crate) created_at: String,
    phase: Phase,
    countdown: Countdown,
    pub(crate) counts: Counts,
}

/// How far the work is, whatever the status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    PendingApproval,
    Queued,
    Processed,
    Rejected,
}

/// How many status requests each status still lasts.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Countdown {
    first: u32,
    /// `None` waits for a person.
    approval: Option<u32>,
    in_progress: u32,
}

/// How many rows ended how. A row with a warning has succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) total: u64,
    pub(crate) successful: u64,
    pub(crate) failed: u64,
}

/// A status, before it is put into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// The word set for the first request.
    First,
    PendingApproval,
    InProgress,
    Complete,
    Failed,
    Rejected,
}

impl Job {
    pub(crate) fn new(
        id: String,
        sequence: u64,
        order: Order,
        created_at: String,
        switches: &Switches,
    ) -> Job {
        let approval = match switches.approval {
            Approval::None => Some(0),
            Approval::Manual => None,
            Approval::AfterPolls(polls) => Some(polls),
        };
        Job {
            id,
            sequence,
            order,
            created_at,
            phase: if approval == Some(0) {
                Phase::Queued
            } else {
                Phase::PendingApproval
            },
            countdown: Countdown {
                first: u32::from(switches.first_status.is_some()),
                approval,
                in_progress: switches.polls,
            },
            counts: Counts::default(),
        }
    }

    /// The status now, without counting a request.
    pub(crate) fn status(&self) -> Status {
        if self.countdown.first > 0 {
            return Status::First;
        }
        match self.phase {
            Phase::PendingApproval => Status::PendingApproval,
            Phase::Rejected => Status::Rejected,
            Phase::Queued => Status::InProgress,
            Phase::Processed if self.countdown.in_progress > 0 => Status::InProgress,
            Phase::Processed if self.counts.successful == 0 => Status::Failed,
            Phase::Processed => Status::Complete,
        }
    }

    /// The status that a status request gets; the request is counted.
    pub(crate) fn poll(&mut self) -> Status {
        let status = self.status();
        match status {
            Status::First => self.countdown.first -= 1,
            Status::InProgress => {
                self.countdown.in_progress = self.countdown.in_progress.saturating_sub(1);
            }
            Status::PendingApproval => {
                if let Some(left) = self.countdown.approval.as_mut() {
                    *left = left.saturating_sub(1);
                    if *left == 0 {
                        self.approve();
                    }
                }
            }
            Status::Complete | Status::Failed | Status::Rejected => {}
        }
        status
    }

    /// Lets a waiting job be processed. `false` where it does not wait.
    pub(crate) fn approve(&mut self) -> bool {
        self.decide(Phase::Queued)
    }

    /// Ends a waiting job. `false` where it does not wait.
    pub(crate) fn reject(&mut self) -> bool {
        self.decide(Phase::Rejected)
    }

    fn decide(&mut self, next: Phase) -> bool {
        let waiting = self.phase == Phase::PendingApproval;
        if waiting {
            self.phase = next;
        }
        waiting
    }

    /// The rows have been worked through.
    pub(crate) fn processed(&mut self, counts: Counts) {
        self.counts = counts;
        self.phase = Phase::Processed;
    }

    /// Whether the worker has to take it up.
    pub(crate) fn is_queued(&self) -> bool {
        self.phase == Phase::Queued
    }

    /// Whether report and certificates can be downloaded.
    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.status(), Status::Complete | Status::Failed)
    }
}

impl Status {
    /// The word for it.
    pub(crate) fn word(self, switches: &Switches) -> String {
        let word = match self {
            Status::First => switches.first_status.as_deref().unwrap_or("PENDING"),
            Status::PendingApproval => "PENDING_APPROVAL",
            Status::InProgress => &switches.in_progress_word,
            Status::Complete => &switches.complete_word,
            Status::Failed => &switches.failed_word,
            Status::Rejected => "REJECTED",
        };
        match switches.status_case {
            StatusCase::AsIs => word.to_owned(),
            StatusCase::Lower => word.to_lowercase(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(switches: &Switches) -> Job {
        let order = Order {
            name: "n".into(),
            device_group_id: "g".into(),
            certificate_policy_id: "p".into(),
            file_name: "f.csv".into(),
            ..Order::default()
        };
        Job::new("id".into(), 1, order, String::new(), switches)
    }

    const GOOD: Counts = Counts {
        total: 1,
        successful: 1,
        failed: 0,
    };

    #[test]
    fn in_progress_lasts_as_many_requests_as_asked() {
        let mut job = job(&Switches::default());
        job.processed(GOOD);
        let seen = [job.poll(), job.poll(), job.poll(), job.poll()];
        let (now, end) = (Status::InProgress, Status::Complete);
        assert_eq!(seen, [now, now, end, end]);
    }

    #[test]
    fn it_is_not_complete_before_the_work_is_done() {
        let mut job = job(&Switches {
            polls: 0,
            ..Switches::default()
        });
        assert_eq!(job.poll(), Status::InProgress);
        job.processed(Counts::default());
        assert_eq!(job.poll(), Status::Failed);
    }

    #[test]
    fn approval_by_itself_and_by_a_person() {
        let by_polls = Switches {
            approval: Approval::AfterPolls(2),
            first_status: Some("ODD".into()),
            polls: 0,
            ..Switches::default()
        };
        let mut waiting = job(&by_polls);
        assert!(!waiting.is_queued());
        assert_eq!(waiting.poll(), Status::First);
        assert_eq!(waiting.poll(), Status::PendingApproval);
        assert_eq!(waiting.poll(), Status::PendingApproval);
        assert!(waiting.is_queued());

        let manual = Switches {
            approval: Approval::Manual,
            ..Switches::default()
        };
        let mut job = job(&manual);
        for _ in 0..5 {
            assert_eq!(job.poll(), Status::PendingApproval);
        }
        assert!(job.reject());
        assert!(!job.approve());
        assert_eq!(job.poll(), Status::Rejected);
        assert!(!job.has_ended());
    }

    #[test]
    fn words_follow_the_switches() {
        let switches = Switches {
            status_case: StatusCase::Lower,
            complete_word: "COMPLETED".into(),
            ..Switches::default()
        };
        assert_eq!(Status::Complete.word(&switches), "completed");
        assert_eq!(Status::InProgress.word(&switches), "in_progress");
    }
}
