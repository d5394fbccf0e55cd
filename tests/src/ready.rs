//! Batches that wait to be submitted, made of boards that were collected once: under any name, in any number, without asking a board.

use std::fs;
use std::path::Path;

use nameplate::store::{Board, NewBoard, Reader, Station, Store, StoreError};

use crate::bench::{Bench, private};
use crate::fake_board::Fake;
use crate::processes::until;
use crate::programs::run;

/// Boards that were collected, as the store has them.
pub struct Ready(Vec<NewBoard>);

impl Ready {
    /// Boards number 1 to `count`, collected by the real program. [`Fake::keyed`] boards of these numbers have their keys.
    #[track_caller]
    pub fn collect(count: u16) -> Self {
        let bench = Bench::new();
        let boards: Vec<_> = (1..=count)
            .map(|number| Fake::new(number).on_cable())
            .collect();
        let mut command = bench.nameplate("collect");
        for board in &boards {
            command.arg("--serial").arg(board.port.as_ref().unwrap());
        }
        let count = count.to_string();
        let _ = run(command.args(["--expect", &count, "--timeout", "60"])).expect(0);
        let mut boards = Self::of(&bench.batch());
        boards.0.sort_by(|a, b| a.name.cmp(&b.name));
        boards
    }

    /// Those of a batch.
    pub fn of(batch: &Path) -> Self {
        let mut boards = Vec::new();
        let keep = |board: Board| {
            boards.push(board.what);
            Ok::<_, StoreError>(())
        };
        Reader::open(batch).unwrap().boards(keep).unwrap();
        Self(boards)
    }

    /// Some of them, by their place.
    #[must_use]
    pub fn some(&self, places: std::ops::Range<usize>) -> Self {
        Self(self.0[places].to_vec())
    }

    /// Puts them into the bench's folder as a batch of this name, and into its station's index.
    pub fn put(&self, bench: &Bench, name: &str) {
        let store = Store::open_or_create(&bench.batch(), name).unwrap();
        let station = bench.home().join("data/nameplate/station.db");
        let writer = store
            .start_writer(Station::open(&station).unwrap())
            .unwrap();
        let handle = writer.handle();
        for board in &self.0 {
            handle.record(board.clone()).unwrap();
        }
        drop(handle);
        writer.finish().unwrap();
        drop(store);
        // A program that another thread starts just now holds the lock too, until it is its own.
        let lock = fs::File::open(bench.batch().join("batch.lock")).unwrap();
        until("nobody has the batch", || lock.try_lock().is_ok());
    }
}

/// Copies a folder with all that is in it, readable by its owner only.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            private(&target, "");
            fs::write(&target, fs::read(&path).unwrap()).unwrap();
        }
    }
}
