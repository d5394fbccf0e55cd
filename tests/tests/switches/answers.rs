//! What the service's answers look like, and what comes back.

use std::fs;

use nameplate_sandbox::Columns;

use crate::case::{Case, case, each};
use crate::place::Place;

/// The first answer to a submission is lost: the job is looked for in the list.
const LOST: &[&str] = &["--fault=create=lost-answer:times=1"];

pub fn cases() -> Vec<Case> {
    [
        each("create-status", &["200", "201", "202"], Place::done),
        each(
            "create-body",
            &["id", "job-id", "string", "bare"],
            Place::done,
        ),
        each("error-shape", &["errors", "error"], |place| {
            // The service's own words, whichever shape they come in.
            place.refused(&["refused the request", "subject.state"]);
        })
        .into_iter()
        .map(|case| case.with(&["--required-columns=subject.state"]))
        .collect(),
        each("json-case", &["snake", "camel"], found),
        vec![
            case("no-list", "off", found),
            case("no-list", "on", |place| {
                let _ = place
                    .ask(&["submit"], 0)
                    .says("can't be asked for jobs by name");
                let _ = place.ask(&["jobs"], 1).says("service.routes.list");
                place.reported();
            }),
            case(
                "report-columns",
                &Columns::default().to_string(),
                Place::done,
            ),
            case(
                "report-columns",
                "Gerät=device_name,Ergebnis=status,Grund=message",
                named,
            ),
            case("certificates", "off", |place| {
                place.done();
                let _ = place
                    .ask(&["certificates"], 1)
                    .says("service.routes.certificates");
            }),
        ],
        each("list-shape", &["records", "jobs", "array"], found),
        each("list-match", &["exact", "contains"], found_among_others),
        each(
            "certificates",
            &["as-asked", "zip-pem", "zip-der", "json"],
            fetched,
        ),
        each("certificate-chain", &["off", "on"], fetched),
        each(
            "seal-cipher",
            &["aes256-cbc", "aes128-cbc", "aes256-gcm"],
            unsealed,
        ),
        each("seal-padding", &["pkcs1", "oaep", "oaep-sha256"], unsealed),
        each("seal-stream", &["off", "on"], unsealed),
    ]
    .into_iter()
    .flatten()
    .map(at_its_best)
    .collect()
}

/// What some switches can be seen by.
fn at_its_best(case: Case) -> Case {
    match case.switch.as_str() {
        "json-case" | "list-shape" | "list-match" => case.with(LOST),
        "no-list" if case.setting == "off" => case.with(LOST),
        "seal-cipher" | "seal-padding" | "seal-stream" => case.server_keys(),
        _ => case,
    }
}

/// The job is found by its name, and once only.
fn found(place: &Place) {
    let _ = place
        .ask(&["submit"], 0)
        .says("found at the service as job");
    let jobs = place.ask(&["jobs", "--name", "batch", "--json"], 0).json();
    assert_eq!((jobs.len(), &jobs[0]["name"]), (1, &"batch".into()));
    place.reported();
}

/// Another job's name begins as this one's does.
fn found_among_others(place: &Place) {
    let csv = place.exported(|_, line| line.to_owned());
    let other = place.another("batch-2");
    let _ = place
        .ask_of(&other, &["submit", "--data", csv.to_str().unwrap()], 0)
        .says("found at the service as job");
    let _ = place.ask(&["submit"], 0).says("submitted as job");
    let jobs = place.ask(&["jobs", "--name", "batch", "--json"], 0).json();
    assert_eq!((jobs.len(), &jobs[0]["name"]), (1, &"batch".into()));
    let _ = place.ask(&["status", "--wait"], 0);
    let _ = place.ask(&["report"], 0).says("2 issued");
    assert_eq!(place.service.jobs(), 2);
}

/// Columns that nobody knows are kept, and read once they are named.
fn named(place: &Place) {
    let _ = place.ask(&["submit"], 0);
    let _ = place.ask(&["status", "--wait"], 0);
    let _ = place
        .ask(&["report"], 3)
        .says("Ergebnis")
        .says("service.report_columns");
    assert!(place.path("report.csv").exists());
    place.set(
        "[service.report_columns]\nname = [\"Gerät\"]\nstatus = [\"Ergebnis\"]\nmessage = [\"Grund\"]\n",
    );
    place.reported();
}

fn fetched(place: &Place) {
    place.done();
    let _ = place.ask(&["certificates"], 0);
    let kept = ["certificates.zip", "certificates.json"];
    assert!(kept.iter().any(|name| place.path(name).exists()));
}

/// Certificates and keys that the service made for names of the operator's own.
fn unsealed(place: &Place) {
    let names = place.path("names.csv");
    fs::write(&names, "device_name,subject.common_name\na,a\nb,b\n").unwrap();
    let own = place.another("own");
    let _ = place.ask_of(&own, &["submit", "--data", names.to_str().unwrap()], 0);
    let _ = place.ask_of(&own, &["status", "--wait"], 0);
    let _ = place.ask_of(&own, &["report"], 0).says("2 issued");
    let _ = place.ask_of(&own, &["certificates"], 0);
    for name in ["a.key", "b.key", "a.pem", "b.pem"] {
        assert!(own.join("certificates").join(name).exists(), "{name}");
    }
}
