//! `nameplate check` as an operator runs it: the service's own samples, files of ours, files that others made, and OpenSSL as the
//! judge of every request.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod files;
mod judged;
mod ours;
mod samples;
mod zips;

use std::path::Path;
use std::process::Command;

use nameplate_tests::programs::{Ran, nameplate, run};
use serde_json::Value;

/// `nameplate check FILE …`.
fn check(file: &Path, arguments: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    run(nameplate(home.path())
        .arg("check")
        .arg(file)
        .args(arguments))
}

/// Its findings as JSON, and the summary.
fn findings(file: &Path, arguments: &[&str], code: i32) -> (Vec<Value>, Value) {
    let arguments = [&["--json", "--all"], arguments].concat();
    let mut lines = check(file, &arguments).expect(code).json();
    let summary = lines.pop().unwrap();
    assert_eq!(summary["event"], "checked");
    assert!(lines.iter().all(|line| line["event"] == "finding"));
    (lines, summary)
}

/// The code and the line of each finding.
fn places(findings: &[Value]) -> Vec<(String, Option<u64>)> {
    let place = |finding: &Value| {
        let code = finding["code"].as_str().unwrap().to_owned();
        (code, finding["line"].as_u64())
    };
    findings.iter().map(place).collect()
}

/// Runs a Python script with these arguments.
fn python(script: &str, arguments: &[&Path]) {
    let _ = run(Command::new("python3")
        .arg("-c")
        .arg(script)
        .args(arguments))
    .expect(0);
}
