//! Codes: each where an operator would meet it, with its exit code, and the same words for a program.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use nameplate::codes::Code;
use nameplate::codes::entry;
use nameplate_tests::bench::{Bench, private};
use nameplate_tests::programs::run;
use nameplate_tests::service::Service;
use serde_json::Value;

use super::with;

/// Runs it for a program and for a person: both are told this code, this exit code and the same next step.
#[track_caller]
fn fails(bench: &Bench, arguments: &[&str], exit: i32, code: Code) -> String {
    let ran = with(bench, &[arguments, &["--json"]].concat(), &[]).expect(exit);
    let events = ran.json();
    let error = events.iter().find(|event| event["event"] == "error");
    let error = error.unwrap_or_else(|| panic!("no error: {ran:?}"));
    assert_eq!(error["code"], code.as_str());
    assert_eq!(error["exit"], exit);
    let next = error["next_step"].as_str().unwrap();
    let documented = entry::of(code).unwrap();
    assert!(
        documented.exit.contains(&exit.to_string()),
        "{code}: {}",
        documented.exit
    );
    let ran = with(bench, arguments, &[]).expect(exit);
    let begins = format!("error[{code}]: ");
    assert!(ran.stderr.contains(&begins), "{begins}: {ran:?}");
    if code != Code::BadArguments {
        let ends = format!("  next: {next}\n  more: nameplate explain {code}\n");
        assert!(ran.stderr.ends_with(&ends), "{ends}: {ran:?}");
    }
    ran.stderr
}

#[test]
fn what_is_wrong_before_anything_is_started() {
    let bench = Bench::new();
    let _ = fails(&bench, &["jobs", "--no-such"], 2, Code::BadArguments);
    let _ = fails(&bench, &["list", "--log", "=="], 2, Code::BadArguments);
    let _ = fails(&bench, &["jobs"], 2, Code::ServiceMissing);
    let _ = fails(&bench, &["collect"], 2, Code::NowhereToLook);
    let _ = fails(&bench, &["list"], 1, Code::NoBatch);
    bench.configure("[batch]\nnmae = \"x\"\n");
    let said = fails(&bench, &["jobs"], 2, Code::UnknownSetting);
    assert!(
        said.contains("next: Write name in the place of nmae."),
        "{said}"
    );
    bench.configure("[batch\n");
    let _ = fails(&bench, &["jobs"], 2, Code::ConfigSyntax);
    let section = "[service]\nurl = \"https://localhost:1\"\ndevice_group_id = \"g\"\ncertificate_policy_id = \"p\"\n";
    bench.configure(&format!("{section}api_key_env = \"NO_SUCH_VARIABLE\"\n"));
    let said = fails(&bench, &["jobs"], 2, Code::CredentialMissing);
    assert!(said.contains("NO_SUCH_VARIABLE is not set"), "{said}");
    let key = bench.home().join("key");
    private(&key, "secret");
    bench.configure(&format!("{section}api_key_file = \"{}\"\n", key.display()));
    let said = fails(&bench, &["jobs"], 1, Code::ConnectionRefused);
    assert!(
        said.contains("localhost:1 does not take connections"),
        "{said}"
    );
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let _ = fails(&bench, &["jobs"], 2, Code::SecretExposed);
    fs::remove_file(bench.batch().join("bench.key")).unwrap();
    let door = ["collect", "--listen", "127.0.0.1:0"];
    let _ = fails(&bench, &door, 2, Code::BenchKeyMissing);
    private(&bench.batch().join("bench.toml"), "");
    let _ = fails(&bench, &door, 2, Code::NetworkMissing);
}

#[test]
fn a_service_that_does_not_know_us_and_one_that_we_do_not_know() {
    let bench = Bench::new();
    let service = Service::start(bench.home(), &[]);
    let section = Bench::service_section(&service);
    let ca = service.dir.join("ca.pem").display().to_string();
    bench.configure(&section.replace(&ca, "bench.pem"));
    let _ = fails(&bench, &["jobs"], 1, Code::TlsUnknownIssuer);
    let wrong = bench.home().join("wrong");
    private(&wrong, "not-the-key");
    let key = service.dir.join("api-key").display().to_string();
    bench.configure(&section.replace(&key, &wrong.display().to_string()));
    let said = fails(&bench, &["jobs"], 1, Code::KeyRejected);
    assert!(!said.contains("not-the-key"), "{said}");
}

#[test]
fn a_door_that_is_taken_and_a_port_that_is_missing() {
    let bench = Bench::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = fails(
        &bench,
        &["collect", "--listen", &address],
        1,
        Code::AddressInUse,
    );
    assert!(said.contains(&address), "{said}");
    // A port that is missing ends nothing: it may be plugged in yet.
    let port = ["collect", "--serial", "/dev/no-such-port", "--timeout", "1"];
    let said = fails(&bench, &port, 1, Code::NoBoardCame);
    assert!(
        said.contains("! /dev/no-such-port  trouble[port-missing]: "),
        "{said}"
    );
    let ran = with(&bench, &[&port[..], &["--json"]].concat(), &[]);
    let is_trouble =
        |event: &Value| event["event"] == "port-trouble" && event["code"] == "port-missing";
    assert!(ran.json().iter().any(is_trouble), "{ran:?}");
}

#[test]
fn a_board_that_is_refused_has_a_word_too() {
    let bench = Bench::new();
    let board = nameplate_tests::fake_board::Fake::new(1)
        .mac([0; 6])
        .on_cable();
    let port = board.port.as_ref().unwrap().to_str().unwrap();
    let collect = ["collect", "--serial", port, "--timeout", "60", "--json"];
    let ran = with(&bench, &collect, &[]).expect(1);
    let events = ran.json();
    let refused = events.iter().find(|event| event["event"] == "refused");
    assert_eq!(refused.unwrap()["code"], "bad-identity");
    let line = "00:00:00:00:00:00  refused[bad-identity]: its MAC address is all zeros  [";
    assert!(ran.stderr.contains(line), "{ran:?}");
}

#[test]
fn a_batch_that_is_in_use_or_damaged() {
    let bench = Bench::new();
    let batch = bench.batch();
    let store = nameplate::store::Store::open_or_create(&batch, "a").unwrap();
    let said = fails(
        &bench,
        &["collect", "--serial", "/dev/no-such-port"],
        1,
        Code::BatchInUse,
    );
    assert!(
        said.contains(&format!("(process {})", std::process::id())),
        "{said}"
    );
    drop(store);
    let out = bench.home().join("labels.csv");
    let out = out.to_str().unwrap();
    let _ = fails(&bench, &["export", "--output", out], 1, Code::BatchEmpty);
    let _ = fails(&bench, &["labels"], 1, Code::BatchEmpty);
    let _ = fails(&bench, &["audit", "nobody"], 1, Code::UnknownBoard);
    bench.configure(
        "[service]\nurl = \"https://localhost:1\"\napi_key_env = \"PATH\"\ndevice_group_id = \"g\"\ncertificate_policy_id = \"p\"\n",
    );
    let _ = fails(&bench, &["status"], 1, Code::BatchNotSubmitted);
    fs::write(batch.join("batch.db"), vec![7; 8192]).unwrap();
    let said = fails(&bench, &["list"], 1, Code::StoreDamaged);
    assert!(said.contains("batch.db is damaged"), "{said}");
}

#[test]
fn each_word_can_be_looked_up_and_a_misspelt_one_finds_its_like() {
    let bench = Bench::new();
    let nameplate = |arguments: &[&str]| {
        let mut command = nameplate_tests::programs::nameplate(bench.home());
        run(command.args(arguments))
    };
    let ran = nameplate(&["explain", "--json"]).expect(0);
    let words: Vec<_> = ran
        .json()
        .iter()
        .map(|entry| entry["code"].as_str().unwrap().to_owned())
        .collect();
    let known: Vec<_> = Code::ALL
        .iter()
        .map(|code| code.as_str().to_owned())
        .collect();
    assert_eq!(words, known);
    let ran = nameplate(&["explain"]).expect(0);
    for code in Code::ALL {
        assert!(
            ran.stdout.contains(entry::of(*code).unwrap().meaning),
            "{code}"
        );
    }
    for word in ["port-busy", "error[port-busy]", "[port-busy]:"] {
        let ran = nameplate(&["explain", word]).expect(0);
        let entry = entry::of(Code::PortBusy).unwrap();
        for text in [entry.meaning, entry.why, entry.next] {
            assert!(ran.stdout.contains(text), "{word}: {ran:?}");
        }
    }
    let _ = nameplate(&["explain", "prot-busy"])
        .expect(2)
        .says("Did you mean port-busy");
    let _ = nameplate(&["explain", "csr-signature"])
        .expect(2)
        .says("CHECK.md");
}
