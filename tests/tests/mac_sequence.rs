//! `nameplate mac-sequence` before a judge that we did not write it with: Python counts the same addresses.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use nameplate_tests::programs::{Ran, nameplate, run};

/// The command with these values.
fn sequence(home: &Path, start: &str, count: u32, increment: u64) -> Command {
    let mut command = nameplate(home);
    command.args(["mac-sequence", "--start", start, "--count"]);
    command.args([&count.to_string(), "--increment", &increment.to_string()]);
    command
}

fn judge(file: &Path, start: &str, count: u32, increment: u64) -> Ran {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/judge_macs.py");
    run(Command::new("python3").arg(script).arg(file).args([
        start,
        &count.to_string(),
        &increment.to_string(),
    ]))
}

#[test]
fn the_documents_own_example() {
    let home = tempfile::tempdir().unwrap();
    let ran = run(&mut sequence(home.path(), "00:1a:c2:7b:00", 5, 10)).expect(2);
    assert!(ran.stdout.is_empty());
    let _ = ran
        .says("five octets")
        .says("next: Give --start 00:1a:c2:7b:00:00.");
    let ran = run(&mut sequence(home.path(), "00:1a:c2:7b:00:00", 5, 10)).expect(0);
    assert_eq!(
        ran.stdout,
        "\"subject.common_name\"\n\"00-1a-c2-7b-00-00\"\n\"00-1a-c2-7b-00-0a\"\n\"00-1a-c2-7b-00-14\"\n\
         \"00-1a-c2-7b-00-1e\"\n\"00-1a-c2-7b-00-28\"\n"
    );
    assert_eq!(ran.stderr, "");
}

#[test]
fn python_counts_the_same() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("macs.csv");
    for (start, count, increment) in [
        ("00:1a:c2:7b:00:00", 5, 10),
        ("00-1A-C2-FF-FF-F0", 300, 7),
        ("02:00:00:00:00:00", 500_000, 1),
        ("00:00:00:00:00:01", 500_000, 2_000_000),
        ("FE-00-00-00-00-00", 2, 0xFF_FFFF_FFFF),
    ] {
        let _ = run(sequence(home.path(), start, count, increment)
            .args(["--force", "--output"])
            .arg(&file))
        .expect(0);
        let _ = judge(&file, start, count, increment)
            .expect(0)
            .says(&format!("{count} names accepted"));
    }
    // The judge can say no.
    let _ = judge(&file, "FE-00-00-00-00-00", 2, 1)
        .expect(1)
        .says("not those of the sequence");
    fs::write(&file, "subject.common_name\n00-1a-c2-7b-00-00\n").unwrap();
    let _ = judge(&file, "00:1a:c2:7b:00:00", 1, 1)
        .expect(1)
        .says("not every value is quoted");
}

#[test]
fn a_refused_sequence_writes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("macs.csv");
    for (start, count, increment, words) in [
        ("00:1a-c2:7b-00:00", 5, 10, "mixes"),
        (
            "fe:ff:ff:ff:ff:f0",
            500_000,
            1 << 40,
            "run past ff-ff-ff-ff-ff-ff",
        ),
        ("00:1a:c2:7b:00:00", 0, 1, "from 1 to 500000"),
        ("00:1a:c2:7b:00:00", 500_001, 1, "from 1 to 500000"),
        ("00:1a:c2:7b:00:00", 5, 0, "increment"),
        ("01:00:5e:00:00:00", 5, 1, "group address"),
    ] {
        let _ = run(sequence(home.path(), start, count, increment)
            .arg("--output")
            .arg(&file))
        .expect(2)
        .says(words);
        assert!(!file.exists(), "{start}");
    }
    let hex = run(&mut sequence(home.path(), "00:1a:c2:7b:00:00", 5, 1)).expect(0);
    assert!(hex.stderr.is_empty());
    let mut command = nameplate(home.path());
    command.args([
        "mac-sequence",
        "--start",
        "00:1a:c2:7b:00:00",
        "--count",
        "5",
        "--increment",
        "0x0a",
    ]);
    let _ = run(&mut command).expect(2);
}

#[test]
fn a_file_that_is_there_stays() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("macs.csv");
    fs::write(&file, "mine").unwrap();
    let mut command = sequence(home.path(), "00:1a:c2:7b:00:00", 5, 10);
    command.arg("--output").arg(&file);
    let _ = run(&mut command).expect(1).says("--force");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    let _ = run(command.arg("--force"))
        .expect(0)
        .says("5 names written");
    let _ = judge(&file, "00:1a:c2:7b:00:00", 5, 10).expect(0);
    let left: Vec<_> = fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left, ["macs.csv"]);
}

#[test]
fn what_is_odd_is_warned_of() {
    let home = tempfile::tempdir().unwrap();
    let ran = run(&mut sequence(home.path(), "00:1a:c2:ff:ff:ff", 2, 1)).expect(0);
    assert!(
        ran.stderr.contains("from address 2 (00-1a-c3-00-00-00) on"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout.lines().count(), 3);
    let _ = run(&mut sequence(home.path(), "02:00:00:00:00:00", 1, 1))
        .expect(0)
        .says("warning: the start is a locally administered address");
}

#[test]
fn json_lines() {
    let home = tempfile::tempdir().unwrap();
    let ran = run(sequence(home.path(), "00:1a:c2:7b:00:00", 2, 10).arg("--json")).expect(0);
    let lines = ran.json();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1]["subject.common_name"], "00-1a-c2-7b-00-0a");
    assert_eq!(lines[2]["event"], "mac-sequence");
    assert_eq!(lines[2]["last"], "00-1a-c2-7b-00-0a");
    let file = home.path().join("macs.csv");
    let ran = run(sequence(home.path(), "00:1a:c2:7b:00:00", 2, 10)
        .args(["--json", "--output"])
        .arg(&file))
    .expect(0);
    assert_eq!(ran.json().len(), 1);
    assert_eq!(ran.json()[0]["count"], 2);
}

/// A reader that goes away in the middle is no fault.
#[test]
fn a_reader_may_leave() {
    let home = tempfile::tempdir().unwrap();
    let mut child = sequence(home.path(), "00:1a:c2:7b:00:00", 500_000, 1)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 22];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    drop(out);
    assert_eq!(&first, b"\"subject.common_name\"\n");
    assert!(child.wait().unwrap().success());
}
