//! The job was made, and the answer was lost.

use std::fs;

use crate::bench::{ask, collected, impatient, posts, serve};

#[test]
fn the_job_is_found_by_its_name_at_once() {
    let bench = collected();
    let service = serve(&bench, &["--fault", "create=lost-answer", "--polls", "0"]);
    let _ = ask(&bench, &["submit"], 0)
        .says("the job may exist or not; looking for it by its name")
        .says("found at the service as job");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
    let _ = ask(&bench, &["status", "--wait"], 0).says("COMPLETE");
    assert_eq!(posts(&service), 1);
}

#[test]
fn the_job_is_found_by_the_rerun_where_the_list_failed_too() {
    let bench = collected();
    // The first look is before the submission.
    let service = serve(
        &bench,
        &[
            "--fault",
            "create=lost-answer",
            "--fault",
            "list=500:after=1:times=1",
        ],
    );
    let _ = ask(&bench, &["submit"], 1)
        .says("answer was lost")
        .says("same command again");
    let _ = ask(&bench, &["submit"], 0).says("found at the service as job");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn a_rerun_waits_for_a_service_that_can_not_be_asked() {
    let bench = collected();
    let faults = [
        "--fault",
        "create=lost-answer",
        "--fault",
        "list=503:retry-after=4:after=1:times=2",
    ];
    let service = serve(&bench, &faults);
    let _ = ask(&bench, &["submit"], 1);
    let ran = ask(&bench, &["submit"], 1)
        .says("can't be told from here")
        .says("in 4 seconds");
    assert!(
        !ran.stderr.contains("--again"),
        "nobody needs to decide yet: {}",
        ran.stderr
    );
    let _ = ask(&bench, &["submit"], 0).says("found at the service as job");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn without_a_list_a_person_settles_it() {
    let bench = collected();
    let service = serve(
        &bench,
        &[
            "--no-list",
            "--polls",
            "0",
            "--fault",
            "create=lost-answer:times=1",
        ],
    );
    let _ = ask(&bench, &["submit"], 1)
        .says("a person must look")
        .says("answer was lost");
    let _ = ask(&bench, &["submit"], 1)
        .says("can't be told from here")
        .says("--job-id ID")
        .says("--again");
    let _ = ask(&bench, &["status"], 1)
        .says("was interrupted")
        .says("nameplate submit");
    let _ = ask(&bench, &["submit", "--job-id", "no/id"], 2).says("is no job id");
    let _ =
        ask(&bench, &["submit", "--job-id", "7a984652"], 1).says("can't be taken for this batch's");
    let job = fs::read_dir(service.dir.join("jobs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .file_name();
    let _ = ask(&bench, &["submit", "--job-id", job.to_str().unwrap()], 0)
        .says("found at the service as job");
    let _ = ask(&bench, &["status", "--wait"], 0).says("COMPLETE");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn without_a_list_a_person_says_that_there_is_no_job() {
    let bench = collected();
    let service = serve(&bench, &["--no-list", "--fault", "create=hang:times=1"]);
    let ran = impatient(&bench, &service, "submit_seconds", || {
        ask(&bench, &["submit"], 1)
    });
    let _ = ran.says("answer was lost");
    let _ = ask(&bench, &["submit"], 1).says("--again");
    assert_eq!((service.jobs(), posts(&service)), (0, 1));
    let _ = ask(&bench, &["submit", "--again"], 0).says("submitted as job");
    assert_eq!((service.jobs(), posts(&service)), (1, 2));
}
