//! The store held to what it promises, through its public door where that is possible.

mod certificates;
mod collecting;
mod damage;
mod jobs;
mod parts;
mod rework;
mod sightings;
mod station;
mod tokens;
mod versions;

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;

/// A folder with room for batches and a station's index.
struct Bench {
    dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
        }
    }

    fn batch_dir(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn database(&self, name: &str) -> PathBuf {
        self.batch_dir(name).join(DATABASE)
    }

    fn batch(&self, name: &str) -> Store {
        Store::open_or_create(&self.batch_dir(name), name).unwrap()
    }

    fn station(&self) -> Station {
        Station::open(&self.dir.path().join("station/station.db")).unwrap()
    }

    /// Records each board, one after the other, as one thread would.
    fn collect(&self, store: &Store, boards: &[NewBoard]) -> Vec<Result<Recorded, RecordError>> {
        let writer = store.start_writer(self.station()).unwrap();
        let handle = writer.handle();
        let answers = boards
            .iter()
            .cloned()
            .map(|board| handle.record(board))
            .collect();
        drop(handle);
        writer.finish().unwrap();
        answers
    }

    /// Somebody else's hands on the file.
    fn tamper(&self, name: &str, sql: &str) {
        let connection = Connection::open(self.database(name)).unwrap();
        connection.execute_batch(sql).unwrap();
    }
}

/// The `n`th board: nothing of it is like any other's.
fn board(n: u8) -> NewBoard {
    NewBoard {
        mac: format!("02:00:00:00:00:{n:02x}"),
        name: format!("b-{n}"),
        link: format!("/dev/ttyACM{n}"),
        key: KeyHash([n; 32]),
        csr: vec![0x30, n],
        firmware: "demo 1".into(),
        columns: format!(r#"{{"device_name":"b-{n}"}}"#),
    }
}

fn names(reader: &Reader) -> Vec<String> {
    let mut names = Vec::new();
    reader
        .boards(|board| {
            names.push(board.what.name);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    names
}

fn events(reader: &Reader) -> Vec<String> {
    let mut events = Vec::new();
    reader
        .log(|row| {
            events.push(format!("{} {}", row.event.event, row.event.subject));
            Ok::<_, StoreError>(())
        })
        .unwrap();
    events
}

fn refused(answer: &Result<Recorded, RecordError>) -> &Conflict {
    match answer {
        Err(RecordError::Refused(conflict)) => conflict,
        other => panic!("not refused: {other:?}"),
    }
}

fn open_reader(dir: &Path) -> Reader {
    Reader::open(dir).unwrap()
}
