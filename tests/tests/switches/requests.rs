//! What the service wants of a request: paths, fields, ways to sign in, sizes.

use crate::case::{Case, case, each};
use crate::place::Place;

pub fn cases() -> Vec<Case> {
    [
        vec![
            case(
                "path-prefix",
                nameplate_sandbox::DEFAULT_PATH_PREFIX,
                Place::done,
            ),
            case(
                "path-prefix",
                "/devicetrustmanager/certificate-batch-service/api-ui/v1",
                |place| {
                    place.refused(&["knows nothing at the address", "service.routes"]);
                    place.set("[service.routes]\napi = \"api-ui\"\n");
                    place.done();
                },
            ),
            case(
                "iot-path-prefix",
                nameplate_sandbox::DEFAULT_IOT_PATH_PREFIX,
                Place::done,
            )
            .iot(),
            case("iot-path-prefix", "/iot/enrolment/v2", |place| {
                place.refused(&["This endpoint is unverified", "service.routes.create"]);
                place.set(ELSEWHERE);
                place.done();
            })
            .iot(),
            case("iot-field", "", Place::done).iot(),
            case("iot-field", "name=job_name", |place| {
                place.refused(&["refused the request", "unknown field"]);
                place.set("[service.fields]\nname = \"job_name\"\n");
                place.done();
            })
            .iot(),
            case("sign-in", "api-key", |place| only(place, "api_key")),
            case("sign-in", "client-certificate", |place| {
                only(place, "client_certificate");
            }),
            case("sign-in", "passcode", |place| only(place, "passcode")),
            case("client-auth", "tls", |place| {
                with_certificate(place, "asks for a client certificate");
            }),
            case("client-auth", "http", |place| {
                with_certificate(place, "does not accept the API key");
            }),
            case("job-type", "form", |place| {
                place.refused(&["refused the request", "job_type"]);
                place.set("[service.routes]\njob_type = \"form\"\n");
                place.done();
            }),
            case("data-limit", "200000000", Place::done),
            case("data-limit", "700", too_large),
        ],
        each("job-type", &["query", "either"], Place::done),
        each("policy-id", &["required", "optional"], Place::done),
    ]
    .into_iter()
    .flatten()
    .collect()
}

const ELSEWHERE: &str = r#"[service.routes]
create = "/iot/enrolment/v2/batch-enroll"
status = "/iot/enrolment/v2/batch-enroll/{id}"
list = "/iot/enrolment/v2/batch-enroll?name={name}&limit={limit}&offset={offset}"
report = "/iot/enrolment/v2/batch-enroll/{id}/download-report"
"#;

/// The settings that sign in in this way.
fn way(place: &Place, name: &str) -> String {
    let service = &place.service;
    match name {
        "api_key" => service.api_key(),
        "passcode" => service.passcode(),
        _ => service.client_certificate(
            &service.dir.join("client.pem"),
            &service.dir.join("client.key"),
        ),
    }
}

/// This way carries the batch to its report; the others are refused.
fn only(place: &Place, allowed: &str) {
    for other in ["api_key", "client_certificate", "passcode"] {
        if other != allowed {
            place.sign_in(&way(place, other), "");
            place.refused(&["denied access", "Ask for a user"]);
        }
    }
    place.sign_in(&way(place, allowed), "");
    place.done();
}

/// At the address for client certificates an API key is refused in these words, and a certificate is not.
fn with_certificate(place: &Place, words: &str) {
    let settings = way(place, "client_certificate");
    let door = format!("url = \"{}\"", place.service.client_auth_url);
    place.sign_in(&place.service.api_key(), "");
    let path = place.path("bench.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace(&format!("url = \"{}\"", place.service.url), &door);
    nameplate_tests::bench::private(&path, &text);
    place.refused(&[words]);
    place.sign_in(&settings, "");
    place.done();
}

/// A limit that the operator is told of, sets, and keeps to by several jobs.
fn too_large(place: &Place) {
    place.refused(&["the file is too large", "greatest_upload", "--split"]);
    place.set("[batch]\ngreatest_upload = 700\n");
    let _ = place
        .ask(&["submit", "--split"], 0)
        .says("the batch goes as 2 jobs");
    let _ = place.ask(&["status", "--wait"], 0);
    let _ = place.ask(&["report"], 0).says("1 issued");
    assert_eq!(place.service.jobs(), 2);
}
