//! What a client should see on a good day.

use std::os::unix::fs::PermissionsExt;

use nameplate_sandbox::KeyShown;

use super::bench::{Bench, JOBS, csv_of, openssl};

#[test]
fn a_job_goes_from_upload_to_certificates() {
    let bench = Bench::new();
    let id = bench.submit(&csv_of(&["dev-1", "dev-2"])).id();
    let words = bench.wait(&id);
    let (last, before) = words.split_last().unwrap();
    assert_eq!(last, "COMPLETE");
    assert!(before.len() >= 2 && before.iter().all(|word| word == "IN_PROGRESS"));

    let job = bench.get(&format!("{JOBS}/{id}")).json();
    assert_eq!(job["name"], "batch-1");
    assert_eq!(job["total_count"], 2);
    assert_eq!(job["successful_count"], 2);
    assert_eq!(job["failed_count"], 0);
    assert!(job["created_at"].as_str().unwrap().ends_with('Z'));

    let report = bench.report(&id);
    assert_eq!(report.len(), 2);
    for (index, row) in report.iter().enumerate() {
        assert_eq!(row["row"], (index + 1).to_string());
        assert_eq!(row["device_name"], format!("dev-{}", index + 1));
        assert_eq!(row["subject.common_name"], row["device_name"]);
        assert_eq!(row["status"], "SUCCESS");
        assert_eq!(row["certificate_serial_number"].len(), 32);
        assert!(!row["device_id"].is_empty());
    }
    let names: Vec<String> = bench
        .certificates(&id)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["dev-1.pem", "dev-2.pem"]);
}

#[test]
fn openssl_accepts_an_issued_certificate_and_sees_the_names() {
    let bench = Bench::new();
    let csr = super::bench::csr("dev-9");
    let text = format!(
        "device_name,device_description,subject.common_name,subject.organization_unit,subject.organization_unit,subject.country,san.dns_name,csr\n\
         dev-9,a board,dev-9,Line 3,Böden,DE,other.example.com,\"{csr}\"\n"
    );
    let id = bench.submit(&text).id();
    bench.wait(&id);
    let certificates = bench.certificates(&id);
    let file = bench.dir.path().join("one.pem");
    std::fs::write(&file, &certificates[0].1).unwrap();
    let path = |path: &std::path::Path| path.to_str().unwrap().to_owned();
    let running = bench.running();
    openssl(&[
        "verify",
        "-x509_strict",
        "-purpose",
        "sslclient",
        "-CAfile",
        &path(running.device_root_file()),
        "-untrusted",
        &path(running.issuing_ca_file()),
        &path(&file),
    ]);
    let shown = openssl(&[
        "x509",
        "-in",
        &path(&file),
        "-noout",
        "-text",
        "-nameopt",
        "utf8,sep_comma_plus_space",
    ]);
    for expected in [
        "O=Example, CN=dev-9, OU=Line 3, OU=Böden, C=DE",
        "DNS:other.example.com",
        "CA:FALSE",
        "Digital Signature",
        "TLS Web Client Authentication",
    ] {
        assert!(shown.contains(expected), "{expected} is not in {shown}");
    }
    // The CSV overrides: the name that the CSR asked for is gone.
    assert!(!shown.contains("dev-9.devices.example.com"), "{shown}");
}

#[test]
fn names_that_openssl_writes_come_through() {
    let bench = Bench::new();
    let (key, csr) = (
        bench.dir.path().join("k.pem"),
        bench.dir.path().join("r.pem"),
    );
    openssl(&[
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        key.to_str().unwrap(),
        "-out",
        csr.to_str().unwrap(),
        "-subj",
        "/C=DE/ST=Bayern/L=Ulm/O=Example/OU=a/OU=b/CN=dev-1/serialNumber=77",
        "-addext",
        "subjectAltName=DNS:a.example.com,URI:urn:dev:mac:0024befffe804ff1,IP:192.0.2.7,otherName:1.3.6.1.5.5.7.8.4;SEQUENCE:hw",
        "-addext",
        "basicConstraints=CA:FALSE",
        "-config",
        &openssl_config(&bench),
    ]);
    // Several lines in the cell, as OpenSSL writes them.
    let pem = std::fs::read_to_string(&csr).unwrap();
    let text = super::bench::HEADER.to_owned() + &super::bench::row("dev-1", "dev-1", &pem);
    let id = bench.submit(&text).id();
    let report = bench.report(&id);
    assert_eq!(report[0]["status"], "SUCCESS", "{report:?}");
    let file = bench.dir.path().join("one.pem");
    std::fs::write(&file, &bench.certificates(&id)[0].1).unwrap();
    let shown = openssl(&["x509", "-in", file.to_str().unwrap(), "-noout", "-text"]);
    for expected in [
        "C = DE, ST = Bayern, L = Ulm, O = Example, OU = a, OU = b, CN = dev-1, serialNumber = 77",
        "DNS:a.example.com",
        "URI:urn:dev:mac:0024befffe804ff1",
        "IP Address:192.0.2.7",
        "othername",
    ] {
        assert!(shown.contains(expected), "{expected} is not in {shown}");
    }
}

/// A hardware module name (RFC 4108 §5) can only be written with a configuration file.
fn openssl_config(bench: &Bench) -> String {
    let path = bench.dir.path().join("openssl.cnf");
    std::fs::write(
        &path,
        "[req]\ndistinguished_name=dn\n[dn]\n[hw]\ntype=OID:1.3.6.1.4.1.55555.1\nserial=FORMAT:HEX,OCTETSTRING:0a0b0c\n",
    )
    .unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn jobs_are_listed_by_name() {
    let bench = Bench::new();
    let first = bench.submit(&csv_of(&["dev-1"])).id();
    let second = bench.submit(&csv_of(&["dev-2"])).id();
    let list = bench.get(&format!("{JOBS}?name=batch-1")).json();
    assert_eq!(list["total"], 2);
    assert_eq!(list["records"][0]["id"], second.as_str());
    assert_eq!(list["records"][1]["id"], first.as_str());
    let page = bench.get(&format!("{JOBS}?limit=1&offset=1")).json();
    assert_eq!(page["total"], 2);
    assert_eq!(page["records"].as_array().unwrap().len(), 1);
    assert_eq!(page["records"][0]["id"], first.as_str());
    let none = bench.get(&format!("{JOBS}?name=batch")).json();
    assert_eq!(none["total"], 0);
    for wrong in [
        "limit=0",
        "limit=x",
        "offset=-1",
        "colour=red",
        "name=a&name=b",
    ] {
        assert_eq!(bench.get(&format!("{JOBS}?{wrong}")).status, 400, "{wrong}");
    }
}

#[test]
fn requests_are_recorded_without_the_key() {
    let bench = Bench::new();
    let id = bench.submit(&csv_of(&["dev-1"])).id();
    bench
        .try_send("GET", &format!("{JOBS}/{id}"), None, Vec::new())
        .unwrap();
    let seen = bench.running().requests();
    assert_eq!(seen.len(), 2);
    assert_eq!(
        (seen[0].method.as_str(), seen[0].status),
        ("POST", Some(200))
    );
    assert_eq!(seen[0].api_key, KeyShown::Right);
    assert_eq!(
        (seen[1].status, seen[1].api_key),
        (Some(401), KeyShown::Absent)
    );
    let lines = std::fs::read_to_string(bench.dir.path().join("requests.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 2);
    assert!(!lines.contains(bench.running().api_key()));
    assert!(!format!("{:?}", bench.running()).contains(bench.running().api_key()));
}

#[test]
fn secrets_are_readable_by_their_owner_alone() {
    let bench = Bench::new();
    for name in ["api-key", "ca.key", "issuing.key"] {
        let mode = std::fs::metadata(bench.dir.path().join(name)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn five_hundred_rows_come_back_as_five_hundred_certificates() {
    let bench = Bench::new();
    let names: Vec<String> = (0..500).map(|index| format!("dev-{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let id = bench.submit(&csv_of(&names)).id();
    assert_eq!(bench.report(&id).len(), 500);
    assert_eq!(bench.certificates(&id).len(), 500);
}
