//! Reading a batch: its boards, its job, its log. Works while another process writes the batch.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::audit::{self, Disagreement};
use super::block::Block;
use super::board::{Board, BoardState, KeyHash};
use super::certificates::{self, Certificate};
use super::deliveries::{self, Delivered, Undelivered};
use super::error::{During, StoreError, path_of};
use super::file::{self, BATCH};
use super::handed::{self, Handed};
use super::job::Job;
use super::log::{LogHead, LogRow};
use super::refused_certificates::{self, RefusedCertificate};
use super::sightings::{Sighting, SightingState};
use super::{DATABASE, jobs, log, rows, sightings};

/// What a batch is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchMeta {
    /// A random UUID: two batches of one name stay two.
    pub batch_id: String,
    /// The batch's name.
    pub name: String,
    /// When it was made, Unix time in milliseconds.
    pub created_ms: i64,
    /// The version of nameplate that made it.
    pub tool_version: String,
}

/// How many boards stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Boards of the batch by state, in the order of [`BoardState::ALL`].
    by_state: [u64; BoardState::ALL.len()],
    /// Boards that were met and are not in the batch, without an error.
    pub seen: u64,
    /// Boards that were refused or did not finish.
    pub refused: u64,
}

impl Counts {
    /// Boards of the batch in `state`.
    pub fn of(&self, state: BoardState) -> u64 {
        let mut counted = BoardState::ALL.iter().zip(self.by_state);
        counted
            .find_map(|(known, count)| (*known == state).then_some(count))
            .unwrap_or(0)
    }

    /// Boards of the batch, in whatever state.
    pub fn boards(&self) -> u64 {
        self.by_state.iter().sum()
    }
}

/// One line of `nameplate list`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A board of the batch.
    Board(Box<Board>),
    /// A board that was met and is not in the batch.
    Sighting(Sighting),
}

/// Which boards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All of the batch.
    All,
    /// Those of a job ([`Job::row`]), and those that failed in it and were submitted again since.
    Job(i64),
    /// Some of those that failed, in order of collection.
    Failed {
        /// So many are left out at the beginning.
        skip: u64,
        /// At most so many.
        take: u64,
    },
    /// Some of all, in order of collection.
    Some {
        /// So many are left out at the beginning.
        skip: u64,
        /// At most so many.
        take: u64,
    },
}

/// A batch, open for reading.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    pub(super) meta: BatchMeta,
}

impl Reader {
    /// Opens the batch in `dir` for reading only.
    ///
    /// # Errors
    /// There is no batch, or its store is damaged, not ours, or of another version.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = existing(dir)?;
        let connection = file::open_to_read(&path, &BATCH)?;
        let meta = meta(&connection)?.ok_or(StoreError::Older { path })?;
        Ok(Self { connection, meta })
    }

    /// Opens the batch for its boards alone, without first looking at every page of the file: that takes as long as reading them
    /// all. Each row is checked as it is read, and of all boards that none is missing.
    ///
    /// # Errors
    /// As [`Reader::open`].
    pub fn open_for_boards(dir: &Path) -> Result<Self, StoreError> {
        let path = existing(dir)?;
        let connection = file::open_to_read_rows(&path, &BATCH)?;
        let meta = meta(&connection)?.ok_or(StoreError::Older { path })?;
        Ok(Self { connection, meta })
    }

    /// What the batch is.
    pub fn meta(&self) -> &BatchMeta {
        &self.meta
    }

    /// Calls `visit` for each board in order of collection. All of one moment; memory does not grow with the batch.
    ///
    /// # Errors
    /// A row cannot be read or is damaged; or what `visit` returns, which ends the walk.
    pub fn boards<E: From<StoreError>>(
        &self,
        visit: impl FnMut(Board) -> Result<(), E>,
    ) -> Result<(), E> {
        rows::for_each(&self.connection, Which::All, visit)
    }

    /// Calls `visit` for some of the boards, as [`Reader::boards`] does for all.
    ///
    /// # Errors
    /// As [`Reader::boards`].
    pub fn boards_of<E: From<StoreError>>(
        &self,
        which: Which,
        visit: impl FnMut(Board) -> Result<(), E>,
    ) -> Result<(), E> {
        rows::for_each(&self.connection, which, visit)
    }

    /// The same in blocks, in which no board is held to its digest yet: [`Block::rows`] does that, on any thread. `visit` gives an
    /// empty block for the next.
    ///
    /// # Errors
    /// As [`Reader::boards`].
    pub fn blocks_of<E: From<StoreError>>(
        &self,
        which: Which,
        visit: impl FnMut(Block) -> Result<Block, E>,
    ) -> Result<(), E> {
        rows::for_each_block(&self.connection, which, visit)
    }

    /// The store's file.
    pub fn path(&self) -> PathBuf {
        path_of(&self.connection)
    }

    /// Fails where two boards have names that differ only in the case of ASCII letters.
    ///
    /// # Errors
    /// [`StoreError::NamesAlike`], or the store cannot be read.
    pub fn refuse_names_alike(&self) -> Result<(), StoreError> {
        rows::refuse_names_alike(&self.connection)
    }

    /// The board of that name.
    ///
    /// # Errors
    /// The row cannot be read or is damaged.
    pub fn board(&self, name: &str) -> Result<Option<Board>, StoreError> {
        rows::by_name(&self.connection, name)
    }

    /// The board with that MAC, in lower case with colons.
    ///
    /// # Errors
    /// As [`Reader::board`].
    pub fn board_of_mac(&self, mac: &str) -> Result<Option<Board>, StoreError> {
        rows::by_mac(&self.connection, mac)
    }

    /// How many boards have their certificate; `lock` tells whether a board must be locked to be done.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn delivered(&self, lock: bool) -> Result<Delivered, StoreError> {
        deliveries::count(&self.connection, lock)
    }

    /// Calls `visit` for each board that is not done, in order of collection.
    ///
    /// # Errors
    /// The store cannot be read; or what `visit` returns, which ends the walk.
    pub fn undelivered<E: From<StoreError>>(
        &self,
        lock: bool,
        visit: impl FnMut(Undelivered) -> Result<(), E>,
    ) -> Result<(), E> {
        deliveries::for_each_undelivered(&self.connection, lock, visit)
    }

    /// Calls `visit` for each board that is done, with all that is known of it, in order of collection.
    ///
    /// # Errors
    /// As [`Reader::boards`].
    pub fn handed<E: From<StoreError>>(
        &self,
        visit: impl FnMut(Handed) -> Result<(), E>,
    ) -> Result<(), E> {
        handed::for_each(&self.connection, visit)
    }

    /// The certificate for a board's key.
    ///
    /// # Errors
    /// The row cannot be read or is damaged.
    pub fn certificate_of_key(&self, key: &KeyHash) -> Result<Option<Certificate>, StoreError> {
        certificates::by_key(&self.connection, *key)
    }

    /// Calls `visit` for each certificate, in the order in which the boards were collected.
    ///
    /// # Errors
    /// As [`Reader::boards`].
    pub fn certificates<E: From<StoreError>>(
        &self,
        visit: impl FnMut(Certificate) -> Result<(), E>,
    ) -> Result<(), E> {
        certificates::for_each(&self.connection, visit)
    }

    /// Calls `visit` for each certificate that came and was not taken, as of the last download of its job.
    ///
    /// # Errors
    /// As [`Reader::boards`].
    pub fn refused_certificates<E: From<StoreError>>(
        &self,
        visit: impl FnMut(RefusedCertificate) -> Result<(), E>,
    ) -> Result<(), E> {
        refused_certificates::for_each(&self.connection, visit)
    }

    /// The board that has that key.
    ///
    /// # Errors
    /// The row cannot be read or is damaged.
    pub fn board_of_key(&self, key: &KeyHash) -> Result<Option<Board>, StoreError> {
        rows::by_key(&self.connection, *key)
    }

    /// Calls `visit` for the boards of the batch, then for those that were met and are not in it. All of one moment.
    ///
    /// # Errors
    /// As [`Reader::boards`].
    pub fn entries<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(Entry) -> Result<(), E>,
    ) -> Result<(), E> {
        let moment = self
            .connection
            .unchecked_transaction()
            .during("read the batch", &self.connection)?;
        rows::for_each(&moment, Which::All, |board| {
            visit(Entry::Board(Box::new(board)))
        })?;
        sightings::for_each(&moment, |sighting| visit(Entry::Sighting(sighting)))
    }

    /// How many boards stand where, all of one moment.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        const DOING: &str = "count the boards";
        let mut select = self
            .connection
            .prepare_cached(
                "SELECT 1, state, count(*) FROM boards GROUP BY state
                 UNION ALL SELECT 0, state, count(*) FROM sightings GROUP BY state",
            )
            .during(DOING, &self.connection)?;
        let mut rows = select.query([]).during(DOING, &self.connection)?;
        let mut counts = Counts::default();
        while let Some(row) = rows.next().during(DOING, &self.connection)? {
            let read = || Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let (board, state, count): (bool, String, i64) =
                read().during(DOING, &self.connection)?;
            counts.add(board, &state, count.unsigned_abs());
        }
        Ok(counts)
    }

    /// The batch's jobs round by round in the order of their parts, from the moment they were meant to be posted; empty where there is none, or they
    /// were given up.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn jobs(&self) -> Result<Vec<Job>, StoreError> {
        jobs::live(&self.connection)
    }

    /// The first of [`Reader::jobs`]: a batch's only one, mostly.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn current_job(&self) -> Result<Option<Job>, StoreError> {
        Ok(self.jobs()?.into_iter().next())
    }

    /// Calls `visit` for each row of the log in order; [`Reader::verify_log`] tells whether it is whole.
    ///
    /// # Errors
    /// A row cannot be read; or what `visit` returns, which ends the walk.
    pub fn log<E: From<StoreError>>(
        &self,
        visit: impl FnMut(LogRow) -> Result<(), E>,
    ) -> Result<(), E> {
        log::for_each(&self.connection, visit)
    }

    /// The names of the jobs that a board ([`Board::sequence`]) is in, or failed in before.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn job_names_of(&self, board: i64) -> Result<Vec<String>, StoreError> {
        audit::job_names_of(&self.connection, board)
    }

    /// The hash of the log's row with this number, in hexadecimal.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn log_hash(&self, row: i64) -> Result<Option<String>, StoreError> {
        log::hash_of(&self.connection, row)
    }

    /// Calls `visit` for each board whose row says another state or key than the log.
    ///
    /// # Errors
    /// The store cannot be read; or what `visit` returns, which ends the walk.
    pub fn disagreements<E: From<StoreError>>(
        &self,
        visit: impl FnMut(Disagreement) -> Result<(), E>,
    ) -> Result<(), E> {
        audit::for_each(&self.connection, visit)
    }

    /// Walks the log's chain from its beginning. Returns its end, worth keeping elsewhere.
    ///
    /// # Errors
    /// [`StoreError::LogBroken`] names the first row that was changed, removed or moved.
    pub fn verify_log(&self) -> Result<LogHead, StoreError> {
        log::verify(&self.connection, &self.meta.batch_id)
    }
}

impl Counts {
    fn add(&mut self, board: bool, state: &str, count: u64) {
        if board {
            let mut states = BoardState::ALL.iter().zip(&mut self.by_state);
            if let Some((_, counted)) = states.find(|(known, _)| known.as_str() == state) {
                *counted = count;
            }
        } else if state == SightingState::Seen.as_str() {
            self.seen = count;
        } else {
            self.refused = count;
        }
    }
}

fn is_absence(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    matches!(error.kind(), NotFound | NotADirectory)
}

/// The store's path in `dir`, if it is there.
pub(super) fn existing(dir: &Path) -> Result<PathBuf, StoreError> {
    let path = dir.join(DATABASE);
    match path.metadata() {
        Ok(about) if about.is_file() => Ok(path),
        // A folder that may not be entered may well hold one.
        Err(error) if !is_absence(&error) => {
            Err(super::error::io("look for a batch in", dir)(error))
        }
        _ => Err(StoreError::NoBatch {
            dir: dir.to_owned(),
        }),
    }
}

/// The batch's one row; `None` where making the store was interrupted before it.
pub(super) fn meta(connection: &Connection) -> Result<Option<BatchMeta>, StoreError> {
    connection
        .query_row(
            "SELECT batch_id, name, created_ms, tool_version FROM batch",
            [],
            |row| {
                Ok(BatchMeta {
                    batch_id: row.get(0)?,
                    name: row.get(1)?,
                    created_ms: row.get(2)?,
                    tool_version: row.get(3)?,
                })
            },
        )
        .optional()
        .during("read what the batch is", connection)
}
