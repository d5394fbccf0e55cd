//! The log that an auditor trusts: whatever somebody does to the store's file with another program is found, and told.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clock;

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, collect_on_cables, name};
use nameplate_tests::issued::Authority;
use nameplate_tests::programs::{Ran, run};

/// Two boards that are done, met by Anna.
fn done() -> Bench {
    let bench = Bench::new();
    collect_on_cables(&bench, 2);
    Authority::new().issue(&bench, &[], &[]);
    let boards = [Board::on_cable(&bench, 1), Board::on_cable(&bench, 2)];
    let mut deliver = bench.nameplate("deliver");
    deliver.env("NAMEPLATE_OPERATOR", "Anna\u{1b}[31m");
    for board in &boards {
        deliver.arg("--serial").arg(board.port.as_ref().unwrap());
    }
    let _ = run(&mut deliver).expect(0);
    bench
}

fn audit(bench: &Bench, arguments: &[&str]) -> Ran {
    run(bench.nameplate("audit").args(arguments))
}

/// What Python's sqlite3 does to the file; the triggers that forbid it are no obstacle to whoever has the file.
fn tamper(bench: &Bench, sql: &str) {
    let mut python = std::process::Command::new("python3");
    let program = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\n\
        for (name,) in c.execute(\"SELECT name FROM sqlite_schema WHERE type = 'trigger'\").fetchall(): c.execute(f'DROP TRIGGER {name}')\n\
        c.executescript(sys.argv[2])\nprint(c.total_changes)";
    python.args(["-c", program]);
    python.arg(bench.batch().join("batch.db")).arg(sql);
    let changed = run(&mut python).expect(0);
    assert_ne!(changed.stdout.trim(), "0", "{sql} changed nothing");
}

#[test]
fn a_whole_log_is_told_with_everybody_who_had_a_hand_in_it() {
    let bench = done();
    let ran = audit(&bench, &[]).expect(0);
    for words in ["The log is whole", "board.collected", "board.done", "Anna"] {
        assert!(ran.stdout.contains(words), "{words}: {ran:?}");
    }
    assert!(!ran.stdout.contains('\u{1b}'), "{ran:?}");
    let life = audit(&bench, &[&name(2)]).expect(0);
    let at = |word: &str| {
        life.stdout
            .find(word)
            .unwrap_or_else(|| panic!("{word}: {life:?}"))
    };
    let order = [
        "board.collected",
        "job.intended",
        "board.submitted",
        "board.issued",
        "certificate.taken",
        "board.installed",
        "board.done",
    ];
    assert!(order.map(at).is_sorted(), "{life:?}");
    assert!(!life.stdout.contains(&name(1)), "{life:?}");
    // By its MAC address, however that is written.
    let mac = nameplate_tests::board::mac(2)
        .replace(':', "-")
        .to_uppercase();
    let _ = audit(&bench, &[&mac]).expect(0).says(&name(2));
    let _ = audit(&bench, &["nobody"]).expect(1).says("has no board");
}

#[test]
fn every_hand_on_a_row_is_found() {
    let changes = [
        (
            "UPDATE log SET detail = replace(detail, '02:00', '02:01') WHERE seq = 3",
            3,
            "not what was written",
        ),
        (
            "UPDATE log SET time_ms = time_ms + 1 WHERE seq = 4",
            4,
            "not what was written",
        ),
        (
            "UPDATE log SET actor = 'nobody' WHERE seq = 2",
            2,
            "not what was written",
        ),
        ("DELETE FROM log WHERE seq = 4", 4, "missing"),
        (
            "DELETE FROM log WHERE seq = (SELECT max(seq) FROM log)",
            0,
            "does not end where it ended",
        ),
        (
            "UPDATE log SET seq = -seq WHERE seq IN (3, 4); UPDATE log SET seq = 7 + seq WHERE seq IN (-3, -4)",
            3,
            "does not follow",
        ),
        (
            "INSERT INTO log SELECT seq + 1, time_ms, station, actor, event, subject, detail, previous_hash, hash FROM log ORDER BY seq DESC LIMIT 1",
            0,
            "does not follow",
        ),
        (
            "UPDATE log_head SET seq = seq - 1",
            0,
            "does not end where it ended",
        ),
    ];
    let bench = done();
    let database = bench.batch().join("batch.db");
    let good = std::fs::read(&database).unwrap();
    for (sql, row, words) in changes {
        tamper(&bench, sql);
        let ran = audit(&bench, &[]).expect(1).says(words);
        let place = format!("was changed at row {row}:");
        assert!(row == 0 || ran.stderr.contains(&place), "{sql}: {ran:?}");
        assert!(!ran.stdout.contains("The log is whole"), "{sql}: {ran:?}");
        for file in ["batch.db-wal", "batch.db-shm"] {
            let _ = std::fs::remove_file(bench.batch().join(file));
        }
        std::fs::write(&database, &good).unwrap();
    }
    let _ = audit(&bench, &[]).expect(0);
}

#[test]
fn a_board_whose_row_was_changed_behind_the_log_is_found() {
    let bench = done();
    tamper(
        &bench,
        "UPDATE boards SET state = 'issued' WHERE sequence = 1",
    );
    let _ = audit(&bench, &[])
        .expect(1)
        .says("its row says issued, the log says done")
        .says("1 board does not agree with the log");
}

/// Somebody who writes the whole chain anew leaves a whole chain; only an end that was kept elsewhere tells it from what was written.
#[test]
fn a_log_that_was_written_anew_is_found_by_the_end_that_was_kept() {
    let bench = done();
    let told = audit(&bench, &["--json"]).expect(0).json();
    let told = told.iter().find(|event| event["event"] == "audit").unwrap();
    let head = told["head"].as_str().unwrap().to_owned();
    // More rows behind it are no fault.
    let _ = run(bench
        .nameplate("deliver")
        .args(["--timeout", "1", "--serial", "/dev/null"]));
    let _ = audit(&bench, &["--head", &head]).expect(0);
    rewrite(&bench);
    let _ = audit(&bench, &[]).expect(0).says("The log is whole");
    let _ = audit(&bench, &["--head", &head])
        .expect(1)
        .says("The log was rewritten since");
    let (_, hash) = head.split_once(':').unwrap();
    let _ = audit(&bench, &["--head", &format!("999:{hash}")])
        .expect(1)
        .says("has no row 999 any more");
    let _ = audit(&bench, &["--head", "7"]).expect(2);
}

/// The chain as `store/log.rs` describes it, by somebody who read that: each part with its length before it.
fn rewrite(bench: &Bench) {
    let program = r"
import hashlib, sqlite3, struct, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
for (name,) in c.execute('SELECT name FROM sqlite_schema WHERE type = \'trigger\'').fetchall(): c.execute(f'DROP TRIGGER {name}')
def chained(*parts):
    h = hashlib.sha256(struct.pack('>Q', len(parts)))
    for part in parts:
        h.update(struct.pack('>Q', len(part))); h.update(part)
    return h.digest()
(batch,) = c.execute('SELECT batch_id FROM batch').fetchone()
last = chained(b'nameplate-log', batch.encode())
rows = c.execute('SELECT seq, time_ms, station, actor, event, subject, detail FROM log ORDER BY seq').fetchall()
for seq, time, station, actor, event, subject, detail in rows:
    actor = 'somebody else'
    new = chained(b'nameplate-log-row', struct.pack('>q', seq), struct.pack('>q', time), station.encode(), actor.encode(),
        event.encode(), subject.encode(), detail.encode(), last)
    c.execute('UPDATE log SET actor = ?, previous_hash = ?, hash = ? WHERE seq = ?', (actor, last, new, seq))
    last = new
c.execute('UPDATE log_head SET hash = ?', (last,))
";
    let mut python = std::process::Command::new("python3");
    python
        .arg("-c")
        .arg(program)
        .arg(bench.batch().join("batch.db"));
    let _ = run(&mut python).expect(0);
}
