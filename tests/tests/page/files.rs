//! Files to take along.

use std::fs;

use nameplate_tests::bench::Bench;
use nameplate_tests::programs::run;
use nameplate_tests::staged::{Boards, Staged};
use nameplate_tests::web::Site;
use serde_json::json;

use super::collected;

#[test]
fn each_file_is_what_its_own_command_would_write() {
    let staged = collected(3);
    let site = Site::of(&staged.url);
    assert_eq!(
        site.get("/files").json(),
        json!({ "files": ["batch.csv", "labels.pdf"] })
    );
    assert_eq!(site.get("/files/report.csv").status, 404);

    let csv = site.get("/files/batch.csv");
    let exported = staged.bench.home().join("exported.csv");
    let _ = run(staged
        .bench
        .nameplate("export")
        .arg("--output")
        .arg(&exported))
    .expect(0);
    assert_eq!(csv.text(), fs::read_to_string(&exported).unwrap());
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(
        csv.headers["content-disposition"],
        "attachment; filename=\"line-3-2026-11-21-batch.csv\""
    );

    let pdf = site.get("/files/labels.pdf");
    let path = staged.bench.home().join("labels.pdf");
    let _ = run(staged.bench.nameplate("labels").arg("--output").arg(&path)).expect(0);
    assert!(
        pdf.body == fs::read(&path).unwrap(),
        "{} bytes",
        pdf.body.len()
    );

    fs::write(staged.bench.batch().join("report.csv"), "a,b\n").unwrap();
    assert_eq!(
        site.get("/files").json()["files"].as_array().unwrap().len(),
        3
    );
    assert_eq!(site.get("/files/report.csv").text(), "a,b\n");
    assert_eq!(staged.bench.left_over(), Vec::<String>::new());
}

#[test]
fn there_is_nothing_to_take_along_before_the_first_board() {
    let bench = Bench::new();
    let mut boards = Boards::default();
    boards.empty("A1");
    let staged = Staged::start(bench, boards, &["--expect", "2"]);
    let site = Site::of(&staged.url);
    assert_eq!(site.get("/files").json(), json!({ "files": [] }));
    for name in ["batch.csv", "labels.pdf", "report.csv"] {
        assert_eq!(site.get(&format!("/files/{name}")).status, 404, "{name}");
    }
}
