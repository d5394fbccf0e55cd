//! Faults of single rows and of their certificates: what is wrong is named, and nothing wrong is taken. What each leaves in the store
//! is `certificates`'.

use crate::case::{Case, case};
use crate::place::Place;

pub fn cases() -> Vec<Case> {
    let wrong = [
        case("row-fault", "other-name=2", |place| {
            place.not_taken("common name \"somebody else\"");
        }),
        case("row-fault", "no-san=2", |place| {
            place.not_taken("no DNS name where DNS name");
        }),
        case("row-fault", "other-key=2", |place| {
            place.not_taken("no board's of this batch");
        }),
        case("row-fault", "other-issuer=2", |place| {
            place.not_taken("signature");
        }),
        case("row-fault", "expired=2", |place| {
            place.not_taken("it has expired on");
        }),
        case("row-fault", "twice=2", |place| {
            place.not_taken("several different certificates came for its board");
        }),
        case("row-fault", "swapped=2", |place| {
            place.not_taken("common name");
        }),
        case("row-fault", "missing=2", |place| {
            place.not_taken("1 board issued and without a certificate here");
        }),
        case("row-fault", "extra=2", |place| {
            place.not_taken("no board's of this batch");
        }),
    ];
    let right = [
        case("row-fault", "", Place::taken),
        // Names of files say nothing.
        case("row-fault", "swapped-files=2", Place::taken),
        case("row-fault", "refused=2", |place| {
            let _ = place.ask(&["submit"], 0);
            let _ = place.ask(&["status", "--wait"], 0);
            let _ = place.ask(&["report"], 3).says("1 issued, 1 failed");
            assert!(place.path("rework.csv").exists());
            place.trust();
            let _ = place.ask(&["certificates"], 0).says("1 certificate taken");
        }),
    ];
    wrong.into_iter().chain(right).collect()
}
