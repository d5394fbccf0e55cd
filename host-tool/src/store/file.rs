//! Opens a store's SQLite file: made with the right mode, checked before it is trusted, brought to our version.
//!
//! Knows nothing of what the tables hold.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use rusqlite_migration::{M, Migrations};

use super::backup;
use super::error::{During, StoreError, from_sqlite, io, path_of};

/// How long one process waits for another's commit before it gives up. A commit takes milliseconds, so
/// whoever waits this long is told.
const BUSY: Duration = Duration::from_secs(20);

/// What kind of store a file must be.
pub(super) struct Kind {
    /// As in "is not …".
    pub noun: &'static str,
    /// SQLite's `application_id`; the first step of `steps` sets it.
    pub application_id: i64,
    /// The schema, step by step; `user_version` counts the steps done.
    pub steps: &'static [M<'static>],
}

/// A batch's store.
pub(super) const BATCH: Kind = Kind {
    noun: "a nameplate batch",
    application_id: 0x4E50_4254,
    steps: &[
        M::up(include_str!("batch_1.sql")),
        M::up(include_str!("batch_2.sql")),
        M::up(include_str!("batch_3.sql")),
        M::up(include_str!("batch_4.sql")),
    ],
};

/// A station's index.
pub(super) const STATION: Kind = Kind {
    noun: "a nameplate station index",
    application_id: 0x4E50_5354,
    steps: &[
        M::up(include_str!("station_1.sql")),
        M::up(include_str!("station_2.sql")),
    ],
};

/// Makes a folder (mode 0700) and those above it where they are missing.
pub(super) fn make_folder(dir: &Path) -> Result<(), StoreError> {
    if dir.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(io("make folder", dir))?;
    match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_folder(parent),
        _ => Ok(()),
    }
}

/// Makes an empty file (mode 0600) where there is none; SQLite gives its `-wal` and `-shm` files the same mode.
pub(super) fn make_file(path: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(_) => path.parent().map_or(Ok(()), sync_folder),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(io("make file", path)(error)),
    }
}

/// A file's name is durable only once its folder is.
fn sync_folder(dir: &Path) -> Result<(), StoreError> {
    File::open(dir)
        .and_then(|dir| dir.sync_all())
        .map_err(io("write folder", dir))
}

/// Opens an existing file for writing, checks it and brings it up to date, with a copy kept of what was before. Whoever calls has
/// the file's lock.
pub(super) fn open_to_write(path: &Path, kind: &Kind) -> Result<Connection, StoreError> {
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let version = check(&connection, kind)?;
    set_durable(&connection)?;
    if (1..known(kind)).contains(&version) {
        backup::keep(&connection, version)?;
    }
    Migrations::from_slice(kind.steps)
        .to_latest(&mut connection)
        .map_err(|error| migration_error(&connection, error))?;
    Ok(connection)
}

/// Opens an existing file for reading only; a writer may be at work on it.
pub(super) fn open_to_read(path: &Path, kind: &Kind) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if check(&connection, kind)? < known(kind) {
        return Err(StoreError::Older { path: path.into() });
    }
    Ok(connection)
}

/// Opens an existing file for reading rows that show by themselves whether they are whole: every page is not looked at before.
pub(super) fn open_to_read_rows(path: &Path, kind: &Kind) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if check_kind(&connection, kind)? < known(kind) {
        return Err(StoreError::Older { path: path.into() });
    }
    Ok(connection)
}

/// One more connection to a file that this process opened and checked already.
pub(super) fn open_again(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    set_durable(&connection)?;
    Ok(connection)
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let opened = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let connection = opened.map_err(|source| from_sqlite("open the store", path.into(), source))?;
    let set = || {
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)
    };
    set().during("set up the connection", &connection)?;
    Ok(connection)
}

/// Every commit is on the disk when it returns.
fn set_durable(connection: &Connection) -> Result<(), StoreError> {
    let mode = connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get::<_, String>(0))
        .during("turn on the write-ahead log", connection)?;
    if mode != "wal" {
        return Err(StoreError::BadValue {
            field: "the batch folder",
            rule: "it must be on a local disk, where SQLite can share memory between processes",
        });
    }
    connection
        .pragma_update(None, "synchronous", "FULL")
        .during("make commits durable", connection)
}

/// The store's version, once it is known to be ours, whole and not newer than this program. Changes nothing.
fn check(connection: &Connection, kind: &Kind) -> Result<i64, StoreError> {
    let version = check_kind(connection, kind)?;
    whole(connection)?;
    Ok(version)
}

/// The same without a look at every page.
fn check_kind(connection: &Connection, kind: &Kind) -> Result<i64, StoreError> {
    let number = |pragma| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
            .during("read the store's version", connection)
    };
    let (application, version) = (number("application_id")?, number("user_version")?);
    let empty = application == 0 && version == 0 && is_empty(connection)?;
    if !empty && application != kind.application_id {
        return Err(StoreError::NotOurs {
            path: path_of(connection),
            kind: kind.noun,
        });
    }
    if version > known(kind) {
        return Err(StoreError::Newer {
            path: path_of(connection),
            found: version,
            known: known(kind),
        });
    }
    not_cut(connection)?;
    Ok(version)
}

fn is_empty(connection: &Connection) -> Result<bool, StoreError> {
    connection
        .query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| {
            row.get(0)
        })
        .during("read the schema", connection)
}

/// SQLite reads a last page that was cut short as if it ended in zeros; a whole file ends with a whole page.
fn not_cut(connection: &Connection) -> Result<(), StoreError> {
    let path = path_of(connection);
    // As long as this reads, nobody moves pages from an empty write-ahead log into the file.
    let moment = connection
        .unchecked_transaction()
        .during("check the store", connection)?;
    let page: u64 = moment
        .query_row(
            "SELECT page_size FROM pragma_page_size, sqlite_schema LIMIT 1",
            [],
            |row| row.get::<_, i64>(0),
        )
        .optional()
        .during("check the store", connection)?
        .map_or(1, |bytes| bytes.unsigned_abs().max(1));
    let length = |path: &Path| path.metadata().map_or(0, |file| file.len());
    let mut log = path.clone().into_os_string();
    log.push("-wal");
    // With pages still in the log, a crash may have cut the file; SQLite then takes the page from the log.
    if length(Path::new(&log)) == 0 && length(&path) % page != 0 {
        return Err(StoreError::Damaged {
            path,
            detail: "its end is missing".into(),
        });
    }
    Ok(())
}

/// Walks every page; the first fault found is enough.
fn whole(connection: &Connection) -> Result<(), StoreError> {
    let verdict = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0))
        .during("check the store", connection)?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(StoreError::Damaged {
        path: path_of(connection),
        detail: verdict.lines().take(2).collect::<Vec<_>>().join("; "),
    })
}

fn known(kind: &Kind) -> i64 {
    i64::try_from(kind.steps.len()).unwrap_or(i64::MAX)
}

fn migration_error(connection: &Connection, error: rusqlite_migration::Error) -> StoreError {
    let path = path_of(connection);
    match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => {
            from_sqlite("bring the store up to date", path, err)
        }
        other => StoreError::Damaged {
            path,
            detail: other.to_string(),
        },
    }
}
