//! Stores that were changed by something other than the store: each is refused in words.

use std::fs;

use super::*;

fn filled(bench: &Bench) {
    let store = bench.batch("a");
    let boards: Vec<_> = (1..=40).map(board).collect();
    bench.collect(&store, &boards);
}

/// What a reader of the whole store meets.
fn read_all(dir: &Path) -> Result<(), StoreError> {
    let reader = Reader::open(dir)?;
    reader.verify_log()?;
    reader.current_job()?;
    reader.entries(|_| Ok::<_, StoreError>(()))
}

fn broken_at(bench: &Bench, sql: &str) -> (i64, LogFault) {
    let triggers = "DROP TRIGGER log_is_never_changed; DROP TRIGGER log_is_never_shortened;";
    bench.tamper("a", &format!("{triggers} {sql}"));
    match open_reader(&bench.batch_dir("a")).verify_log() {
        Err(StoreError::LogBroken { seq, fault, .. }) => (seq, fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_log_tells_which_row_was_changed_removed_or_moved() {
    let cases = [
        (
            "UPDATE log SET detail = replace(detail, '02:', '06:') WHERE seq = 5",
            5,
            LogFault::Changed,
        ),
        (
            "UPDATE log SET time_ms = time_ms + 1 WHERE seq = 1",
            1,
            LogFault::Changed,
        ),
        (
            "UPDATE log SET actor = station, station = actor WHERE seq = 41",
            41,
            LogFault::Changed,
        ),
        ("DELETE FROM log WHERE seq = 7", 7, LogFault::Missing),
        ("DELETE FROM log WHERE seq = 41", 40, LogFault::OtherEnd),
        ("DELETE FROM log", 0, LogFault::OtherEnd),
        (
            "UPDATE log SET seq = -1 WHERE seq = 3; UPDATE log SET seq = 3 WHERE seq = 4; UPDATE log SET seq = 4 WHERE seq = -1",
            3,
            LogFault::NotChained,
        ),
        (
            "DELETE FROM log WHERE seq = 7; UPDATE log SET seq = seq - 1 WHERE seq > 7",
            7,
            LogFault::NotChained,
        ),
        (
            "UPDATE batch SET batch_id = 'another'",
            1,
            LogFault::NotChained,
        ),
    ];
    for (sql, seq, fault) in cases {
        let bench = Bench::new();
        filled(&bench);
        assert_eq!(broken_at(&bench, sql), (seq, fault), "{sql}");
    }
}

#[test]
fn the_log_refuses_to_be_changed() {
    let bench = Bench::new();
    filled(&bench);
    let connection = Connection::open(bench.database("a")).unwrap();
    for sql in [
        "UPDATE log SET actor = 'me'",
        "DELETE FROM log",
        "INSERT OR REPLACE INTO log SELECT * FROM log WHERE seq = 1",
        "INSERT INTO log SELECT seq + 1000, time_ms, station, actor, event, subject, detail, previous_hash, hash FROM log",
    ] {
        let error = connection.execute(sql, []).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{sql}: {error}");
    }
}

#[test]
fn a_newer_store_is_refused_and_left_alone() {
    let bench = Bench::new();
    filled(&bench);
    bench.tamper("a", "PRAGMA user_version = 5");
    let before = fs::read(bench.database("a")).unwrap();
    let errors = [
        Store::open_or_create(&bench.batch_dir("a"), "a").unwrap_err(),
        Reader::open(&bench.batch_dir("a")).unwrap_err(),
    ];
    for error in errors {
        let words = error.to_string();
        assert!(
            words.contains("newer nameplate (store version 5, this one knows up to 4)"),
            "{words}"
        );
    }
    assert_eq!(fs::read(bench.database("a")).unwrap(), before);
}

#[test]
fn somebody_elses_file_is_refused_and_left_alone() {
    let bench = Bench::new();
    fs::create_dir(bench.batch_dir("a")).unwrap();
    bench.tamper("a", "CREATE TABLE theirs (x); PRAGMA user_version = 1");
    let before = fs::read(bench.database("a")).unwrap();
    let error = Store::open_or_create(&bench.batch_dir("a"), "a").unwrap_err();
    assert!(
        error.to_string().contains("is not a nameplate batch"),
        "{error}"
    );
    assert_eq!(fs::read(bench.database("a")).unwrap(), before);
    let station = Station::open(&bench.database("a")).unwrap_err();
    assert!(
        station
            .to_string()
            .contains("is not a nameplate station index"),
        "{station}"
    );
    fs::write(
        bench.database("a"),
        "not a database, but long enough to be read as one: ".repeat(99),
    )
    .unwrap();
    let error = Store::open(&bench.batch_dir("a")).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
}

#[test]
fn a_store_whose_making_was_interrupted_is_made() {
    let bench = Bench::new();
    fs::create_dir(bench.batch_dir("a")).unwrap();
    fs::write(bench.database("a"), "").unwrap();
    assert!(matches!(
        Reader::open(&bench.batch_dir("a")),
        Err(StoreError::Older { .. })
    ));
    filled(&bench);
    read_all(&bench.batch_dir("a")).unwrap();
}

#[test]
fn a_board_whose_row_was_changed_is_named() {
    for sql in [
        "UPDATE boards SET csr = x'3001' WHERE name = 'b-3'",
        "UPDATE boards SET columns = '{}' WHERE name = 'b-3'",
        "UPDATE boards SET mac = '02:00:00:00:01:03' WHERE name = 'b-3'",
        "UPDATE boards SET key_sha256 = upper(replace(key_sha256, '3', 'z')) WHERE name = 'b-3'",
    ] {
        let bench = Bench::new();
        filled(&bench);
        bench.tamper("a", sql);
        for error in [
            read_all(&bench.batch_dir("a")).unwrap_err(),
            in_blocks(&bench).unwrap_err(),
        ] {
            assert!(
                error.to_string().contains(r#"the row of board "b-3""#),
                "{sql}: {error}"
            );
        }
    }
}

/// What a batch file is written from, by its blocks.
fn in_blocks(bench: &Bench) -> Result<Vec<(String, Vec<u8>, String)>, StoreError> {
    let reader = Reader::open(&bench.batch_dir("a"))?;
    let store = reader.path();
    let mut boards = Vec::new();
    reader.blocks_of(Which::All, |mut block| {
        for row in block.rows(&store) {
            let row = row?;
            boards.push((
                row.name.to_owned(),
                row.csr.to_owned(),
                row.columns.to_owned(),
            ));
        }
        block.clear();
        Ok::<_, StoreError>(block)
    })?;
    Ok(boards)
}

#[test]
fn blocks_hold_the_boards_in_their_order() {
    let bench = Bench::new();
    filled(&bench);
    let boards = all(&bench).unwrap().into_iter();
    let boards: Vec<_> = boards
        .map(|board| (board.name, board.csr, board.columns))
        .collect();
    assert!(boards.len() > 2);
    assert_eq!(in_blocks(&bench).unwrap(), boards);
}

/// A page that has forgotten its last row: nothing of the rows that are left shows it.
#[test]
fn a_board_that_is_gone_is_missed() {
    /// A leaf of a table's tree, and where it has its number of rows (SQLite's file format, section 1.6).
    const LEAF: u8 = 0x0d;
    const COUNT: usize = 4;
    let bench = Bench::new();
    filled(&bench);
    let whole = fs::read(bench.database("a")).unwrap();
    let boards = all(&bench).unwrap();
    let page = usize::from(u16::from_be_bytes([whole[16], whole[17]]));
    let leaves = (page..whole.len()).step_by(page);
    let missed = leaves.filter(|&at| whole[at] == LEAF && whole[at + COUNT] > 1);
    let missed = missed.filter(|&at| {
        let mut bytes = whole.clone();
        bytes[at + COUNT] -= 1;
        fs::write(bench.database("a"), bytes).unwrap();
        match all_by(&bench, Reader::open_for_boards) {
            Ok(now) => assert_eq!(now, boards),
            Err(error) => return error.to_string().contains("missing"),
        }
        false
    });
    assert!(missed.count() > 0);
}

/// One byte changed anywhere, or the file cut anywhere: an error in words or no difference, never a panic and never
/// other boards.
#[test]
fn changed_bytes_and_cut_tails_never_give_other_boards() {
    let bench = Bench::new();
    filled(&bench);
    let whole = fs::read(bench.database("a")).unwrap();
    let boards = all(&bench).unwrap();
    let refused = |bytes: &[u8], what: &str| {
        fs::write(bench.database("a"), bytes).unwrap();
        for seen in [all(&bench), all_by(&bench, Reader::open_for_boards)] {
            match seen {
                Ok(now) => assert_eq!(now, boards, "{what}"),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
        all(&bench).is_err()
    };
    let changed = (0..whole.len()).step_by(149).filter(|&at| {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x41;
        refused(&bytes, &format!("byte {at}"))
    });
    assert!(changed.count() > 20);
    for cut in [1, 512, 4096, 5000, whole.len() - 4096, whole.len() - 100] {
        assert!(refused(&whole[..whole.len() - cut], "cut"), "cut by {cut}");
    }
}

fn all(bench: &Bench) -> Result<Vec<NewBoard>, StoreError> {
    all_by(bench, Reader::open)
}

fn all_by(
    bench: &Bench,
    open: impl Fn(&Path) -> Result<Reader, StoreError>,
) -> Result<Vec<NewBoard>, StoreError> {
    let mut boards = Vec::new();
    open(&bench.batch_dir("a"))?.boards(|board| {
        boards.push(board.what);
        Ok::<_, StoreError>(())
    })?;
    Ok(boards)
}
