//! Faults of the look for a job by its name, before anything is sent.

use crate::bench::{ask, collected, impatient, posts, serve};

#[track_caller]
fn fails_then_goes_on(fault: &str, words: &[&str]) {
    let bench = collected();
    let service = serve(&bench, &["--fault", &format!("list={fault}:times=1")]);
    let mut ran = ask(&bench, &["submit"], 1).says("looking for the job by its name");
    for words in words {
        ran = ran.says(words);
    }
    assert_eq!(
        (service.jobs(), posts(&service)),
        (0, 0),
        "nothing was sent"
    );
    let _ = ask(&bench, &["submit"], 0).says("submitted as job");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn refusals() {
    fails_then_goes_on("401", &["does not accept the API key"]);
    fails_then_goes_on("403", &["denied access"]);
    fails_then_goes_on("413", &["HTTP 413"]);
    fails_then_goes_on("429:retry-after=7", &["in 7 seconds"]);
    fails_then_goes_on("429:retry-after-date=900", &["seconds or later"]);
}

#[test]
fn faults() {
    fails_then_goes_on("500", &["the service has a fault"]);
    fails_then_goes_on("garbage", &["can't be understood", "it is not JSON"]);
    fails_then_goes_on("drop", &["ended the connection"]);
}

#[test]
fn nothing_at_all() {
    let bench = collected();
    let service = serve(&bench, &["--fault", "list=hang:times=1"]);
    let ran = impatient(&bench, &service, "answer_seconds", || {
        ask(&bench, &["submit"], 1)
    });
    let _ = ran
        .says("did not answer in the time allowed")
        .says("Check the network");
    assert_eq!(
        (service.jobs(), posts(&service)),
        (0, 0),
        "nothing was sent"
    );
    let _ = ask(&bench, &["submit"], 0).says("submitted as job");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn a_list_that_is_not_there_stops_nothing() {
    let bench = collected();
    let service = serve(&bench, &["--fault", "list=404:times=1"]);
    let _ = ask(&bench, &["submit"], 0)
        .says("can't be asked for jobs by name")
        .says("submitted as job");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn a_name_that_another_job_has_is_not_used() {
    let first = collected();
    let service = serve(&first, &[]);
    let _ = ask(&first, &["submit"], 0);
    // Another bench's batch, which has the same name.
    let second = collected();
    second.configure(&crate::bench::section(&service));
    let _ = ask(&second, &["submit"], 1)
        .says("already has a job named \"batch\"")
        .says("batch.name");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}
