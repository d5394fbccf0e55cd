//! A whole bench, from boards on both links to the report, as enrolments of IoT Trust Manager.

use std::fs;

use nameplate_tests::bench::Bench;
use nameplate_tests::board::Board;
use nameplate_tests::programs::run;
use nameplate_tests::service::Service;

/// What an enrolment profile has: no device name.
const COLUMNS: &str = r#"
[columns]
"subject.common_name" = "{name}"
"subject.organization_name" = "Example"
"san.dns_name" = "{name}.devices.example.com"
"#;

#[test]
fn boards_become_one_enrolment() {
    let bench = Bench::new();
    let service = Service::start(bench.home(), &["--unknown-columns", "refuse"]);
    let section = crate::bench::section(&service);
    bench.configure_all(&format!("{COLUMNS}{section}"));
    let boards = [Board::on_cable(&bench, 1), Board::on_network(&bench, 2)];
    let mut command = bench.nameplate("collect");
    for port in boards.iter().filter_map(|board| board.port.as_ref()) {
        command.arg("--serial").arg(port);
    }
    let door = bench.door.to_string();
    command.args(["--listen", &door, "--expect", "2", "--timeout", "60"]);
    let _ = run(&mut command).expect(0);
    let file = bench.home().join("export.csv");
    let _ = run(bench.nameplate("export").arg("--output").arg(&file)).expect(0);
    let _ = run(&mut bench.nameplate("submit")).expect(0);
    let _ = run(bench.nameplate("status").arg("--wait"))
        .expect(0)
        .says("COMPLETE");
    let _ = run(&mut bench.nameplate("report"))
        .expect(0)
        .says("2 issued");
    let _ = run(&mut bench.nameplate("certificates")).expect(0);
    let listed = bench.list();
    assert!(
        listed.iter().all(|board| board["state"] == "issued"),
        "{listed:?}"
    );
    assert_eq!(service.jobs(), 1);
    // What was sent is what export writes.
    assert_eq!(
        fs::read(bench.batch().join("batch.csv")).unwrap(),
        fs::read(file).unwrap()
    );
    let device_paths = service.requests().iter().any(|request| {
        let path = request["path"].as_str().unwrap();
        !path.starts_with("/iot/api/v1/")
    });
    assert!(!device_paths, "nothing is asked of the other service");
}
