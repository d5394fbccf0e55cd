//! A station's clock that jumps, forwards and back: rows stay in the order of their numbers, and the auditor is told.

use std::path::Path;

use nameplate_tests::preload;

use super::*;

/// Collects a board with a clock that is so many seconds off.
fn collect_at(bench: &Bench, library: &Path, number: u16, seconds: &str) {
    let board = Board::on_cable(bench, number);
    let mut command = bench.nameplate("collect");
    command.arg("--serial").arg(board.port.as_ref().unwrap());
    command
        .env("LD_PRELOAD", library)
        .env("NAMEPLATE_CLOCK_SECONDS", seconds);
    let _ = run(&mut command).expect(0);
}

/// In seconds.
const DAY: &str = "86400";

#[test]
fn a_clock_that_jumps_breaks_nothing_and_is_told() {
    let bench = Bench::new();
    let library = preload::build("clock");
    collect_at(&bench, &library, 1, DAY);
    collect_at(&bench, &library, 2, &format!("-{DAY}"));
    collect_at(&bench, &library, 3, "0");
    // Before 1970, too.
    collect_at(&bench, &library, 4, "-2000000000");
    let told = audit(&bench, &["--json"]).expect(0).json();
    let summary = told
        .iter()
        .find(|event| event["event"] == "summary")
        .unwrap();
    assert_eq!(summary["clock_went_back"], 2, "{summary}");
    assert_eq!(summary["events"]["board.collected"], 4);
    let words = audit(&bench, &[]).expect(0);
    // By two days, but for the seconds that the test took.
    let back = words
        .stdout
        .matches("The station's clock went back 172")
        .count();
    assert_eq!(back, 1, "{words:?}");
    // A row that really was changed is still found.
    tamper(&bench, "UPDATE log SET time_ms = 0 WHERE seq = 2");
    let _ = audit(&bench, &[]).expect(1).says("was changed at row 2:");
}
