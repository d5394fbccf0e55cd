//! Faults that pass: each operation has one, and each kind is played. How each operation bears each kind is `service_faults`'.

use crate::case::{Case, case};

const BUSY: &str = "HTTP 503";

pub fn cases() -> Vec<Case> {
    vec![
        case("fault", "create=503:retry-after=1:times=1", |place| {
            place.refused(&[BUSY, "in 1 second"]);
            place.done();
        }),
        case("fault", "list=503:times=1", |place| {
            place.refused(&[BUSY, "looking for the job by its name"]);
            place.done();
        }),
        case("fault", "status=503:times=1", |place| {
            let _ = place.ask(&["submit"], 0);
            let _ = place.ask(&["status", "--wait"], 0).says("asking again in");
            place.reported();
        }),
        case("fault", "report=503:times=1", |place| {
            let _ = place.ask(&["submit"], 0);
            let _ = place.ask(&["status", "--wait"], 0);
            let _ = place.ask(&["report"], 1).says(BUSY);
            place.reported();
        }),
        case("fault", "certificates=503:times=1", |place| {
            place.done();
            let _ = place.ask(&["certificates"], 1).says(BUSY);
            let _ = place.ask(&["certificates"], 0);
        }),
        case("fault", "approve=503:times=1", |place| {
            let _ = place.ask(&["submit"], 0);
            assert!(!place.approve());
            let _ = place.ask(&["status"], 0).says("must approve it");
            assert!(place.approve());
            place.reported();
        })
        .with(&["--approval=manual"]),
        case("fault", "template=503:times=1", |place| {
            let _ = place.ask(&["template"], 1).says(BUSY);
            let _ = place.ask(&["template"], 0);
            place.done();
        }),
        case("fault", "any=503:times=1", |place| {
            place.refused(&[BUSY]);
            place.done();
        }),
        case("fault", "status=garbage:times=1", |place| {
            let _ = place.ask(&["submit"], 0);
            let _ = place.ask(&["status"], 1).says("can't be understood");
            place.reported();
        }),
        case(
            "fault",
            "create=redirect=https://127.0.0.1:9/x:times=1",
            |place| {
                place.refused(&["https://127.0.0.1:9"]);
                place.done();
            },
        ),
        case("fault", "status=hang:times=1", |place| {
            let _ = place.ask(&["submit"], 0);
            place.set("[service.timeouts]\nanswer_seconds = 1\n");
            let _ = place
                .ask(&["status"], 1)
                .says("did not answer in the time allowed");
            place.set("");
            place.reported();
        }),
        case("fault", "create=drop:times=1", |place| {
            place.refused(&["ended the connection", "run the same command again"]);
            place.done();
        }),
        case("fault", "create=late-answer:times=1", |place| {
            place.set("[service.timeouts]\nsubmit_seconds = 1\n");
            let _ = place
                .ask(&["submit"], 0)
                .says("found at the service as job");
            place.set("");
            place.reported();
        }),
        case("fault", "create=lost-answer:times=1", |place| {
            let _ = place
                .ask(&["submit"], 0)
                .says("found at the service as job");
            place.reported();
        }),
    ]
}
