//! The one thread that writes a batch: many boards' records go into one commit, and each board is answered after it.
//!
//! A commit costs a wait for the disk, whatever is in it; so records that arrive close together share one. Knows nothing
//! of what a record means.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::board::NewBoard;
use super::conflict::Conflict;
use super::deliveries::{Delivery, Step};
use super::error::StoreError;
use super::group::{Books, Record, Recorded, Verdict};
use super::joins::{Admitted, TokenUse};
use super::lock::BatchLock;
use super::log::Event;
use super::sightings::Sighting;

/// When a group is committed: at the first of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grouping {
    /// It has this many records.
    pub records: usize,
    /// Its first record has waited this long.
    pub longest: Duration,
    /// Nothing more arrived for this long: nobody else is on the way.
    pub quiet: Duration,
}

impl Default for Grouping {
    fn default() -> Self {
        Self {
            records: 64,
            longest: Duration::from_millis(10),
            quiet: Duration::from_millis(1),
        }
    }
}

/// Why a board is not recorded.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RecordError {
    /// Another board has its MAC, name or key.
    #[error("{0}")]
    Refused(Box<Conflict>),
    /// Its join token has let in as many boards as it is for.
    #[error("join token {} has let in as many boards as it is for", .0.id)]
    TokenUsedUp(TokenUse),
    /// The store could not take it; the source says why. The same board may be tried again.
    #[error("the board is not recorded")]
    Store(#[source] Arc<StoreError>),
    /// The writer has ended.
    #[error("the store's writer has ended")]
    Ended,
}

/// What the writer could not keep, of that which nobody waited for.
#[derive(Debug, thiserror::Error)]
#[error("{lost} sightings and events could not be recorded")]
pub struct Lost {
    /// How many.
    pub lost: u64,
    /// The last reason.
    #[source]
    pub source: Arc<StoreError>,
}

type Answer = Result<Recorded, RecordError>;

/// A record, and who waits for what becomes of it.
struct Request {
    record: Record,
    answer: Option<Sender<Answer>>,
}

/// A board that was handed to the writer; it is not recorded before [`Pending::wait`] says so.
#[derive(Debug)]
#[must_use = "a board may be told that it is recorded only after `wait`"]
pub struct Pending {
    answered: Receiver<Answer>,
}

impl Pending {
    /// Returns once the board is on the disk, or surely is not.
    ///
    /// # Errors
    /// The board is refused, or the store failed.
    pub fn wait(self) -> Result<Recorded, RecordError> {
        self.answered.recv().unwrap_or(Err(RecordError::Ended))
    }
}

/// Gives records to the writer; clones go to every thread that has some.
#[derive(Debug, Clone)]
pub struct WriterHandle {
    requests: Sender<Request>,
}

impl WriterHandle {
    /// Records a board and returns once it is on the disk, or surely is not.
    ///
    /// # Errors
    /// The board is refused, or the store failed.
    pub fn record(&self, board: NewBoard) -> Result<Recorded, RecordError> {
        self.begin(board)?.wait()
    }

    /// The same, with what let the board in.
    ///
    /// # Errors
    /// As [`WriterHandle::record`].
    pub fn record_admitted(
        &self,
        board: NewBoard,
        admitted: Admitted,
    ) -> Result<Recorded, RecordError> {
        self.begin_admitted(board, admitted)?.wait()
    }

    /// Hands a board over and returns at once, so that one thread can have many boards on the way: a group is never
    /// larger than the number of boards that somebody waits for.
    ///
    /// # Errors
    /// The board's values are out of form, or the writer has ended.
    pub fn begin(&self, board: NewBoard) -> Result<Pending, RecordError> {
        self.begin_admitted(board, Admitted::default())
    }

    fn begin_admitted(&self, board: NewBoard, admitted: Admitted) -> Result<Pending, RecordError> {
        board
            .check()
            .map_err(|error| RecordError::Store(Arc::new(error)))?;
        self.begin_record(Record::Board(Box::new(board), Box::new(admitted)))
    }

    fn begin_record(&self, record: Record) -> Result<Pending, RecordError> {
        let (answer, answered) = bounded(1);
        self.send(record, Some(answer))?;
        Ok(Pending { answered })
    }

    /// Records that a board has its certificate, and returns once that is on the disk.
    ///
    /// # Errors
    /// The board has no certificate in this batch, or the store failed.
    pub fn installed(&self, mac: &str, link: &str) -> Result<Recorded, RecordError> {
        self.deliver(mac, link, Step::Installed)
    }

    /// Records that a board has proved to hold the key of its certificate, and whether it is locked, and returns once that is on
    /// the disk.
    ///
    /// # Errors
    /// As [`WriterHandle::installed`].
    pub fn done(&self, mac: &str, link: &str, locked: bool) -> Result<Recorded, RecordError> {
        self.deliver(mac, link, Step::Done { locked })
    }

    fn deliver(&self, mac: &str, link: &str, step: Step) -> Result<Recorded, RecordError> {
        let delivery = Delivery {
            mac: mac.to_owned(),
            link: link.to_owned(),
            step,
        };
        delivery
            .check()
            .map_err(|error| RecordError::Store(Arc::new(error)))?;
        self.begin_record(Record::Delivery(Box::new(delivery)))?
            .wait()
    }

    /// Notes a board that was met or refused. Returns at once; [`Writer::finish`] tells whether all were kept.
    ///
    /// # Errors
    /// The writer has ended.
    pub fn sighting(&self, sighting: Sighting) -> Result<(), RecordError> {
        self.send(Record::Sighting(Box::new(sighting)), None)
    }

    /// Logs an event. Returns at once; [`Writer::finish`] tells whether all were kept.
    ///
    /// # Errors
    /// The writer has ended.
    pub fn event(&self, event: Event) -> Result<(), RecordError> {
        self.send(Record::Event(Box::new(event)), None)
    }

    fn send(&self, record: Record, answer: Option<Sender<Answer>>) -> Result<(), RecordError> {
        self.requests
            .send(Request { record, answer })
            .map_err(|_| RecordError::Ended)
    }
}

/// The writer thread. It ends when this and every handle are gone, after all that was sent is committed.
#[derive(Debug)]
pub struct Writer {
    handle: WriterHandle,
    thread: JoinHandle<Result<(), Lost>>,
}

impl Writer {
    /// Starts the thread. It holds the batch's lock for as long as it runs.
    pub(super) fn start(
        books: Books,
        lock: Arc<BatchLock>,
        grouping: Grouping,
    ) -> std::io::Result<Self> {
        // Enough that a group can gather while another is being committed; beyond that, senders wait.
        let (requests, inbox) = bounded(grouping.records.saturating_mul(4).max(1));
        let run = move || {
            let _lock = lock;
            Loop {
                books,
                inbox,
                grouping,
            }
            .run()
        };
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(run)?;
        Ok(Self {
            handle: WriterHandle { requests },
            thread,
        })
    }

    /// A handle for another thread.
    pub fn handle(&self) -> WriterHandle {
        self.handle.clone()
    }

    /// Waits until every other handle is gone and everything sent is committed.
    ///
    /// # Errors
    /// Sightings or events were lost. (Boards never are: whoever recorded one was told.)
    pub fn finish(self) -> Result<(), Lost> {
        drop(self.handle);
        match self.thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

struct Loop {
    books: Books,
    inbox: Receiver<Request>,
    grouping: Grouping,
}

impl Loop {
    fn run(mut self) -> Result<(), Lost> {
        let mut lost: Option<Lost> = None;
        while let Ok(first) = self.inbox.recv() {
            let (records, answers) = self.gather(first);
            match self.books.commit(&records) {
                Ok(verdicts) => answer(answers, verdicts),
                Err(error) => {
                    let unheard = answers.iter().filter(|answer| answer.is_none()).count() as u64;
                    let source = Arc::new(error);
                    tracing::error!(error = %source, records = records.len(), "a group was not recorded");
                    fail(answers, &source);
                    let before = lost.map_or(0, |lost| lost.lost);
                    let total = before.saturating_add(unheard);
                    lost = (total > 0).then_some(Lost {
                        lost: total,
                        source,
                    });
                }
            }
        }
        lost.map_or(Ok(()), Err)
    }

    fn gather(&self, first: Request) -> (Vec<Record>, Vec<Option<Sender<Answer>>>) {
        let end = Instant::now() + self.grouping.longest;
        let mut group = (vec![first.record], vec![first.answer]);
        while group.0.len() < self.grouping.records {
            let wait = end.min(Instant::now() + self.grouping.quiet);
            match self.inbox.recv_deadline(wait) {
                Ok(next) => {
                    group.0.push(next.record);
                    group.1.push(next.answer);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        group
    }
}

/// Whoever has stopped waiting is not an error: the board asks again and hears `already`.
fn answer(answers: Vec<Option<Sender<Answer>>>, verdicts: Vec<Verdict>) {
    for (answer, verdict) in answers.into_iter().zip(verdicts) {
        if let (Some(answer), Some(verdict)) = (answer, verdict) {
            let _ = answer.send(verdict);
        }
    }
}

fn fail(answers: Vec<Option<Sender<Answer>>>, error: &Arc<StoreError>) {
    for answer in answers.into_iter().flatten() {
        let _ = answer.send(Err(RecordError::Store(Arc::clone(error))));
    }
}
