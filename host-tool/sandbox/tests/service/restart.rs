//! What outlives the sandbox.

use nameplate_sandbox::{Approval, Error, Options, Switches, start};

use super::bench::{Bench, JOBS, agent, csv_of, start_in};

#[test]
fn key_ids_ca_and_jobs_are_kept() {
    let mut bench = Bench::new();
    let done = bench.submit(&csv_of(&["dev-1"])).id();
    let report = bench.report(&done);
    let before = (
        bench.running().api_key().to_owned(),
        bench.running().device_group_id().to_owned(),
        bench.running().certificate_policy_id().to_owned(),
        std::fs::read(bench.running().ca_file()).unwrap(),
        std::fs::read(bench.running().issuing_ca_file()).unwrap(),
    );
    bench.restart(Switches::default());
    let after = (
        bench.running().api_key().to_owned(),
        bench.running().device_group_id().to_owned(),
        bench.running().certificate_policy_id().to_owned(),
        std::fs::read(bench.running().ca_file()).unwrap(),
        std::fs::read(bench.running().issuing_ca_file()).unwrap(),
    );
    assert_eq!(before, after);
    // The client of the first start still trusts the second.
    assert_eq!(bench.status(&done), "COMPLETE");
    assert_eq!(bench.report(&done), report);
    let next = bench.submit(&csv_of(&["dev-2"])).id();
    assert_eq!(bench.get(JOBS).json()["records"][0]["id"], next.as_str());
}

#[test]
fn a_waiting_job_still_waits_and_is_then_processed() {
    let manual = Switches {
        approval: Approval::Manual,
        ..Switches::default()
    };
    let mut bench = Bench::with(manual.clone());
    let id = bench.submit(&csv_of(&["dev-1"])).id();
    bench.restart(manual.clone());
    assert_eq!(bench.status(&id), "PENDING_APPROVAL");
    assert_eq!(bench.put(&format!("{JOBS}/{id}/approve")).status, 204);
    bench.restart(manual);
    assert_eq!(bench.report(&id)[0]["status"], "SUCCESS");
}

#[test]
fn a_job_stopped_in_the_middle_is_processed_whole() {
    let names: Vec<String> = (0..300).map(|index| format!("dev-{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let csv = csv_of(&names);
    let mut bench = Bench::new();
    let id = bench.submit(&csv).id();
    bench.restart(Switches::default());
    assert_eq!(bench.report(&id).len(), 300);
    assert_eq!(bench.certificates(&id).len(), 300);
}

#[test]
fn one_folder_has_one_sandbox() {
    let bench = Bench::new();
    let options = Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        dir: bench.dir.path().to_owned(),
        switches: Switches::default(),
    };
    assert!(matches!(start(options), Err(Error::InUse { .. })));
}

#[test]
fn another_folder_has_another_ca_and_another_key() {
    let (one, other) = (Bench::new(), Bench::new());
    assert_ne!(one.running().api_key(), other.running().api_key());
    let stranger = agent(one.running().ca_file());
    let url = format!("{}{JOBS}", other.running().url());
    let error = stranger.get(url).call().unwrap_err().to_string();
    assert!(error.to_lowercase().contains("certificate"), "{error}");
}

#[test]
fn a_path_prefix_that_is_no_path_is_an_error_and_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    let result = start(Options {
        listen: "127.0.0.1:0".parse().unwrap(),
        dir: dir.path().to_owned(),
        switches: Switches {
            path_prefix: "{id".into(),
            ..Switches::default()
        },
    });
    assert!(matches!(result, Err(Error::Switch { .. })));
}

#[test]
fn damaged_files_are_named() {
    let dir = tempfile::tempdir().unwrap();
    drop(start_in(dir.path(), Switches::default()));
    for name in ["policy.json", "ca.key", "issuing.pem", "api-key"] {
        let path = dir.path().join(name);
        let good = std::fs::read(&path).unwrap();
        std::fs::write(&path, "\n").unwrap();
        let options = Options {
            listen: "127.0.0.1:0".parse().unwrap(),
            dir: dir.path().to_owned(),
            switches: Switches::default(),
        };
        let error = start(options).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
        std::fs::write(&path, good).unwrap();
    }
    drop(start_in(dir.path(), Switches::default()));
}
