//! How many boards a second the store records, by how many wait at once. Each is durable, in the station's index and in
//! the log before it counts.
//!
//! `cargo bench -p nameplate --bench store`. The figure is the disk's: the batch lies in the system's temporary folder,
//! so point `TMPDIR` at the disk in question.
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot run has nothing else to say"
)]
#![allow(missing_docs, reason = "divan makes public items of its own")]

use divan::Bencher;
use divan::counter::ItemsCount;
use nameplate::store::{KeyHash, NewBoard, Station, Store};

const BOARDS: u32 = 2048;

fn main() {
    divan::main();
}

fn board(n: u32) -> NewBoard {
    let pairs = n.to_be_bytes().map(|byte| format!("{byte:02x}"));
    let mac = format!("02:00:{}", pairs.join(":"));
    NewBoard {
        name: format!("board-{n}"),
        link: format!("tls 10.0.0.5:{n}"),
        key: KeyHash::of_spki(mac.as_bytes()),
        csr: vec![0x30; 400],
        firmware: "bench".into(),
        columns: format!(r#"{{"device_name":"board-{n}","subject.common_name":"board-{n}"}}"#),
        mac,
    }
}

#[divan::bench(args = [1, 8, 64, 256], sample_count = 3, sample_size = 1)]
fn record(bencher: Bencher<'_, '_>, waiting: u32) {
    bencher
        .counter(ItemsCount::new(BOARDS))
        .with_inputs(|| {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open_or_create(folder.path(), "bench").unwrap();
            let station = Station::open(&folder.path().join("station.db")).unwrap();
            let writer = store.start_writer(station).unwrap();
            (folder, store, writer)
        })
        .bench_local_values(|(folder, store, writer)| {
            std::thread::scope(|scope| {
                for first in 0..waiting {
                    let handle = writer.handle();
                    scope.spawn(move || {
                        for n in (first..BOARDS).step_by(waiting as usize) {
                            handle.record(board(n)).unwrap();
                        }
                    });
                }
            });
            writer.finish().unwrap();
            (folder, store)
        });
}
