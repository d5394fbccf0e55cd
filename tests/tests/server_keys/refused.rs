//! What is wrong is told before anything is sent.

use std::fs;

use nameplate_tests::service::Dialect;

use crate::place::{BOTH, Place};

#[test]
fn halves_that_do_not_belong_together_reach_nobody() {
    for dialect in BOTH {
        let (place, service) = Place::with_service(dialect, &[]);
        place.identity("other");
        let csv = place.names(&["a"]);
        let data = csv.to_str().unwrap();
        place.configure(&service, "own.pem", "other.key", "");
        let _ = place
            .ask(&["submit", "--data", data], 2)
            .says("does not belong to the encryption certificate");
        place.configure(&service, "own.key", "own.key", "");
        let _ = place
            .ask(&["submit", "--data", data], 2)
            .says("holds a PRIVATE KEY");
        place.configure(&service, "own.pem", "absent.key", "");
        let _ = place.ask(&["submit", "--data", data], 2).says("absent.key");
        assert_eq!(
            service.requests().len(),
            0,
            "nothing was asked of the service"
        );
        // The same batch goes on once it is right.
        place.configure(&service, "own.pem", "own.key", "");
        let _ = place.submit(&csv);
    }
}

#[test]
fn a_file_with_faults_is_not_sent() {
    for (dialect, text, words) in [
        (
            Dialect::DeviceTrustManager,
            "\"device_name\",\"subject.common_name\",\"csr\"\n\"a\",\"a\",\"x\"\n",
            "csr",
        ),
        (
            Dialect::IotTrustManager,
            "\"subject.common_name\"\n\"a\",\"b\"\n",
            "error",
        ),
    ] {
        let (place, service) = Place::with_service(dialect, &[]);
        let csv = place.bench.home().join("names.csv");
        fs::write(&csv, text).unwrap();
        let _ = place
            .ask(&["submit", "--data", csv.to_str().unwrap()], 1)
            .says(words)
            .says("nothing was sent");
        assert!(!place.path("data.csv").exists());
        assert_eq!(service.requests().len(), 0);
    }
}

#[test]
fn device_trust_manager_counts_no_addresses() {
    let (place, service) = Place::with_service(Dialect::DeviceTrustManager, &[]);
    let sequence = [
        "submit",
        "--mac-sequence",
        "00:1a:c2:7b:00:00",
        "--count",
        "5",
        "--increment",
        "10",
    ];
    let _ = place
        .ask(&sequence, 1)
        .says("count MAC addresses itself")
        .says("nameplate mac-sequence");
    assert_eq!(service.jobs(), 0);
    let _ = place
        .ask(
            &[
                "submit",
                "--mac-sequence",
                "00:1a:c2:7b:00",
                "--count",
                "5",
                "--increment",
                "1",
            ],
            2,
        )
        .says("00:1a:c2:7b:00:00");
}

#[test]
fn settings_without_their_use_are_named() {
    let place = Place::new(Dialect::DeviceTrustManager);
    let service = nameplate_tests::service::Service::start(place.bench.home(), &[]);
    let section = place.dialect.section(&service, &service.api_key());
    for (batch, words) in [
        (
            "key_generation = \"server\"",
            "batch.encryption_certificate",
        ),
        (
            "key_generation = \"server\"\nencryption_certificate = \"own.pem\"",
            "batch.decryption_key",
        ),
        ("encryption_certificate = \"own.pem\"", "key_generation"),
    ] {
        place
            .bench
            .configure(&format!("{section}\n[batch]\n{batch}\n"));
        let csv = place.names(&["a"]);
        let _ = place
            .ask(&["submit", "--data", csv.to_str().unwrap()], 2)
            .says(words);
    }
    assert_eq!(service.requests().len(), 0);
}
