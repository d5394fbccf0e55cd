//! The samples of the service's documents, exactly as printed: each of their faults is named.

use std::path::PathBuf;

use super::{check, findings, places};

fn sample(name: &str) -> PathBuf {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/check");
    PathBuf::from(golden).join(name)
}

fn codes(name: &str, arguments: &[&str], code: i32) -> Vec<(String, Option<u64>)> {
    places(&findings(&sample(name), arguments, code).0)
}

fn on(code: &str, line: u64) -> (String, Option<u64>) {
    (code.to_owned(), Some(line))
}

#[test]
fn device_trust_manager_with_keys_of_the_client() {
    let found = codes("dtm-client.csv", &[], 1);
    // Everything stands on line 1: records separated by blanks, a comma at the end of each.
    let mut expected = vec![on("records-run-together", 1), on("trailing-column", 1)];
    for _ in 0..5 {
        expected.push(on("host-in-organization-unit", 1));
        expected.push(on("csr-abbreviated", 1));
    }
    expected.push(on("same-common-name", 1));
    assert_eq!(found, expected);
    let _ = check(&sample("dtm-client.csv"), &[])
        .expect(1)
        .says("separated by blanks")
        .says("the header ends with a comma")
        .says("column 5 \"subject.organization_unit\": the organization unit \"example-03.com\" looks like a host name")
        .says("column 6 \"csr\": the request is abbreviated by dots: \"MIICYz...\"")
        .says("column 3 \"subject.common_name\": all 5 rows have the same common name")
        .says("6 errors, 7 warnings in 5 rows");
}

#[test]
fn device_trust_manager_with_keys_of_the_service() {
    let found = codes("dtm-server.csv", &[], 1);
    assert_eq!(found, [on("records-run-together", 1)]);
    // With keys of the client, as one of its sentences has it, the column is missed; and the other way round.
    let found = codes("dtm-server.csv", &["--keys", "client"], 1);
    assert_eq!(found[1].0, "csr-column-missing");
    let found = codes("dtm-client.csv", &["--keys", "server"], 1);
    assert!(found.contains(&on("csr-with-server-keys", 1)), "{found:?}");
}

#[test]
fn iot_trust_manager() {
    let service = ["--service", "iot-trust-manager"];
    let found = codes("iot-client.csv", &service, 1);
    let expected: Vec<_> = (2..=6).map(|line| on("csr-abbreviated", line)).collect();
    assert_eq!(found, expected);
    let (found, summary) = findings(&sample("iot-server.csv"), &service, 0);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(
        (&summary["rows"], &summary["keys"]),
        (&5.into(), &"server".into())
    );
}
