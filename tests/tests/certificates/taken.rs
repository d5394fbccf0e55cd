//! Certificates that are right, in every form in which they may come.

use std::fs;

use crate::bench::{ask, section};
use crate::place::{
    BOARDS, collected, events, issuing, judge_stored, logged, named, reported, serve, stored, trust,
};

#[test]
fn every_board_gets_its_own_whatever_form_they_come_in() {
    for switches in [
        &["--certificates", "zip-pem", "--certificate-chain"][..],
        &["--certificates", "zip-pem"],
        &["--certificates", "zip-der"],
        &["--certificates", "json", "--certificate-chain"],
        // By name, each of two files would be the other board's.
        &[
            "--certificates",
            "zip-pem",
            "--row-fault",
            "swapped-files=2,9,20",
        ],
    ] {
        let bench = collected();
        let service = serve(&bench, switches, "");
        reported(&bench, 0);
        let _ = ask(&bench, &["certificates"], 0).says("20 certificates taken, 0 known before");
        judge_stored(&bench, &service, BOARDS.into());
        let log = logged(&bench);
        let kept = named(&bench.batch(), "certificates");
        let _ = ask(&bench, &["certificates"], 0)
            .says("are the same as in")
            .says("0 certificates taken, 20 known before");
        assert_eq!(logged(&bench), log, "nothing was done");
        assert_eq!(named(&bench.batch(), "certificates"), kept);
        let ran = ask(&bench, &["reconcile", "--json"], 0);
        assert_eq!(events(&ran, "reconciled")[0]["issued"], 20);
        assert_eq!(named(&bench.batch(), "rework"), [""; 0]);
    }
}

#[test]
fn a_batch_of_several_jobs_keeps_a_file_of_each() {
    let bench = collected();
    let service = serve(&bench, &[], "");
    let _ = ask(&bench, &["submit", "--split", "3"], 0);
    let _ = ask(&bench, &["status", "--wait"], 0);
    let _ = ask(&bench, &["report"], 0);
    let ran = ask(&bench, &["certificates", "--json"], 0);
    let taken: Vec<_> = events(&ran, "matched")
        .iter()
        .map(|line| (line["part"].clone(), line["taken"].clone()))
        .collect();
    assert_eq!(
        taken,
        [
            (1.into(), 7.into()),
            (2.into(), 7.into()),
            (3.into(), 6.into())
        ]
    );
    assert_eq!(
        named(&bench.batch(), "certificates"),
        [
            "certificates-1-of-3",
            "certificates-1-of-3.zip",
            "certificates-2-of-3",
            "certificates-2-of-3.zip",
            "certificates-3-of-3",
            "certificates-3-of-3.zip"
        ]
    );
    judge_stored(&bench, &service, BOARDS.into());
    let _ =
        ask(&bench, &["certificates"], 0).says("part 3 of 3: 0 certificates taken, 6 known before");
    let output = bench.home().join("mine.zip");
    let output = output.to_str().unwrap();
    let _ = ask(&bench, &["certificates", "--output", output], 0);
    assert_eq!(
        named(bench.home(), "mine").len(),
        6,
        "{:?}",
        named(bench.home(), "mine")
    );
    let _ = ask(&bench, &["certificates", "--output", output], 2).says("is there already");
}

#[test]
fn without_a_root_the_chain_is_checked_as_far_as_it_came() {
    let bench = collected();
    let service = serve(&bench, &["--certificate-chain"], "");
    bench.configure(&section(&service));
    reported(&bench, 0);
    let _ = ask(&bench, &["certificates"], 0)
        .says("no root is configured")
        .says("20 certificates taken");
    // What would have been needed is there all the same.
    judge_stored(&bench, &service, BOARDS.into());
}

#[test]
fn a_configuration_that_can_not_be_trusted_starts_nothing() {
    let bench = collected();
    let service = serve(&bench, &[], "");
    reported(&bench, 0);
    let asked = service.requests().len();
    fs::write(bench.batch().join("odd.pem"), "hello").unwrap();
    for (setting, words) in [
        ("root = \"absent.pem\"", "absent.pem"),
        ("root = \"odd.pem\"", "there is no certificate in it"),
        (
            "intermediates = \"odd.pem\"",
            "there is no certificate in it",
        ),
        ("rot = \"odd.pem\"", "rot"),
    ] {
        bench.configure(&format!("{}[certificates]\n{setting}\n", section(&service)));
        let _ = ask(&bench, &["certificates"], 2).says(words);
    }
    assert_eq!(service.requests().len(), asked);
    assert_eq!(stored(&bench), []);
    // An intermediate that is missing is what keeps them out.
    let root = service.dir.join("device-root.pem");
    bench.configure(&format!(
        "{}[certificates]\nroot = \"{}\"\n",
        section(&service),
        root.display()
    ));
    let _ = ask(&bench, &["certificates"], 3)
        .says("20 mismatched")
        .says("its chain does not lead to the configured root")
        .says("20 boards issued and without a certificate here");
    let _ = ask(&bench, &["reconcile"], 3).says("0 missing, 20 mismatched");
    trust(&bench, &service, "");
    assert!(!issuing(&service).is_empty());
    let _ = ask(&bench, &["certificates"], 0).says("20 certificates taken");
    let _ = ask(&bench, &["reconcile"], 0).says("20 issued");
}

#[test]
fn run_carries_a_batch_to_its_certificates() {
    let bench = collected();
    let service = serve(&bench, &[], "");
    let door = bench.door.to_string();
    let arguments = ["run", "--listen", &door, "--expect", "20", "--timeout", "1"];
    // The boards are not there to get them.
    let _ = ask(&bench, &arguments, 3)
        .says("20 issued")
        .says("20 certificates taken")
        .says("0 of 20 boards done");
    judge_stored(&bench, &service, BOARDS.into());
    let _ = ask(&bench, &arguments, 3).says("20 known before");
}
