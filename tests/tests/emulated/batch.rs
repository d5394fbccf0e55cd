//! Sixteen boards of six kinds in one batch, from an empty folder to the report.

use std::fs;
use std::path::Path;
use std::process::Command;

use nameplate_tests::programs::{nameplate, run};
use serde_json::{Value, json};

use crate::boards::installed;

const BOARDS: &str = "virt,virt:serial,microbit,ast1030,an386,an505,rp2040,microbit,\
                      ast1030,an386:serial,an505:serial,virt,virt:serial,an386,microbit,ast1030";
const COUNT: usize = 16;

fn demo(home: &Path, folder: &Path) -> Command {
    let images = installed().image(nameplate::demo::emulated::Kind::Virt);
    let mut command = nameplate(home);
    command
        .args(["demo", "--emulated", BOARDS, "--images"])
        .arg(images.parent().unwrap())
        .arg("--batch")
        .arg(folder);
    command
}

fn list(home: &Path, folder: &Path) -> Vec<Value> {
    run(nameplate(home)
        .args(["list", "--json", "--batch"])
        .arg(folder))
    .expect(0)
    .json()
}

/// Every certificate request of the batch file through OpenSSL, by Python's `csv`: neither is ours.
fn judge(folder: &Path, boards: &[Value]) {
    let of = |board: &Value, key: &str| board[key].as_str().unwrap().to_owned();
    let rows: Vec<_> = boards
        .iter()
        .map(|board| {
            let name = of(board, "name");
            json!([
                name,
                "demo board",
                name,
                "Example",
                "Demo",
                format!("{name}.devices.example.com")
            ])
        })
        .collect();
    let subjects: Vec<_> = boards
        .iter()
        .map(|board| {
            let name = format!("commonName={}", of(board, "name"));
            json!([
                name,
                "organizationName=Example",
                "organizationalUnitName=Demo"
            ])
        })
        .collect();
    let sans: Vec<_> = boards
        .iter()
        .map(|board| json!([format!("DNS:{}.devices.example.com", of(board, "name"))]))
        .collect();
    let expected = json!({
        "cell": "one-line",
        "header": ["device_name", "device_description", "subject.common_name",
                   "subject.organization_name", "subject.organization_unit", "san.dns_name"],
        "rows": rows,
        "subject": subjects,
        "sans": sans,
        "text": ["Digital Signature", "TLS Web Client Authentication", "CA:FALSE"],
    });
    let path = folder.join("expected.json");
    fs::write(&path, expected.to_string()).unwrap();
    let mut judge = Command::new("python3");
    judge
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/judge_csv.py"))
        .arg(folder.join("batch.csv"))
        .arg(&path);
    println!("{}", run(&mut judge).expect(0).stdout);
}

#[test]
fn sixteen_boards_of_six_kinds_are_done() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("bench");
    let first = run(&mut demo(home.path(), &folder)).expect(0);
    println!("{}", first.stdout);
    let boards = list(home.path(), &folder);
    assert_eq!(boards.len(), COUNT);
    let done = boards.iter().all(|board| board["state"] == "done");
    assert!(done, "{boards:#?}");
    assert_eq!(
        fs::read_dir(folder.join("service/jobs")).unwrap().count(),
        1
    );
    assert!(folder.join("report.csv").metadata().unwrap().len() > 0);
    judge(&folder, &boards);

    // Once more: nothing is left to do, and nobody is asked again.
    let again = run(&mut demo(home.path(), &folder))
        .says("already submitted")
        .expect(0);
    assert!(!again.stdout.is_empty());
    assert_eq!(list(home.path(), &folder), boards);
}
