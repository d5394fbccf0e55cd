//! The station's index: which MACs, names and keys every batch of this station has, so that none is given twice.
//!
//! A board is reserved here before its batch's store has it. After a crash between the two the reservation is stale; since
//! entries of the same batch never conflict, the batch simply takes it over. Several processes may use one index.
//!
//! Knows nothing of states, requests or jobs.

use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};

use super::conflict::{Identity, Known, Matches};
use super::error::{During, StoreError};
use super::file::{self, STATION};
use super::joins::{self, Admitted};
use super::lock;
use super::who::now_ms;
use super::writer::RecordError;
use crate::fault::{self, Point};

/// The index, open.
#[derive(Debug)]
pub struct Station {
    connection: Connection,
}

/// Whose boards are reserved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch<'a> {
    pub id: &'a str,
    pub name: &'a str,
}

impl Station {
    /// Where this account's index is: `station.db` in the XDG data folder for nameplate.
    ///
    /// # Errors
    /// [`StoreError::NoDataFolder`] where the environment names no home.
    pub fn default_path() -> Result<PathBuf, StoreError> {
        ProjectDirs::from("", "", "nameplate")
            .map(|folders| folders.data_dir().join("station.db"))
            .ok_or(StoreError::NoDataFolder)
    }

    /// Opens the index at `path`, or makes it (mode 0600, in folders of mode 0700).
    ///
    /// # Errors
    /// The file cannot be made, is damaged, not ours, or newer than this program.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
            file::make_folder(dir)?;
        }
        // Two processes must not make the tables at the same time.
        let _alone = lock::wait(&path.with_extension("lock"))?;
        file::make_file(path)?;
        let connection = file::open_to_write(path, &STATION)?;
        Ok(Self { connection })
    }

    /// Takes every board of a batch out of the index, so that they may join another batch. Says how many there were.
    ///
    /// # Errors
    /// The index cannot be written.
    pub fn forget_batch(&mut self, batch_id: &str) -> Result<u64, StoreError> {
        self.connection
            .execute("DELETE FROM boards WHERE batch_id = ?1", [batch_id])
            .map(|count| u64::try_from(count).unwrap_or(u64::MAX))
            .during("forget a batch", &self.connection)
    }

    /// How many boards a join token has let in.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn joined(&self, token: &str) -> Result<u64, StoreError> {
        joins::joined(&self.connection, token)
    }

    /// The name of another batch that has this MAC or, if none has it, this name.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn other_batch(
        &self,
        batch_id: &str,
        mac: &str,
        name: &str,
    ) -> Result<Option<String>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT batch_name FROM boards WHERE batch_id <> ?1 AND (mac = ?2 OR name = ?3)
                 ORDER BY mac <> ?2 LIMIT 1",
            )
            .and_then(|mut select| {
                let name = select.query_row((batch_id, mac, name), |row| row.get(0));
                name.optional()
            })
            .during("look for the board", &self.connection)
    }

    /// Begins a group of reservations; no other process reserves until it is committed or dropped.
    pub(super) fn begin(&mut self) -> Result<Reservations<'_>, StoreError> {
        let begun = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate);
        let transaction = begun.during("reserve boards", &self.connection)?;
        Ok(Reservations { transaction })
    }
}

/// Reservations that hold once they are committed.
pub(super) struct Reservations<'a> {
    transaction: Transaction<'a>,
}

impl Reservations<'_> {
    /// Reserves a board's MAC, name and key for a batch, unless another batch has one of them, and counts it for its join token,
    /// unless that has let in as many as it is for.
    pub fn reserve(
        &self,
        batch: Batch<'_>,
        board: Identity<'_>,
        admitted: &Admitted,
    ) -> Result<Result<(), RecordError>, StoreError> {
        let matches = self.matches(batch, board)?;
        if let Some(conflict) = matches.conflict(board) {
            return Ok(Err(RecordError::Refused(Box::new(conflict))));
        }
        if let Some(token) = &admitted.token
            && !joins::count(&self.transaction, token, board.mac)?
        {
            return Ok(Err(RecordError::TokenUsedUp(token.clone())));
        }
        self.replace(batch, board)
            .during("reserve a board", &self.transaction)?;
        Ok(Ok(()))
    }

    /// Makes the reservations durable.
    pub fn commit(self) -> Result<(), StoreError> {
        let path = super::error::path_of(&self.transaction);
        fault::at(Point::StationBefore);
        let committed = self.transaction.commit();
        committed.map_err(|source| super::error::from_sqlite("reserve boards", path, source))?;
        fault::at(Point::StationAfter);
        Ok(())
    }

    fn matches(&self, batch: Batch<'_>, board: Identity<'_>) -> Result<Matches, StoreError> {
        let find = |sql, value: &str| {
            self.transaction
                .prepare_cached(sql)
                .and_then(|mut select| select.query_row([value, batch.id], known).optional())
                .during("look for the board", &self.transaction)
        };
        Ok(Matches {
            key: find(
                "SELECT mac, name, key_sha256, batch_name FROM boards WHERE key_sha256 = ?1 AND batch_id <> ?2",
                &board.key.to_string(),
            )?,
            mac: find(
                "SELECT mac, name, key_sha256, batch_name FROM boards WHERE mac = ?1 AND batch_id <> ?2",
                board.mac,
            )?,
            name: find(
                "SELECT mac, name, key_sha256, batch_name FROM boards WHERE name = ?1 AND batch_id <> ?2",
                board.name,
            )?,
        })
    }

    /// Whatever the index still holds of this board is of the same batch, and stale.
    fn replace(&self, batch: Batch<'_>, board: Identity<'_>) -> rusqlite::Result<()> {
        let key = board.key.to_string();
        self.transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO boards (mac, name, key_sha256, batch_id, batch_name, at_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute((board.mac, board.name, key, batch.id, batch.name, now_ms()))
            .map(drop)
    }
}

fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        mac: row.get(0)?,
        name: row.get(1)?,
        key_sha256: row.get(2)?,
        batch: Some(row.get(3)?),
    })
}
