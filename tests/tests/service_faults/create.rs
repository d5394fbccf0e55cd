//! Faults of the answer to a submission.

use crate::bench::{ask, collected, impatient, posts, serve};

/// The first submission gets the fault, the second one does not.
#[track_caller]
fn fails_then_goes_on(fault: &str, words: &[&str]) {
    let bench = collected();
    let service = serve(&bench, &["--fault", &format!("create={fault}:times=1")]);
    let mut ran = impatient(&bench, &service, "submit_seconds", || {
        ask(&bench, &["submit"], 1)
    });
    for words in words {
        ran = ran.says(words);
    }
    assert_eq!((service.jobs(), posts(&service)), (0, 1));
    let _ = ask(&bench, &["submit"], 0).says("submitted as job");
    assert_eq!((service.jobs(), posts(&service)), (1, 2));
    // And once more: nothing is sent.
    let _ = ask(&bench, &["submit"], 0).says("already submitted as job");
    assert_eq!((service.jobs(), posts(&service)), (1, 2));
}

#[test]
fn status_401() {
    fails_then_goes_on(
        "401",
        &["does not accept the API key", "HTTP 401", "not expired"],
    );
}

#[test]
fn status_403() {
    fails_then_goes_on("403", &["denied access", "HTTP 403", "Ask for a user"]);
}

#[test]
fn status_404() {
    fails_then_goes_on(
        "404",
        &[
            "knows nothing at the address",
            "HTTP 404",
            "Check service.url",
        ],
    );
}

#[test]
fn status_413() {
    fails_then_goes_on(
        "413",
        &["the file is too large", "HTTP 413", "200,000,000 bytes"],
    );
}

#[test]
fn status_429_with_seconds() {
    fails_then_goes_on(
        "429:retry-after=7",
        &["asks for fewer requests", "HTTP 429", "in 7 seconds"],
    );
}

#[test]
fn status_429_with_a_date() {
    fails_then_goes_on(
        "429:retry-after-date=900",
        &["asks for fewer requests", "seconds or later"],
    );
}

#[test]
fn status_500() {
    fails_then_goes_on(
        "500",
        &[
            "the service has a fault",
            "HTTP 500",
            "Run the same command again",
        ],
    );
}

#[test]
fn status_503_with_seconds() {
    fails_then_goes_on(
        "503:retry-after=9",
        &["the service has a fault", "HTTP 503", "in 9 seconds"],
    );
}

#[test]
fn garbage() {
    fails_then_goes_on(
        "garbage",
        &["can't be understood", "it looks for the job by its name"],
    );
}

#[test]
fn nothing_at_all() {
    fails_then_goes_on(
        "hang",
        &[
            "the job may exist or not",
            "it looks for the job by its name",
        ],
    );
}

#[test]
fn a_connection_that_is_dropped() {
    fails_then_goes_on(
        "drop",
        &["ended the connection", "run the same command again"],
    );
}

#[test]
fn a_file_over_the_service_s_limit() {
    let bench = collected();
    let service = serve(&bench, &["--data-limit", "100"]);
    let _ = ask(&bench, &["submit"], 1)
        .says("the file is too large")
        .says("100")
        .says("leave out columns");
    assert_eq!(service.jobs(), 0);
    drop(service);
    let service = serve(&bench, &[]);
    let _ = ask(&bench, &["submit"], 0);
    assert_eq!(service.jobs(), 1);
}

#[test]
fn the_key_is_in_no_log() {
    let bench = collected();
    let service = serve(&bench, &["--polls", "0", "--fault", "create=401:times=1"]);
    let everything = ["--log", "trace"];
    for (command, code) in [("submit", 1), ("submit", 0), ("status", 0), ("report", 0)] {
        // It is looked for in everything that every command here prints.
        let _ = ask(&bench, &[&[command], &everything[..]].concat(), code);
    }
    assert_eq!((service.jobs(), posts(&service)), (1, 2));
}
