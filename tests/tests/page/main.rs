//! The live page: real commands with real boards, read by a real browser and by plain clients.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod bounds;
mod ended;
mod feed;
mod files;
mod many;
mod orders;
mod shown;

use nameplate_tests::bench::Bench;
use nameplate_tests::staged::{Boards, Staged, places};

/// A bench on which so many boards are collected, at A1 and on, and that waits for one more.
fn collected(count: usize) -> Staged {
    nameplate::bench::raise_open_files();
    let bench = Bench::new();
    let mut boards = Boards::default();
    boards.quick(&bench, 1, &places(count, 10));
    let mut staged = Staged::start(bench, boards, &["--expect", "900"]);
    let names: Vec<_> = (1..=count)
        .map(|number| nameplate_tests::board::name(u16::try_from(number).unwrap()))
        .collect();
    staged.watched.wait_collected(&names);
    staged
}
