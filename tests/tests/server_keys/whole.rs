//! From rows to private keys.

use std::fs;

use nameplate_tests::board::collect_on_cables;
use nameplate_tests::service::Dialect;

use crate::place::{BOTH, Place, files, openssl, posts};

#[test]
fn a_csv_of_names_becomes_certificates_and_keys() {
    for dialect in BOTH {
        let (place, service) = Place::with_service(dialect, &[]);
        let names = ["alpha", "beta-2", "Gamma.3"];
        let csv = place.names(&names);
        let _ = place.submit(&csv).says("3 rows").says("submitted as job");
        // What was sent stays what it was, whatever becomes of the file it came from.
        assert_eq!(
            fs::read(place.path("data.csv")).unwrap(),
            fs::read(&csv).unwrap()
        );
        let _ = place.ask(&["submit"], 0).says("already submitted as job");
        let _ = place.submit(&csv).says("already submitted as job");
        let other = place.names(&["delta"]);
        let _ = place
            .ask(&["submit", "--data", other.to_str().unwrap()], 2)
            .says("another file");
        let _ = place.ask(&["status", "--wait"], 0);
        let _ = place
            .ask(&["report"], 0)
            .says("3 issued, 0 not issued, 0 without");
        let _ = place
            .ask(&["certificates"], 0)
            .says("3 certificates and 3 private keys unpacked")
            .says("3 of the private keys belong");
        place.judge(&names);
        assert!(
            place.path("certificates.p7m").exists(),
            "the raw file is kept"
        );
        let _ = place.ask(&["certificates"], 2).says("is there already");
        assert_eq!((service.jobs(), posts(&service)), (1, 1));
    }
}

#[test]
fn rows_that_fail_are_named_and_the_others_are_there() {
    let (place, _service) = Place::with_service(Dialect::DeviceTrustManager, &[]);
    let csv = place.bench.home().join("names.csv");
    // A row that only the service knows to be wrong.
    let rows = "\"device_name\",\"subject.common_name\",\"san.uri\"\n\"a\",\"a\",\"urn:a\"\n\"b\",\"b\",\"no scheme\"\n";
    fs::write(&csv, rows).unwrap();
    let _ = place.submit(&csv);
    let _ = place.ask(&["status", "--wait"], 0);
    let _ = place.ask(&["report"], 3).says("1 issued, 1 not issued");
    let _ = place.ask(&["certificates"], 0);
    place.judge(&["a"]);
}

#[test]
fn a_sequence_of_500_addresses() {
    let (place, service) = Place::with_service(Dialect::IotTrustManager, &[]);
    let arguments = [
        "submit",
        "--mac-sequence",
        "00:1a:c2:7b:00:00",
        "--count",
        "500",
        "--increment",
        "10",
    ];
    let _ = place.ask(&arguments, 0).says("500 names of a MAC sequence");
    let _ = place.ask(&arguments, 0).says("already submitted as job");
    let _ = place.ask(&["status", "--wait"], 0);
    let _ = place.ask(&["report"], 0).says("500 issued");
    let _ = place
        .ask(&["certificates"], 0)
        .says("500 of the private keys belong");
    let names: Vec<_> = (0..500_u32)
        .map(|step| {
            let [_, _, high, low] = (step * 10).to_be_bytes();
            format!("00-1a-c2-7b-{high:02x}-{low:02x}")
        })
        .collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    place.judge(&names);
    assert_eq!(posts(&service), 1);
    let posted = service
        .requests()
        .into_iter()
        .find(|seen| seen["method"] == "POST");
    assert!(
        posted.unwrap()["content_length"].as_u64().unwrap() < 10_000,
        "no file was sent"
    );
}

#[test]
fn collected_boards_have_keys_of_the_service_too() {
    let (place, _service) = Place::with_service(
        Dialect::DeviceTrustManager,
        &["--unknown-columns", "refuse"],
    );
    collect_on_cables(&place.bench, 2);
    let _ = place.ask(&["submit"], 0).says("2 boards in the batch file");
    let sent = fs::read_to_string(place.path("batch.csv")).unwrap();
    assert!(
        !sent.contains("csr") && !sent.contains("CERTIFICATE REQUEST"),
        "{sent}"
    );
    let _ = place.ask(&["status", "--wait"], 0);
    let _ = place.ask(&["report"], 0).says("2 issued");
    let _ = place
        .ask(&["certificates"], 0)
        .says("2 certificates and 2 private keys");
    let _ = place
        .ask(&["submit", "--data", "names.csv"], 2)
        .says("its boards");
}

#[test]
fn of_several_jobs_only_what_is_not_here_is_fetched() {
    let switches = ["--fault", "certificates=503:times=1"];
    let (place, _service) = Place::with_service(Dialect::DeviceTrustManager, &switches);
    collect_on_cables(&place.bench, 2);
    let _ = place.ask(&["submit", "--split", "2"], 0);
    let _ = place.ask(&["status", "--wait"], 0);
    let _ = place.ask(&["report"], 0);
    // The first can't be had; the second is.
    let _ = place.ask(&["certificates"], 1).says("HTTP 503");
    let second = place.path("certificates-2-of-2.p7m");
    let before = fs::read(&second).unwrap();
    let _ = place
        .ask(&["certificates"], 0)
        .says("certificates-1-of-2.p7m");
    assert_eq!(fs::read(&second).unwrap(), before);
    let unpacked: Vec<_> = files(&place.bench.batch())
        .into_iter()
        .filter(|name| name.starts_with("certificates"))
        .collect();
    let [first, second] = ["certificates-1-of-2", "certificates-2-of-2"];
    let expected = [
        first,
        "certificates-1-of-2.p7m",
        second,
        "certificates-2-of-2.p7m",
    ];
    assert_eq!(unpacked, expected, "no private key lies twice");
    let _ = place.ask(&["certificates"], 2).says("is there already");
}

#[test]
fn every_way_in_which_it_may_be_sealed() {
    for switches in [
        &["--seal-padding", "oaep", "--seal-stream"][..],
        &[
            "--seal-padding",
            "oaep-sha256",
            "--seal-cipher",
            "aes256-gcm",
        ],
    ] {
        let (place, _service) = Place::with_service(Dialect::IotTrustManager, switches);
        let csv = place.names(&["a", "b"]);
        let _ = place.submit(&csv);
        let _ = place.ask(&["status", "--wait"], 0);
        let _ = place.ask(&["certificates"], 0);
        place.judge(&["a", "b"]);
    }
}

#[test]
fn an_openpgp_key_and_another_type_of_keys() {
    let (place, service) =
        Place::with_service(Dialect::DeviceTrustManager, &["--key-types", "P_256,P_384"]);
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/sealed/gpg-cv25519");
    for (end, name) in [("pub", "own.asc"), ("sec", "own.sec")] {
        let text = fs::read_to_string(format!("{golden}.{end}")).unwrap();
        nameplate_tests::bench::private(&place.path(name), &text);
    }
    place.configure(&service, "own.asc", "own.sec", "key_type = \"P_384\"\n");
    let csv = place.names(&["a"]);
    let _ = place.submit(&csv);
    let _ = place.ask(&["status", "--wait"], 0);
    let _ = place.ask(&["certificates"], 0);
    place.judge(&["a"]);
    assert!(place.path("certificates.pgp").exists());
    let key = place.path("certificates").join("a.key");
    let text = openssl(&["pkey", "-noout", "-text", "-in", key.to_str().unwrap()]);
    assert!(text.contains("secp384r1"), "{text}");
}
