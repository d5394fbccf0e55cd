//! Faults of the answer to where the job stands.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Command;

use nameplate_tests::programs::{self, Ran};
use nameplate_tests::service::Service;

use crate::bench::{ask, collected, impatient, judge, posts, serve};

/// Once asked, the fault is shown; asked again, the answer.
#[track_caller]
fn fails_then_goes_on(fault: &str, words: &[&str]) {
    let bench = collected();
    let service = serve(&bench, &["--fault", &format!("status={fault}:times=1")]);
    let _ = ask(&bench, &["submit"], 0);
    let mut ran = ask(&bench, &["status"], 1).says("asking for the job's status");
    for words in words {
        ran = ran.says(words);
    }
    let _ = ask(&bench, &["status"], 0).says("is IN_PROGRESS");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn refusals() {
    fails_then_goes_on("401", &["does not accept the API key", "HTTP 401"]);
    fails_then_goes_on("403", &["denied access", "Ask for a user"]);
    fails_then_goes_on("404", &["knows nothing at the address", "the job's id"]);
    fails_then_goes_on("413", &["HTTP 413"]);
    fails_then_goes_on(
        "429:retry-after=7",
        &["asks for fewer requests", "in 7 seconds"],
    );
    fails_then_goes_on(
        "429:retry-after-date=900",
        &["asks for fewer requests", "seconds or later"],
    );
}

#[test]
fn faults() {
    fails_then_goes_on("500", &["the service has a fault", "HTTP 500"]);
    fails_then_goes_on("garbage", &["can't be understood", "it is not JSON"]);
    fails_then_goes_on("drop", &["ended the connection"]);
}

#[test]
fn nothing_at_all() {
    let bench = collected();
    let service = serve(&bench, &["--fault", "status=hang:times=1"]);
    let _ = ask(&bench, &["submit"], 0);
    let ran = impatient(&bench, &service, "answer_seconds", || {
        ask(&bench, &["status"], 1)
    });
    let _ = ran
        .says("did not answer in the time allowed")
        .says("Check the network");
    let _ = ask(&bench, &["status"], 0).says("is IN_PROGRESS");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[track_caller]
fn is_borne(faults: [&str; 2]) {
    let bench = collected();
    let faults = faults.map(|fault| format!("status={fault}:times=1"));
    let service = serve(
        &bench,
        &["--polls", "0", "--fault", &faults[0], "--fault", &faults[1]],
    );
    let _ = ask(&bench, &["submit"], 0);
    let ran = ask(&bench, &["status", "--wait"], 0).says("is COMPLETE");
    assert_eq!(
        ran.stderr.matches("asking again in").count(),
        2,
        "{}",
        ran.stderr
    );
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn waiting_bears_faults() {
    is_borne(["500", "drop"]);
}

#[test]
fn waiting_bears_to_be_told_to_wait() {
    is_borne(["429:retry-after=1", "429:retry-after-date=1"]);
}

#[test]
fn waiting_ends_at_what_does_not_pass() {
    for (fault, words) in [
        ("401", "does not accept the API key"),
        ("403", "denied access"),
        ("404", "knows nothing"),
        ("garbage", "can't be understood"),
    ] {
        let bench = collected();
        let service = serve(
            &bench,
            &[
                "--polls",
                "0",
                "--fault",
                &format!("status={fault}:times=1"),
            ],
        );
        let _ = ask(&bench, &["submit"], 0);
        let _ = ask(&bench, &["status", "--wait"], 1)
            .says("the job can't be followed")
            .says(words);
        let _ = ask(&bench, &["status", "--wait"], 0).says("is COMPLETE");
        assert_eq!((service.jobs(), posts(&service)), (1, 1));
    }
}

#[test]
fn without_a_job_there_is_no_status_and_no_report() {
    let bench = collected();
    let service = serve(&bench, &[]);
    for command in [&["status"][..], &["status", "--wait"], &["report"]] {
        let _ = ask(&bench, command, 1)
            .says("not submitted")
            .says("nameplate submit");
    }
    assert_eq!(service.requests().len(), 0);
}

#[test]
fn approval_is_a_person_s() {
    let bench = collected();
    let service = serve(&bench, &["--approval", "2", "--polls", "0"]);
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status"], 0)
        .says("is PENDING_APPROVAL")
        .says("must approve it in the service's portal");
    let _ = ask(&bench, &["status", "--wait"], 0)
        .says("the job waits for approval")
        .says("is COMPLETE");
    assert_eq!(service.jobs(), 1);
}

#[test]
fn a_job_that_was_turned_down_has_ended() {
    let bench = collected();
    let service = serve(&bench, &["--approval", "manual"]);
    let _ = ask(&bench, &["submit"], 0);
    let job = fs::read_dir(service.dir.join("jobs"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .file_name();
    reject(&service, job.to_str().unwrap());
    let _ = ask(&bench, &["status", "--wait"], 1)
        .says("the job ended as REJECTED")
        .says("whoever approves jobs");
    let _ = ask(&bench, &["run"], 1).says("the job ended as REJECTED");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

/// What a person does in the portal.
fn reject(service: &Service, job: &str) {
    const SCRIPT: &str = "import ssl, sys, urllib.request as u\n\
        url, ca, key = sys.argv[1:]\n\
        request = u.Request(url, method='PUT', headers={'x-api-key': open(key).read().strip()})\n\
        u.urlopen(request, context=ssl.create_default_context(cafile=ca))";
    let url = format!("{}{}/{job}/reject", service.url, crate::DIALECT.jobs_path());
    let mut python = Command::new("python3");
    python.args(["-c", SCRIPT, &url]);
    python
        .arg(service.dir.join("ca.pem"))
        .arg(service.dir.join("api-key"));
    let _ = programs::run(&mut python).expect(0);
}

#[test]
fn a_status_that_nobody_knows_is_shown_and_asked_on() {
    let bench = collected();
    let _service = serve(
        &bench,
        &["--polls", "0", "--first-status", "SPLINES_RETICULATED"],
    );
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status"], 0)
        .says("is SPLINES_RETICULATED")
        .says("does not know that status");

    let bench = collected();
    let _service = serve(
        &bench,
        &["--polls", "0", "--first-status", "SPLINES_RETICULATED"],
    );
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status", "--wait"], 0)
        .says("is not known here; asking on")
        .says("is COMPLETE");
}

#[test]
fn control_c_ends_the_wait_and_not_the_job() {
    let bench = collected();
    let service = serve(&bench, &["--approval", "manual"]);
    let _ = ask(&bench, &["submit"], 0);
    let mut child = programs::start(bench.nameplate("status").arg("--wait"));
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut stderr = String::new();
    while !stderr.contains("waits for approval") {
        assert_ne!(errors.read_line(&mut stderr).unwrap(), 0, "{stderr}");
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    errors.read_to_string(&mut stderr).unwrap();
    let ran = Ran {
        stderr,
        ..programs::finish(child)
    };
    let ran = ran
        .expect(1)
        .says("interrupted; the job goes on at the service")
        .says("to go on waiting");
    judge(&bench, &ran);
    let _ = ask(&bench, &["status"], 0).says("PENDING_APPROVAL");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn every_status_on_the_way_is_known_in_any_case() {
    let words = [
        "APPROVED",
        "Pending",
        "pending rejection",
        "REJECTION_IN_PROGRESS",
        "In-Progress",
    ];
    for word in words {
        let bench = collected();
        let _service = serve(&bench, &["--first-status", word]);
        let _ = ask(&bench, &["submit"], 0);
        let ran = ask(&bench, &["status"], 0).says(&format!("is {word}"));
        assert!(
            !ran.stdout.contains("does not know"),
            "{word}: {}",
            ran.stdout
        );
    }
}

#[test]
fn every_status_at_the_end_ends_the_wait_in_any_case() {
    let words = [
        ("completed", 0),
        ("Executed", 0),
        ("SUCCESS", 0),
        ("terminated", 1),
        ("CANCELED", 1),
        ("Cancelled", 1),
    ];
    for (word, code) in words {
        let bench = collected();
        let _service = serve(&bench, &["--polls", "0", "--complete-word", word]);
        let _ = ask(&bench, &["submit"], 0);
        let ran = ask(&bench, &["status", "--wait"], code);
        let _ = match code {
            0 => ran.says(&format!("is {word}")),
            _ => ran
                .says(&format!("ended as {word}"))
                .says("whoever approves jobs"),
        };
    }
}
