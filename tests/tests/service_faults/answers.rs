//! Answers that the contract leaves open, each in every form.

use crate::bench::{ask, collected, posts, serve};

#[track_caller]
fn is_understood(switches: &[&str]) {
    let bench = collected();
    let service = serve(&bench, &[&["--polls", "0"], switches].concat());
    let _ = ask(&bench, &["submit"], 0).says("submitted as job");
    let _ = ask(&bench, &["status", "--wait"], 0).says("2 rows: 2 succeeded, 0 failed");
    let _ = ask(&bench, &["report"], 0).says("2 issued");
    assert_eq!((service.jobs(), posts(&service)), (1, 1));
}

#[test]
fn the_job_s_id_in_every_place() {
    for body in ["id", "job-id", "string", "bare"] {
        is_understood(&["--create-body", body]);
    }
    for status in ["201", "202"] {
        is_understood(&["--create-status", status]);
    }
}

#[test]
fn names_and_words_in_every_case() {
    is_understood(&["--json-case", "camel"]);
    is_understood(&["--status-case", "lower"]);
    is_understood(&["--complete-word", "Executed"]);
}

#[test]
fn the_list_in_every_shape() {
    for shape in ["records", "jobs", "array"] {
        let bench = collected();
        let service = serve(
            &bench,
            &["--list-shape", shape, "--fault", "create=lost-answer"],
        );
        let _ = ask(&bench, &["submit"], 0).says("found at the service as job");
        assert_eq!((service.jobs(), posts(&service)), (1, 1));
    }
}

#[test]
fn a_fault_in_either_shape_is_shown_in_the_service_s_own_words() {
    for shape in ["errors", "error"] {
        let bench = collected();
        let service = serve(&bench, &["--error-shape", shape]);
        let (setting, id) = crate::DIALECT.id(&service);
        bench.configure(&crate::bench::section(&service).replace(id, "no-such-form"));
        let _ = ask(&bench, &["submit"], 1)
            .says("refused the request")
            .says(setting)
            .says("Correct what the service names");
        assert_eq!(service.jobs(), 0);
        crate::bench::point(&bench, &service, "");
        let _ = ask(&bench, &["submit"], 0);
        assert_eq!(service.jobs(), 1);
    }
}
