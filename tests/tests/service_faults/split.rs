//! A batch that is over the limit: compressed, refused, or split into several jobs, each tracked.

use std::fs;

use nameplate_tests::bench::Bench;
use serde_json::Value;

use crate::bench::{ask, collected, files, name_of, point, posts, serve};
use nameplate_tests::service::Service;

/// Points the batch to a service, with these settings of the section `[batch]`.
fn limited(bench: &Bench, service: &Service, settings: &str) {
    point(bench, service, &format!("[batch]\n{settings}\n"));
}

fn reports(bench: &Bench) -> Vec<String> {
    let mut names: Vec<_> = files(&bench.batch())
        .iter()
        .map(|path| name_of(path))
        .filter(|name| name.starts_with("report"))
        .collect();
    names.sort_unstable();
    names
}

fn states(bench: &Bench) -> Vec<Value> {
    bench
        .list()
        .into_iter()
        .map(|board| board["state"].clone())
        .collect()
}

#[test]
fn what_fits_only_compressed_goes_in_a_zip() {
    let bench = collected();
    let service = serve(&bench, &["--polls", "0"]);
    let csv = bench.home().join("whole.csv");
    let _ = ask(&bench, &["export", "--output", csv.to_str().unwrap()], 0);
    let bytes = fs::metadata(&csv).unwrap().len();
    limited(
        &bench,
        &service,
        &format!("greatest_upload = {}", bytes - 1),
    );
    let _ = ask(&bench, &["submit"], 0)
        .says(&format!("{bytes} bytes as a CSV"))
        .says("goes in a ZIP")
        .says("submitted as job");
    assert!(bench.batch().join("batch.zip").exists() && !bench.batch().join("batch.csv").exists());
    let _ = ask(&bench, &["status", "--wait"], 0).says("COMPLETE");
    let _ = ask(&bench, &["report"], 0).says("2 issued");
    assert_eq!(service.jobs(), 1);
}

#[test]
fn a_zip_is_what_goes_where_the_configuration_says_so() {
    let bench = collected();
    let service = serve(&bench, &["--polls", "0"]);
    limited(&bench, &service, "data = \"csv-zip\"");
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status", "--wait"], 0);
    let _ = ask(&bench, &["report"], 0).says("2 issued");
    assert_eq!(reports(&bench), ["report.csv"]);
}

#[test]
fn what_does_not_fit_is_refused_and_split_where_it_is_asked_for() {
    let bench = collected();
    let service = serve(&bench, &["--polls", "0"]);
    limited(&bench, &service, "greatest_upload = 720");
    let _ = ask(&bench, &["submit"], 1)
        .says("the service takes at most 720")
        .says("as a CSV")
        .says("--split");
    assert_eq!(service.requests().len(), 0);
    let _ = ask(&bench, &["submit", "--split"], 0)
        .says("the batch goes as 2 jobs")
        .says("part 1 of 2: submitted as job")
        .says("part 2 of 2: submitted as job");
    assert_eq!((service.jobs(), posts(&service)), (2, 2));
    let _ = ask(&bench, &["status", "--wait"], 0)
        .says("part 1 of 2: job")
        .says("(batch-2-of-2) is COMPLETE");
    let ran = ask(&bench, &["report", "--json"], 0);
    let issued = ran
        .json()
        .into_iter()
        .filter(|line| line["event"] == "report");
    let issued: Vec<_> = issued
        .map(|line| (line["part"].clone(), line["issued"].clone()))
        .collect();
    assert_eq!(issued, [(1.into(), 1.into()), (2.into(), 1.into())]);
    assert_eq!(reports(&bench), ["report-1-of-2.csv", "report-2-of-2.csv"]);
    assert_eq!(states(&bench), ["issued", "issued"]);
    // Once more: nothing is sent.
    let _ = ask(&bench, &["submit"], 0).says("part 2 of 2: already submitted as job");
    let door = bench.door.to_string();
    // Nobody comes for the certificates.
    let arguments = ["run", "--listen", &door, "--timeout", "1"];
    let _ = ask(&bench, &arguments, 3).says("part 2 of 2: report");
    assert_eq!((service.jobs(), posts(&service)), (2, 2));
}

#[test]
fn a_part_that_is_refused_waits_and_the_rerun_goes_on_with_it() {
    let bench = collected();
    let service = serve(
        &bench,
        &["--polls", "0", "--fault", "create=401:after=1:times=1"],
    );
    let _ = ask(&bench, &["submit", "--split", "2"], 1)
        .says("part 1 of 2: submitted as job")
        .says("part 2 of 2 is not submitted yet")
        .says("does not accept the API key");
    // What is at the service is followed all the same.
    let _ = ask(&bench, &["status", "--wait"], 1)
        .says("part 1 of 2: job")
        .says("not submitted yet: 2");
    let _ = ask(&bench, &["report"], 1)
        .says("1 issued")
        .says("not submitted yet: 2");
    let _ = ask(&bench, &["submit"], 0)
        .says("part 1 of 2: already submitted")
        .says("part 2 of 2: submitted");
    let _ = ask(&bench, &["status", "--wait"], 0);
    let _ = ask(&bench, &["report"], 0);
    assert_eq!(states(&bench), ["issued", "issued"]);
    assert_eq!((service.jobs(), posts(&service)), (2, 3));
}

#[test]
fn the_answer_to_a_part_is_lost() {
    let bench = collected();
    let service = serve(
        &bench,
        &[
            "--polls",
            "0",
            "--fault",
            "create=lost-answer:after=1:times=1",
            "--fault",
            // Names are looked for before the parts, and before and after each.
            "list=500:after=5:times=1",
        ],
    );
    let _ = ask(&bench, &["submit", "--split", "2"], 1)
        .says("part 2 of 2 is not submitted yet")
        .says("answer was lost");
    assert_eq!((service.jobs(), posts(&service)), (2, 2));
    let _ = ask(&bench, &["submit"], 0).says("part 2 of 2: found at the service as job");
    assert_eq!((service.jobs(), posts(&service)), (2, 2));
}

#[test]
fn killed_in_a_part_s_post_the_rerun_goes_on() {
    use nameplate_tests::programs::start;
    // The second post never gets an answer: there is all the time in the world to kill it.
    let bench = collected();
    let service = serve(
        &bench,
        &["--polls", "0", "--fault", "create=hang:after=1:times=1"],
    );
    let mut submitting = start(bench.nameplate("submit").args(["--split", "2"]));
    while posts(&service) < 2 {
        assert!(
            submitting.try_wait().unwrap().is_none(),
            "it ended by itself"
        );
        std::thread::yield_now();
    }
    submitting.kill().unwrap();
    submitting.wait().unwrap();
    assert_eq!(service.jobs(), 1);
    let _ = ask(&bench, &["submit"], 0)
        .says("part 1 of 2: already submitted")
        .says("looking for its job")
        .says("part 2 of 2: submitted as job");
    assert_eq!((service.jobs(), posts(&service)), (2, 3));
}

#[test]
fn several_are_as_good_as_the_worst_of_them() {
    let bench = collected();
    let service = serve(&bench, &["--polls", "0"]);
    let _ = ask(&bench, &["submit", "--split", "3"], 1).says("2 boards can't be 3 jobs");
    limited(&bench, &service, "greatest_upload = 0");
    let _ = ask(&bench, &["submit"], 2).says("batch.greatest_upload");
    limited(&bench, &service, "greatest_upload = 100");
    let _ = ask(&bench, &["submit", "--split"], 1)
        .says("for 1 boards")
        .says("columns");
    assert_eq!(service.requests().len(), 0);
}
