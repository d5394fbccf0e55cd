//! What comes after the bench: labels that a scanner reads, boards that are checked when they are packed, and the file for the
//! next department. Judged by programs that we did not write: zbar, librsvg, poppler, OpenSSL, Python.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod handover;
mod labels;
mod scan;

use std::process::Command;

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, collect_on_cables, name};
use nameplate_tests::issued::Authority;
use nameplate_tests::programs::run;

/// A bench with so many boards that are done, and one more that failed, whose number is the next.
fn done_and_one_failed(done: u16) -> Bench {
    let bench = Bench::new();
    let failed = name(done + 1);
    collect_on_cables(&bench, done + 1);
    Authority::new().issue(&bench, &[&failed], &[]);
    let boards: Vec<_> = (1..=done)
        .map(|number| Board::on_cable(&bench, number))
        .collect();
    let mut deliver = bench.nameplate("deliver");
    for board in &boards {
        deliver.arg("--serial").arg(board.port.as_ref().unwrap());
    }
    let _ = run(&mut deliver).expect(3);
    bench
}

/// What a program prints that must be there and succeed.
#[track_caller]
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {output:?}"
    );
    String::from_utf8(output.stdout).unwrap()
}
