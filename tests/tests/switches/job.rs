//! The job's life: how long it takes, who must approve it, and in which words it is told.

use crate::case::{Case, case, each};
use crate::place::Place;

/// A policy under which no board here gets a certificate.
const NONE: &[&str] = &["--key-types=RSA_2048"];

pub fn cases() -> Vec<Case> {
    vec![
        each("polls", &["2", "0"], Place::done),
        vec![
            case("approval", "none", Place::done),
            case("approval", "2", |place| {
                let _ = place.ask(&["submit"], 0);
                let _ = place.ask(&["status"], 0).says("must approve it");
                place.reported();
            }),
            case("approval", "manual", |place| {
                let _ = place.ask(&["submit"], 0);
                let _ = place.ask(&["status"], 0).says("must approve it");
                let _ = place.ask(&["report"], 1).says("PENDING_APPROVAL");
                assert!(place.approve());
                place.reported();
            }),
            case("first-status", "", Place::done),
            case("first-status", "SPLINES_RETICULATED", |place| {
                let _ = place.ask(&["submit"], 0);
                let _ = place
                    .ask(&["status", "--wait"], 0)
                    .says("is not known here; asking on")
                    .says("is COMPLETE");
                place.reported();
            }),
            case("complete-word", "DELIVERED", |place| {
                // Nobody can know that it is an end: the status says so, and the report is there.
                let _ = place.ask(&["submit"], 0);
                wait_for(place, "DELIVERED");
                let _ = place.ask(&["status"], 0).says("does not know that status");
                let _ = place.ask(&["report"], 0).says("2 issued");
            }),
            case("failed-word", "FAILED", |place| {
                place.none_issued("the key type P_256");
            })
            .with(NONE),
            case("failed-word", "Terminated", |place| {
                let _ = place.ask(&["submit"], 0);
                let _ = place
                    .ask(&["status", "--wait"], 1)
                    .says("ended as Terminated");
                let _ = place.ask(&["report"], 3).says("0 issued, 2 failed");
            })
            .with(NONE),
            case("failed-word", "NO_LUCK", |place| {
                let _ = place.ask(&["submit"], 0);
                wait_for(place, "NO_LUCK");
                let _ = place.ask(&["status"], 0).says("does not know that status");
                let _ = place.ask(&["report"], 3).says("0 issued, 2 failed");
            })
            .with(NONE),
        ],
        each(
            "in-progress-word",
            &["IN_PROGRESS", "Executing", "pending"],
            Place::done,
        )
        .into_iter()
        .map(|case| case.with(&["--first-status=IN_PROGRESS"]))
        .collect(),
        each(
            "complete-word",
            &["COMPLETE", "Executed", "SUCCESS"],
            Place::done,
        ),
        each("status-case", &["as-is", "lower"], Place::done),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Asks until the service says this word.
fn wait_for(place: &Place, word: &str) {
    let said = |_: &usize| place.ask(&["status"], 0).stdout.contains(word);
    assert!((0..1000).any(|time| said(&time)), "it never says {word}");
}
