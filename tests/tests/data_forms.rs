//! The data file's forms before judges that we did not write: Python's `zipfile` and `csv`, and OpenSSL; and our own `check`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{self, collect_on_cables};
use nameplate_tests::programs::{nameplate, run};

const BOARDS: u16 = 3;

/// What is in the ZIP, as Python reads it: every entry's name and contents, checked by their sums.
const READ: &str = r"
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
infos = archive.infolist()
assert all(info.date_time == (1980, 1, 1, 0, 0, 0) and info.compress_type == zipfile.ZIP_DEFLATED for info in infos)
assert all(info.external_attr >> 16 == 0o100600 for info in infos)
print(json.dumps([[info.filename, archive.read(info).decode()] for info in infos]))
";

fn entries(zip: &Path) -> Vec<(String, String)> {
    let ran = run(Command::new("python3").args(["-c", READ]).arg(zip)).expect(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn export(bench: &Bench, form: &str, name: &str) -> PathBuf {
    let path = bench.home().join(name);
    let _ = run(bench
        .nameplate("export")
        .args(["--force", "--format", form, "--output"])
        .arg(&path))
    .expect(0);
    let checked = run(nameplate(bench.home())
        .args(["check", "--strict"])
        .arg(&path));
    let _ = checked.expect(0).says("0 errors, 0 warnings in 3 rows");
    path
}

#[test]
fn each_form_holds_what_the_csv_holds() {
    let bench = Bench::new();
    collect_on_cables(&bench, BOARDS);
    let csv = fs::read_to_string(export(&bench, "csv", "line-3.csv")).unwrap();
    let zip = export(&bench, "csv-zip", "line-3.zip");
    assert_eq!(entries(&zip), [("line-3.csv".to_owned(), csv)]);
    let before = fs::read(&zip).unwrap();
    assert_eq!(
        fs::read(export(&bench, "csv-zip", "line-3.zip")).unwrap(),
        before
    );

    let requests = entries(&export(&bench, "csr-zip", "requests.zip"));
    let mut names: Vec<_> = requests.iter().map(|(name, _)| name.clone()).collect();
    names.sort_unstable();
    let expected: Vec<_> = (1..=BOARDS)
        .map(|n| format!("{}.csr", board::name(n)))
        .collect();
    assert_eq!(names, expected);
    for (name, request) in requests {
        let path = bench.home().join(&name);
        fs::write(&path, request).unwrap();
        let ran = run(Command::new("openssl")
            .args(["req", "-verify", "-noout", "-subject", "-in"])
            .arg(path))
        .expect(0);
        let common = name.strip_suffix(".csr").unwrap();
        let _ = ran.says(common).says("OK");
    }
}
