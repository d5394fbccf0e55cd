//! Without a terminal: flags and defaults, and nothing is asked.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nameplate::bench_key::{BenchKey, Files};
use nameplate::tokens;
use nameplate_tests::bench::private;
use nameplate_tests::programs::run;
use nameplate_tests::service::Service;

use super::Home;

#[test]
fn a_newcomer_gets_a_bench_and_the_doctor_says_what_is_missing() {
    let home = Home::new();
    let ran = run(home.command("init").arg("--yes"))
        .expect(0)
        .says("service.device_group_id, service.certificate_policy_id")
        .says("read -rs NAMEPLATE_API_KEY; export NAMEPLATE_API_KEY")
        .says("nameplate doctor --batch line-3");
    assert_eq!(ran.stderr, "");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.batch()), 0o700);
    for name in home.files().keys() {
        assert_eq!(mode(&home.batch().join(name)), 0o600, "{name}");
    }
    let names: Vec<_> = home.files().into_keys().collect();
    let expected = [
        "bench.key",
        "bench.next.key",
        "bench.next.pem",
        "bench.pem",
        "bench.toml",
    ];
    assert_eq!(names, expected);
    let ran = run(home.command("doctor").args(["--offline", "--json"]))
        .expect(1)
        .json();
    let wrong: Vec<_> = ran
        .iter()
        .filter(|finding| finding["level"] == "wrong")
        .collect();
    let checks: Vec<_> = wrong
        .iter()
        .map(|finding| finding["check"].as_str().unwrap())
        .collect();
    assert_eq!(checks, ["secret", "service-settings", "service-settings"]);
    // What it says is missing is all that is missing.
    let filled = fs::read_to_string(home.batch().join("bench.toml")).unwrap();
    let filled = filled
        .replace("# device_group_id = \"\"", "device_group_id = \"g\"")
        .replace(
            "# certificate_policy_id = \"\"",
            "certificate_policy_id = \"IOT_p\"",
        );
    private(&home.batch().join("bench.toml"), &filled);
    let mut doctor = home.command("doctor");
    doctor
        .arg("--offline")
        .env("NAMEPLATE_API_KEY", "key-0123456789");
    let _ = run(&mut doctor).expect(0).says("0 wrong");
}

#[test]
fn each_flag_stands_where_it_belongs() {
    let home = Home::new();
    fs::write(home.path().join("ca.pem"), "").unwrap();
    let mut init = home.command("init");
    init.args([
        "--kind",
        "iot-trust-manager",
        "--url",
        "https://iot.example.com:8443",
    ]);
    init.args([
        "--enrollment-profile-id",
        "p \"q\" \\",
        "--organization",
        "{Acme} #1 'x'",
    ]);
    init.args([
        "--common-name",
        "s-{mac_plain}",
        "--api-key-file",
        "keys/api key",
    ]);
    init.args(["--ca-file", "ca.pem", "--root", "/somewhere/root.pem"]);
    init.args(["--serial", "/dev/ttyS7", "--serial", "/dev/ttyUSB*"]);
    init.args([
        "--listen",
        "127.0.0.1:7443",
        "--token-boards",
        "7",
        "--token-valid-for",
        "30d",
    ]);
    let ran = run(init.arg("--json")).expect(0).json();
    let config = home.config();
    let service = config.service.as_ref().unwrap();
    assert_eq!(service.url, "https://iot.example.com:8443");
    assert_eq!(service.enrollment_profile_id.as_deref(), Some("p \"q\" \\"));
    assert_eq!(
        service.api_key_file.as_deref(),
        Some("keys/api key".as_ref())
    );
    // What is there from where the operator is, is meant; the rest is the folder's.
    assert_eq!(service.ca_file, Some(home.path().join("ca.pem")));
    assert_eq!(
        config.certificates.root.as_deref(),
        Some("/somewhere/root.pem".as_ref())
    );
    assert_eq!(config.serial.ports, ["/dev/ttyS7", "/dev/ttyUSB*"]);
    let network = config.network.as_ref().unwrap();
    assert_eq!(network.listen, Some("127.0.0.1:7443".parse().unwrap()));
    let list = tokens::read(&home.batch().join("join-tokens.toml")).unwrap();
    assert_eq!(list.tokens.len(), 1);
    assert_eq!(list.tokens[0].boards, Some(7));
    assert_eq!(list.tokens[0].id, ran[0]["token"]);
    let files = Files {
        key: home.batch().join("bench.key"),
        certificate: home.batch().join("bench.pem"),
    };
    assert_eq!(BenchKey::of_pair(&files).unwrap().pin(), ran[0]["pin"]);
    assert_eq!(
        BenchKey::of_pair(&files.next()).unwrap().pin(),
        ran[0]["next_pin"]
    );
    assert_eq!(ran[0]["missing"], serde_json::json!([]));
    // The token stands in its own file only.
    let token = fs::read_to_string(home.batch().join("join.token")).unwrap();
    let told = ran[0].to_string();
    assert!(!told.contains(token.trim()));
}

#[test]
fn what_can_t_be_used_is_named_by_its_flag_and_nothing_is_written() {
    let home = Home::new();
    for (arguments, words) in [
        (
            vec!["--url", "http://a"],
            "--url: it must begin with https://",
        ),
        (
            vec!["--api-key-env", "0123-abcd"],
            "--api-key-env: this is no name of a variable",
        ),
        (
            vec!["--common-name", "sensor"],
            "--common-name: every board would have the same name",
        ),
        (vec!["--common-name", "{nme}{name}"], "--common-name"),
        (vec!["--serial", "ttyACM0"], "--serial"),
        (
            vec!["--organization", "a\nb"],
            "--organization: it must be one line",
        ),
        (
            vec!["--enrollment-profile-id", "x"],
            "--enrollment-profile-id: it is not for the device-trust-manager",
        ),
        (
            vec!["--kind", "iot-trust-manager", "--device-group-id", "x"],
            "--device-group-id",
        ),
        (vec!["--sandbox", "no.json"], "no.json"),
        (vec!["--client-certificate", "c"], "--client-key"),
        (
            vec!["--sandbox", "-", "--url", "https://a"],
            "cannot be used",
        ),
        (vec!["--token-valid-for", "soon"], "12h"),
        (
            vec!["--token-boards", "3"],
            "--token-boards: boards need a join token only where they dial in",
        ),
    ] {
        let ran = run(home.command("init").arg("--yes").args(&arguments));
        assert!(matches!(ran.code, Some(1 | 2)), "{arguments:?} {ran:?}");
        let _ = ran.says(words);
        assert!(!home.batch().exists(), "{arguments:?}");
    }
}

#[test]
fn a_configuration_that_is_there_stays_and_force_keeps_it_beside_the_new_one() {
    let home = Home::new();
    let _ = run(home
        .command("init")
        .args(["--yes", "--organization", "First"]))
    .expect(0);
    let before = home.files();
    let _ = run(home
        .command("init")
        .args(["--yes", "--organization", "Second"]))
    .expect(2)
    .says("there is a configuration already")
    .says("--force");
    assert_eq!(home.files(), before);
    let _ = run(home
        .command("init")
        .args(["--yes", "--force", "--organization", "Second"]))
    .expect(0)
    .says("line-3/bench.toml.1")
    .says("there already");
    let after = home.files();
    assert_eq!(after["bench.toml.1"], before["bench.toml"]);
    assert_ne!(after["bench.toml"], before["bench.toml"]);
    for name in ["bench.key", "bench.pem", "bench.next.key", "bench.next.pem"] {
        assert_eq!(after[name], before[name], "{name}");
    }
}

#[test]
fn the_local_service_is_taken_from_its_line_and_its_key_is_nobody_else_s() {
    let home = Home::new();
    let service = Service::start(home.path(), &[]);
    let key = fs::read_to_string(service.dir.join("api-key")).unwrap();
    let line = serde_json::json!({
        "url": service.url, "api_key": key.trim(), "ca_file": service.dir.join("ca.pem"),
        "device_group_id": service.device_group_id, "certificate_policy_id": service.certificate_policy_id,
        "enrollment_profile_id": service.enrollment_profile_id,
    });
    fs::write(home.path().join("sandbox.json"), format!("{line}\n")).unwrap();
    for kind in ["device-trust-manager", "iot-trust-manager"] {
        let mut init = home.command("init");
        init.args(["--force", "--sandbox", "sandbox.json", "--kind", kind]);
        let ran = run(&mut init).expect(0);
        assert!(!ran.stdout.contains(key.trim()), "{ran:?}");
        let _ = run(&mut home.command("doctor"))
            .expect(0)
            .says("accepted (from the file api.key)");
    }
    let mode = fs::metadata(home.batch().join("api.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    for (name, bytes) in home.files() {
        let holds = String::from_utf8_lossy(&bytes).contains(key.trim());
        assert_eq!(holds, name == "api.key", "{name}");
    }
    // The sandbox that begins anew has another key: what is there is not written over unasked.
    fs::remove_file(home.batch().join("bench.toml")).unwrap();
    let other = line.to_string().replace(key.trim(), "another-key-0123");
    fs::write(home.path().join("sandbox.json"), other).unwrap();
    let mut init = home.command("init");
    let _ = run(init.args(["--sandbox", "sandbox.json"]))
        .expect(2)
        .says("api.key is there already");
    fs::write(home.path().join("sandbox.json"), "").unwrap();
    let mut init = home.command("init");
    let _ = run(init.args(["--sandbox", "sandbox.json"]))
        .expect(2)
        .says("when the service is ready");
}
