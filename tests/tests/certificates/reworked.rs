//! Rows that fail, and are submitted again as a further job that is linked to the first.

use std::fs;

use nameplate::store::Reader;
use nameplate_tests::bench::Bench;
use nameplate_tests::programs::start;
use nameplate_tests::service::Service;

use crate::bench::{ask, posts};
use crate::place::{
    BOARDS, collected, events, judge_stored, logged, named, reported, serve, stored,
};

const FAILS: [&str; 2] = ["--row-fault", "refused=3,11,20"];

/// Rows of a CSV by their first cell.
fn rows(bench: &Bench, file: &str) -> Vec<String> {
    let text = fs::read_to_string(bench.batch().join(file)).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// 17 issued and 3 failed, with the certificates of the 17.
fn failed() -> (Bench, Service) {
    let bench = collected();
    let service = serve(&bench, &FAILS, "");
    reported(&bench, 3);
    let _ = ask(&bench, &["certificates"], 0).says("17 certificates taken");
    (bench, service)
}

/// The service, mended; its jobs are as they were.
fn mended(bench: &Bench, service: Service, switches: &[&str]) -> Service {
    drop(service);
    serve(bench, switches, "")
}

#[test]
fn failed_rows_are_listed_and_become_a_job_of_their_own() {
    let (bench, service) = failed();
    let boards = bench.list();
    let names: Vec<_> = [3, 11, 20]
        .map(|row: usize| boards[row - 1]["name"].as_str().unwrap().to_owned())
        .into();
    let mut ran = ask(&bench, &["reconcile"], 3).says("17 issued, 3 failed, 0 missing");
    for name in &names {
        let mac = &boards.iter().find(|board| board["name"] == **name).unwrap()["mac"];
        let line = format!(
            "{name} {} failed: refused by the policy",
            mac.as_str().unwrap()
        );
        ran = ran.says(&line);
    }
    // Exactly the rows that failed, as they were sent.
    let (batch, rework) = (rows(&bench, "batch.csv"), rows(&bench, "rework.csv"));
    assert_eq!(rework, [0, 3, 11, 20].map(|row| batch[row].clone()));

    let service = mended(&bench, service, &[]);
    let _ = ask(&bench, &["submit", "--rework"], 0)
        .says("3 boards in the batch file")
        .says("rework 1: submitted as job");
    assert_eq!((service.jobs(), posts(&service)), (2, 2));
    assert_eq!(rows(&bench, "batch-rework-1.csv"), rework);
    // Once more: nothing is sent.
    let _ = ask(&bench, &["submit", "--rework"], 0).says("rework 1: already submitted as job");
    let _ = ask(&bench, &["submit"], 0).says("already submitted as job");
    assert_eq!((service.jobs(), posts(&service)), (2, 2));
    // Not kept open: this process reads the files of the folder too, and SQLite's locks end with that.
    let jobs = Reader::open(&bench.batch()).unwrap().jobs().unwrap();
    assert_eq!(jobs[1].intent.name, "batch rework 1");
    assert_eq!((jobs[1].round, jobs[1].rework_of), (2, Some(jobs[0].row)));

    let _ = ask(&bench, &["reconcile"], 3)
        .says("17 issued, 0 failed, 0 missing, 0 mismatched, 3 unanswered");
    let _ = ask(&bench, &["status", "--wait"], 0).says("(batch rework 1) is COMPLETE");
    let _ = ask(&bench, &["report"], 0)
        .says("17 issued, 0 failed, 0 without an answer, 3 submitted again since")
        .says("rework 1: report of job")
        .says("3 issued, 0 failed");
    assert_eq!(
        named(&bench.batch(), "report"),
        ["report-rework-1.csv", "report.csv"]
    );
    assert_eq!(
        named(&bench.batch(), "rework.csv"),
        [""; 0],
        "nothing is left to be done"
    );
    let _ = ask(&bench, &["certificates"], 0)
        .says("0 certificates taken, 17 known before")
        .says("rework 1: 3 certificates taken");
    judge_stored(&bench, &service, BOARDS.into());
    let ran = ask(&bench, &["reconcile", "--json"], 0);
    let reworked = events(&ran, "board")
        .into_iter()
        .filter(|line| line["rework"] == 1);
    let reworked: Vec<_> = reworked.map(|line| line["name"].clone()).collect();
    assert_eq!(reworked, names);
    let _ = ask(&bench, &["submit", "--rework"], 1).says("no board of this batch has failed");
    assert_eq!((service.jobs(), posts(&service)), (2, 2));
}

#[test]
fn run_carries_the_rework_through() {
    let bench = collected();
    let service = serve(&bench, &FAILS, "");
    let door = bench.door.to_string();
    let arguments = ["run", "--listen", &door, "--expect", "20", "--timeout", "1"];
    // The boards are not there: all that could be done for them is done without them.
    let _ = ask(&bench, &arguments, 3)
        .says("17 issued, 3 failed")
        .says("3 failed rows written to")
        .says("17 certificates taken");
    // Some fail once more: a third round.
    let service = mended(&bench, service, &["--row-fault", "refused=2"]);
    let _ = ask(&bench, &["run", "--rework"], 3)
        .says("rework 1: submitted as job")
        .says("2 issued, 1 failed")
        .says("rework 1: 2 certificates taken");
    let service = mended(&bench, service, &[]);
    let _ = ask(&bench, &["run", "--rework"], 3)
        .says("rework 2: submitted as job")
        .says("rework 2: 1 certificate taken")
        .says("0 of 20 boards done");
    judge_stored(&bench, &service, BOARDS.into());
    assert_eq!((service.jobs(), posts(&service)), (3, 3));
}

#[test]
fn a_rework_is_refused_before_there_is_a_report() {
    let bench = collected();
    let service = serve(&bench, &FAILS, "");
    let _ = ask(&bench, &["submit", "--rework"], 1).says("nothing to submit again");
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["submit", "--rework"], 1).says("there is no report of job \"batch\" yet");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn a_rework_that_is_refused_leaves_all_as_it_was() {
    let (bench, service) = failed();
    let service = mended(&bench, service, &["--fault", "create=401:times=1"]);
    let before = rows(&bench, "rework.csv");
    let _ = ask(&bench, &["submit", "--rework"], 1).says("does not accept the API key");
    let _ = ask(&bench, &["reconcile"], 3)
        .says("17 issued, 3 failed")
        .says("refused by the policy");
    assert_eq!(rows(&bench, "rework.csv"), before);
    let _ = ask(&bench, &["submit", "--rework"], 0).says("rework 1: submitted as job");
    assert_eq!(service.jobs(), 2);
    assert_eq!(stored(&bench).len(), 17);
    assert!(logged(&bench) > 0);
}

#[test]
fn killed_in_the_post_of_a_rework_there_is_one_job_all_the_same() {
    let (bench, service) = failed();
    let service = mended(&bench, service, &["--fault", "create=hang:times=1"]);
    let posted = posts(&service);
    let mut submitting = start(bench.nameplate("submit").arg("--rework"));
    while posts(&service) == posted {
        assert!(
            submitting.try_wait().unwrap().is_none(),
            "it ended by itself"
        );
        std::thread::yield_now();
    }
    submitting.kill().unwrap();
    submitting.wait().unwrap();
    assert_eq!(service.jobs(), 1);
    let _ = ask(&bench, &["submit", "--rework"], 0)
        .says("looking for its job")
        .says("rework 1: submitted as job");
    assert_eq!(service.jobs(), 2);
}

#[test]
fn the_answer_to_a_rework_is_lost() {
    let (bench, service) = failed();
    let faults = [
        "--fault",
        "create=lost-answer:times=1",
        "--fault",
        "list=500:after=1:times=1",
    ];
    let service = mended(&bench, service, &faults);
    let _ = ask(&bench, &["submit", "--rework"], 1).says("answer was lost");
    assert_eq!(service.jobs(), 2);
    // The plain command settles it too.
    let _ = ask(&bench, &["submit"], 0).says("rework 1: found at the service as job");
    assert_eq!(service.jobs(), 2);
}
