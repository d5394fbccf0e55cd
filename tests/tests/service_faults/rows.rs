//! A job that has ended: whose rows failed, and why.

use std::fs;

use crate::bench::{ask, collected, collected_under_one_name, serve};

#[test]
fn a_row_that_failed_is_listed_with_its_reason() {
    let bench = collected_under_one_name();
    let _service = serve(&bench, &["--polls", "0"]);
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status", "--wait"], 0).says("2 rows: 1 succeeded, 1 failed");
    let _ = ask(&bench, &["report"], 3)
        .says("1 issued, 1 failed, 0 without an answer")
        .says("board-000")
        .says("already stands in row 1");
    let listed = bench.list();
    let failed: Vec<_> = listed
        .iter()
        .filter(|board| board["state"] == "failed")
        .collect();
    assert_eq!((listed.len(), failed.len()), (2, 1), "{listed:?}");
    assert!(
        failed[0]["error"]
            .as_str()
            .unwrap()
            .contains("already stands")
    );
    // The same for programs.
    let lines = ask(&bench, &["report", "--json"], 3).json();
    let board = lines.iter().find(|line| line["event"] == "board").unwrap();
    assert_eq!(
        (&board["name"], &board["state"]),
        (&failed[0]["name"], &failed[0]["state"])
    );
    // `run` again says the same.
    let _ = ask(&bench, &["run"], 3).says("already stands in row 1");
}

#[test]
fn a_report_that_can_not_tell_boards_apart_decides_nothing() {
    let bench = collected_under_one_name();
    let _service = serve(
        &bench,
        &[
            "--polls",
            "0",
            "--report-columns",
            "device_name,status,message",
        ],
    );
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status", "--wait"], 0);
    let _ = ask(&bench, &["report"], 3)
        .says("0 issued, 0 failed, 2 without an answer")
        .says("could be more than one board's: failed")
        .says("board-0001")
        .says("board-0002");
}

#[test]
fn a_job_of_which_every_row_failed_has_failed() {
    let bench = collected();
    let _service = serve(&bench, &["--polls", "0", "--key-types", "RSA_2048"]);
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status", "--wait"], 1)
        .says("ended as FAILED")
        .says("nameplate report");
    let _ = ask(&bench, &["report"], 3)
        .says("0 issued, 2 failed")
        .says("board-0001")
        .says("board-0002");
}

#[test]
fn a_file_that_is_refused_while_it_is_processed_has_its_reason_in_the_report() {
    let bench = collected();
    let columns = "device_name,subject.common_name,subject.state";
    let switches = [
        "--polls",
        "0",
        "--validate",
        "processing",
        "--required-columns",
        columns,
    ];
    let _service = serve(&bench, &switches);
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status", "--wait"], 1).says("ended as FAILED");
    let _ = ask(&bench, &["report"], 3)
        .says("0 issued, 0 failed, 2 without an answer")
        .says("names no board: failed")
        .says("\"subject.state\" is missing from the header");
}

#[test]
fn a_file_that_is_refused_at_once_is_mended_and_sent_again() {
    let bench = collected();
    let columns = "device_name,subject.common_name,subject.state";
    let service = serve(&bench, &["--required-columns", columns]);
    let _ = ask(&bench, &["submit"], 1)
        .says("refused the request")
        .says("\"subject.state\" is missing from the header");
    assert_eq!(service.jobs(), 0);
    drop(service);
    let service = serve(&bench, &[]);
    let _ = ask(&bench, &["submit"], 0);
    assert_eq!(service.jobs(), 1);
}

#[test]
fn warnings_are_shown() {
    let bench = collected();
    // The service has another spelling of the organization than the certificate requests.
    let service = serve(&bench, &["--polls", "0", "--mismatch", "warn"]);
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status", "--wait"], 0);
    let ran = ask(&bench, &["report"], 0);
    assert!(
        !ran.stdout.contains("warning"),
        "CSV and requests agree: {}",
        ran.stdout
    );
    let job = fs::read_dir(service.dir.join("jobs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let outcomes = job.join("outcomes.jsonl");
    let text = fs::read_to_string(&outcomes).unwrap();
    let warned = text
        .replace("Success", "Warning")
        .replace("\"message\":\"\"", "\"message\":\"look here\"");
    assert_ne!(text, warned);
    fs::write(&outcomes, warned).unwrap();
    let _ = ask(&bench, &["report"], 0).says("board-0001: issued with a warning: look here");
}
