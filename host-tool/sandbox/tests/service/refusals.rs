//! Every request that is refused, with the service's words for it.

use super::bench::{Bench, HEADER, JOBS, Part, csv_of, form};

/// Sends good parts with one changed, and expects a refusal that names what is wrong.
fn refused(change: impl FnOnce(&mut Vec<Part>), status: u16, code: &str, named: &str) {
    let bench = Bench::new();
    let mut parts = bench.parts(&csv_of(&["dev-1"]));
    change(&mut parts);
    let answer = bench.post(&parts);
    assert_eq!(answer.status, status, "{}", answer.text());
    let (got, message) = answer.error();
    assert_eq!(got, code, "{message}");
    assert!(message.contains(named), "{named} is not in {message}");
    assert_eq!(bench.get(JOBS).json()["total"], 0, "a job was made");
}

fn set(parts: &mut Vec<Part>, name: &str, value: &str) {
    parts.retain(|part| !part.is(name));
    parts.push(Part::text(name, value));
}

fn invalid(change: impl FnOnce(&mut Vec<Part>), named: &str) {
    refused(change, 400, "invalid_request", named);
}

#[test]
fn missing_and_empty_fields() {
    for field in [
        "name",
        "device_group_id",
        "certificate_policy_id",
        "server_side_key_gen",
        "data",
    ] {
        invalid(|parts| parts.retain(|part| !part.is(field)), field);
    }
    invalid(|parts| set(parts, "name", " "), "name");
}

#[test]
fn unknown_and_repeated_fields() {
    invalid(|parts| parts.push(Part::text("colour", "red")), "colour");
    invalid(|parts| parts.push(Part::text("name", "again")), "name");
    invalid(
        |parts| parts.push(Part::text("job_type", "device_registration")),
        "job_type",
    );
    invalid(
        |parts| parts.push(Part::file("data", "b.csv", b"x")),
        "data",
    );
}

fn server_side(parts: &mut Vec<Part>) {
    set(parts, "server_side_key_gen", "true");
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    parts.push(Part::text("encryption_certificate", pem));
}

#[test]
fn wrong_values() {
    invalid(
        |parts| set(parts, "device_group_id", "7"),
        "device_group_id",
    );
    invalid(
        |parts| {
            set(
                parts,
                "certificate_policy_id",
                "7f6d0a70-3f1c-4d38-9f28-1ee2f0a5f6a1",
            );
        },
        "certificate_policy_id",
    );
    invalid(
        |parts| set(parts, "server_side_key_gen", "False"),
        "server_side_key_gen",
    );
    invalid(
        |parts| set(parts, "server_side_key_gen", "true"),
        "encryption_certificate: missing",
    );
    invalid(
        |parts| {
            set(parts, "server_side_key_gen", "true");
            parts.push(Part::text("encryption_certificate", "------BEGIN"));
        },
        "encryption_certificate: neither",
    );
    invalid(server_side, "\"csr\" stands in the header");
    invalid(
        |parts| {
            server_side(parts);
            set(parts, "key_type", "RSA_2048");
        },
        "the policy does not allow",
    );
    invalid(|parts| set(parts, "key_type", "RSA_1"), "key_type");
    invalid(
        |parts| parts.push(Part::text("encryption_certificate", "x")),
        "encryption_certificate",
    );
    invalid(|parts| set(parts, "emails", &"x".repeat(70_000)), "emails");
    let other = "7f6d0a70-3f1c-4d38-9f28-1ee2f0a5f6a1";
    let not_found = "resource_not_found";
    refused(
        |parts| set(parts, "device_group_id", other),
        404,
        not_found,
        "device_group_id",
    );
    refused(
        |parts| set(parts, "certificate_policy_id", &format!("IOT_{other}")),
        404,
        not_found,
        "certificate_policy_id",
    );
}

#[test]
fn wrong_files() {
    let file = |name: &'static str, contents: Vec<u8>| {
        move |parts: &mut Vec<Part>| {
            parts.retain(|part| !part.is("data"));
            parts.push(Part::file("data", name, &contents));
        }
    };
    let good = csv_of(&["dev-1"]);
    invalid(file("batch.txt", good.clone().into()), "batch.txt");
    invalid(file("batch.zip", good.clone().into()), "ZIP");
    invalid(file("a.csv", Vec::new()), "empty");
    invalid(file("a.csv", HEADER.into()), "no row");
    invalid(file("a.csv", vec![0xff, 0xfe]), "UTF-8");
    invalid(
        file("a.csv", format!("\u{feff}{good}").into()),
        "byte order mark",
    );
    invalid(
        file("a.csv", format!("{good}\"x\",\"y\"\n").into()),
        "2 values",
    );
    invalid(file("a.csv", format!("{good}\"x").into()), "never ends");
    invalid(
        file("a.csv", b"device_name,csr\na,b\n".into()),
        "subject.common_name",
    );
    invalid(
        |parts| {
            parts.retain(|part| !part.is("data"));
            parts.push(Part::text("data", "a,b"));
        },
        "data",
    );
    invalid(
        |parts| {
            parts.retain(|part| !part.is("name"));
            parts.push(Part::file("name", "n.txt", b"batch"));
        },
        "name",
    );
}

#[test]
fn wrong_job_types() {
    let bench = Bench::new();
    let body = form(&bench.parts(&csv_of(&["dev-1"])));
    for query in ["", "?job_type=device", "?job_type=device_registration&x=1"] {
        let path = format!("{JOBS}{query}");
        let answer = bench
            .try_send("POST", &path, Some(bench.key()), body.clone())
            .unwrap();
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.error().0, "invalid_request");
    }
}

#[test]
fn the_key_is_asked_for_first_and_everywhere() {
    let bench = Bench::new();
    let body = form(&bench.parts(&csv_of(&["dev-1"])));
    for (method, path) in [
        ("POST", JOBS.to_owned()),
        ("GET", JOBS.to_owned()),
        ("GET", format!("{JOBS}/x/download/report")),
        ("GET", "/elsewhere".to_owned()),
    ] {
        for key in [None, Some("wrong"), Some("")] {
            let answer = bench.try_send(method, &path, key, body.clone()).unwrap();
            assert_eq!(answer.status, 401, "{method} {path}");
            assert_eq!(answer.error().0, "invalid_api_key");
        }
    }
}

#[test]
fn a_content_type_without_a_boundary() {
    let bench = Bench::new();
    let body = form(&bench.parts(&csv_of(&["dev-1"])));
    let path = format!("{JOBS}?job_type=device_registration");
    for kind in ["multipart/form-data", "text/csv"] {
        let headers = [("content-type", kind)];
        let reader = std::io::Cursor::new(body.clone());
        let answer = bench
            .try_stream("POST", &path, Some(bench.key()), &headers, reader)
            .unwrap();
        assert_eq!(answer.status, 400);
        assert!(answer.error().1.contains("boundary"));
    }
}

#[test]
fn a_body_that_stops_in_the_middle() {
    let bench = Bench::new();
    let mut body = form(&bench.parts(&csv_of(&["dev-1"])));
    body.truncate(body.len() - 10);
    let path = format!("{JOBS}?job_type=device_registration");
    let answer = bench
        .try_send("POST", &path, Some(bench.key()), body)
        .unwrap();
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(bench.get(JOBS).json()["total"], 0);
}

#[test]
fn unknown_paths_jobs_and_methods() {
    let bench = Bench::new();
    for path in [
        "/".to_owned(),
        "/devicetrustmanager/certificate-batch-service/api-ui/v1/jobs".to_owned(),
        format!("{JOBS}/7f6d0a70-3f1c-4d38-9f28-1ee2f0a5f6a1"),
        format!("{JOBS}/x/download/report"),
        format!("{JOBS}/..%2f..%2fapi-key"),
        format!("{JOBS}/x/download/keys"),
    ] {
        let answer = bench.get(&path);
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.error().0, "resource_not_found");
    }
    assert_eq!(bench.put(JOBS).status, 405);
}

#[test]
fn a_report_before_the_end() {
    let bench = Bench::new();
    let id = bench.submit(&csv_of(&["dev-1"])).id();
    for what in ["report", "certificates"] {
        let answer = bench.get(&format!("{JOBS}/{id}/download/{what}"));
        assert_eq!(answer.status, 400);
        assert!(answer.error().1.contains("IN_PROGRESS"));
    }
}
