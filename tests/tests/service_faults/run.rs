//! `nameplate run` over bad days: what is done is not done again.

use nameplate_tests::bench::Bench;

use crate::bench::{ask, collected, posts, serve};

/// The boards are in the batch already, so nobody needs to come until there are certificates; and then nobody does.
fn run_all(bench: &Bench, code: i32) -> nameplate_tests::programs::Ran {
    let door = bench.door.to_string();
    ask(
        bench,
        &["run", "--listen", &door, "--expect", "2", "--timeout", "1"],
        code,
    )
}

#[test]
fn each_step_s_fault_stops_it_and_the_next_run_goes_on_there() {
    let bench = collected();
    let faults = [
        "list=403",
        "create=401",
        "create=garbage",
        "status=403",
        "report=500",
    ];
    let faults: Vec<_> = faults
        .iter()
        .map(|fault| format!("{fault}:times=1"))
        .collect();
    let mut switches: Vec<_> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
    switches.extend(["--polls", "0"]);
    let service = serve(&bench, &switches);
    let _ = run_all(&bench, 1)
        .says("denied access")
        .says("looking for the job by its name");
    let _ = run_all(&bench, 1).says("does not accept the API key");
    let _ = run_all(&bench, 1).says("can't be understood");
    assert_eq!(service.jobs(), 0);
    let _ = run_all(&bench, 1)
        .says("denied access")
        .says("asking for the job's status");
    assert_eq!(service.jobs(), 1);
    let _ = run_all(&bench, 1)
        .says("the service has a fault")
        .says("downloading the report");
    let _ = run_all(&bench, 3)
        .says("going on with its job")
        .says("2 issued")
        .says("0 of 2 boards done")
        .says("it did not come");
    let _ = run_all(&bench, 3)
        .says("already submitted")
        .says("2 issued");
    assert_eq!((service.jobs(), posts(&service)), (1, 3));
}

#[test]
fn a_job_that_failed_has_its_report_fetched() {
    let bench = collected();
    let service = serve(&bench, &["--polls", "0", "--key-types", "RSA_2048"]);
    let _ = run_all(&bench, 1)
        .says("0 issued, 2 failed")
        .says("board-0001")
        .says("ended as FAILED")
        .says("The reasons stand above");
    assert!(bench.batch().join("report.csv").exists());
    assert_eq!(service.jobs(), 1);
}

#[test]
fn a_batch_that_misses_boards_is_not_submitted() {
    let bench = collected();
    let service = serve(&bench, &["--polls", "0"]);
    let door = bench.door.to_string();
    let arguments = ["run", "--listen", &door, "--expect", "3", "--timeout", "1"];
    let _ = ask(&bench, &arguments, 1)
        .says("only 2 of 3 boards came")
        .says("a lower --expect");
    assert_eq!(service.requests().len(), 0);
    let _ = run_all(&bench, 3).says("2 issued");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}
