//! Certificates that ended, or end soon: made by openssl.

use std::path::Path;
use std::process::Command;

use nameplate_tests::bench::private;
use nameplate_tests::programs::run;

use super::Place;

/// A certificate that ends in so many days.
fn certificate(path: &Path, days: u32) {
    let key = path.with_extension("key");
    let mut openssl = Command::new("openssl");
    openssl.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ]);
    openssl.args([
        "-subj",
        "/CN=Test Root",
        "-addext",
        "keyUsage=critical,keyCertSign",
    ]);
    openssl.arg("-keyout").arg(&key).arg("-out").arg(path);
    let _ = run(openssl.args(["-days", &days.to_string()])).expect(0);
}

/// One that ended in 2021: openssl makes none of the past.
fn ended(path: &Path) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut wanted = rcgen::CertificateParams::new(Vec::new()).unwrap();
    wanted.not_before = rcgen::date_time_ymd(2020, 1, 1);
    wanted.not_after = rcgen::date_time_ymd(2021, 1, 1);
    private(path, &wanted.self_signed(&key).unwrap().pem());
}

#[test]
fn certificates_are_told_of_before_they_end_and_wrong_afterwards() {
    let place = Place::new();
    let root = place.home.path().join("root.pem");
    let old = place
        .service()
        .dir
        .join("device-root.pem")
        .display()
        .to_string();
    place.edit(&format!("root = \"{old}\""), "root = \"../root.pem\"");
    let look = |code, level, words| {
        let found = place.doctor(code, &["--offline"]);
        found.is_about(level, "certificate", "certificates.root", &[words]);
    };
    certificate(&root, 400);
    look(0, "fine", "CN=Test Root is valid until");
    certificate(&root, 29);
    look(0, "warning", "ends in 2");
    ended(&root);
    look(1, "wrong", "expired on 2021-01-01");
    std::fs::remove_file(&root).unwrap();
    let found = place.doctor(1, &["--offline"]);
    found.is_about("wrong", "certificate", "certificates.root", &["can't read"]);
}

#[test]
fn a_key_for_what_the_service_makes_is_looked_at_too() {
    let place = Place::new();
    place.edit(
        "[batch]",
        "[batch]\nkey_generation = \"server\"\nencryption_certificate = \"e.pem\"\ndecryption_key = \"e.key\"",
    );
    let make = |days: &str| {
        let mut openssl = Command::new("openssl");
        openssl.args([
            "req",
            "-new",
            "-x509",
            "-newkey",
            "rsa:3072",
            "-nodes",
            "-subj",
            "/CN=batches",
        ]);
        openssl.args([
            "-addext",
            "keyUsage=critical,keyEncipherment",
            "-days",
            days,
        ]);
        openssl
            .arg("-keyout")
            .arg(place.file("e.key"))
            .arg("-out")
            .arg(place.file("e.pem"));
        let _ = run(&mut openssl).expect(0);
    };
    make("300");
    let found = place.doctor(0, &["--offline"]);
    found.is_about("fine", "certificate", "batch.encryption_certificate", &[]);
    found.is_about("fine", "secret", "batch.decryption_key", &["only you"]);
    make("20");
    let found = place.doctor(0, &["--offline"]);
    found.is_about(
        "warning",
        "certificate",
        "batch.encryption_certificate",
        &["in 30 days"],
    );
    std::fs::remove_file(place.file("e.key")).unwrap();
    let found = place.doctor(1, &["--offline"]);
    found.is_about("wrong", "secret", "batch.decryption_key", &["e.key"]);
}
