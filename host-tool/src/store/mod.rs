//! What is known of every board and job of a batch, durably: an SQLite file in the batch's folder, and an index of all
//! batches of the station.
//!
//! Every step is one transaction with its row in the hash-chained log. One process at a time writes a batch
//! ([`Store`], and [`Writer`] for what boards report); any number may read it meanwhile ([`Reader`]).
//!
//! Knows nothing of links, CSRs' content, CSV or HTTP.

mod audit;
mod backup;
mod block;
mod board;
mod canonical;
mod certificates;
mod conflict;
mod deliveries;
mod error;
mod file;
mod group;
mod handed;
mod job;
mod jobs;
mod joins;
mod limits;
mod lock;
mod log;
mod outcomes;
mod place;
mod reader;
mod refused_certificates;
mod rework;
mod rows;
mod sightings;
mod station;
#[cfg(test)]
mod tests;
mod who;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde_json::json;
use uuid::Uuid;

pub use audit::Disagreement;
pub use block::{Block, BlockRow};
pub use board::{Board, BoardState, KeyHash, NewBoard, NoSuchState};
pub use canonical::{hex, sha256};
pub use certificates::{Certificate, NewCertificate, Taking};
pub use conflict::{Conflict, What};
pub use deliveries::{Delivered, Undelivered};
pub use error::StoreError;
pub use group::Recorded;
pub use handed::Handed;
pub use job::{Applied, Intent, Job, Outcome};
pub use joins::{Admitted, TokenUse};
pub use limits::{
    MAX_CHAIN_BYTES, MAX_COLUMNS_BYTES, MAX_CSR_BYTES, MAX_NAME_BYTES, MAX_REASON_BYTES,
    MAX_REFUSALS_LOGGED, MAX_REFUSED_CERTIFICATES, MAX_SIGHTINGS,
};
pub use log::{Event, LogFault, LogHead, LogRow};
pub use reader::{BatchMeta, Counts, Entry, Reader, Which};
pub use refused_certificates::{RefusedCertificate, RefusedKind};
pub use sightings::{Sighting, SightingState};
pub use station::Station;
pub use who::Who;
pub use writer::{Grouping, Lost, Pending, RecordError, Writer, WriterHandle};

use error::{During, from_sqlite, io, path_of};
use file::BATCH;
use group::Books;
use lock::BatchLock;
use place::Place;
use who::now_ms;

/// The store's file in the batch folder.
pub const DATABASE: &str = "batch.db";

/// A batch, open for writing. Only one process has it; the lock is let go when this and its [`Writer`] are gone.
#[derive(Debug)]
pub struct Store {
    reader: Reader,
    path: PathBuf,
    place: Place,
    lock: Arc<BatchLock>,
    who: Who,
}

impl Store {
    /// Opens the batch in `dir`, or makes it there under the name `batch_name`.
    ///
    /// # Errors
    /// Another process has it; the folder holds a batch of another name; or the store is damaged, not ours, or newer than
    /// this program.
    pub fn open_or_create(dir: &Path, batch_name: &str) -> Result<Self, StoreError> {
        limits::text("the batch's name", batch_name, MAX_NAME_BYTES)?;
        file::make_folder(dir)?;
        let lock = BatchLock::take(dir)?;
        file::make_file(&dir.join(DATABASE))?;
        let store = Self::open_locked(dir, lock, Some(batch_name))?;
        if store.meta().name != batch_name {
            return Err(StoreError::OtherBatch {
                dir: dir.to_owned(),
                stored: store.meta().name.clone(),
                asked: batch_name.to_owned(),
            });
        }
        Ok(store)
    }

    /// Opens the batch in `dir`, whatever its name.
    ///
    /// # Errors
    /// There is no batch; otherwise as [`Store::open_or_create`].
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        reader::existing(dir)?;
        let lock = BatchLock::take(dir)?;
        Self::open_locked(dir, lock, None)
    }

    fn open_locked(
        dir: &Path,
        lock: BatchLock,
        new_name: Option<&str>,
    ) -> Result<Self, StoreError> {
        let path = dir.join(DATABASE);
        let who = Who::here();
        let place = Place::of(&path)?;
        let connection = file::open_to_write(&path, &BATCH)?;
        let meta = match (reader::meta(&connection)?, new_name) {
            (Some(meta), _) => meta,
            (None, Some(name)) => in_transaction(&connection, |c| begin_batch(c, &who, name))?,
            (None, None) => {
                return Err(StoreError::NoBatch {
                    dir: dir.to_owned(),
                });
            }
        };
        in_transaction(&connection, |c| note_version(c, &who, &meta.name))?;
        Ok(Self {
            reader: Reader { connection, meta },
            path,
            place,
            lock: Arc::new(lock),
            who,
        })
    }

    /// What the batch is.
    pub fn meta(&self) -> &BatchMeta {
        self.reader.meta()
    }

    /// The batch for reading, by another thread.
    ///
    /// # Errors
    /// The store cannot be opened once more.
    pub fn reader_again(&self) -> Result<Reader, StoreError> {
        Ok(Reader {
            connection: file::open_again(&self.path)?,
            meta: self.meta().clone(),
        })
    }

    /// The batch for reading.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// Starts the thread that records what boards report.
    ///
    /// # Errors
    /// The store cannot be opened once more, or the system gives no thread.
    pub fn start_writer(&self, station: Station) -> Result<Writer, StoreError> {
        self.start_writer_with(station, Grouping::default())
    }

    /// As [`Store::start_writer`], with another grouping of commits.
    ///
    /// # Errors
    /// As [`Store::start_writer`].
    pub fn start_writer_with(
        &self,
        station: Station,
        grouping: Grouping,
    ) -> Result<Writer, StoreError> {
        let books = self.books(station)?;
        Writer::start(books, Arc::clone(&self.lock), grouping)
            .map_err(io("start a thread to write", &self.path))
    }

    fn books(&self, station: Station) -> Result<Books, StoreError> {
        Ok(Books {
            batch: file::open_again(&self.path)?,
            station,
            place: self.place.clone(),
            meta: self.meta().clone(),
            who: self.who.clone(),
        })
    }

    /// Records what is about to be posted as the batch's only job, and takes the waiting boards into it: they are frozen from
    /// here on. On the disk when it returns.
    ///
    /// The data file must hold exactly the boards that are collected and in no job. Finish the [`Writer`] before writing
    /// that file: until this call a board that comes again may still change its request.
    ///
    /// # Errors
    /// There is a job already, or the data file does not hold as many boards as wait; nothing is recorded then.
    pub fn record_intent(&mut self, intent: &Intent) -> Result<Job, StoreError> {
        let jobs = self.record_intents(std::slice::from_ref(intent))?;
        let mut jobs = jobs.into_iter();
        jobs.next()
            .ok_or(StoreError::NoSuchJob { step: "submitted" })
    }

    /// The same for a batch of several jobs, in the order of their parts: each takes the next of the waiting boards, as many as its
    /// data file has. All of them at once or none; each is to be begun by [`Store::record_begun`].
    ///
    /// # Errors
    /// As [`Store::record_intent`].
    pub fn record_intents(&mut self, intents: &[Intent]) -> Result<Vec<Job>, StoreError> {
        self.step(|connection, who| jobs::intend(connection, who, intents))
    }

    /// Records that a part is about to be posted, and whether its name was free just before. [`Store::record_intent`] did that for
    /// an only job. This and what follows names a job by its [`Job::row`].
    ///
    /// # Errors
    /// It was begun already, or another part was and is doubtful.
    pub fn record_begun(
        &mut self,
        job: i64,
        name_was_free: Option<bool>,
    ) -> Result<Job, StoreError> {
        self.step(|connection, who| jobs::begin(connection, who, job, name_was_free))
    }

    /// Records that the service surely did not take a part: it can be begun again.
    ///
    /// # Errors
    /// There is no such job that waits for its id.
    pub fn record_refused(&mut self, job: i64, reason: &str) -> Result<(), StoreError> {
        self.step(|connection, who| jobs::refused(connection, who, job, reason))
    }

    /// The same for a data file that holds no board of this batch, which then has none.
    ///
    /// # Errors
    /// There is a job already, or boards that wait for one; nothing is recorded then.
    pub fn record_intent_without_boards(
        &mut self,
        intent: &Intent,
    ) -> Result<Vec<Job>, StoreError> {
        self.step(|connection, who| jobs::intend_without_boards(connection, who, intent))
    }

    /// Records what is about to be posted of the boards that failed, as the jobs of a further round, and takes them into it. What
    /// [`Store::record_intents`] promises holds here too; the only job of a round is begun with that.
    ///
    /// # Errors
    /// A job of the batch has no report yet, or the data files do not hold as many boards as failed; nothing is recorded then.
    pub fn record_rework(&mut self, intents: &[Intent]) -> Result<Vec<Job>, StoreError> {
        self.step(|connection, who| rework::intend(connection, who, intents))
    }

    /// Records the service's id for the job, and its boards as submitted. The same id again changes nothing.
    ///
    /// # Errors
    /// There is no such job, it has another id, or another part has that one.
    pub fn record_posted(&mut self, job: i64, id: &str) -> Result<(), StoreError> {
        self.step(|connection, who| jobs::posted(connection, who, job, id, jobs::Known::Answered))
    }

    /// The same for a job that was found by its name, or that a person named: [`Job::answer_lost_ms`] says so from then on.
    ///
    /// # Errors
    /// As [`Store::record_posted`].
    pub fn record_found(&mut self, job: i64, id: &str) -> Result<(), StoreError> {
        self.step(|connection, who| jobs::posted(connection, who, job, id, jobs::Known::Found))
    }

    /// Takes [`Store::record_found`] back: the job turned out to be another batch's. A job of that name is not taken for this batch's
    /// again, unless a person says so.
    ///
    /// # Errors
    /// There is no such job that the service took.
    pub fn record_disowned(&mut self, job: i64, reason: &str) -> Result<(), StoreError> {
        self.step(|connection, who| jobs::disowned(connection, who, job, reason))
    }

    /// Records that the post ended without an answer: whether the service took it must be found out by the job's name.
    ///
    /// # Errors
    /// There is no such job that waits for its id.
    pub fn record_answer_lost(&mut self, job: i64, reason: &str) -> Result<(), StoreError> {
        self.step(|connection, who| jobs::answer_lost(connection, who, job, reason))
    }

    /// Gives all jobs of the last round up, since the service surely took none of them; their boards are as they were.
    ///
    /// # Errors
    /// There is none, or the service has taken one.
    pub fn abandon_intents(&mut self, reason: &str) -> Result<(), StoreError> {
        self.step(|connection, who| jobs::abandon(connection, who, reason))
    }

    /// Records the service's word on the job.
    ///
    /// # Errors
    /// There is no such job that the service took.
    pub fn record_status(&mut self, job: i64, status: &str) -> Result<(), StoreError> {
        self.step(|connection, who| jobs::status(connection, who, job, status))
    }

    /// Records where the job's report is stored, and its SHA-256 in hexadecimal.
    ///
    /// # Errors
    /// There is no such job that the service took.
    pub fn record_report(&mut self, job: i64, file: &str, sha256: &str) -> Result<(), StoreError> {
        self.step(|connection, who| jobs::report(connection, who, job, file, sha256))
    }

    /// Sets each board of the job to issued or failed, as the report says. The same report again changes nothing.
    ///
    /// # Errors
    /// There is no such job that the service took.
    pub fn apply_report(
        &mut self,
        job: i64,
        outcomes: impl IntoIterator<Item = Outcome>,
    ) -> Result<Applied, StoreError> {
        self.step(|connection, who| outcomes::apply(connection, who, job, outcomes))
    }

    /// Gives each certificate to the board that has its key, all in one step; what became of each, in order. A board that has one
    /// keeps it.
    ///
    /// # Errors
    /// A value is not of its form, or the store cannot be written; nothing is recorded then.
    pub fn record_certificates(
        &mut self,
        certificates: &[NewCertificate],
    ) -> Result<Vec<Taking>, StoreError> {
        self.step(|connection, who| {
            let takings = certificates
                .iter()
                .map(|certificate| certificates::take(connection, who, certificate));
            takings.collect()
        })
    }

    /// The same for one.
    ///
    /// # Errors
    /// As [`Store::record_certificates`].
    pub fn record_certificate(
        &mut self,
        certificate: &NewCertificate,
    ) -> Result<Taking, StoreError> {
        self.step(|connection, who| certificates::take(connection, who, certificate))
    }

    /// Records what came with a job and was not taken, in the place of what was recorded of that job before. The first
    /// [`MAX_REFUSED_CERTIFICATES`] are kept.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn record_refused_certificates(
        &mut self,
        job: i64,
        refused: &[RefusedCertificate],
    ) -> Result<(), StoreError> {
        self.step(|connection, who| refused_certificates::replace(connection, who, job, refused))
    }

    /// Logs an event that changes nothing else.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn record_event(&mut self, event: Event) -> Result<(), StoreError> {
        self.step(|connection, who| log::append(connection, who, event))
    }

    fn step<T>(
        &mut self,
        work: impl FnOnce(&Connection, &Who) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let who = &self.who;
        let done = in_transaction(&self.reader.connection, |connection| work(connection, who))?;
        self.place.check()?;
        Ok(done)
    }
}

/// All of `work`, or nothing of it.
fn in_transaction<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
        .during("begin a step", connection)?;
    let result = work(&transaction)?;
    let path = path_of(connection);
    transaction
        .commit()
        .map_err(|source| from_sqlite("commit a step", path, source))?;
    Ok(result)
}

/// Which program goes on with a batch stands in its log, where it is not the one that wrote it last.
fn note_version(connection: &Connection, who: &Who, name: &str) -> Result<(), StoreError> {
    let version = env!("CARGO_PKG_VERSION");
    let changed = connection
        .execute(
            "UPDATE batch SET written_by = ?1 WHERE written_by <> ?1",
            [version],
        )
        .during("note the version", connection)?;
    if changed == 0 {
        return Ok(());
    }
    let detail = json!({ "nameplate": version });
    log::append(connection, who, Event::new("batch.opened", name, &detail))
}

/// The batch's one row and the log's beginning.
fn begin_batch(connection: &Connection, who: &Who, name: &str) -> Result<BatchMeta, StoreError> {
    let meta = BatchMeta {
        batch_id: Uuid::new_v4().to_string(),
        name: name.to_owned(),
        created_ms: now_ms(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
    };
    connection
        .execute(
            "INSERT INTO batch (id, batch_id, name, created_ms, tool_version, written_by) VALUES (1, ?1, ?2, ?3, ?4, ?4)",
            (&meta.batch_id, &meta.name, meta.created_ms, &meta.tool_version),
        )
        .during("begin the batch", connection)?;
    log::begin(connection, &meta.batch_id)?;
    let detail = json!({ "batch_id": meta.batch_id, "nameplate": meta.tool_version });
    log::append(connection, who, Event::new("batch.created", name, &detail))?;
    Ok(meta)
}
