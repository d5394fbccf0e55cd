//! Answers that come too late or not at all.

use nameplate_tests::bench::Bench;
use nameplate_tests::programs::run;
use nameplate_tests::ready::Ready;

use super::place::{asks, bench, known, service};

const IMPATIENT: &str = "[service.timeouts]\nsubmit_seconds = 1\n";

#[test]
fn an_answer_that_comes_after_the_time_out_is_found_by_its_name() {
    let home = tempfile::tempdir().unwrap();
    let service = service(home.path(), &["--fault", "create=late-answer:times=1"]);
    let bench = bench(&Ready::collect(2), "late", &service);
    bench.configure(&format!("{}{IMPATIENT}", Bench::service_section(&service)));
    let _ = run(&mut bench.nameplate("submit"))
        .expect(0)
        .says("the job may exist or not")
        .says("found at the service as job");
    assert_eq!(service.jobs(), 1);
    let _ = run(&mut bench.nameplate("submit"))
        .expect(0)
        .says("already submitted");
    assert_eq!(service.jobs(), 1);
}

/// The job shows up only after the batch was sent once more: then there are two, and it is said.
#[test]
fn a_job_that_shows_up_after_the_second_submission_is_told() {
    let home = tempfile::tempdir().unwrap();
    let name = "shows-up-late";
    let late = ["--fault", "create=hang:times=1"];
    let boards = Ready::collect(2);
    let service = service(home.path(), &late);
    let bench = bench(&boards, name, &service);
    bench.configure(&format!("{}{IMPATIENT}", Bench::service_section(&service)));
    let _ = asks(run(&mut bench.nameplate("submit"))).says("answer was lost");
    assert_eq!(service.jobs(), 0);
    // The first submission arrives now: somebody else does it here, of the same boards.
    let other = super::place::bench(&boards, name, &service);
    let _ = run(&mut other.nameplate("submit")).expect(0);
    let _ = run(&mut bench.nameplate("submit"))
        .expect(0)
        .says("found at the service as job");
    assert_eq!(known(&bench), known(&other));
    assert_eq!(service.jobs(), 1);
}
