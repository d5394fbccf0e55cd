//! The edges of the command: what it is given, how it ends, what it prints.

use std::fs;

use super::{check, findings};

#[test]
fn arguments_that_are_wrong_end_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("no.csv");
    let _ = check(&missing, &[])
        .expect(2)
        .says("can't open")
        .says("next:");
    let _ = check(folder.path(), &[]).expect(2).says("not a plain file");
    let _ = check(&missing, &["--service", "other"]).expect(2);
    let _ = check(&missing, &["--config", "no.toml"]).expect(2);
}

#[test]
fn warnings_pass_unless_they_are_to_count() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, "subject.common_name,x.note\na,1\n").unwrap();
    let _ = check(&path, &[])
        .expect(0)
        .says("warning unknown-column")
        .says("0 errors, 1 warning in 1 row ");
    let _ = check(&path, &["--strict"]).expect(1);
}

#[test]
fn of_many_alike_the_first_20_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let rows = "x\n".repeat(600);
    fs::write(&path, format!("device_name,subject.common_name\n{rows}")).unwrap();
    let ran = check(&path, &[])
        .expect(1)
        .says("580 more of error column-count");
    assert_eq!(ran.stdout.matches("error column-count:").count(), 20);
    assert_eq!(ran.stdout.matches("next:").count(), 1);
    let (found, summary) = findings(&path, &[], 1);
    assert_eq!(
        (found.len(), &summary["codes"]["column-count"]),
        (600, &600.into())
    );
    let lines: Vec<_> = found
        .iter()
        .map(|finding| finding["line"].as_u64().unwrap())
        .collect();
    assert!(lines.is_sorted() && lines[0] == 2, "the file's order");
}

#[test]
fn a_configuration_says_service_keys_and_ranges() {
    let folder = tempfile::tempdir().unwrap();
    let (path, config) = (
        folder.path().join("a.csv"),
        folder.path().join("bench.toml"),
    );
    fs::write(
        &path,
        "device_mac,subject.common_name\n02:00:00:00:00:01,a\n02:00:00:00:01:00,b\n",
    )
    .unwrap();
    let ranges = "[batch]\nkey_generation = \"server\"\nmac_ranges = [\"02:00:00:00:00:00-02:00:00:00:00:ff\"]\n";
    fs::write(&config, ranges).unwrap();
    let (found, summary) = findings(&path, &["--config", config.to_str().unwrap()], 1);
    let errors: Vec<_> = found
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .collect();
    assert_eq!(errors.len(), 1);
    assert_eq!(
        (&errors[0]["code"], &errors[0]["line"]),
        (&"mac-out-of-range".into(), &3.into())
    );
    assert_eq!(
        (&summary["keys"], &summary["keys_guessed"]),
        (&"server".into(), &false.into())
    );
}

#[test]
fn a_private_key_is_never_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let key = "-----BEGIN PRIVATE KEY-----MIGHAgEAMBMGByqGSM49-----END PRIVATE KEY-----";
    for header in ["subject.common_name,csr", "csr,x.note"] {
        fs::write(&path, format!("{header}\n{key},{key}\n")).unwrap();
        for arguments in [&[][..], &["--json"]] {
            let ran = check(&path, arguments).expect(1).says("private-key");
            assert!(
                !ran.stdout.contains("MIGH") && !ran.stderr.contains("MIGH"),
                "{ran:?}"
            );
        }
    }
}
