//! Many boards at once are collected without a loss. How fast is the benchmark's business: `cargo bench --bench collect`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashSet;

use nameplate_tests::bench::{Bench, TOKEN};
use nameplate_tests::board::Board;
use nameplate_tests::collecting::{Collected, Collecting};
use nameplate_tests::load;
use nameplate_tests::load::network::Host;
use nameplate_tests::load::serial::Plugged;
use nameplate_tests::programs::run;

fn network(bench: &Bench, expect: usize) -> Collecting {
    let mut command = bench.nameplate("collect");
    command.args(["--listen", &bench.door.to_string(), "--timeout", "120"]);
    command.args(["--expect", &expect.to_string()]);
    let collecting = Collecting::start(bench, &mut command);
    collecting.wait_for_the_door();
    collecting
}

/// Every board once, with a key of its own, in the list and in the batch file.
#[track_caller]
fn complete(bench: &Bench, collected: &Collected, count: usize) {
    assert_eq!(collected.code, Some(0), "{}", collected.log);
    for kind in ["refused", "lost"] {
        let told: Vec<_> = collected.of_kind(kind).collect();
        assert!(told.is_empty(), "{told:?}");
    }
    assert_eq!(collected.of_kind("collected").count(), count);
    let boards = bench.list();
    assert_eq!(boards.len(), count);
    for what in ["mac", "name", "key_sha256"] {
        let values: HashSet<_> = boards.iter().map(|board| board[what].as_str()).collect();
        assert_eq!(values.len(), count, "{what}");
    }
    assert!(boards.iter().all(|board| board["state"] == "collected"));
    let file = bench.home().join("exported.csv");
    let mut export = bench.nameplate("export");
    let _ = run(export.args(["--format", "csv", "--output"]).arg(&file)).expect(0);
    let text = std::fs::read_to_string(file).unwrap();
    // No cell of these columns holds a line break.
    assert_eq!(text.lines().count(), count + 1);
}

#[test]
fn five_hundred_boards_at_once_over_tls() {
    let bench = Bench::new();
    let boards = load::make(&bench.batch(), 1, 500);
    let host = Host::new(bench.door, &bench.certificate(), TOKEN);
    let collecting = network(&bench, boards.len());
    // Not before: the program must see to its own limit.
    nameplate::bench::raise_open_files();
    let load = host.collect(&boards, boards.len());
    let collected = collecting.finish();
    assert_eq!(load.faults, [""; 0], "{}", collected.log);
    assert_eq!(load.served, boards.len());
    complete(&bench, &collected, boards.len());
}

#[test]
fn a_hundred_boards_on_ptys() {
    nameplate::bench::raise_open_files();
    let bench = Bench::new();
    let plugged = Plugged::new(load::make(&bench.batch(), 1, 100));
    let mut command = bench.nameplate("collect");
    for port in plugged.ports() {
        command.arg("--serial").arg(port);
    }
    command.args(["--expect", "100", "--timeout", "120"]);
    let collected = Collecting::start(&bench, &mut command).finish();
    assert_eq!(plugged.recorded(), 100, "{}", collected.log);
    complete(&bench, &collected, 100);
}

#[test]
fn real_boards_at_once_over_tls() {
    let bench = Bench::new();
    // They are there first and dial until the door opens.
    let boards: Vec<_> = (1..=32)
        .map(|number| Board::on_network(&bench, number))
        .collect();
    let collected = network(&bench, boards.len()).finish();
    complete(&bench, &collected, boards.len());
}
