//! A join token that is for so many boards, over all batches of the station.

use super::*;

fn admitted(most: Option<u64>) -> Admitted {
    let id = "1f0c9a3e".to_owned();
    Admitted {
        by: format!("token {id}"),
        token: Some(TokenUse { id, most }),
    }
}

/// Records boards one after the other, each let in by the token.
fn join(bench: &Bench, store: &Store, boards: &[u8], most: Option<u64>) -> Vec<bool> {
    let writer = store.start_writer(bench.station()).unwrap();
    let handle = writer.handle();
    let answers = boards.iter().map(
        |n| match handle.record_admitted(board(*n), admitted(most)) {
            Ok(_) => true,
            Err(RecordError::TokenUsedUp(token)) => {
                assert_eq!(token.id, "1f0c9a3e");
                false
            }
            Err(other) => panic!("{other}"),
        },
    );
    let answers = answers.collect();
    drop(handle);
    writer.finish().unwrap();
    answers
}

#[test]
fn it_lets_in_so_many_boards_and_no_more_however_often_they_come() {
    let bench = Bench::new();
    let (first, second) = (bench.batch("a"), bench.batch("b"));
    assert_eq!(
        join(&bench, &first, &[1, 1, 2], Some(3)),
        [true, true, true]
    );
    assert_eq!(
        join(&bench, &second, &[3, 4, 3], Some(3)),
        [true, false, true]
    );
    assert_eq!(join(&bench, &first, &[2, 5], Some(3)), [true, false]);
    assert_eq!(bench.station().joined("1f0c9a3e").unwrap(), 3);
    assert_eq!(names(first.reader()), ["b-1", "b-2"]);
    assert_eq!(names(second.reader()), ["b-3"]);
    // A board that was refused reserves nothing: by another token it comes in.
    assert!(bench.collect(&first, &[board(4)])[0].is_ok());
}

#[test]
fn without_a_limit_boards_are_counted_all_the_same() {
    let bench = Bench::new();
    let store = bench.batch("a");
    assert_eq!(join(&bench, &store, &[1, 2], None), [true, true]);
    assert_eq!(bench.station().joined("1f0c9a3e").unwrap(), 2);
    assert_eq!(bench.station().joined("00000000").unwrap(), 0);
    // The limit may be set later.
    assert_eq!(join(&bench, &store, &[3], Some(2)), [false]);
}

#[test]
fn boards_that_ask_at_once_are_not_let_in_beyond_it() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let mut books = store.books(bench.station()).unwrap();
    let group: Vec<_> = (1..=5)
        .map(|n| group::Record::Board(Box::new(board(n)), Box::new(admitted(Some(3)))))
        .collect();
    let verdicts = books.commit(&group).unwrap();
    let taken = verdicts.iter().flatten().filter(|verdict| verdict.is_ok());
    assert_eq!(taken.count(), 3);
    assert_eq!(bench.station().joined("1f0c9a3e").unwrap(), 3);
}

#[test]
fn the_log_says_by_what_a_board_was_let_in() {
    let bench = Bench::new();
    let store = bench.batch("a");
    join(&bench, &store, &[1], Some(3));
    let mut found = false;
    let visit = |row: LogRow| {
        found |= row.event.event == "board.collected"
            && row
                .event
                .detail
                .contains(r#""admitted_by":"token 1f0c9a3e""#);
        Ok::<_, StoreError>(())
    };
    store.reader().log(visit).unwrap();
    assert!(found);
}
