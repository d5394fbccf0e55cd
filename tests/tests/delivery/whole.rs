//! A whole batch of which the service refuses some rows: the others are done, and those are in the next round.

use std::fs;
use std::process::Command;

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, name};
use nameplate_tests::judged;
use nameplate_tests::programs::run;
use nameplate_tests::service::Service;

use super::{in_state, names};

const BOARDS: u16 = 20;

fn serve(bench: &Bench, switches: &[&str]) -> Service {
    let service = Service::start(bench.home(), switches);
    let [root, issuing] = ["device-root.pem", "issuing.pem"].map(|name| service.dir.join(name));
    bench.configure(&format!(
        "{}\n[certificates]\nroot = \"{}\"\nintermediates = \"{}\"\n",
        Bench::service_section(&service),
        root.display(),
        issuing.display()
    ));
    service
}

fn lines(bench: &Bench, file: &str) -> Vec<String> {
    let text = fs::read_to_string(bench.batch().join(file)).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn three_of_twenty_fail_and_are_done_in_the_next_round() {
    let bench = Bench::new();
    let service = serve(&bench, &["--row-fault", "refused=3,11,20"]);
    let boards: Vec<_> = (1..=BOARDS)
        .map(|number| Board::on_cable(&bench, number))
        .collect();
    let whole = |more: &[&str]| -> Command {
        let mut command = bench.nameplate("run");
        for board in &boards {
            command.arg("--serial").arg(board.port.as_ref().unwrap());
        }
        command.args(more);
        command
    };
    let mut ran = run(&mut whole(&["--expect", "20"])).expect(3);
    let failed = in_state(&bench, "failed");
    assert_eq!(failed.len(), 3);
    for name in &failed {
        ran = ran.says(name);
    }
    let _ = ran
        .says("refused by the policy")
        .says("17 of 20 boards done");
    let done: Vec<_> = (1..=BOARDS)
        .map(name)
        .filter(|name| !failed.contains(name))
        .collect();
    assert_eq!(in_state(&bench, "done"), done);
    // Exactly the rows that failed, as they were sent.
    let (sent, rework) = (lines(&bench, "batch.csv"), lines(&bench, "rework.csv"));
    assert_eq!(rework, [0, 3, 11, 20].map(|row: usize| sent[row].clone()));
    let refused = rework[1..].iter().map(|row| {
        let named = failed.iter().find(|name| row.contains(name.as_str()));
        named.expect("a board that failed").clone()
    });
    assert_eq!(refused.collect::<std::collections::BTreeSet<_>>().len(), 3);

    // The same again changes nothing: nobody said that they are to be sent again.
    let _ = run(&mut whole(&["--timeout", "1"])).expect(3);
    assert_eq!(in_state(&bench, "done"), done);
    drop(service);
    let service = serve(&bench, &[]);
    let _ = run(&mut whole(&["--rework"]))
        .expect(0)
        .says("rework 1: submitted as job");
    assert_eq!(in_state(&bench, "done"), names(1..=BOARDS));
    assert_eq!(service.jobs(), 2);
    judged::each_has_its_own(&bench, &service.dir.join("device-root.pem"), 1..=BOARDS);
}
