//! Names are a board's own words, and go into a form's header lines, file names, SQL, CSV cells, XML, templates and a terminal.
//! Each of these must take them as what they are: nothing is run, cut, or turned into something else.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, mac, state};
use nameplate_tests::programs::{Ran, run};
use nameplate_tests::service::Service;
use nameplate_tests::watched::Watched;

/// What somebody might try, as far as a name may hold it: 64 bytes, nothing invisible.
const NAMES: [&str; 14] = [
    "'); DROP TABLE boards; --",
    "a\"; filename=\"x.csv",
    "x%0d%0aX-Api-Key: stolen",
    "<script>alert(1)</script>",
    "]]><!ENTITY x SYSTEM \"file:///etc/passwd\">",
    "../../../../tmp/up",
    "/etc/passwd",
    "C:\\con.csr",
    "{name}{mac}{{",
    "$(touch pwned);`id`",
    "a,b;c|d",
    "\"quoted, twice\"\"",
    "ünï 電腦 🛠",
    "0123456789012345678901234567890123456789012345678901234567890123",
];

/// Columns in which any name may stand: a DNS name may not hold them.
const COLUMNS: &str = "[columns]\ndevice_name = \"{name}\"\n\"subject.common_name\" = \"{name}\"\n\"san.uri\" = \"urn:mac:{mac_plain}\"\n";

fn bench(service: &Service) -> Bench {
    let bench = Bench::new();
    let section = Bench::service_section(service);
    bench.configure_all(&format!("{COLUMNS}{section}"));
    bench
}

fn boards(bench: &Bench) -> Vec<Board> {
    let arguments = Board::network(bench);
    let boards = NAMES.iter().zip(1..);
    boards
        .map(|(name, number)| Board::start(&state(bench, number), &mac(number), name, &arguments))
        .collect()
}

fn python(program: &str, file: &Path) -> Vec<String> {
    let ran = run(Command::new("python3").args(["-c", program]).arg(file)).expect(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn sorted(names: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    names.into_iter().collect()
}

fn all() -> BTreeSet<String> {
    sorted(NAMES.map(str::to_owned))
}

/// Every file below a folder, by its path.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path.display().to_string());
        }
    }
    found
}

fn first_column(file: &Path, column: &str) -> BTreeSet<String> {
    let program = format!(
        "import csv, json, sys\nrows = csv.DictReader(open(sys.argv[1], newline='', encoding='utf-8'))\n\
         print(json.dumps([row['{column}'] for row in rows]))"
    );
    sorted(python(&program, file))
}

fn write(bench: &Bench, command: &str, arguments: &[&str], output: &Path) -> Ran {
    let mut command = bench.nameplate(command);
    run(command.args(arguments).arg("--output").arg(output)).expect(0)
}

#[test]
fn a_name_is_taken_for_a_name_wherever_it_goes() {
    let home = tempfile::tempdir().unwrap();
    let service = Service::start(home.path(), &[]);
    let bench = bench(&service);
    let _boards = boards(&bench);
    let mut command = bench.nameplate("run");
    command.args(["--listen", &bench.door.to_string()]);
    command.args(["--expect", &NAMES.len().to_string(), "--timeout", "120"]);
    let ran = run(&mut command).expect(0);
    assert!(
        !ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'),
        "{ran:?}"
    );

    // What was sent has each name unchanged, to Python's reader; and so does the list.
    assert_eq!(
        first_column(&bench.batch().join("batch.csv"), "device_name"),
        all()
    );
    let listed = bench.list();
    assert!(
        listed.iter().all(|board| board["state"] == "done"),
        "{listed:#?}"
    );
    let names = listed
        .iter()
        .map(|board| board["name"].as_str().unwrap().to_owned());
    assert_eq!(sorted(names), all());
    // Each in its own line, and no more lines than boards.
    let table = run(&mut bench.nameplate("list")).expect(0);
    assert_eq!(table.stdout.lines().count(), NAMES.len() + 1, "{table:?}");

    // The forms that are written for others.
    let out = |name: &str| bench.home().join(name);
    let _ = write(
        &bench,
        "export",
        &["--format", "csr-zip"],
        &out("requests.zip"),
    );
    let entries = python(
        "import json, sys, zipfile\nprint(json.dumps(zipfile.ZipFile(sys.argv[1]).namelist()))",
        &out("requests.zip"),
    );
    assert_eq!(entries.len(), NAMES.len());
    for entry in &entries {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.%".contains(c);
        assert!(
            entry.chars().all(is_plain) && !entry.starts_with('.'),
            "{entry}"
        );
    }
    let _ = write(
        &bench,
        "export",
        &["--format", "handover"],
        &out("handover.zip"),
    );
    let unpacked = out("handover");
    let _ = run(Command::new("python3")
        .args([
            "-c",
            "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])",
        ])
        .args([out("handover.zip"), unpacked.clone()]))
    .expect(0);
    let table = files(&unpacked)
        .into_iter()
        .find(|file| file.ends_with("handover.csv"));
    assert_eq!(first_column(Path::new(&table.unwrap()), "name"), all());
    let _ = write(&bench, "labels", &["--format", "svg"], &out("labels"));
    let drawn = files(&out("labels"));
    assert_eq!(drawn.len(), NAMES.len());
    let mut seen = BTreeSet::new();
    for file in &drawn {
        // Python's XML reader finds text, and no element or entity that a name brought in.
        let texts = python(
            "import json, sys, xml.etree.ElementTree as t\nroot = t.parse(sys.argv[1]).getroot()\n\
             tags = {e.tag.split('}')[1] for e in root.iter()}\nassert tags <= {'svg', 'title', 'desc', 'rect', 'path', 'text', 'g', 'tspan'}, tags\n\
             print(json.dumps([''.join(e.itertext()) for e in root.iter() if e.tag.endswith('title')]))",
            Path::new(file),
        );
        seen.extend(texts);
    }
    assert!(
        seen.iter()
            .any(|text| text.contains("<script>alert(1)</script>")),
        "{seen:?}"
    );

    // Nothing was put anywhere but in this test's own folder, and nothing was run.
    let mut files = files(bench.home()).into_iter();
    assert!(!files.any(|file| file.ends_with("/pwned")));
    let now = fs::read_dir(bench.home().parent().unwrap()).unwrap();
    let up = now.filter(|entry| entry.as_ref().unwrap().file_name() == "up");
    assert_eq!(up.count(), 0);
}

/// Names that would be neutral nowhere are refused before they are anywhere.
#[test]
fn names_that_a_spreadsheet_would_run_are_refused() {
    let bench = Bench::new();
    let arguments = Board::network(&bench);
    let refused = ["=1+1", "+1", "-1+1", "@SUM(A1)"];
    let boards = refused.iter().zip(1..);
    let _boards: Vec<_> = boards
        .map(|(name, number)| Board::start(&state(&bench, number), &mac(number), name, &arguments))
        .collect();
    let mut collecting = bench.nameplate("collect");
    collecting.args(["--listen", &bench.door.to_string()]);
    let mut collecting = Watched::start(&mut collecting);
    collecting.wait("all four are refused", |events| {
        let words = "spreadsheets take for a formula";
        let told = events.iter().filter(|event| event["event"] == "refused");
        let told = told.filter(|event| event["error"].as_str().unwrap().contains(words));
        told.count() == refused.len()
    });
    let _ = collecting.interrupt().expect(1);
    let states = bench.list();
    assert!(states.iter().all(|board| board["state"] == "failed"));
}
