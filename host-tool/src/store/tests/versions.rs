//! Stores of earlier versions, as those versions made them: brought up to date with a copy kept of what was before.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::store::backup;

/// Never made anew: they are what those stores are. Each with its version and how many boards it has.
const BATCHES: [(i64, &[u8], u64); 3] = [
    (1, include_bytes!("golden/batch_1.db"), 3),
    (2, include_bytes!("golden/batch_2.db"), 6),
    (3, include_bytes!("golden/batch_3.db"), 3),
];
const STATION_1: &[u8] = include_bytes!("golden/station_1.db");

fn version_of(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

fn put(bench: &Bench, bytes: &[u8]) -> PathBuf {
    fs::create_dir(bench.batch_dir("a")).unwrap();
    fs::write(bench.database("a"), bytes).unwrap();
    bench.database("a")
}

#[test]
fn an_older_store_is_brought_up_to_date_and_a_copy_kept_of_it() {
    for (version, bytes, boards) in BATCHES {
        let bench = Bench::new();
        let path = put(&bench, bytes);
        let copy = backup::path_for(&path, version);
        // What a kill in the middle of the copy leaves.
        fs::write(copy.with_extension("db.part"), "half a copy").unwrap();
        let store = Store::open(&bench.batch_dir("a")).unwrap();
        assert_eq!(store.reader().counts().unwrap().boards(), boards);
        store.reader().verify_log().unwrap();
        let last = events(store.reader()).pop().unwrap();
        assert!(last.starts_with("batch.opened "), "{last}");
        drop(store);
        assert_eq!(version_of(&path), 4);
        assert_eq!(version_of(&copy), version);
        let mode = fs::metadata(&copy).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // The copy is a whole store: put back, it is brought up to date again.
        let kept = fs::read(&copy).unwrap();
        fs::copy(&copy, &path).unwrap();
        let again = Store::open(&bench.batch_dir("a")).unwrap();
        assert_eq!(again.reader().counts().unwrap().boards(), boards);
        assert_eq!(fs::read(&copy).unwrap(), kept, "the first copy stays");
    }
}

#[test]
fn a_store_of_now_gets_no_copy_and_its_log_no_further_row() {
    let bench = Bench::new();
    drop(bench.batch("a"));
    let before = events(&open_reader(&bench.batch_dir("a")));
    drop(Store::open(&bench.batch_dir("a")).unwrap());
    assert_eq!(events(&open_reader(&bench.batch_dir("a"))), before);
    let names = fs::read_dir(bench.batch_dir("a")).unwrap();
    let mut names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(names.all(|name| !name.contains(".v")));
}

#[test]
fn an_older_station_index_is_brought_up_to_date_and_a_copy_kept_of_it() {
    let bench = Bench::new();
    let path = bench.dir.path().join("station/station.db");
    fs::create_dir(path.parent().unwrap()).unwrap();
    fs::write(&path, STATION_1).unwrap();
    let station = bench.station();
    assert_eq!(
        station
            .other_batch("none", "02:4e:50:00:00:01", "-")
            .unwrap()
            .as_deref(),
        Some("demo")
    );
    assert_eq!(station.joined("1f0c9a3e").unwrap(), 0);
    assert_eq!(version_of(&path), 2);
    assert_eq!(version_of(&backup::path_for(&path, 1)), 1);
}

#[test]
fn a_copy_that_can_not_be_made_leaves_the_store_as_it_is() {
    let bench = Bench::new();
    let path = put(&bench, BATCHES[2].1);
    // A folder stands where the copy would grow.
    let half = backup::path_for(&path, 3).with_extension("db.part");
    fs::create_dir(&half).unwrap();
    let error = Store::open(&bench.batch_dir("a")).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
    assert_eq!(version_of(&path), 3);
}
