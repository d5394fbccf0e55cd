//! A copy of a store as it was before its form is brought up to date: whoever has to go back to the program of before can.
//!
//! Whole or not at all, and never over one that is there: a crash between the copy and the change leaves the copy of before.

use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::{During, StoreError, io, path_of};
use crate::whole_file::sync_folder;

/// Where the copy of a store of this version is: `batch.v3.db` beside `batch.db`.
pub(super) fn path_for(store: &Path, version: i64) -> PathBuf {
    store.with_extension(format!("v{version}.db"))
}

/// Copies the store, unless there is a copy of that version. Nobody else may write it meanwhile.
pub(super) fn keep(connection: &Connection, version: i64) -> Result<(), StoreError> {
    let store = path_of(connection);
    let copy = path_for(&store, version);
    if copy.exists() {
        return Ok(());
    }
    let half = copy.with_extension("db.part");
    match fs::remove_file(&half) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            return Err(io("remove", &half)(error));
        }
        _ => {}
    }
    // SQLite writes into an empty file, and would make one that others can read.
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&half)
        .map_err(io("make file", &half))?;
    let name = half.to_str().ok_or(StoreError::BadValue {
        field: "the store's path",
        rule: "it must be UTF-8, so that a copy can be made before it is brought up to date",
    })?;
    connection
        .execute("VACUUM INTO ?1", [name])
        .during("copy the store before it is brought up to date", connection)?;
    let in_place = || {
        File::open(&half)?.sync_all()?;
        fs::rename(&half, &copy)?;
        sync_folder(&copy)
    };
    in_place().map_err(io("keep", &copy))
}
