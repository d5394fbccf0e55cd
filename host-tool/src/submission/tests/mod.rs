//! Submission held to its rules, with a service that does what a test tells it and counts what it is asked.

mod outcomes;
mod parts;
mod rework;
mod rules;
mod settled;
mod twins;

use std::collections::VecDeque;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use super::*;
use crate::config::CsrCell;
use crate::service::error::{Operation, Refusal, Silence};
use crate::service::words::Words;
use crate::service::{Counts, Downloaded, JobStatus, JobSummary};
use crate::store::{Board, BoardState, KeyHash, NewBoard, Station, StoreError};

const BATCH: &str = "line-3";

/// A batch with boards, and its file.
struct Bench {
    dir: tempfile::TempDir,
    cell: CsrCell,
    form: DataForm,
    /// Greatest file, in bytes.
    limit: u64,
    split: Split,
    rework: bool,
}

impl Bench {
    /// A batch of so many boards, named `b-1` and so on; in the CSV they are called `dev-1` and so on.
    fn with(boards: u8) -> Self {
        let columns =
            |n: u8| format!(r#"[["device_name","dev-{n}"],["subject.common_name","cn-{n}"]]"#);
        Self::with_columns((1..=boards).map(columns))
    }

    fn with_columns(columns: impl Iterator<Item = String>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let bench = Self {
            dir,
            cell: CsrCell::OneLine,
            form: DataForm::Csv,
            limit: MAX_DATA_FILE,
            split: Split::No,
            rework: false,
        };
        let store = bench.store();
        let station = Station::open(&bench.dir.path().join("station.db")).unwrap();
        let writer = store.start_writer(station).unwrap();
        let handle = writer.handle();
        for (n, columns) in (1_u8..).zip(columns) {
            let board = NewBoard {
                mac: format!("02:00:00:00:00:{n:02x}"),
                name: format!("b-{n}"),
                link: "cable".into(),
                key: KeyHash([n; 32]),
                csr: vec![0x30, n],
                firmware: "demo 1".into(),
                columns,
            };
            handle.record(board).unwrap();
        }
        drop(handle);
        writer.finish().unwrap();
        bench
    }

    fn store(&self) -> Store {
        Store::open_or_create(&self.dir.path().join("batch"), BATCH).unwrap()
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("batch/batch.csv")
    }

    /// The command once, from the store on the disk.
    fn submit(&self, service: &Service) -> Result<Submitted, SubmitError> {
        self.settle(service, &Settle::default())
    }

    fn settle(&self, service: &Service, settle: &Settle) -> Result<Submitted, SubmitError> {
        let mut all = self.settle_all(service, settle)?;
        assert_eq!(all.len(), 1, "{all:?}");
        Ok(all.remove(0))
    }

    /// The same for a batch of several jobs.
    fn submit_all(&self, service: &Service) -> Result<Vec<Submitted>, SubmitError> {
        self.settle_all(service, &Settle::default())
    }

    fn settle_all(
        &self,
        service: &Service,
        settle: &Settle,
    ) -> Result<Vec<Submitted>, SubmitError> {
        let mut store = self.store();
        Submission {
            store: &mut store,
            service,
            files: Files {
                folder: &self.dir.path().join("batch"),
                form: self.form,
                cell: Some(self.cell),
                order: None,
                limit: self.limit,
            },
            split: self.split,
            rework: self.rework,
            what: What::BOARDS,
            sleep: &|_| service.note("sleep"),
            interrupt: &service.interrupt,
            observe: &|_| (),
        }
        .run(settle)
    }

    /// The command, killed where the service is told to.
    fn submit_killed(&self, service: &Service) {
        let killed = catch_unwind(AssertUnwindSafe(|| self.submit_all(service)));
        assert!(killed.is_err(), "{killed:?}");
    }

    fn job(&self) -> Option<Job> {
        self.store().reader().current_job().unwrap()
    }

    fn jobs(&self) -> Vec<Job> {
        self.store().reader().jobs().unwrap()
    }

    fn states(&self) -> Vec<BoardState> {
        let mut states = Vec::new();
        let walked = self
            .store()
            .reader()
            .boards(|board: Board| -> Result<(), StoreError> {
                states.push(board.state);
                Ok(())
            });
        walked.unwrap();
        states
    }
}

/// What the service does with a submission.
#[derive(Clone, Copy)]
enum Post {
    Made,
    Refused,
    Unreachable,
    MadeAnswerLost,
    NotMadeAnswerLost,
    KilledBefore,
    KilledAfter,
    /// Somebody else's is made just before.
    MadeAfterAnother,
}

/// What the service does when it is asked for jobs.
#[derive(Clone, Copy)]
enum List {
    Real,
    Empty,
    NoSuchRoute,
    Unreachable,
    Inconclusive,
}

#[derive(Default)]
struct Inner {
    jobs: Vec<(JobId, String)>,
    posts: VecDeque<Post>,
    lists: VecDeque<List>,
    calls: Vec<&'static str>,
    /// The status that the list tells of each job, and its rows.
    listed_as: Option<(&'static str, u64)>,
}

/// A service that does what it is told, and by itself makes jobs and lists them.
#[derive(Default)]
struct Service {
    inner: Mutex<Inner>,
    /// What the operator's Ctrl-C sets.
    interrupt: AtomicBool,
}

impl Service {
    fn new(posts: &[Post], lists: &[List]) -> Self {
        let inner = Inner {
            posts: posts.iter().copied().collect(),
            lists: lists.iter().copied().collect(),
            ..Inner::default()
        };
        Self {
            inner: Mutex::new(inner),
            interrupt: AtomicBool::new(false),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn note(&self, call: &'static str) {
        self.inner().calls.push(call);
    }

    /// What it was asked since the last time, in order.
    fn calls(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.inner().calls)
    }

    fn jobs(&self) -> usize {
        self.inner().jobs.len()
    }

    /// Somebody makes a job of this name.
    fn make(&self, name: &str) -> JobId {
        let mut inner = self.inner();
        let id = id(&format!("job-{}", inner.jobs.len() + 1));
        inner.jobs.push((id.clone(), name.to_owned()));
        id
    }
}

impl BatchService for Service {
    fn create_job(
        &self,
        job: &NewJob<'_>,
        data: JobData<'_>,
        _: &dyn Fn(u64, u64),
    ) -> Result<JobId, ServiceError> {
        self.note("post");
        assert!(matches!(data, JobData::File(file) if file.length() > 0));
        let post = self.inner().posts.pop_front().unwrap_or(Post::Made);
        match post {
            Post::Made => Ok(self.make(job.name)),
            Post::MadeAfterAnother => {
                self.make(job.name);
                Ok(self.make(job.name))
            }
            Post::Refused => Err(ServiceError::Refused(Box::new(refusal(
                Operation::CreateJob,
                400,
            )))),
            Post::Unreachable => Err(unreachable(Operation::CreateJob)),
            Post::MadeAnswerLost => {
                self.make(job.name);
                Err(answer_lost())
            }
            Post::NotMadeAnswerLost => Err(answer_lost()),
            Post::KilledBefore => panic!("killed before the post"),
            Post::KilledAfter => {
                self.make(job.name);
                panic!("killed after the post")
            }
        }
    }

    fn job_status(&self, wanted: &JobId) -> Result<JobStatus, ServiceError> {
        self.note("status");
        if self.inner().jobs.iter().any(|(id, _)| id == wanted) {
            return Ok(JobStatus::new("IN_PROGRESS", Counts::default(), None));
        }
        Err(not_found(Operation::JobStatus, None))
    }

    fn find_jobs(&self, name: &str) -> Result<Vec<JobSummary>, ServiceError> {
        self.note("list");
        let list = self.inner().lists.pop_front().unwrap_or(List::Real);
        match list {
            List::Real => Ok(self.listed(name)),
            List::Empty => Ok(Vec::new()),
            List::NoSuchRoute => Err(not_found(Operation::FindJobs, Some("service.routes.list"))),
            List::Unreachable => Err(unreachable(Operation::FindJobs)),
            List::Inconclusive => Err(ServiceError::Inconclusive {
                why: "it never ends".into(),
            }),
        }
    }

    fn list_jobs(&self, _: usize) -> Result<Vec<JobSummary>, ServiceError> {
        panic!("submitting never lists all jobs")
    }

    fn download_report(&self, _: &JobId, _: &mut dyn Write) -> Result<u64, ServiceError> {
        self.note("report");
        Err(not_found(Operation::DownloadReport, None))
    }

    fn download_certificates(
        &self,
        _: &JobId,
        _: &mut dyn Write,
    ) -> Result<Downloaded, ServiceError> {
        panic!("submitting downloads no certificates")
    }

    fn download_template(&self, _: &mut dyn Write) -> Result<Downloaded, ServiceError> {
        panic!("submitting downloads no template")
    }
}

impl Service {
    fn listed(&self, name: &str) -> Vec<JobSummary> {
        let inner = self.inner();
        let named = inner.jobs.iter().filter(|(_, job)| job == name);
        let summary = |(id, name): &(JobId, String)| JobSummary {
            id: id.clone(),
            name: name.clone(),
            status: inner.listed_as.map(|(status, rows)| {
                let total = Some(rows);
                let counts = Counts {
                    total,
                    ..Counts::default()
                };
                JobStatus::new(status, counts, None)
            }),
        };
        named.map(summary).collect()
    }
}

fn id(text: &str) -> JobId {
    JobId::parse(text).unwrap()
}

fn refusal(operation: Operation, status: u16) -> Refusal {
    Refusal {
        operation,
        status: Some(status),
        words: Words::default(),
    }
}

fn not_found(operation: Operation, unverified: Option<&'static str>) -> ServiceError {
    ServiceError::NotFound {
        refusal: Box::new(refusal(operation, 404)),
        unverified,
    }
}

fn unreachable(operation: Operation) -> ServiceError {
    ServiceError::Unreachable {
        operation,
        host: "service.example".into(),
        silence: Silence::Refused,
        source: "nobody there".into(),
    }
}

fn answer_lost() -> ServiceError {
    ServiceError::AnswerLost {
        host: "service.example".into(),
        source: "gone".into(),
    }
}
