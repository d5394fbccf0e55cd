//! The sandbox as IoT Trust Manager: its form's rules, its routes, and that the other service does not see its jobs.

use nameplate_sandbox::{Approval, Renamed, Switches, Template};

use super::bench::{Answer, Bench, JOBS, Part, csr, form};
use super::sealed::Identity;

const ENROLL: &str = "/iot/api/v1/batch-enroll";

fn csv() -> String {
    format!(
        "\"subject.common_name\",\"csr\"\n\"dev-1\",\"{}\"\n",
        csr("dev-1")
    )
}

fn parts(bench: &Bench) -> Vec<Part> {
    vec![
        Part::text("name", "batch-1"),
        Part::text(
            "enrollment_profile_id",
            bench.running().enrollment_profile_id(),
        ),
        Part::text("certificate_format", "pem"),
        Part::file("data", "batch.csv", csv().as_bytes()),
    ]
}

fn post(bench: &Bench, parts: &[Part]) -> Answer {
    bench
        .try_send("POST", ENROLL, Some(bench.key()), form(parts))
        .unwrap()
}

#[track_caller]
fn refused(change: impl FnOnce(&mut Vec<Part>), named: &str) {
    let bench = Bench::new();
    let mut parts = parts(&bench);
    change(&mut parts);
    let (code, message) = post(&bench, &parts).error();
    assert!(
        ["invalid_request", "resource_not_found"].contains(&code.as_str()),
        "{code}"
    );
    assert!(message.contains(named), "{named} is not in {message}");
    assert_eq!(bench.get(ENROLL).json()["total"], 0, "a job was made");
}

fn set(parts: &mut Vec<Part>, name: &str, value: &str) {
    parts.retain(|part| !part.is(name));
    parts.push(Part::text(name, value));
}

#[test]
fn a_job_lives_here_and_not_at_the_other_service() {
    let switches = Switches {
        approval: Approval::Manual,
        ..Switches::default()
    };
    let bench = Bench::with(switches);
    let id = post(&bench, &parts(&bench)).id();
    assert_eq!(
        bench.get(&format!("{ENROLL}/{id}")).json()["status"],
        "PENDING_APPROVAL"
    );
    assert_eq!(bench.get(&format!("{JOBS}/{id}")).status, 404);
    assert_eq!(bench.put(&format!("{JOBS}/{id}/approve")).status, 404);
    assert_eq!(bench.get(JOBS).json()["total"], 0);
    assert_eq!(bench.get(ENROLL).json()["total"], 1);
    assert_eq!(bench.put(&format!("{ENROLL}/{id}/approve")).status, 204);
    let mut status = String::new();
    for _ in 0..1000 {
        status = bench.get(&format!("{ENROLL}/{id}")).json()["status"]
            .as_str()
            .unwrap()
            .to_owned();
        if status == "COMPLETE" {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert_eq!(status, "COMPLETE");
    let report = bench.get(&format!("{ENROLL}/{id}/download-report"));
    assert!(report.text().contains("dev-1"));
    let certificates = bench.get(&format!("{ENROLL}/{id}/download-certificates"));
    assert_eq!(certificates.headers["content-type"], "application/zip");
    assert_eq!(
        bench
            .get(&format!("{JOBS}/{id}/download/certificates"))
            .status,
        404
    );
}

#[test]
fn the_form_s_rules() {
    for field in [
        "name",
        "enrollment_profile_id",
        "certificate_format",
        "data",
    ] {
        refused(|parts| parts.retain(|part| !part.is(field)), field);
    }
    refused(
        |parts| set(parts, "certificate_format", "smpb"),
        "certificate_format",
    );
    refused(
        |parts| set(parts, "enrollment_profile_id", "7"),
        "enrollment_profile_id",
    );
    let other = "7f6d0a70-3f1c-4d38-9f28-1ee2f0a5f6a1";
    refused(|parts| set(parts, "enrollment_profile_id", other), other);
    refused(
        |parts| set(parts, "device_group_id", other),
        "device_group_id: unknown field",
    );
    refused(|parts| set(parts, "key_type", "P_256"), "key_type");
    refused(
        |parts| set(parts, "include_full_chain_with_each_certificate", "1"),
        "include_full",
    );
    refused(
        |parts| set(parts, "certificate", "-----BEGIN"),
        "not base64",
    );
    refused(|parts| set(parts, "certificate", "AAAA"), "certificate: ");
}

/// Base64 of a certificate's armor with nothing in it.
const CERTIFICATE: &str =
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCkFBQUEKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=";

#[test]
fn what_a_job_with_keys_of_the_service_must_have() {
    refused(
        |parts| set(parts, "certificate", CERTIFICATE),
        "\"csr\" stands in the header",
    );
    let sequence = |parts: &mut Vec<Part>, start: &str, count: &str, increment: &str| {
        parts.retain(|part| !part.is("data"));
        set(parts, "certificate", CERTIFICATE);
        set(parts, "mac_address_start", start);
        set(parts, "mac_address_count", count);
        set(parts, "mac_address_increment", increment);
    };
    let good = "00:1a:c2:7b:00:00";
    refused(
        |parts| sequence(parts, "ff:ff:ff:ff:ff:fe", "3", "1"),
        "runs past",
    );
    refused(
        |parts| sequence(parts, "00:1a:c2:7b:00", "5", "10"),
        "mac_address_start",
    );
    refused(
        |parts| sequence(parts, "00:1a:c2-7b:00:00", "5", "10"),
        "mac_address_start",
    );
    refused(|parts| sequence(parts, good, "500001", "1"), "1 to 500000");
    refused(|parts| sequence(parts, good, "5", "0"), "increment");
    refused(
        |parts| sequence(parts, good, "five", "1"),
        "mac_address_count",
    );
    refused(
        |parts| {
            sequence(parts, good, "5", "1");
            parts.retain(|part| !part.is("certificate"));
        },
        "certificate: missing",
    );
    refused(
        |parts| {
            sequence(parts, good, "5", "1");
            parts.push(Part::file("data", "a.csv", b"x"));
        },
        "not together with a MAC sequence",
    );
    refused(
        |parts| {
            sequence(parts, good, "5", "1");
            parts.retain(|part| !part.is("mac_address_count"));
        },
        "mac_address_count: missing",
    );
}

#[test]
fn a_field_under_another_name_is_taken_under_that_name_alone() {
    let switches = Switches {
        iot_field: vec![Renamed {
            known: "name".into(),
            sent: "job_name".into(),
        }],
        ..Switches::default()
    };
    let bench = Bench::with(switches);
    let (_, message) = post(&bench, &parts(&bench)).error();
    assert!(message.contains("unknown field"), "{message}");
    let mut renamed = parts(&bench);
    renamed.retain(|part| !part.is("name"));
    renamed.push(Part::text("job_name", "batch-1"));
    let id = post(&bench, &renamed).id();
    assert_eq!(
        bench.get(&format!("{ENROLL}/{id}")).json()["name"],
        "batch-1"
    );
}

#[test]
fn templates_of_both_services() {
    let bench = Bench::new();
    let running = bench.running();
    let iot = |id: &str| format!("/iot/api/v1/enrollment-profile/{id}/batch-enroll-csv-template");
    let device = JOBS.replace("/jobs", "/certificate-policies");
    let device = format!("{device}/{}/csv-template", running.certificate_policy_id());
    for (path, first) in [
        (
            iot(running.enrollment_profile_id()),
            "\"subject.common_name\"",
        ),
        (device, "\"device_name\""),
    ] {
        let answer = bench.get(&path);
        assert_eq!(
            (answer.status, &answer.headers["content-type"]),
            (200, &"text/csv".parse().unwrap())
        );
        let text = answer.text();
        assert!(
            text.starts_with(first) && text.ends_with(",\"csr\"\n"),
            "{text}"
        );
    }
    assert_eq!(bench.get(&iot("other")).status, 404);
    let switches = Switches {
        template: Template::Off,
        ..Switches::default()
    };
    let off = Bench::with(switches);
    assert_eq!(
        off.get(&iot(off.running().enrollment_profile_id())).status,
        404
    );
}

#[test]
fn the_service_counts_addresses_and_makes_keys_for_them() {
    let bench = Bench::with(Switches {
        polls: 0,
        ..Switches::default()
    });
    let identity = Identity::new("rsa:2048");
    let certificate = identity.base64();
    let mut sent = parts(&bench);
    sent.retain(|part| !part.is("data"));
    for (name, value) in [
        ("certificate", certificate.as_str()),
        ("key_type", "p_256"),
        ("mac_address_start", "00:1a:c2:7b:00:00"),
        ("mac_address_count", "5"),
        ("mac_address_increment", "10"),
    ] {
        sent.push(Part::text(name, value));
    }
    let id = post(&bench, &sent).id();
    ended(&bench, &id);
    let report = bench.get(&format!("{ENROLL}/{id}/download-report")).text();
    for end in ["00", "0a", "14", "1e", "28"] {
        assert!(
            report.contains(&format!("\"00-1a-c2-7b-00-{end}\"")),
            "{report}"
        );
    }
    assert_eq!(report.matches("SUCCESS").count(), 5, "{report}");
    let answer = bench.get(&format!("{ENROLL}/{id}/download-certificates"));
    assert_eq!(identity.open(&answer.body).len(), 10);
}

#[test]
fn a_csv_of_names_has_keys_made_for_it() {
    let bench = Bench::new();
    let mut sent = parts(&bench);
    sent.retain(|part| !part.is("data"));
    let identity = Identity::new("rsa:2048");
    sent.push(Part::text("certificate", &identity.base64()));
    let csv = b"subject.common_name,san.dns_name\nExample01,example-01.com\n";
    sent.push(Part::file("data", "names.csv", csv));
    let id = post(&bench, &sent).id();
    ended(&bench, &id);
    let report = bench.get(&format!("{ENROLL}/{id}/download-report")).text();
    assert!(
        report.contains("Example01") && report.contains("SUCCESS"),
        "{report}"
    );
}

fn ended(bench: &Bench, id: &str) {
    for _ in 0..1000 {
        let status = bench.get(&format!("{ENROLL}/{id}")).json();
        if status["status"] == "COMPLETE" {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("job {id} does not end");
}
