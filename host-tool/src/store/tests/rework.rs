//! Boards that failed and are submitted again: a round of its own, all of it or nothing.

use super::jobs::intent;
use super::*;

/// A first round of four boards in two jobs, reported on: the second and the fourth board failed.
fn reported(bench: &Bench) -> (Store, [i64; 2]) {
    let mut store = bench.batch("a");
    let boards: Vec<_> = (1..=4).map(board).collect();
    bench.collect(&store, &boards);
    let part = |number: u8| Intent {
        name: format!("line-3-{number}"),
        ..intent(2)
    };
    let jobs = store.record_intents(&[part(1), part(2)]).unwrap();
    for (job, id) in jobs.iter().zip(["id-1", "id-2"]) {
        store.record_begun(job.row, Some(true)).unwrap();
        store.record_posted(job.row, id).unwrap();
    }
    (store, [jobs[0].row, jobs[1].row])
}

fn report(store: &mut Store, job: i64, boards: [(u8, Result<(), &str>); 2]) -> Applied {
    store.record_report(job, "report.csv", "ab").unwrap();
    let outcomes = boards.map(|(n, result)| Outcome {
        name: board(n).name,
        result: result.map_err(str::to_owned),
    });
    store.apply_report(job, outcomes).unwrap()
}

fn rework(rows: u64) -> Intent {
    Intent {
        name: "line-3 rework 1".into(),
        ..intent(rows)
    }
}

fn names_of(store: &Store, which: Which) -> Vec<String> {
    let mut names = Vec::new();
    let visit = |board: Board| {
        names.push(board.what.name);
        Ok::<_, StoreError>(())
    };
    store.reader().boards_of(which, visit).unwrap();
    names
}

const FAILED: Which = Which::Failed {
    skip: 0,
    take: u64::MAX,
};

#[test]
fn those_that_failed_go_through_a_round_of_their_own() {
    let bench = Bench::new();
    let (mut store, [first, second]) = reported(&bench);
    let early = store.record_rework(&[rework(2)]).unwrap_err();
    assert!(matches!(early, StoreError::NoReportYet { .. }), "{early}");
    report(&mut store, first, [(1, Ok(())), (2, Err("no"))]);
    report(&mut store, second, [(3, Ok(())), (4, Err("never"))]);
    assert_eq!(names_of(&store, FAILED), ["b-2", "b-4"]);
    let short = store.record_rework(&[rework(1)]).unwrap_err();
    assert!(
        matches!(short, StoreError::BoardsChanged { waiting: 2, .. }),
        "{short}"
    );
    let jobs = store.record_rework(&[rework(2)]).unwrap();
    let [job] = <[Job; 1]>::try_from(jobs).unwrap();
    assert_eq!((job.round, job.part, job.parts), (2, 1, 1));
    assert_eq!(job.rework_of, Some(first));
    assert!(job.is_doubtful());
    // As long as nobody knows that it was taken, they have failed.
    assert_eq!(store.reader().counts().unwrap().of(BoardState::Failed), 2);
    let again = store.record_rework(&[rework(2)]).unwrap_err();
    assert!(matches!(again, StoreError::NoReportYet { .. }), "{again}");
    store.record_posted(job.row, "id-3").unwrap();
    let waiting = store.reader().board("b-4").unwrap().unwrap();
    assert_eq!(
        (waiting.state, waiting.error, waiting.job),
        (BoardState::Submitted, None, Some(job.row))
    );
    // The first round's report again is no step: what it says of them is known.
    let before = events(store.reader());
    let applied = store
        .apply_report(
            first,
            [Outcome {
                name: "b-2".into(),
                result: Err("no".into()),
            }],
        )
        .unwrap();
    assert_eq!(
        (
            applied.issued,
            applied.failed,
            applied.reworked,
            applied.unknown
        ),
        (1, 0, 1, 0)
    );
    assert_eq!(events(store.reader()), before);
    // Its data file holds what it held.
    assert_eq!(names_of(&store, Which::Job(first)), ["b-1", "b-2"]);
    assert_eq!(names_of(&store, Which::Job(job.row)), ["b-2", "b-4"]);
    let applied = report(&mut store, job.row, [(2, Ok(())), (4, Err("still"))]);
    assert_eq!((applied.issued, applied.failed), (1, 1));
    let third = store.record_rework(&[rework(1)]).unwrap();
    assert_eq!((third[0].round, third[0].rework_of), (3, Some(job.row)));
    store.reader().verify_log().unwrap();
}

#[test]
fn a_round_that_is_given_up_leaves_all_as_it_was() {
    let bench = Bench::new();
    let (mut store, [first, second]) = reported(&bench);
    report(&mut store, first, [(1, Err("x")), (2, Err("no"))]);
    report(&mut store, second, [(3, Ok(())), (4, Err("never"))]);
    let boards = |store: &Store| {
        ["b-1", "b-2", "b-3", "b-4"].map(|name| {
            let board = store.reader().board(name).unwrap().unwrap();
            (board.state, board.error, board.job)
        })
    };
    let before = boards(&store);
    let parts = [rework(2), rework(1)];
    let jobs = store.record_rework(&parts).unwrap();
    assert_eq!(names_of(&store, Which::Job(jobs[0].row)), ["b-1", "b-2"]);
    assert_eq!(names_of(&store, Which::Job(jobs[1].row)), ["b-4"]);
    store.abandon_intents("the service said 401").unwrap();
    assert_eq!(boards(&store), before);
    assert_eq!(store.reader().jobs().unwrap().len(), 2);
    // The round before was taken: it can't be given up.
    assert!(store.abandon_intents("too late").is_err());
    let jobs = store.record_rework(&parts).unwrap();
    store.record_begun(jobs[0].row, None).unwrap();
    store.record_posted(jobs[0].row, "id-3").unwrap();
    let other = store.record_begun(jobs[1].row, None).unwrap();
    assert!(other.is_doubtful());
    let same = store.record_posted(jobs[1].row, "id-1").unwrap_err();
    assert!(matches!(same, StoreError::OtherPartsId { .. }), "{same}");
    store.record_posted(jobs[1].row, "id-4").unwrap();
    assert_eq!(
        store.reader().counts().unwrap().of(BoardState::Submitted),
        3
    );
    store.reader().verify_log().unwrap();
}
