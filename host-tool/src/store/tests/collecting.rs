//! Recording boards: what is taken, what is refused, and when a board may hear "recorded".

use std::os::unix::fs::PermissionsExt;

use super::*;

const NEW: Recorded = Recorded {
    already: false,
    renewed: false,
};
const AGAIN: Recorded = Recorded {
    already: true,
    renewed: false,
};

#[test]
fn a_board_is_there_as_given_once_it_is_recorded() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let answers = bench.collect(&store, &[board(1), board(2)]);
    assert!(
        answers
            .iter()
            .all(|answer| *answer.as_ref().unwrap() == NEW)
    );
    let stored = store.reader().board("b-2").unwrap().unwrap();
    assert_eq!(stored.what, board(2));
    assert_eq!((stored.sequence, stored.state), (2, BoardState::Collected));
    assert_eq!((stored.error, stored.job), (None, None));
    assert_eq!(names(store.reader()), ["b-1", "b-2"]);
    let expected = [
        "batch.created a",
        "board.collected b-1",
        "board.collected b-2",
    ];
    assert_eq!(events(store.reader()), expected);
    assert_eq!(store.reader().verify_log().unwrap().seq, 3);
}

/// Every answer is checked by another connection the moment it comes, while seven other threads keep the writer busy.
#[test]
fn nobody_hears_recorded_before_the_commit() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let writer = store.start_writer(bench.station()).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (handle, dir) = (writer.handle(), bench.batch_dir("a"));
            scope.spawn(move || {
                for n in 0..20 {
                    let board = board(thread * 20 + n);
                    handle.record(board.clone()).unwrap();
                    let stored = open_reader(&dir).board(&board.name).unwrap();
                    assert_eq!(stored.unwrap().what, board);
                }
            });
        }
    });
    writer.finish().unwrap();
    assert_eq!(store.reader().counts().unwrap().boards(), 160);
    assert_eq!(store.reader().verify_log().unwrap().seq, 161);
}

#[test]
fn records_that_wait_together_share_a_commit() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let mut books = store.books(bench.station()).unwrap();
    let group: Vec<_> = (0..64)
        .map(|n| group::Record::Board(Box::new(board(n)), Box::default()))
        .collect();
    let verdicts = books.commit(&group).unwrap();
    assert!(
        verdicts
            .iter()
            .all(|verdict| matches!(verdict, Some(Ok(NEW))))
    );
    // In one group, too, the second of two that collide is refused.
    let group = [100, 101, 100].map(|n| group::Record::Board(Box::new(board(n)), Box::default()));
    let verdicts = books.commit(&group).unwrap();
    assert!(matches!(
        verdicts[..],
        [Some(Ok(NEW)), Some(Ok(NEW)), Some(Ok(AGAIN))]
    ));
}

#[test]
fn one_thread_can_have_many_boards_on_the_way() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let writer = store.start_writer(bench.station()).unwrap();
    let handle = writer.handle();
    let pending: Vec<_> = (0..200).map(|n| handle.begin(board(n)).unwrap()).collect();
    for pending in pending {
        assert_eq!(pending.wait().unwrap(), NEW);
    }
    // Whoever stops waiting loses nothing.
    drop(handle.begin(board(200)).unwrap());
    drop(handle);
    writer.finish().unwrap();
    assert_eq!(store.reader().counts().unwrap().boards(), 201);
}

#[test]
fn the_same_board_again_adds_nothing() {
    let bench = Bench::new();
    let store = bench.batch("a");
    bench.collect(&store, &[board(1)]);
    let mut elsewhere = board(1);
    elsewhere.link = "tls 10.0.0.5:4033".into();
    let before = events(store.reader());
    let answers = bench.collect(&store, &[board(1), elsewhere]);
    assert!(
        answers
            .iter()
            .all(|answer| *answer.as_ref().unwrap() == AGAIN)
    );
    assert_eq!(names(store.reader()), ["b-1"]);
    assert_eq!(events(store.reader()), before);
}

#[test]
fn other_columns_replace_the_request_until_it_is_in_a_job() {
    let bench = Bench::new();
    let mut store = bench.batch("a");
    bench.collect(&store, &[board(1)]);
    let mut changed = board(1);
    changed.csr = vec![0x30, 1, 1];
    changed.columns = r#"{"device_name":"b-1","more":"x"}"#.into();
    let answer = bench.collect(&store, &[changed.clone()]).remove(0).unwrap();
    assert!(answer.already && answer.renewed);
    assert_eq!(store.reader().board("b-1").unwrap().unwrap().what, changed);
    assert_eq!(events(store.reader()).last().unwrap(), "board.renewed b-1");

    store.record_intent(&jobs::intent(1)).unwrap();
    let answer = bench.collect(&store, &[board(1)]).remove(0).unwrap();
    assert_eq!(answer, AGAIN);
    assert_eq!(store.reader().board("b-1").unwrap().unwrap().what, changed);
}

#[test]
fn one_mac_one_name_one_key_in_words_that_name_both() {
    let bench = Bench::new();
    let store = bench.batch("a");
    bench.collect(&store, &[board(1), board(2)]);
    let with = |change: fn(&mut NewBoard)| {
        let mut board = board(3);
        change(&mut board);
        board
    };
    let answers = bench.collect(
        &store,
        &[
            with(|board| board.mac = "02:00:00:00:00:01".into()),
            with(|board| board.name = "b-1".into()),
            with(|board| board.key = KeyHash([1; 32])),
            NewBoard {
                key: KeyHash([9; 32]),
                ..board(1)
            },
            NewBoard {
                key: KeyHash([2; 32]),
                ..board(1)
            },
            NewBoard {
                name: "renamed".into(),
                ..board(1)
            },
        ],
    );
    let whats: Vec<_> = answers.iter().map(|answer| refused(answer).what).collect();
    assert_eq!(
        whats,
        [
            What::Mac,
            What::Name,
            What::Key,
            What::KeyChanged,
            What::Key,
            What::Mac
        ]
    );
    let stops: Vec<_> = answers
        .iter()
        .map(|answer| refused(answer).stops_the_line())
        .collect();
    assert_eq!(stops, [false, false, true, false, true, false]);
    let words: Vec<_> = answers
        .iter()
        .map(|answer| refused(answer).to_string())
        .collect();
    assert_eq!(
        words[0],
        r#"MAC 02:00:00:00:00:01 of board "b-3" is already in this batch, on board "b-1""#
    );
    assert_eq!(
        words[1],
        r#"name "b-1" of the board with MAC 02:00:00:00:00:03 is already in this batch, on the board with MAC 02:00:00:00:00:01"#
    );
    assert!(words[2].starts_with(
        r#"board "b-3" (MAC 02:00:00:00:00:03) has the same key as board "b-1" (MAC 02:00:00:00:00:01) in this batch"#
    ));
    assert!(words[3].contains("another key") && words[3].contains("use a new batch"));
    assert_eq!(names(store.reader()), ["b-1", "b-2"]);
    // Nothing of a refused board stays behind: what it had of its own is still free.
    assert_eq!(
        *bench.collect(&store, &[board(3)])[0].as_ref().unwrap(),
        NEW
    );
}

#[test]
fn values_out_of_form_never_reach_the_store() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let bad = [
        NewBoard {
            mac: "02-00-00-00-00-01".into(),
            ..board(1)
        },
        NewBoard {
            name: String::new(),
            ..board(1)
        },
        NewBoard {
            name: "n".repeat(MAX_NAME_BYTES + 1),
            ..board(1)
        },
        NewBoard {
            csr: vec![0; MAX_CSR_BYTES + 1],
            ..board(1)
        },
        NewBoard {
            columns: "c".repeat(MAX_COLUMNS_BYTES + 1),
            ..board(1)
        },
    ];
    for answer in bench.collect(&store, &bad) {
        let Err(RecordError::Store(error)) = answer else {
            panic!("{answer:?}")
        };
        assert!(matches!(*error, StoreError::BadValue { .. }), "{error}");
    }
    assert_eq!(store.reader().counts().unwrap().boards(), 0);
}

/// A store that may not grow stands for a full disk: SQLite reports both the same way.
#[test]
fn a_full_disk_is_told_to_every_board_and_the_writer_goes_on() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let mut books = store.books(bench.station()).unwrap();
    let pages: i64 = books
        .batch
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    let limit = |books: &Books, pages: i64| {
        let set = books
            .batch
            .pragma_update_and_check(None, "max_page_count", pages, |row| row.get::<_, i64>(0));
        set.unwrap();
    };
    limit(&books, pages);
    let big = |n| {
        let board = NewBoard {
            csr: vec![n; MAX_CSR_BYTES],
            ..board(n)
        };
        group::Record::Board(Box::new(board), Box::default())
    };
    let error = books.commit(&[big(1), big(2)]).unwrap_err();
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error}");

    let writer = Writer::start(books, Arc::clone(&store.lock), Grouping::default()).unwrap();
    let handle = writer.handle();
    for n in 1..9 {
        let answer = handle.record(NewBoard {
            csr: vec![n; MAX_CSR_BYTES],
            ..board(n)
        });
        let Err(RecordError::Store(error)) = answer else {
            panic!("{answer:?}")
        };
        assert!(error.to_string().contains("the disk is full"), "{error}");
    }
    // Small things still fit, and what was refused for want of room is free to come again.
    let big_text = "x".repeat(MAX_REASON_BYTES);
    for n in 0..40 {
        handle
            .event(Event::new("test", &format!("{n}{big_text}"), &json!({})))
            .unwrap();
    }
    drop(handle);
    let lost = writer.finish().unwrap_err();
    assert!(lost.lost > 0, "{lost}");
    assert_eq!(store.reader().counts().unwrap().boards(), 0);
    let answers = bench.collect(&store, &[board(1)]);
    assert_eq!(*answers[0].as_ref().unwrap(), NEW);
    store.reader().verify_log().unwrap();
}

#[test]
fn one_process_writes_others_read() {
    let bench = Bench::new();
    let store = bench.batch("a");
    let writer = store.start_writer(bench.station()).unwrap();
    writer.handle().record(board(1)).unwrap();
    let second = Store::open_or_create(&bench.batch_dir("a"), "a").unwrap_err();
    let words = second.to_string();
    let holder = format!(
        "in use by another nameplate (process {})",
        std::process::id()
    );
    assert!(words.contains(&holder), "{words}");
    assert_eq!(names(&open_reader(&bench.batch_dir("a"))), ["b-1"]);
    // The writer alone still keeps others out.
    drop(store);
    assert!(matches!(
        Store::open(&bench.batch_dir("a")),
        Err(StoreError::InUse { .. })
    ));
    writer.finish().unwrap();
    assert_eq!(
        names(Store::open(&bench.batch_dir("a")).unwrap().reader()),
        ["b-1"]
    );
}

#[test]
fn a_batch_keeps_its_identity_and_its_files_are_private() {
    let bench = Bench::new();
    let first = bench.batch("a").meta().clone();
    assert_eq!(bench.batch("a").meta(), &first);
    let other = Store::open_or_create(&bench.batch_dir("a"), "b").unwrap_err();
    assert!(
        other.to_string().contains(r#"holds batch "a", not "b""#),
        "{other}"
    );
    let mode = |path: PathBuf| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(bench.batch_dir("a")), 0o700);
    assert_eq!(mode(bench.database("a")), 0o600);
    let _open = bench.batch("a");
    assert_eq!(mode(bench.batch_dir("a").join("batch.db-wal")), 0o600);
    let nothing = Reader::open(&bench.batch_dir("none")).unwrap_err();
    assert!(matches!(nothing, StoreError::NoBatch { .. }));
}

#[test]
fn a_folder_that_can_t_be_entered_is_not_called_empty() {
    let folder = tempfile::tempdir().unwrap();
    // Of root nothing is hidden by its permissions: a link to itself is what nobody can enter.
    let closed = folder.path().join("closed");
    std::os::unix::fs::symlink(&closed, &closed).unwrap();
    let error = Reader::open(&closed).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
}
