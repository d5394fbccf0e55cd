//! The station's index: no MAC, name or key twice over all batches; and what a crash leaves behind.

use super::*;
use crate::store::station::Batch;

#[test]
fn another_batch_may_not_have_what_this_one_has() {
    let bench = Bench::new();
    let (first, second) = (bench.batch("a"), bench.batch("b"));
    bench.collect(&first, &[board(1)]);
    let answers = bench.collect(
        &second,
        &[
            board(1),
            NewBoard {
                mac: board(1).mac,
                ..board(2)
            },
            NewBoard {
                name: board(1).name,
                ..board(2)
            },
            NewBoard {
                key: board(1).key,
                ..board(2)
            },
            board(2),
        ],
    );
    let whats: Vec<_> = answers[..4]
        .iter()
        .map(|answer| refused(answer).what)
        .collect();
    assert_eq!(whats, [What::Mac, What::Mac, What::Name, What::Key]);
    assert!(
        answers[..4]
            .iter()
            .all(|answer| refused(answer).other_batch.as_deref() == Some("a"))
    );
    let words = refused(&answers[2]).to_string();
    assert_eq!(
        words,
        r#"name "b-1" of the board with MAC 02:00:00:00:00:02 is already in batch "a", on the board with MAC 02:00:00:00:00:01"#
    );
    assert!(answers[4].is_ok(), "a refused board reserves nothing");
    assert_eq!(names(second.reader()), ["b-2"]);
}

#[test]
fn two_batches_of_one_name_are_two() {
    let bench = Bench::new();
    bench.collect(&bench.batch("a"), &[board(1)]);
    let twin = Store::open_or_create(&bench.batch_dir("twin"), "a").unwrap();
    let answers = bench.collect(&twin, &[board(1)]);
    assert_eq!(refused(&answers[0]).other_batch.as_deref(), Some("a"));
}

/// The station's commit comes first; here the batch's never came.
#[test]
fn reservations_of_a_crash_do_not_stand_in_the_batchs_own_way() {
    let bench = Bench::new();
    let (first, second) = (bench.batch("a"), bench.batch("b"));
    let reserve = |n: u8, store: &Store| {
        let mut station = bench.station();
        let reservations = station.begin().unwrap();
        let meta = store.meta();
        let batch = Batch {
            id: &meta.batch_id,
            name: &meta.name,
        };
        reservations
            .reserve(batch, board(n).identity(), &Admitted::default())
            .unwrap()
            .unwrap();
        reservations.commit().unwrap();
    };
    reserve(1, &first);
    reserve(2, &first);
    // The board comes back with a name and a key of other stale entries.
    let mixed = NewBoard {
        name: board(2).name,
        ..board(1)
    };
    let answers = bench.collect(
        &first,
        &[
            mixed,
            board(2),
            NewBoard {
                name: "b-9".into(),
                ..board(2)
            },
        ],
    );
    assert!(answers[0].is_ok());
    assert_eq!(refused(&answers[1]).what, What::Name);
    assert!(answers[2].is_ok());
    // Other batches keep off what is reserved, and may have what no longer is.
    let answers = bench.collect(
        &second,
        &[NewBoard {
            key: KeyHash([7; 32]),
            ..board(2)
        }],
    );
    assert_eq!(refused(&answers[0]).what, What::Mac);
    let answers = bench.collect(
        &second,
        &[NewBoard {
            name: board(1).name,
            ..board(8)
        }],
    );
    assert!(answers[0].is_ok());
}

#[test]
fn reservations_that_are_not_committed_are_none() {
    let bench = Bench::new();
    let (first, second) = (bench.batch("a"), bench.batch("b"));
    let mut station = bench.station();
    let meta = first.meta();
    let batch = Batch {
        id: &meta.batch_id,
        name: &meta.name,
    };
    let reservations = station.begin().unwrap();
    reservations
        .reserve(batch, board(1).identity(), &Admitted::default())
        .unwrap()
        .unwrap();
    drop(reservations);
    assert!(bench.collect(&second, &[board(1)])[0].is_ok());
}

#[test]
fn a_forgotten_batchs_boards_may_join_another() {
    let bench = Bench::new();
    let (first, second) = (bench.batch("a"), bench.batch("b"));
    bench.collect(&first, &[board(1), board(2)]);
    assert_eq!(
        bench
            .station()
            .forget_batch(&first.meta().batch_id)
            .unwrap(),
        2
    );
    assert!(bench.collect(&second, &[board(1)])[0].is_ok());
}

/// Both benches race for the same hundred boards: each board ends in exactly one batch.
#[test]
fn several_benches_share_one_index() {
    let bench = Bench::new();
    let collect = |name: &str| {
        let store = bench.batch(name);
        let boards: Vec<_> = (0..100).map(board).collect();
        bench
            .collect(&store, &boards)
            .iter()
            .filter(|answer| answer.is_ok())
            .count()
    };
    let counts = std::thread::scope(|scope| {
        let threads = ["a", "b", "c"].map(|name| scope.spawn(move || collect(name)));
        threads.map(|thread| thread.join().unwrap())
    });
    assert_eq!(counts.iter().sum::<usize>(), 100, "{counts:?}");
}
