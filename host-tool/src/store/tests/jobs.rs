//! The job's steps: intent, post, status, report; and what each does to the boards.

use super::*;

pub(super) fn intent(rows: u64) -> Intent {
    Intent {
        name: "line-3".into(),
        data_file: "batch.csv".into(),
        data_form: "csv".into(),
        data_sha256: "ab".repeat(32),
        data_bytes: 1234,
        data_rows: rows,
        no_job_of_that_name_before: Some(true),
    }
}

fn collected(bench: &Bench, count: u8) -> Store {
    let store = bench.batch("a");
    let boards: Vec<_> = (1..=count).map(board).collect();
    bench.collect(&store, &boards);
    store
}

fn states(store: &Store) -> Vec<BoardState> {
    let mut states = Vec::new();
    let visit = |board: Board| {
        states.push(board.state);
        Ok::<_, StoreError>(())
    };
    store.reader().boards(visit).unwrap();
    states
}

fn outcome(n: u8, result: Result<(), &str>) -> Outcome {
    Outcome {
        name: board(n).name,
        result: result.map_err(str::to_owned),
    }
}

#[test]
fn a_job_from_intent_to_report() {
    use BoardState::{Collected, Failed, Issued, Submitted};

    let bench = Bench::new();
    let mut store = collected(&bench, 3);
    assert_eq!(store.reader().current_job().unwrap(), None);
    let job = store.record_intent(&intent(3)).unwrap();
    assert_eq!(job.intent, intent(3));
    assert_eq!((job.service_id, job.posted_ms), (None, None));
    // A board that comes now is not in this job.
    bench.collect(&store, &[board(4)]);
    store.record_posted(1, "id-1").unwrap();
    assert_eq!(states(&store), [Submitted, Submitted, Submitted, Collected]);
    store.record_status(1, "IN_PROGRESS").unwrap();
    store.record_status(1, "IN_PROGRESS").unwrap();
    store.record_status(1, "COMPLETE").unwrap();
    store
        .record_report(1, "report.csv", &"cd".repeat(32))
        .unwrap();

    let report = [
        outcome(1, Ok(())),
        outcome(2, Err("policy says no")),
        outcome(4, Ok(())),
        outcome(9, Ok(())),
    ];
    let applied = store.apply_report(1, report.clone()).unwrap();
    assert_eq!(
        (
            applied.issued,
            applied.failed,
            applied.unknown,
            applied.without_outcome
        ),
        (1, 1, 2, 1)
    );
    assert_eq!(applied.unknown_names, ["b-4", "b-9"]);
    assert_eq!(states(&store), [Issued, Failed, Submitted, Collected]);
    let failed = store.reader().board("b-2").unwrap().unwrap();
    assert_eq!(failed.error.as_deref(), Some("policy says no"));
    let before = events(store.reader());
    assert_eq!(store.apply_report(1, report).unwrap(), applied);
    assert_eq!(
        events(store.reader()),
        before,
        "the same report again is no step"
    );

    let job = store.reader().current_job().unwrap().unwrap();
    assert_eq!(job.service_id.as_deref(), Some("id-1"));
    assert_eq!(job.status.as_deref(), Some("COMPLETE"));
    assert_eq!(job.report_file.as_deref(), Some("report.csv"));
    let told = |event: &str| before.iter().filter(|told| told.starts_with(event)).count();
    assert_eq!(
        (
            told("job.intended"),
            told("job.posted"),
            told("job.status"),
            told("job.report")
        ),
        (1, 1, 2, 1)
    );
    assert_eq!(
        (
            told("board.submitted"),
            told("board.issued"),
            told("board.failed")
        ),
        (3, 1, 1)
    );
    let counts = store.reader().counts().unwrap();
    assert_eq!(
        (
            counts.of(Issued),
            counts.of(Failed),
            counts.of(Collected),
            counts.boards()
        ),
        (1, 1, 1, 4)
    );
    store.reader().verify_log().unwrap();
}

#[test]
fn there_is_one_job_and_it_has_one_id() {
    let bench = Bench::new();
    let mut store = collected(&bench, 1);
    store.record_intent(&intent(1)).unwrap();
    let second = store.record_intent(&intent(1)).unwrap_err();
    assert!(
        second
            .to_string()
            .contains(r#"already has a job, "line-3""#),
        "{second}"
    );
    store.record_posted(1, "id-1").unwrap();
    store.record_posted(1, "id-1").unwrap();
    let other = store.record_posted(1, "id-2").unwrap_err();
    assert!(matches!(other, StoreError::OtherJobId { .. }), "{other}");
    let late = store.abandon_intents("too late").unwrap_err();
    assert!(matches!(late, StoreError::NoSuchJob { .. }), "{late}");
}

#[test]
fn an_abandoned_intent_leaves_the_boards_waiting() {
    let bench = Bench::new();
    let mut store = collected(&bench, 2);
    store.record_intent(&intent(2)).unwrap();
    store.abandon_intents("the service said 401").unwrap();
    assert_eq!(store.reader().current_job().unwrap(), None);
    assert_eq!(store.reader().board("b-1").unwrap().unwrap().job, None);
    let job = store.record_intent(&intent(2)).unwrap();
    store.record_posted(job.row, "id-1").unwrap();
    assert_eq!(states(&store), [BoardState::Submitted; 2]);
}

#[test]
fn a_lost_answer_is_remembered_over_a_restart() {
    let bench = Bench::new();
    let mut store = collected(&bench, 1);
    store.record_intent(&intent(1)).unwrap();
    store.record_answer_lost(1, "connection reset").unwrap();
    drop(store);
    let mut store = bench.batch("a");
    let job = store.reader().current_job().unwrap().unwrap();
    assert!(job.answer_lost_ms.is_some() && job.service_id.is_none());
    store.record_posted(1, "found by name").unwrap();
    assert_eq!(states(&store), [BoardState::Submitted]);
}

#[test]
fn a_data_file_that_holds_other_boards_is_not_posted() {
    let bench = Bench::new();
    let mut store = collected(&bench, 2);
    let stale = store.record_intent(&intent(1)).unwrap_err();
    assert!(
        stale.to_string().contains("1 rows, but 2 boards wait"),
        "{stale}"
    );
    assert_eq!(store.reader().current_job().unwrap(), None);
    assert_eq!(store.reader().board("b-1").unwrap().unwrap().job, None);
    assert_eq!(
        events(store.reader()).len(),
        3,
        "a step that failed is not in the log"
    );
    let empty = bench.batch("b").record_intent(&intent(0)).unwrap_err();
    assert!(matches!(empty, StoreError::BoardsChanged { .. }), "{empty}");
}

#[test]
fn steps_without_their_job_are_refused() {
    let bench = Bench::new();
    let mut store = collected(&bench, 1);
    assert!(store.record_posted(1, "id").is_err());
    store.record_intent(&intent(1)).unwrap();
    assert!(store.record_status(1, "COMPLETE").is_err());
    assert!(store.record_report(1, "report.csv", "").is_err());
    assert!(store.apply_report(1, []).is_err());
}
