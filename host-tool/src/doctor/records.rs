//! The batch's store and the station's index: whether they open, are whole, and are somebody else's just now.

use std::fs::{File, TryLockError};
use std::io::Read;
use std::path::Path;

use super::{Bench, Finding, words};
use crate::store::{DATABASE, Reader, Station, StoreError};

/// The lock's file in a batch's folder.
const LOCK: &str = "batch.lock";
/// Larger stores are not read from end to end here, in bytes: that takes longer than anybody waits.
const MUCH: u64 = 256 << 20;

/// Makes the checks.
pub(super) fn look(bench: &Bench<'_>) -> Vec<Finding> {
    let mut found = vec![lock(bench)];
    found.extend(store(bench));
    found.push(station(bench));
    found
}

/// Whether another nameplate writes this batch. The lock is asked for as a reader would, and let go at once.
fn lock(bench: &Bench<'_>) -> Finding {
    const ID: &str = "lock";
    let path = bench.setup.file(LOCK);
    let Ok(mut file) = File::open(&path) else {
        return Finding::fine(ID, "nobody works at this batch");
    };
    match file.try_lock_shared() {
        Ok(()) => Finding::fine(ID, "nobody works at this batch"),
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let read = (&mut file).take(20).read_to_string(&mut text);
            let who = match (read, text.trim().parse::<u32>()) {
                (Ok(_), Ok(pid)) => format!(" (pid {pid})"),
                _ => String::new(),
            };
            let found = format!("another nameplate{who} works at this batch");
            Finding::warning(ID, found).remedy(
                "Let it end before you start another one; until then it has ports and the door.",
            )
        }
        Err(TryLockError::Error(error)) => Finding::unchecked(ID, words(&error)),
    }
}

fn store(bench: &Bench<'_>) -> Vec<Finding> {
    const ID: &str = "store";
    const LOG: &str = "log";
    let folder = bench.setup.folder();
    let size = bench
        .setup
        .file(DATABASE)
        .metadata()
        .map_or(0, |file| file.len());
    let is_large = size > MUCH;
    let opened = if is_large {
        Reader::open_for_boards(folder)
    } else {
        Reader::open(folder)
    };
    let reader = match opened {
        Ok(reader) => reader,
        Err(StoreError::NoBatch { .. }) => {
            return vec![
                Finding::fine(ID, "none yet: it is made when the first board is collected"),
                Finding::fine(LOG, "none yet"),
            ];
        }
        Err(error @ StoreError::Older { .. }) => {
            return vec![
                Finding::warning(ID, words(&error)),
                Finding::unchecked(LOG, "the store is of an older version"),
            ];
        }
        Err(error) => {
            return vec![
                Finding::wrong(ID, words(&error)).remedy(
                    "Keep the folder as it is; put a copy back, or collect into a new folder.",
                ),
                Finding::unchecked(LOG, "the store does not open"),
            ];
        }
    };
    let log = if is_large {
        let because = format!("the store has {} MiB; this takes its time", size >> 20);
        Finding::unchecked(LOG, because).remedy(format!("nameplate audit {}", bench.arguments))
    } else {
        match reader.verify_log() {
            Ok(head) => Finding::fine(
                LOG,
                format!("whole, {} rows, each bound to the one before", head.seq),
            ),
            Err(error) => Finding::wrong(LOG, words(&error))
                .remedy("Keep the file as it is, and compare it with a copy from before.")
                .remedy(format!("nameplate audit {}", bench.arguments)),
        }
    };
    vec![of_this_batch(bench, &reader), log]
}

fn of_this_batch(bench: &Bench<'_>, reader: &Reader) -> Finding {
    const ID: &str = "store";
    let stored = &reader.meta().name;
    match bench.setup.batch_name() {
        Ok(asked) if asked != *stored => {
            let found =
                format!("the folder holds batch {stored:?}, and the configuration is of {asked:?}");
            Finding::wrong(ID, found).remedy(format!(
                "Use another folder, or set batch.name = {stored:?} in the configuration."
            ))
        }
        _ => match reader.counts() {
            Ok(counts) => Finding::fine(
                ID,
                format!("opens, of this version; {} boards in it", counts.boards()),
            ),
            Err(error) => Finding::wrong(ID, words(&error)),
        },
    }
}

fn station(bench: &Bench<'_>) -> Finding {
    const ID: &str = "station-index";
    let configured = bench.setup.config.batch.station_index.as_deref();
    let path = match configured {
        Some(path) => bench.setup.config.path(path),
        None => match Station::default_path() {
            Ok(path) => path,
            Err(error) => {
                return Finding::wrong(ID, words(&error))
                    .remedy("Set batch.station_index in the configuration.");
            }
        },
    };
    if !path.exists() {
        return to_be_made(&path);
    }
    let opened = Station::open(&path);
    match opened.and_then(|_| may_write(&path)) {
        Ok(()) => Finding::fine(ID, format!("{} opens, and can be written", path.display())),
        Err(error) => Finding::wrong(ID, words(&error))
            .remedy("Mend that: no board is recorded without it. Another place is set by batch.station_index."),
    }
}

fn may_write(path: &Path) -> Result<(), StoreError> {
    let opened = std::fs::OpenOptions::new().append(true).open(path);
    opened.map(drop).map_err(|source| StoreError::Io {
        operation: "write",
        path: path.to_owned(),
        source,
    })
}

/// It is not there: whether it could be made, without making it.
fn to_be_made(path: &Path) -> Finding {
    const ID: &str = "station-index";
    let mut above = path.ancestors().skip(1);
    let there = above.find(|folder| folder.is_dir());
    let there = there.unwrap_or(Path::new("."));
    match tempfile::tempfile_in(there) {
        Ok(_) => Finding::fine(ID, format!("none yet; it is made at {}", path.display())),
        Err(error) => {
            let found = format!("{} can't be made: {}", path.display(), words(&error));
            Finding::wrong(ID, found)
                .remedy("Mend that, or set batch.station_index in the configuration.")
        }
    }
}
