//! A process that is killed while it records boards: whatever it was told is recorded must be there afterwards.
//!
//! The test starts this same binary as the process to be killed, which records boards and prints each answer.
#![allow(
    clippy::unwrap_used,
    reason = "clippy does not see that helpers of a test are tests"
)]

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use nameplate::store::{KeyHash, NewBoard, Reader, Station, Store, StoreError};

const DIR: &str = "NAMEPLATE_TEST_STORE_KILL_DIR";
const ROUND: &str = "NAMEPLATE_TEST_STORE_KILL_ROUND";
const ROUNDS: u32 = 10;

fn board(round: u32, thread: u8, n: u16) -> NewBoard {
    let (r, [high, low]) = (round.to_le_bytes()[0], n.to_be_bytes());
    let mac = format!("02:00:{r:02x}:{thread:02x}:{high:02x}:{low:02x}");
    NewBoard {
        name: format!("b-{round}-{thread}-{n}"),
        link: format!("/dev/ttyACM{thread}"),
        key: KeyHash::of_spki(mac.as_bytes()),
        csr: mac.repeat(20).into_bytes(),
        firmware: "demo".into(),
        columns: "{}".into(),
        mac,
    }
}

/// Not a test by itself: the part that is killed. Without its environment it has nothing to do.
#[test]
fn the_process_that_is_killed() {
    let (Ok(dir), Ok(round)) = (std::env::var(DIR), std::env::var(ROUND)) else {
        return;
    };
    let (dir, round) = (Path::new(&dir), round.parse().unwrap());
    let store = Store::open_or_create(dir, "kill").unwrap();
    let station = Station::open(&dir.join("station.db")).unwrap();
    let writer = store.start_writer(station).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let handle = writer.handle();
            scope.spawn(move || {
                for n in 0..u16::MAX {
                    let board = board(round, thread, n);
                    let mac = board.mac.clone();
                    handle.record(board).unwrap();
                    // One write a line: a line is printed whole or, at the kill, cut short and not counted.
                    let line = format!("\nrecorded {mac}\n");
                    std::io::stderr().write_all(line.as_bytes()).unwrap();
                }
            });
        }
    });
}

/// Starts the process, kills it once it has printed `lines` answers, and returns every answer that it printed.
fn run_and_kill(dir: &Path, round: u32, lines: u64) -> HashSet<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_process_that_is_killed", "--nocapture"])
        .env(DIR, dir)
        .env(ROUND, round.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut recorded = HashSet::new();
    let mut killed = false;
    for line in BufReader::new(child.stderr.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.strip_prefix("recorded ") {
            Some(mac) if mac.len() == 17 => drop(recorded.insert(mac.to_owned())),
            _ => assert!(line.is_empty() || killed, "the process says: {line}"),
        }
        if !killed && recorded.len() as u64 >= lines {
            child.kill().unwrap();
            killed = true;
        }
    }
    child.wait().unwrap();
    assert!(killed, "the process ended by itself");
    recorded
}

#[test]
fn every_board_that_was_told_so_is_there_after_the_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorded = HashSet::new();
    for round in 0..ROUNDS {
        let lines = 1 + RandomState::new().hash_one(round) % 150;
        recorded.extend(run_and_kill(folder.path(), round, lines));
        let mut stored = HashSet::new();
        let visit = |board: nameplate::store::Board| {
            stored.insert(board.what.mac);
            Ok::<_, StoreError>(())
        };
        // Alternately a reader and a writer is the first to meet what the kill left.
        if round % 2 == 0 {
            Reader::open(folder.path()).unwrap().boards(visit).unwrap();
        } else {
            Store::open(folder.path())
                .unwrap()
                .reader()
                .boards(visit)
                .unwrap();
        }
        let lost: Vec<_> = recorded.difference(&stored).collect();
        assert!(
            lost.is_empty(),
            "round {round}, killed after {lines}: {lost:?}"
        );
        let head = Reader::open(folder.path()).unwrap().verify_log().unwrap();
        assert_eq!(usize::try_from(head.seq).unwrap(), stored.len() + 1);
    }
    collect_again(folder.path(), &recorded);
}

/// Boards that died unanswered come back and are taken, whatever the kills left in the station's index.
fn collect_again(dir: &Path, recorded: &HashSet<String>) {
    let store = Store::open(dir).unwrap();
    let writer = store
        .start_writer(Station::open(&dir.join("station.db")).unwrap())
        .unwrap();
    std::thread::scope(|scope| {
        for thread in 0..6 {
            let handle = writer.handle();
            scope.spawn(move || {
                for (round, n) in (0..ROUNDS).flat_map(|round| (0..30).map(move |n| (round, n))) {
                    let board = board(round, thread, n);
                    let told = recorded.contains(&board.mac);
                    let answer = handle.record(board).unwrap();
                    assert!(answer.already || !told);
                }
            });
        }
    });
    writer.finish().unwrap();
    store.reader().verify_log().unwrap();
}
