//! From nothing to boards on cables that are done.

use std::fs;

use nameplate::demo::Cable;
use nameplate_tests::board::{Board, mac, name};
use nameplate_tests::programs::run;
use nameplate_tests::service::Service;

use super::Home;

#[test]
fn boards_on_cables_are_done_with_what_init_wrote() {
    let home = Home::new();
    let service = Service::start(home.path(), &["--polls", "0"]);
    let cables = [Cable::new().unwrap(), Cable::new().unwrap()];
    let mut init = home.command("init");
    init.args(["--yes", "--url", &service.url, "--organization", "Acme {1}"]);
    init.args(["--device-group-id", &service.device_group_id]);
    init.args(["--certificate-policy-id", &service.certificate_policy_id]);
    init.arg("--api-key-file").arg(service.dir.join("api-key"));
    init.arg("--ca-file").arg(service.dir.join("ca.pem"));
    init.arg("--root").arg(service.dir.join("device-root.pem"));
    for cable in &cables {
        init.arg("--serial").arg(cable.host_end());
    }
    let _ = run(&mut init)
        .expect(0)
        .says("nameplate run --batch line-3\n");
    // What the template wants and the question has not, the doctor tells.
    let _ = run(&mut home.command("doctor"))
        .expect(0)
        .says("san.dns_name");
    let config = home.batch().join("bench.toml");
    let text = fs::read_to_string(&config).unwrap();
    let text = text
        .replace("# \"san.dns_name\"", "\"san.dns_name\"")
        .replace("# intermediates = \"issuing.pem\"", &{
            let path = service.dir.join("issuing.pem").display().to_string();
            format!("intermediates = {}", toml::Value::from(path))
        });
    fs::write(&config, text).unwrap();
    let found = run(&mut home.command("doctor")).expect(0).stdout;
    assert!(!found.contains("san.dns_name: "), "{found}");
    let boards: Vec<_> = (1..)
        .zip(&cables)
        .map(|(number, cable)| {
            let end = cable.board_end().display().to_string();
            let state = home.path().join("boards").join(name(number));
            Board::start(
                &state,
                &mac(number),
                &name(number),
                &["--serial".to_owned(), end],
            )
        })
        .collect();
    let _ = run(&mut home.command("run")).expect(0);
    let listed = run(home.command("list").arg("--json")).expect(0).json();
    assert_eq!(listed.len(), boards.len());
    assert!(
        listed.iter().all(|board| board["state"] == "done"),
        "{listed:?}"
    );
}
