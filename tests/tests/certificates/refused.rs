//! Certificates that are not what a board is to have: each is named, none is taken.

use std::fs;

use serde_json::{Value, json};

use crate::bench::ask;
use crate::place::{
    change_outcomes, collected, events, judge_stored, logged, named, reported, serve, stored,
};

/// What each row gets; all others are right.
const FAULTS: [&str; 9] = [
    "other-name=1",
    "no-san=2",
    "other-key=3",
    "other-issuer=4",
    "expired=5",
    "missing=6",
    "extra=7",
    "twice=8",
    "swapped=10",
];

#[test]
fn each_wrong_certificate_is_refused_by_its_own_words() {
    let bench = collected();
    let faults: Vec<_> = FAULTS
        .iter()
        .flat_map(|fault| ["--row-fault", fault])
        .collect();
    let service = serve(&bench, &faults, "");
    reported(&bench, 0);
    let ran = ask(&bench, &["certificates", "--json"], 3);
    let matched = &events(&ran, "matched")[0];
    let of = |name: &str| matched[name].as_u64().unwrap();
    // 20 rows without those of rows 1 to 6 and 8 to 10; of row 8 there are two.
    assert_eq!(of("taken"), 11);
    assert_eq!((of("unexpected"), of("mismatched")), (2, 8), "{matched}");
    judge_stored(&bench, &service, 11);
    // Boards are in order of their collection, as rows are.
    let boards = bench.list();
    let name = |row: usize| boards[row - 1]["name"].as_str().unwrap().to_owned();
    let refused = events(&ran, "refused-certificate");
    let reason = |board: &Value| {
        let reasons: Vec<_> = refused
            .iter()
            .filter(|line| line["board"] == *board)
            .map(|line| line["reason"].as_str().unwrap())
            .collect();
        reasons.join("\n")
    };
    for (row, words) in [
        (1, "common name \"somebody else\""),
        (2, "no DNS name where DNS name"),
        (4, "signature"),
        (5, "it has expired on"),
        (8, "several different certificates came for its board"),
        (9, "common name"),
        (10, "common name"),
    ] {
        let name = name(row);
        let said = reason(&json!(name));
        assert!(said.contains(words), "{row}: {said}");
    }
    let strangers = reason(&Value::Null);
    assert_eq!(strangers.matches("no board's of this batch").count(), 2);
    let missing = &events(&ran, "missing")[0];
    assert_eq!(missing["boards"], 9);
    // The same, in one view.
    let ran = ask(&bench, &["reconcile", "--json"], 3);
    let counts = &events(&ran, "reconciled")[0];
    let expected = json!({
        "event": "reconciled", "boards": 20, "issued": 11, "failed": 0, "missing": 2, "mismatched": 7, "unanswered": 0,
        "waiting": 0, "unexpected": 2, "further": 0, "all_well": false,
    });
    assert_eq!(*counts, expected);
    let lines = events(&ran, "board");
    assert_eq!(lines.len(), 20);
    let standing = |row: usize| {
        let line = lines.iter().find(|line| line["name"] == name(row)).unwrap();
        line["standing"].clone()
    };
    assert_eq!(
        (standing(3), standing(6)),
        (json!("missing"), json!("missing"))
    );
    assert_eq!(
        (standing(7), standing(10)),
        (json!("issued"), json!("mismatched"))
    );
    let _ = ask(&bench, &["reconcile"], 3)
        .says("11 issued, 0 failed, 2 missing, 7 mismatched")
        .says("certificates besides: 2 unexpected");
    // Again: nothing is new.
    let log = logged(&bench);
    let _ = ask(&bench, &["certificates"], 3).says("0 certificates taken, 11 known before");
    assert_eq!(logged(&bench), log);
}

#[test]
fn what_comes_later_is_taken_and_what_is_known_stays() {
    let bench = collected();
    let service = serve(
        &bench,
        &["--row-fault", "missing=6", "--row-fault", "twice=8"],
        "",
    );
    reported(&bench, 0);
    let both = |outcome: &Value| (outcome["file"].clone(), outcome["beside"].clone());
    // At first only one of the two of row 8.
    let second = std::cell::RefCell::new(Value::Null);
    change_outcomes(&service, |row, outcome| {
        if row == 8 {
            *second.borrow_mut() = both(outcome).1;
            outcome["beside"] = Value::Null;
        }
    });
    let _ = ask(&bench, &["certificates"], 3)
        .says("19 certificates taken")
        .says("1 board issued and without a certificate here");
    let before = stored(&bench);
    // Then the one that was missing, and for row 8 the other one.
    change_outcomes(&service, |row, outcome| match row {
        6 => {
            let name = outcome["common_name"].as_str().unwrap();
            outcome["file"] = json!(format!("{name}.der"));
        }
        8 => outcome["file"] = second.borrow().clone(),
        _ => {}
    });
    let _ = ask(&bench, &["certificates"], 3)
        .says("1 certificate taken, 18 known before; not taken: 0 unexpected, 1 mismatched")
        .says("its board has another certificate already");
    let after = stored(&bench);
    assert_eq!(after.len(), 20);
    assert!(before.iter().all(|one| after.contains(one)));
    judge_stored(&bench, &service, 20);
    let files = named(&bench.batch(), "certificates");
    let both = [
        "certificates",
        "certificates.zip",
        "certificates_2",
        "certificates_2.zip",
    ];
    assert_eq!(files, both);
    let _ = ask(&bench, &["reconcile"], 3)
        .says("20 issued, 0 failed")
        .says("1 for a board that has its own");
}

#[test]
fn what_can_not_be_gone_through_changes_nothing() {
    let bench = collected();
    let service = serve(&bench, &["--fault", "certificates=garbage:times=1"], "");
    reported(&bench, 0);
    let log = logged(&bench);
    let _ = ask(&bench, &["certificates"], 1).says("was not unpacked");
    assert_eq!(stored(&bench), []);
    assert_eq!(logged(&bench), log);
    // The next download stands beside it.
    let _ = ask(&bench, &["certificates"], 0).says("20 certificates taken");
    judge_stored(&bench, &service, 20);
}

#[test]
fn the_report_and_the_certificates_must_agree() {
    let bench = collected();
    let service = serve(&bench, &[], "");
    let _ = ask(&bench, &["submit"], 0);
    let _ = ask(&bench, &["status", "--wait"], 0);
    change_outcomes(&service, |row, outcome| {
        if row == 5 {
            outcome["verdict"] = json!("Failed");
            outcome["message"] = json!("no more licences");
        }
    });
    let _ = ask(&bench, &["report"], 3).says("no more licences");
    let _ = ask(&bench, &["certificates"], 3)
        .says("19 certificates taken")
        .says("the report says that its board got none: no more licences");
    let _ = ask(&bench, &["reconcile"], 3)
        .says("19 issued, 1 failed")
        .says("1 unexpected");
    let rework = fs::read_to_string(bench.batch().join("rework.csv")).unwrap();
    assert_eq!(rework.lines().count(), 2);
}
