//! A report is taken over where there is no doubt whose row it is.

use super::*;
use crate::service::ReportColumns;
use crate::submission::outcomes::{TakeError, Taken, take_over};

fn taken(bench: &Bench, report: &str) -> Result<Taken, TakeError> {
    let mut store = bench.store();
    take_over(&mut store, 1, &ReportColumns::default(), || {
        Ok(report.as_bytes())
    })
}

fn submitted(boards: u8) -> Bench {
    let bench = Bench::with(boards);
    bench.submit(&Service::default()).unwrap();
    bench
}

#[test]
fn rows_find_their_boards_by_either_name() {
    let bench = submitted(4);
    let report = "device_name,subject.common_name,status,message\n\
                  dev-1,cn-1,SUCCESS,\n,cn-2,FAILED,no such policy\ndev-3,,WARNING,differs from the CSR\n";
    let taken = taken(&bench, report).unwrap();
    assert_eq!((taken.applied.issued, taken.applied.failed), (2, 1));
    assert_eq!(taken.applied.without_outcome, 1);
    let states = [
        BoardState::Issued,
        BoardState::Failed,
        BoardState::Issued,
        BoardState::Submitted,
    ];
    assert_eq!(bench.states(), states);
    assert_eq!(
        taken.notes.lines(),
        ["b-3: issued with a warning: differs from the CSR"]
    );
}

#[test]
fn rows_of_nobody_are_counted_and_named() {
    let bench = submitted(1);
    // `b-1` is the board's own name, by which the service never heard of it.
    let report =
        "device_name,status,message\nb-1,SUCCESS,\nother,FAILED,\n,FAILED,the file is broken\n";
    let taken = taken(&bench, report).unwrap();
    assert_eq!(taken.applied.unknown_names, ["b-1", "other"]);
    assert_eq!(
        (taken.applied.unknown, taken.applied.without_outcome),
        (2, 1)
    );
    assert_eq!(
        taken.notes.lines(),
        ["line 4 names no board: failed: the file is broken"]
    );
    assert_eq!(bench.states(), [BoardState::Submitted]);
}

#[test]
fn a_word_that_is_not_known_decides_nothing() {
    let bench = submitted(1);
    let taken = taken(&bench, "device_name,status\ndev-1,RETICULATED\n").unwrap();
    assert!(taken.unclear["b-1"].contains("RETICULATED"));
    assert_eq!(taken.applied.without_outcome, 1);
}

#[test]
fn two_boards_of_one_name_are_told_apart_or_left_alone() {
    let same = |n: u8| format!(r#"[["device_name","sensor"],["subject.common_name","cn-{n}"]]"#);
    let bench = Bench::with_columns((1..=2).map(same));
    bench.submit(&Service::default()).unwrap();
    let doubtful = taken(
        &bench,
        "device_name,status\nsensor,SUCCESS\nsensor,FAILED\n",
    )
    .unwrap();
    assert_eq!(doubtful.applied.without_outcome, 2);
    assert!(doubtful.notes.lines()[0].contains("more than one board"));
    let clear = "device_name,cn,status\nsensor,cn-2,SUCCESS\nsensor,cn-1,FAILED\n";
    taken(&bench, clear).unwrap();
    assert_eq!(bench.states(), [BoardState::Failed, BoardState::Issued]);
}

#[test]
fn a_row_whose_names_are_two_boards_is_left_alone() {
    let bench = submitted(2);
    let taken = taken(&bench, "device_name,cn,status\ndev-1,cn-2,SUCCESS\n").unwrap();
    assert_eq!(taken.applied.without_outcome, 2);
    assert_eq!(taken.notes.lines().len(), 1);
}

#[test]
fn a_report_that_breaks_off_is_not_taken_over_at_all() {
    let bench = submitted(1);
    let long = "x".repeat(2 * 1024 * 1024);
    let report = format!("device_name,status\ndev-1,SUCCESS\n{long},FAILED\n");
    assert!(matches!(taken(&bench, &report), Err(TakeError::Report(_))));
    assert_eq!(bench.states(), [BoardState::Submitted]);
    assert!(taken(&bench, "a,b\n1,2\n").is_err());
}

#[test]
fn notes_have_an_end() {
    let bench = submitted(1);
    let report = "device_name,status\n".to_owned() + &",FAILED\n".repeat(50);
    let taken = taken(&bench, &report).unwrap();
    assert_eq!(
        (taken.notes.lines().len(), taken.notes.left_out()),
        (20, 30)
    );
}
