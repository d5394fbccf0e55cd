//! A batch of several jobs; and stores of version 1, which knew one job only.

use super::jobs::intent;
use super::*;

fn collected(bench: &Bench, count: u8) -> Store {
    let store = bench.batch("a");
    let boards: Vec<_> = (1..=count).map(board).collect();
    bench.collect(&store, &boards);
    store
}

fn in_parts(rows: &[u64]) -> Vec<Intent> {
    let part = |(number, rows): (usize, &u64)| Intent {
        name: format!("line-3-{number}"),
        ..intent(*rows)
    };
    (1..).zip(rows).map(part).collect()
}

fn boards_of(store: &Store, job: i64) -> Vec<String> {
    let mut names = Vec::new();
    let visit = |board: Board| {
        names.push(board.what.name);
        Ok::<_, StoreError>(())
    };
    store.reader().boards_of(Which::Job(job), visit).unwrap();
    names
}

#[test]
fn parts_take_the_boards_in_order_all_or_none() {
    let bench = Bench::new();
    let mut store = collected(&bench, 5);
    let short = store.record_intents(&in_parts(&[3, 1])).unwrap_err();
    assert!(
        matches!(short, StoreError::BoardsChanged { waiting: 5, .. }),
        "{short}"
    );
    assert_eq!(store.reader().jobs().unwrap(), []);
    let jobs = store.record_intents(&in_parts(&[3, 2])).unwrap();
    assert_eq!(boards_of(&store, jobs[0].row), ["b-1", "b-2", "b-3"]);
    assert_eq!(boards_of(&store, jobs[1].row), ["b-4", "b-5"]);
    assert!(
        jobs.iter()
            .all(|job| job.begun_ms.is_none() && job.parts == 2)
    );
    let again = store.record_intents(&in_parts(&[3, 2])).unwrap_err();
    assert!(matches!(again, StoreError::JobExists { .. }), "{again}");
    store.reader().verify_log().unwrap();
}

#[test]
fn one_part_is_in_doubt_at_a_time_and_ids_are_their_own() {
    let bench = Bench::new();
    let mut store = collected(&bench, 3);
    let jobs = store.record_intents(&in_parts(&[1, 1, 1])).unwrap();
    let rows: Vec<_> = jobs.iter().map(|job| job.row).collect();
    let begun = store.record_begun(rows[0], Some(true)).unwrap();
    assert_eq!(begun.intent.no_job_of_that_name_before, Some(true));
    assert!(
        store.record_begun(rows[1], None).is_err(),
        "the first is in doubt"
    );
    assert!(store.record_begun(rows[0], None).is_err(), "it was begun");
    store.record_posted(rows[0], "id-1").unwrap();
    store.record_begun(rows[1], None).unwrap();
    let other = store.record_posted(rows[1], "id-1").unwrap_err();
    assert!(matches!(other, StoreError::OtherPartsId { .. }), "{other}");
    store.record_refused(rows[1], "HTTP 401").unwrap();
    store.record_begun(rows[2], None).unwrap();
    assert!(
        store.abandon_intents("too late").is_err(),
        "the first is at the service"
    );
    store.record_posted(rows[2], "id-3").unwrap();
    let told = events(store.reader());
    let told: Vec<_> = told
        .iter()
        .filter(|told| told.starts_with("job."))
        .collect();
    assert_eq!(told.len(), 3 + 3 + 2 + 1, "{told:?}");
    store.reader().verify_log().unwrap();
}

#[test]
fn names_that_differ_in_case_only_are_found() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let named = |n: u8, name: &str| NewBoard {
        name: name.to_owned(),
        ..board(n)
    };
    bench.collect(&store, &[named(1, "sensor-a"), named(2, "sensor-b")]);
    store.reader().refuse_names_alike().unwrap();
    bench.collect(&store, &[named(3, "Sensor-A")]);
    let error = store.reader().refuse_names_alike().unwrap_err();
    assert!(
        error.to_string().contains(r#""Sensor-A" and "sensor-a""#),
        "{error}"
    );
}

/// Made by nameplate 0.1 before there were parts: three boards, issued. Never made anew: it is what those stores are.
const VERSION_1: &[u8] = include_bytes!("golden/batch_1.db");

#[test]
fn a_store_that_version_1_made_goes_on() {
    let bench = Bench::new();
    std::fs::create_dir(bench.batch_dir("demo")).unwrap();
    std::fs::write(bench.database("demo"), VERSION_1).unwrap();
    let reader = Reader::open(&bench.batch_dir("demo"));
    assert!(
        matches!(reader, Err(StoreError::Older { .. })),
        "reading changes nothing"
    );
    let mut store = Store::open(&bench.batch_dir("demo")).unwrap();
    let [job] = <[Job; 1]>::try_from(store.reader().jobs().unwrap()).unwrap();
    assert_eq!((job.part, job.parts), (1, 1));
    assert_eq!(job.begun_ms, Some(job.intent_ms));
    assert_eq!(job.intent.data_form, "csv");
    assert_eq!(job.status.as_deref(), Some("COMPLETE"));
    assert!(job.service_id.is_some() && !job.is_doubtful());
    assert_eq!(boards_of(&store, job.row).len(), 3);
    assert_eq!(store.reader().counts().unwrap().of(BoardState::Issued), 3);
    store.reader().verify_log().unwrap();
    store.record_status(job.row, "EXECUTED").unwrap();
    assert!(store.record_intent(&intent(3)).is_err());
    drop(store);
    let reader = open_reader(&bench.batch_dir("demo"));
    assert_eq!(
        reader.current_job().unwrap().unwrap().status.as_deref(),
        Some("EXECUTED")
    );
}

#[test]
fn an_intent_of_version_1_is_in_doubt() {
    let bench = Bench::new();
    std::fs::create_dir(bench.batch_dir("demo")).unwrap();
    std::fs::write(bench.database("demo"), VERSION_1).unwrap();
    // As it was between the intent and the answer.
    bench.tamper(
        "demo",
        "UPDATE jobs SET service_id = NULL, posted_ms = NULL, status = NULL; UPDATE boards SET state = 'collected'",
    );
    let mut store = Store::open(&bench.batch_dir("demo")).unwrap();
    let job = store.reader().current_job().unwrap().unwrap();
    assert!(job.is_doubtful());
    store.record_posted(job.row, "found by its name").unwrap();
    assert_eq!(
        store.reader().counts().unwrap().of(BoardState::Submitted),
        3
    );
}
