//! A whole bench with the real programs, judged by programs that we did not write.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use nameplate_tests::bench::Bench;
use nameplate_tests::board::Board;
use nameplate_tests::programs::run;
use nameplate_tests::service::Service;

#[test]
fn boards_on_both_links_become_one_job() {
    let bench = Bench::new();
    let service = Service::start(bench.home(), &[]);
    bench.configure(&Bench::service_section(&service));
    let boards: Vec<_> = (1..=4)
        .map(|number| {
            if number <= 2 {
                Board::on_cable(&bench, number)
            } else {
                Board::on_network(&bench, number)
            }
        })
        .collect();
    let mut command = bench.nameplate("run");
    for board in &boards {
        if let Some(port) = &board.port {
            command.arg("--serial").arg(port);
        }
    }
    command.args([
        "--listen",
        &bench.door.to_string(),
        "--expect",
        "4",
        "--timeout",
        "60",
    ]);
    let _ = run(&mut command)
        .expect(0)
        .says("4 issued")
        .says("4 of 4 boards done, 4 of them now");
    let listed = bench.list();
    assert_eq!(listed.len(), 4);
    assert!(
        listed.iter().all(|board| board["state"] == "done"),
        "{listed:?}"
    );
    assert_eq!(service.jobs(), 1);
    // Again: nothing is collected, sent or made anew.
    let _ = run(bench.nameplate("run").args(["--serial", "/dev/null"])).expect(0);
    assert_eq!(service.jobs(), 1);
}
