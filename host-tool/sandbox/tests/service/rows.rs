//! Rows that fail, one by one, while the others go on.

use base64ct::{Base64, Encoding};
use nameplate_sandbox::{KeyType, Mismatch, Switches};
use rcgen::KeyPair;

use super::bench::{Bench, HEADER, JOBS, csr, csr_with, row};

#[test]
fn each_bad_row_is_named_and_the_good_ones_go_on() {
    let bench = Bench::new();
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let long = "x".repeat(65);
    let cases = [
        ("dev-1", "dev-1", csr("dev-1"), ""),
        (
            "dev-2",
            "dev-2",
            broken_signature(&csr("dev-2")),
            "does not verify",
        ),
        ("dev-3", "dev-3", csr_with(&p384, "dev-3"), "P_384"),
        ("dev-1", "dev-4", csr("dev-4"), "already stands in row 1"),
        ("dev-5", "dev-5", "hello".into(), "does not begin with"),
        ("dev-6", "dev-6", String::new(), "empty"),
        ("dev-7", &long, csr("dev-7"), "longer than 64"),
        ("", "dev-8", csr("dev-8"), "device_name is empty"),
        ("dev-9", "", csr("dev-9"), ""),
    ];
    let mut text = HEADER.to_owned();
    for (device, name, csr, _) in &cases {
        text.push_str(&row(device, name, csr));
    }
    let id = bench.submit(&text).id();
    let report = bench.report(&id);
    assert_eq!(report.len(), cases.len());
    for (index, (device, _, _, fault)) in cases.iter().enumerate() {
        let row = &report[index];
        assert_eq!(row["row"], (index + 1).to_string());
        assert_eq!(&row["device_name"], device);
        if fault.is_empty() {
            assert_eq!(row["status"], "SUCCESS", "{row:?}");
        } else {
            assert_eq!(row["status"], "FAILED", "{row:?}");
            assert!(row["message"].contains(fault), "{row:?}");
            assert_eq!(row["certificate_serial_number"], "");
        }
    }
    // An empty CSV value overrides nothing.
    assert_eq!(report[8]["subject.common_name"], "dev-9");
    let job = bench.get(&format!("{JOBS}/{id}")).json();
    assert_eq!(job["status"], "COMPLETE");
    assert_eq!(
        (&job["total_count"], &job["failed_count"]),
        (&9.into(), &7.into())
    );
    assert_eq!(bench.certificates(&id).len(), 2);
}

/// The same request with the last bit of its signature turned.
fn broken_signature(pem: &str) -> String {
    let (begin, end) = (
        "-----BEGIN CERTIFICATE REQUEST-----",
        "-----END CERTIFICATE REQUEST-----",
    );
    let inside = pem.strip_prefix(begin).unwrap().strip_suffix(end).unwrap();
    let mut der = Base64::decode_vec(inside).unwrap();
    *der.last_mut().unwrap() ^= 1;
    format!("{begin}{}{end}", Base64::encode_string(&der))
}

#[test]
fn a_job_of_which_no_row_succeeds_has_failed_and_has_a_report() {
    let bench = Bench::new();
    let id = bench
        .submit(&(HEADER.to_owned() + &row("a", "a", "x")))
        .id();
    assert_eq!(bench.wait(&id).last().unwrap(), "FAILED");
    assert_eq!(bench.report(&id)[0]["status"], "FAILED");
    assert!(bench.certificates(&id).is_empty());
}

#[test]
fn one_key_in_two_rows_is_a_warning() {
    let bench = Bench::new();
    let key = KeyPair::generate().unwrap();
    let text = HEADER.to_owned()
        + &row("a", "a", &csr_with(&key, "a"))
        + &row("b", "b", &csr_with(&key, "b"));
    let report = bench.report(&bench.submit(&text).id());
    assert_eq!(report[0]["status"], "SUCCESS");
    assert_eq!(report[1]["status"], "WARNING");
    assert!(report[1]["message"].contains("row 1"));
}

#[test]
fn repeated_and_odd_common_names_give_safe_file_names() {
    let bench = Bench::new();
    let names = ["same", "SAME", "../up", "a/b", "..."];
    let mut text = HEADER.to_owned();
    for (index, name) in names.iter().enumerate() {
        text.push_str(&row(&format!("d{index}"), name, &csr(&format!("d{index}"))));
    }
    let id = bench.submit(&text).id();
    bench.wait(&id);
    let mut files: Vec<String> = bench
        .certificates(&id)
        .into_iter()
        .map(|(name, _)| name.to_lowercase())
        .collect();
    assert_eq!(files.len(), names.len());
    assert!(
        files
            .iter()
            .all(|name| !name.contains('/') && !name.starts_with('.'))
    );
    files.sort();
    files.dedup();
    assert_eq!(files.len(), names.len());
}

#[test]
fn a_csv_that_differs_from_the_csr_wins_warns_or_fails() {
    for (mismatch, status) in [
        (Mismatch::Override, "SUCCESS"),
        (Mismatch::Warn, "WARNING"),
        (Mismatch::Refuse, "FAILED"),
    ] {
        let bench = Bench::with(Switches {
            mismatch,
            ..Switches::default()
        });
        let text = HEADER.to_owned() + &row("dev-1", "from-the-csv", &csr("from-the-csr"));
        let id = bench.submit(&text).id();
        let report = bench.report(&id);
        assert_eq!(report[0]["status"], status);
        if mismatch != Mismatch::Override {
            assert!(report[0]["message"].contains("subject.common_name"));
        }
        let files = bench.certificates(&id);
        let name = files.first().map(|(name, _)| name.as_str());
        let expected = (mismatch != Mismatch::Refuse).then_some("from-the-csv.pem");
        assert_eq!(name, expected);
    }
}

#[test]
fn values_that_no_certificate_can_hold() {
    for (column, value, good) in [
        ("subject.country", "DE", true),
        ("subject.country", "de", false),
        ("subject.country", "GER", false),
        ("subject.serial_number", "A-7", true),
        ("subject.serial_number", "ä", false),
        ("subject.organization_unit", "Böden", true),
        ("san.dns_name", "a.example.com", true),
        ("san.dns_name", "a..example.com", false),
        ("san.dns_name", "a b", false),
        ("san.uri", "urn:x", true),
        ("san.uri", "x", false),
        ("san.ip_address", "2001:db8::1", true),
        ("san.ip_address", "300.0.0.1", false),
    ] {
        let bench = Bench::new();
        let csr = csr("a");
        let text = format!("device_name,subject.common_name,csr,{column}\na,a,{csr},{value}\n");
        let report = bench.report(&bench.submit(&text).id());
        assert_eq!(report[0]["status"] == "SUCCESS", good, "{report:?}");
        assert!(
            good || report[0]["message"].starts_with(column),
            "{report:?}"
        );
    }
}

#[test]
fn an_rsa_key_needs_the_switch() {
    let bench = Bench::with(Switches {
        key_types: vec![KeyType::Rsa2048],
        ..Switches::default()
    });
    let (key, file) = (
        bench.dir.path().join("k.pem"),
        bench.dir.path().join("r.pem"),
    );
    super::bench::openssl(&[
        "req",
        "-new",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=dev-1",
        "-keyout",
        key.to_str().unwrap(),
        "-out",
        file.to_str().unwrap(),
    ]);
    let good = std::fs::read_to_string(&file).unwrap();
    super::bench::openssl(&[
        "req",
        "-new",
        "-sha1",
        "-key",
        key.to_str().unwrap(),
        "-subj",
        "/CN=dev-2",
        "-out",
        file.to_str().unwrap(),
    ]);
    let sha1 = std::fs::read_to_string(&file).unwrap();
    let text = HEADER.to_owned()
        + &row("dev-1", "dev-1", &good)
        + &row("dev-2", "dev-2", &sha1)
        + &row("dev-3", "dev-3", &csr("dev-3"));
    let report = bench.report(&bench.submit(&text).id());
    assert_eq!(report[0]["status"], "SUCCESS", "{report:?}");
    assert!(
        report[1]["message"].contains("1.2.840.113549.1.1.5"),
        "{report:?}"
    );
    assert!(report[2]["message"].contains("P_256"), "{report:?}");
}
