//! What the service makes of a data file.

use std::path::Path;

use crate::case::{Case, case, each};
use crate::place::Place;

/// A column that no batch here has.
const MISSING: &str = "subject.state";

pub fn cases() -> Vec<Case> {
    let needs = &["--required-columns=subject.state"];
    [
        vec![
            case("validate", "upload", |place| place.refused(&[MISSING])).with(needs),
            case("validate", "processing", |place| {
                let _ = place.ask(&["submit"], 0);
                let _ = place.ask(&["status", "--wait"], 1).says("ended as FAILED");
                let _ = place
                    .ask(&["report"], 3)
                    .says("0 issued, 0 failed, 2 without an answer")
                    .says(MISSING);
            })
            .with(needs),
            case(
                "required-columns",
                "device_name,subject.common_name",
                Place::done,
            ),
            case(
                "required-columns",
                "san.dns_name,device_description",
                Place::done,
            ),
            case("required-columns", MISSING, |place| {
                place.refused(&[MISSING]);
            }),
            case("iot-required-columns", "subject.common_name", Place::done).iot(),
            case("iot-required-columns", MISSING, |place| {
                place.refused(&[MISSING]);
            })
            .iot(),
            case(
                "template-columns",
                "subject.organization_name,san.dns_name",
                templated,
            ),
            case(
                "template-columns",
                "san.dns_name,device_description",
                templated,
            ),
            case("template-columns", MISSING, |place| {
                template(place);
                let _ = place
                    .ask(&["submit"], 2)
                    .says(MISSING)
                    .says("batch.template_optional");
            }),
            case("template", "off", |place| {
                let _ = place
                    .ask(&["template"], 1)
                    .says("This endpoint is unverified")
                    .says("service.routes.template");
                place.done();
            }),
            case("unknown-columns", "accept", |place| {
                coloured(place, 0);
            }),
            case("unknown-columns", "refuse", |place| {
                coloured(place, 1);
            }),
            case("csr-form", "lines", |place| {
                place.none_issued("must be PEM in lines");
            }),
            case("csr-form", "lines", Place::done).set("[batch]\ncsr_cell = \"multi-line\"\n"),
            case("csr-form", "line", |place| {
                place.none_issued("line breaks in a csr value are not taken");
            })
            .set("[batch]\ncsr_cell = \"multi-line\"\n"),
            case("key-types", "P_256", Place::done),
        ],
        each("csv", &["strict", "lenient"], Place::done),
        each("template", &["with-csr", "without-csr"], templated),
        each("csr-form", &["either", "line"], Place::done),
        of_requests(),
        each(
            "key-types",
            &[
                "RSA_2048", "RSA_3072", "RSA_4096", "P_384", "P_521", "ED_25519",
            ],
            |place| place.none_issued("does not allow the key type P_256"),
        ),
        each(
            "mismatch",
            &["override", "warn", "refuse"],
            agreeing_or_not_sent,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A ZIP of requests, at both services, under each reading of its names.
fn of_requests() -> Vec<Case> {
    let settings = &["file-name", "common-name"];
    let both = [
        each("zip-names", settings, zipped),
        each("zip-names", settings, zipped)
            .into_iter()
            .map(Case::iot)
            .collect(),
    ];
    let both = both.into_iter().flatten();
    both.map(|case| case.set("[batch]\ndata = \"csr-zip\"\n"))
        .collect()
}

fn zipped(place: &Place) {
    place.done();
    assert!(place.path("batch.zip").exists() && !place.path("batch.csv").exists());
}

/// Fetches the service's template and has the batch written by it.
fn template(place: &Place) {
    let path = place.path("template.csv");
    let _ = place.ask(&["template", "--output", path.to_str().unwrap()], 0);
    place.set("[batch]\ntemplate = \"template.csv\"\n");
}

fn templated(place: &Place) {
    template(place);
    place.done();
    let header = |name: &str| {
        let text = std::fs::read_to_string(place.path(name)).unwrap();
        text.lines().next().unwrap().to_owned()
    };
    let template = header("template.csv").replace(",\"csr\"", "");
    assert!(header("batch.csv").starts_with(&template));
}

/// A file of the operator's own, with a column that the policy does not know.
fn coloured(place: &Place, code: i32) {
    let csv = place.exported(|at, line| {
        let cell = if at == 0 { "colour" } else { "red" };
        format!("\"{cell}\",{line}")
    });
    let own = place.another("own");
    let ran = submit(place, &own, &csv, code);
    if code == 0 {
        let _ = place.ask_of(&own, &["status", "--wait"], 0);
        let _ = place.ask_of(&own, &["report"], 0).says("2 issued");
    } else {
        let _ = ran.says("no column \"colour\"");
    }
}

fn submit(place: &Place, own: &Path, csv: &Path, code: i32) -> nameplate_tests::programs::Ran {
    place.ask_of(own, &["submit", "--data", csv.to_str().unwrap()], code)
}

/// Where the CSV says what the requests say, the switch is of no account; where it does not, nothing is sent.
fn agreeing_or_not_sent(place: &Place) {
    let csv = place.exported(|_, line| line.replace("\"Example\"", "\"Somebody else\""));
    let own = place.another("own");
    let _ = submit(place, &own, &csv, 1).says("subject.organization_name");
    assert_eq!(place.service.jobs(), 0);
    place.done();
}
