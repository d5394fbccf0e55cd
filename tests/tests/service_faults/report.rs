//! Faults of the report's download, and where it is written.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::bench::{ask, collected, ended, files, impatient, posts, serve};

#[track_caller]
fn fails_then_goes_on(fault: &str, words: &[&str]) {
    let (bench, service) = ended(&["--fault", &format!("report={fault}:times=1")]);
    let mut ran = ask(&bench, &["report"], 1).says("downloading the report");
    for words in words {
        ran = ran.says(words);
    }
    assert!(
        !bench.batch().join("report.csv").exists(),
        "{:?}",
        files(&bench.batch())
    );
    let _ = ask(&bench, &["report"], 0).says("2 issued, 0 failed, 0 without an answer");
    assert!(bench.list().iter().all(|board| board["state"] == "issued"));
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn refusals() {
    fails_then_goes_on("401", &["does not accept the API key"]);
    fails_then_goes_on("403", &["denied access"]);
    fails_then_goes_on("404", &["knows nothing at the address"]);
    fails_then_goes_on("413", &["HTTP 413"]);
    fails_then_goes_on("429:retry-after=7", &["in 7 seconds"]);
    fails_then_goes_on("429:retry-after-date=900", &["seconds or later"]);
}

#[test]
fn faults() {
    fails_then_goes_on("500", &["the service has a fault"]);
    fails_then_goes_on("drop", &["ended the connection"]);
}

#[test]
fn nothing_at_all() {
    let (bench, service) = ended(&["--fault", "report=hang:times=1"]);
    let ran = impatient(&bench, &service, "answer_seconds", || {
        ask(&bench, &["report"], 1)
    });
    let _ = ran
        .says("did not answer in the time allowed")
        .says("downloading the report");
    let _ = ask(&bench, &["report"], 0).says("2 issued");
}

#[test]
fn garbage_is_kept_and_not_believed() {
    let (bench, _service) = ended(&["--fault", "report=garbage:times=1"]);
    let _ = ask(&bench, &["report"], 3)
        .says("it looks like HTML")
        .says("Open the raw report");
    let kept = fs::read_to_string(bench.batch().join("report.csv")).unwrap();
    assert!(kept.starts_with("<html>"), "{kept}");
    assert!(
        bench
            .list()
            .iter()
            .all(|board| board["state"] == "submitted")
    );
    let _ = ask(&bench, &["report"], 0).says("2 issued");
}

#[test]
fn columns_that_are_not_known_are_kept_and_can_be_named() {
    let (bench, service) = ended(&["--report-columns", "Ding=device_name,Ergebnis=status"]);
    let _ = ask(&bench, &["report"], 3)
        .says("its columns are Ding, Ergebnis")
        .says("service.report_columns");
    let kept = fs::read_to_string(bench.batch().join("report.csv")).unwrap();
    assert!(kept.starts_with("\"Ding\",\"Ergebnis\"\n"), "{kept}");
    let named = "[service.report_columns]\nname = [\"Ding\"]\nstatus = [\"Ergebnis\"]\n";
    crate::bench::point(&bench, &service, named);
    let _ = ask(&bench, &["report"], 0).says("2 issued");
}

#[test]
fn before_the_end_there_is_none() {
    let bench = collected();
    let _service = serve(&bench, &["--polls", "2"]);
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["report"], 1)
        .says("there is no report yet")
        .says("IN_PROGRESS")
        .says("nameplate status --wait");
    let _ = ask(&bench, &["status", "--wait"], 0);
    let _ = ask(&bench, &["report"], 0);
}

#[test]
fn it_is_written_where_it_is_asked_for_and_over_nothing_else() {
    let (bench, _service) = ended(&[]);
    let other = bench.home().join("elsewhere");
    let path = other.join("r.csv");
    let output = path.to_str().unwrap();
    let _ = ask(&bench, &["report", "--output", output], 2).says("there is no folder");
    fs::create_dir(&other).unwrap();
    fs::write(&path, "somebody's own").unwrap();
    let _ = ask(&bench, &["report", "--output", output], 2).says("not this batch's report");
    assert_eq!(fs::read_to_string(&path).unwrap(), "somebody's own");
    assert_eq!(files(&other).len(), 1);
    fs::remove_file(&path).unwrap();
    // Written, and written again.
    for _ in 0..2 {
        let _ = ask(&bench, &["report", "--output", output], 0).says(output);
    }
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("board-0001") && text.contains("SUCCESS"),
        "{text}"
    );
    assert_eq!(files(&other).len(), 1);
    assert!(!bench.batch().join("report.csv").exists());
    let _ = ask(&bench, &["report"], 0);
    for name in ["batch.csv", "report.csv"] {
        let mode = fs::metadata(bench.batch().join(name))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
