//! Follows a scripted service with a clock that notes what it was asked to wait and does not wait.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::Mutex;

use super::super::error::{Operation, Refusal, Silence};
use super::super::words::Words;
use super::super::{Counts, Downloaded, JobData, JobSummary, NewJob};
use super::*;

struct Script(Mutex<VecDeque<Result<JobStatus, ServiceError>>>);

impl BatchService for Script {
    fn create_job(
        &self,
        _: &NewJob<'_>,
        _: JobData<'_>,
        _: &dyn Fn(u64, u64),
    ) -> Result<JobId, ServiceError> {
        panic!("following never submits")
    }

    fn job_status(&self, _: &JobId) -> Result<JobStatus, ServiceError> {
        self.0
            .lock()
            .unwrap()
            .pop_front()
            .expect("asked more often than scripted")
    }

    fn find_jobs(&self, _: &str) -> Result<Vec<JobSummary>, ServiceError> {
        panic!("following never searches")
    }

    fn list_jobs(&self, _: usize) -> Result<Vec<JobSummary>, ServiceError> {
        panic!("following never lists")
    }

    fn download_report(&self, _: &JobId, _: &mut dyn Write) -> Result<u64, ServiceError> {
        panic!("following never downloads")
    }

    fn download_certificates(
        &self,
        _: &JobId,
        _: &mut dyn Write,
    ) -> Result<Downloaded, ServiceError> {
        panic!("following never downloads")
    }

    fn download_template(&self, _: &mut dyn Write) -> Result<Downloaded, ServiceError> {
        panic!("following never downloads")
    }
}

#[derive(Default)]
struct Notes(Mutex<Vec<u64>>);

impl Clock for Notes {
    fn sleep(&self, duration: Duration, _: &AtomicBool) {
        self.0.lock().unwrap().push(duration.as_secs());
    }
}

/// One scripted answer.
type Answer = Result<JobStatus, ServiceError>;

#[allow(
    clippy::unnecessary_wraps,
    reason = "scripts hold answers and faults alike"
)]
fn says(text: &str) -> Answer {
    Ok(JobStatus::new(text, Counts::default(), None))
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "scripts hold answers and faults alike"
)]
fn busy(retry_after: Option<u64>) -> Answer {
    Err(ServiceError::TooManyRequests {
        refusal: Box::new(Refusal {
            operation: Operation::JobStatus,
            status: Some(429),
            words: Words::default(),
        }),
        retry_after: retry_after.map(Duration::from_secs),
    })
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "scripts hold answers and faults alike"
)]
fn silent() -> Answer {
    Err(ServiceError::Unreachable {
        operation: Operation::JobStatus,
        host: "one.example.com".to_owned(),
        silence: Silence::TimedOut,
        source: "scripted".into(),
    })
}

struct Seen {
    outcome: Result<Outcome, FollowError>,
    steps: Vec<String>,
    waits: Vec<u64>,
}

fn run(script: Vec<Result<JobStatus, ServiceError>>, patience: &Patience) -> Seen {
    let service = Script(Mutex::new(script.into()));
    let clock = Notes::default();
    let mut steps = Vec::new();
    let mut observe = |step: Step<'_>| {
        steps.push(match step {
            Step::Status { status, changed } => {
                format!("{}{}", status.raw(), if changed { "!" } else { "" })
            }
            Step::NeedsApproval => "approve".to_owned(),
            Step::UnknownStatus { status } => format!("unknown {}", status.raw()),
            Step::Retry { attempt, .. } => format!("retry {attempt}"),
        });
    };
    let id = JobId::parse("job-1").unwrap();
    let outcome = follow(
        &service,
        &id,
        patience,
        &clock,
        &AtomicBool::new(false),
        &mut observe,
    );
    assert!(
        service.0.lock().unwrap().is_empty(),
        "not all of the script was asked for"
    );
    Seen {
        outcome,
        steps,
        waits: clock.0.into_inner().unwrap(),
    }
}

fn ended(seen: &Seen) -> &str {
    match &seen.outcome {
        Ok(Outcome::Ended(status)) => status.raw(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_job_is_followed_to_its_end() {
    let script = vec![
        says("PENDING"),
        says("IN_PROGRESS"),
        says("IN_PROGRESS"),
        says("COMPLETE"),
    ];
    let seen = run(script, &Patience::default());
    assert_eq!(ended(&seen), "COMPLETE");
    assert_eq!(
        seen.steps,
        ["PENDING!", "IN_PROGRESS!", "IN_PROGRESS", "COMPLETE!"]
    );
    assert_eq!(seen.waits, [5, 5, 5]);
}

#[test]
fn approval_is_asked_for_once_and_waited_for() {
    let script = vec![
        says("PENDING_APPROVAL"),
        says("PENDING_APPROVAL"),
        says("REJECTED"),
    ];
    let seen = run(script, &Patience::default());
    assert_eq!(ended(&seen), "REJECTED");
    assert_eq!(
        seen.steps,
        [
            "PENDING_APPROVAL!",
            "approve",
            "PENDING_APPROVAL",
            "REJECTED!"
        ]
    );
}

#[test]
fn the_services_wait_counts_when_it_is_longer() {
    let slow = Ok(JobStatus::new(
        "IN_PROGRESS",
        Counts::default(),
        Some(Duration::from_secs(40)),
    ));
    let seen = run(
        vec![busy(Some(90)), busy(Some(1)), slow, says("FAILED")],
        &Patience::default(),
    );
    assert_eq!(ended(&seen), "FAILED");
    assert_eq!(seen.waits, [90, 10, 40]);
}

#[test]
fn faults_back_off_and_start_afresh_after_an_answer() {
    let mut script = vec![
        silent(),
        silent(),
        silent(),
        says("IN_PROGRESS"),
        silent(),
        says("COMPLETE"),
    ];
    let seen = run(std::mem::take(&mut script), &Patience::default());
    assert_eq!(ended(&seen), "COMPLETE");
    assert_eq!(seen.waits, [5, 10, 20, 5, 5]);
}

#[test]
fn faults_are_borne_up_to_a_number() {
    let script = (0..20).map(|_| silent()).collect();
    let seen = run(script, &Patience::default());
    assert!(matches!(
        seen.outcome,
        Err(FollowError::TooManyFaults { attempts: 20, .. })
    ));
    assert_eq!(seen.waits.len(), 19);
    assert_eq!(seen.waits.iter().max(), Some(&300));
}

#[test]
fn a_lasting_fault_ends_it_at_once() {
    let refusal = Refusal {
        operation: Operation::JobStatus,
        status: Some(401),
        words: Words::default(),
    };
    let seen = run(
        vec![Err(ServiceError::KeyRefused(Box::new(refusal)))],
        &Patience::default(),
    );
    assert!(matches!(
        seen.outcome,
        Err(FollowError::Service(ServiceError::KeyRefused(_)))
    ));
}

#[test]
fn unknown_statuses_are_shown_and_bounded() {
    let patience = Patience {
        unknown: 3,
        ..Patience::default()
    };
    let script = vec![
        says("X"),
        says("X"),
        says("IN_PROGRESS"),
        says("Y"),
        says("Z"),
        says("Z"),
    ];
    let seen = run(script, &patience);
    assert!(matches!(
        seen.outcome,
        Err(FollowError::UnknownStatus { times: 3, .. })
    ));
    let unknown: Vec<_> = seen
        .steps
        .iter()
        .filter(|step| step.starts_with("unknown"))
        .collect();
    assert_eq!(unknown, ["unknown X", "unknown Y", "unknown Z"]);
}

#[test]
fn it_stops_when_told_to() {
    struct Stopper;
    impl Clock for Stopper {
        fn sleep(&self, _: Duration, stop: &AtomicBool) {
            stop.store(true, Ordering::Relaxed);
        }
    }
    let service = Script(Mutex::new(vec![says("IN_PROGRESS")].into()));
    let id = JobId::parse("job-1").unwrap();
    let stop = AtomicBool::new(false);
    let outcome = follow(
        &service,
        &id,
        &Patience::default(),
        &Stopper,
        &stop,
        &mut |_| {},
    );
    assert!(
        matches!(outcome, Ok(Outcome::Interrupted(Some(status))) if status.raw() == "IN_PROGRESS")
    );
}

#[test]
fn the_real_clock_does_not_wait_when_stopped() {
    SystemClock.sleep(Duration::from_hours(1), &AtomicBool::new(true));
}
