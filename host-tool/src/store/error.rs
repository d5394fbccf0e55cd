//! What can go wrong with a store, in words for the person at the bench.
//!
//! Knows nothing of boards refusing or being refused: that is [`super::Conflict`].

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

use super::log::LogFault;
use crate::whole_file::folder_of;

/// A store could not do what was asked of it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// SQLite refused; the source says why.
    #[error("cannot {operation} in {}", path.display())]
    Sqlite {
        /// What was being done, as in "cannot … in".
        operation: &'static str,
        /// The store's file.
        path: PathBuf,
        /// SQLite's own words.
        source: rusqlite::Error,
    },
    /// The disk (or its quota) is full. What was being written is not in the store.
    #[error("cannot {operation} in {}: the disk is full", path.display())]
    DiskFull {
        /// What was being done.
        operation: &'static str,
        /// The store's file.
        path: PathBuf,
    },
    /// The store's folder can't be written.
    #[error(
        "cannot {operation} in {}: it or its folder can only be read, and SQLite needs a file beside it even to read", path.display()
    )]
    ReadOnly {
        /// What was being done.
        operation: &'static str,
        /// The store's file.
        path: PathBuf,
    },
    /// A file or folder could not be used.
    #[error("cannot {operation} {}", path.display())]
    Io {
        /// What was being done, as in "cannot … PATH".
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        source: io::Error,
    },
    /// The file was deleted or moved while this program wrote it.
    #[error("{} was deleted or moved away meanwhile, so nothing more is recorded in it", path.display())]
    Gone {
        /// Where it was.
        path: PathBuf,
    },
    /// The file is not whole, or a byte in it changed.
    #[error("{} is damaged ({detail})", path.display())]
    Damaged {
        /// The store's file.
        path: PathBuf,
        /// What does not fit.
        detail: String,
    },
    /// The file is an SQLite database, but somebody else's.
    #[error("{} is not {kind}", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What was looked for.
        kind: &'static str,
    },
    /// A newer Nameplate made or changed this store.
    #[error("{} was written by a newer nameplate (store version {found}, this one knows up to {known})", path.display())]
    Newer {
        /// The store's file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The store is older than this program, or was never finished; only a command that writes brings it up to date.
    #[error("{} is of an older version", path.display())]
    Older {
        /// The store's file.
        path: PathBuf,
    },
    /// Another process writes this batch.
    #[error("batch folder {} is in use by another nameplate{holder}", dir.display())]
    InUse {
        /// The batch folder.
        dir: PathBuf,
        /// ` (process 123)`, or nothing where it is not known.
        holder: String,
    },
    /// There is no batch in the folder.
    #[error("there is no batch in {}", dir.display())]
    NoBatch {
        /// The folder.
        dir: PathBuf,
    },
    /// The folder holds a batch of another name.
    #[error("{} holds batch {stored:?}, not {asked:?}", dir.display())]
    OtherBatch {
        /// The folder.
        dir: PathBuf,
        /// The name in the store.
        stored: String,
        /// The name that was asked for.
        asked: String,
    },
    /// A value does not have the form the store keeps.
    #[error("{field} is not of the form the store keeps: {rule}")]
    BadValue {
        /// Which value.
        field: &'static str,
        /// What it must be.
        rule: &'static str,
    },
    /// The batch already has a job.
    #[error("this batch already has a job, {name:?}{}", service_id.as_ref().map(|id| format!(" (id {id})")).unwrap_or_default())]
    JobExists {
        /// The job's name.
        name: String,
        /// Its id at the service, once known.
        service_id: Option<String>,
    },
    /// The batch has no job, or not in the state that this step needs.
    #[error("the batch has no job that can be {step}")]
    NoSuchJob {
        /// The step, as in "can be …".
        step: &'static str,
    },
    /// What failed in a job is not known yet.
    #[error("there is no report of job {name:?} yet, so it is not known which boards failed in it")]
    NoReportYet {
        /// The job's name.
        name: String,
    },
    /// The job has another id already.
    #[error("job {name:?} already has id {stored:?}, now the service says {given:?}")]
    OtherJobId {
        /// The job's name.
        name: String,
        /// The id in the store.
        stored: String,
        /// The id given now.
        given: String,
    },
    /// Another part of the batch is that job already.
    #[error("job {id:?} is part {name:?} of this batch already")]
    OtherPartsId {
        /// The id that was given.
        id: String,
        /// The name of the job that has it.
        name: String,
    },
    /// A step of delivering for a board that has no certificate here.
    #[error("no board with MAC {mac} has its certificate in this batch")]
    NoCertificate {
        /// The board's MAC.
        mac: String,
    },
    /// Names that differ in nothing but their case.
    #[error("boards {first:?} and {second:?} have names that differ only in case")]
    NamesAlike {
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// The data file does not hold the boards that wait for a job.
    #[error(
        "the data file has {in_file} rows, but {waiting} boards wait to be submitted: export it again"
    )]
    BoardsChanged {
        /// Rows of the data file.
        in_file: u64,
        /// Boards that are collected and in no job.
        waiting: u64,
    },
    /// The log is not what was written.
    #[error("the log of {} was changed at row {seq}: {fault}", path.display())]
    LogBroken {
        /// The store's file.
        path: PathBuf,
        /// The first row that does not fit.
        seq: i64,
        /// What does not fit.
        fault: LogFault,
    },
    /// The system names no folder for a program's data.
    #[error("no folder for the station's index is known: neither HOME nor XDG_DATA_HOME is set")]
    NoDataFolder,
}

/// Names the operation in an SQLite error, and says what the person can do where that is known.
pub(super) trait During<T> {
    fn during(self, operation: &'static str, connection: &Connection) -> Result<T, StoreError>;
}

impl<T> During<T> for rusqlite::Result<T> {
    fn during(self, operation: &'static str, connection: &Connection) -> Result<T, StoreError> {
        self.map_err(|source| from_sqlite(operation, path_of(connection), source))
    }
}

/// Turns SQLite's error into ours.
pub(super) fn from_sqlite(
    operation: &'static str,
    path: PathBuf,
    source: rusqlite::Error,
) -> StoreError {
    match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Damaged {
            path,
            detail: source.to_string(),
        },
        Some(ErrorCode::DiskFull) => StoreError::DiskFull { operation, path },
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly) if is_read_only(&path) => {
            StoreError::ReadOnly { operation, path }
        }
        // For its index of the write-ahead log SQLite says no more than that.
        Some(ErrorCode::SystemIoFailure) if is_full(&path) => {
            StoreError::DiskFull { operation, path }
        }
        _ => StoreError::Sqlite {
            operation,
            path,
            source,
        },
    }
}

/// Whether there is less room than the index of a write-ahead log takes.
fn is_full(path: &Path) -> bool {
    const INDEX: u64 = 32 * 1024;
    rustix::fs::statvfs(folder_of(path)).is_ok_and(|disk| disk.f_bavail * disk.f_frsize < INDEX)
}

/// Whether the store or its folder can't be written by this process.
fn is_read_only(path: &Path) -> bool {
    use rustix::fs::{Access, access};
    let folder = access(folder_of(path), Access::WRITE_OK);
    folder.is_err() || (path.exists() && access(path, Access::WRITE_OK).is_err())
}

/// The file behind a connection.
pub(super) fn path_of(connection: &Connection) -> PathBuf {
    connection.path().map(PathBuf::from).unwrap_or_default()
}

/// Names operation and path in an I/O error.
pub(super) fn io(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io {
        operation,
        path,
        source,
    }
}
