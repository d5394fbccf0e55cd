//! One writer a batch: a lock on a file beside the store, held as long as anything of this process may write.
//!
//! The system drops the lock when the process dies, however it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::error::{StoreError, io};

/// The lock file's name in the batch folder.
const NAME: &str = "batch.lock";

/// Held while this process may write the batch.
#[derive(Debug)]
pub(super) struct BatchLock {
    _file: File,
}

impl BatchLock {
    /// Takes the lock, or says who has it.
    pub fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join(NAME);
        let mut file = open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse {
                    dir: dir.to_owned(),
                    holder: holder(&mut file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(io("lock", &path)(source)),
        }
        note_holder(&mut file).map_err(io("write", &path))?;
        Ok(Self { _file: file })
    }
}

/// Waits for a lock on `path` and holds it until the file is dropped.
pub(super) fn wait(path: &Path) -> Result<File, StoreError> {
    let file = open(path)?;
    file.lock().map_err(io("lock", path))?;
    Ok(file)
}

fn open(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(io("open", path))
}

fn note_holder(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

/// Only for the message: what the file says may be old or cut short.
fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(20).read_to_string(&mut text);
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(process)) => format!(" (process {process})"),
        _ => String::new(),
    }
}
