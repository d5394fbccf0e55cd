//! The configuration, the folder, the keys, the tokens, secrets and what is recorded.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nameplate_tests::bench::{free_address, private};
use nameplate_tests::fake_board::Fake;
use nameplate_tests::programs::{nameplate, run};
use nameplate_tests::watched::Watched;

use super::{Found, Place};

#[test]
fn a_bench_with_nothing_wrong_has_nothing_wrong_and_is_not_changed() {
    let place = Place::new();
    let names = || {
        let entries = fs::read_dir(place.batch()).unwrap().map(Result::unwrap);
        let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let found = place.doctor(0, &[]);
    assert_eq!(found.troubles(), Vec::<String>::new());
    // Each word of the document is a check, and each check has its word there.
    let document = include_str!("../../../host-tool/CONFIGURATION.md");
    let (_, table) = document
        .split_once("| checks | what is looked at |")
        .unwrap();
    let (table, _) = table.split_once("\n\n").unwrap();
    let firsts = table.lines().filter_map(|line| line.split('|').nth(1));
    let words: Vec<_> = firsts
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    for check in found.0.keys() {
        assert!(words.contains(&check.as_str()), "{check} is not documented");
    }
    // Not here: there is no port, and there is a [network], and no token yet.
    let rest = ["port", "modem-manager", "network", "door"];
    for word in words {
        assert!(
            found.0.contains_key(word) || rest.contains(&word),
            "{word} is no check"
        );
    }
    assert_eq!(names(), before);
    assert!(!place.home.path().join("data").exists(), "no index is made");
    let text = run(&mut place.command("doctor")).expect(0);
    let _ = text
        .says("✓ config")
        .says(", 0 wrong")
        .says("next: nameplate run --batch");
}

#[test]
fn a_configuration_that_can_t_be_read_is_2_and_the_folder_is_looked_at_all_the_same() {
    let place = Place::new();
    place.edit("[batch]", "[batch]\nnmae = \"x\"");
    let found = place.doctor(2, &["--offline"]);
    found.is("wrong", "config", &["nmae"]);
    found.is("fine", "folder", &[]);
    let _ = run(&mut place.command("doctor"))
        .expect(2)
        .says("✗ config")
        .says("unknown field");
    fs::remove_file(place.file("bench.toml")).unwrap();
    let found = place.doctor(1, &["--offline"]);
    found.is(
        "wrong",
        "config",
        &["there is no bench.toml", "nameplate init --batch"],
    );
    let _ = run(place
        .command("doctor")
        .args(["--config", "/nowhere/bench.toml"]))
    .expect(2);
}

#[test]
fn where_nothing_was_begun_the_command_that_begins_is_told() {
    let home = tempfile::tempdir().unwrap();
    let mut doctor = nameplate(home.path());
    doctor.current_dir(home.path());
    let ran = run(doctor.args(["doctor", "--offline", "--json", "--batch", "it's new"])).expect(1);
    let found = Found::of(&ran);
    for check in ["config", "folder"] {
        found.is("wrong", check, &["nameplate init --batch 'it'\\''s new'"]);
    }
    found.is("not-checked", "space", &["no folder"]);
    found.is("wrong", "service-settings", &["no [service]"]);
    assert!(!home.path().join("it's new").exists());
}

#[test]
fn what_does_not_fit_together_in_the_configuration_is_found_with_all_else() {
    let place = Place::new();
    place.edit(
        "\"subject.common_name\" = \"{name}\"",
        "\"subject.common_name\" = \"{nmae}\"",
    );
    place.edit(
        "[batch]",
        "[batch]\nmac_ranges = [\"one\"]\ntemplate = \"none.csv\"",
    );
    let found = place.doctor(1, &[]);
    found.is("wrong", "columns", &["nmae", "[columns]"]);
    found.is("wrong", "batch-settings", &["no range"]);
    found.is("wrong", "template", &["none.csv"]);
    found.is("fine", "credential", &[]);
}

#[test]
fn a_folder_that_others_get_into_is_told_of() {
    let place = Place::new();
    fs::set_permissions(place.batch(), fs::Permissions::from_mode(0o755)).unwrap();
    let found = place.doctor(0, &["--offline"]);
    found.is("warning", "folder", &["mode 755", "chmod 700 "]);
}

#[test]
fn secrets_that_are_missing_or_somebody_else_s_to_read_are_named() {
    let place = Place::new();
    let key = place.home.path().join("key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let found = place.doctor(1, &[]);
    found.is("wrong", "secret", &["others can read", "chmod 600"]);
    found.is("wrong", "service-settings", &["chmod 600"]);
    // That the service is there is known all the same; nothing is said of what was not asked.
    found.is("fine", "service-reachable", &[]);
    for check in ["credential", "policy", "job-name"] {
        found.is("not-checked", check, &["service-settings"]);
    }
    place.edit(
        "api_key_file = \"../key\"",
        "api_key_env = \"NAMEPLATE_NO_SUCH\"",
    );
    let found = place.doctor(1, &["--offline"]);
    found.is_about(
        "wrong",
        "secret",
        "service.api_key_env",
        &["NAMEPLATE_NO_SUCH", "read -rs"],
    );
    let mut command = place.command("doctor");
    command.env(
        "NAMEPLATE_NO_SUCH",
        fs::read_to_string(&key).unwrap().trim(),
    );
    let found = place.looked(command.arg("--json"), 0);
    found.is("fine", "secret", &["is set"]);
    found.is("fine", "credential", &["the variable NAMEPLATE_NO_SUCH"]);
}

#[test]
fn keys_of_the_bench_must_be_there_and_belong_together() {
    let place = Place::new();
    let next = [place.file("bench.next.key"), place.file("bench.next.pem")];
    let kept = place.home.path().join("kept.pem");
    fs::copy(&next[1], &kept).unwrap();
    fs::remove_file(&next[0]).unwrap();
    fs::remove_file(&next[1]).unwrap();
    place
        .doctor(0, &["--offline"])
        .is("warning", "next-key", &["nameplate keys --batch", " new"]);
    fs::copy(&kept, place.file("bench.pem")).unwrap();
    let found = place.doctor(1, &["--offline"]);
    found.is("wrong", "bench-key", &["are not of one key"]);
    fs::remove_file(place.file("bench.pem")).unwrap();
    fs::remove_file(place.file("bench.key")).unwrap();
    place
        .doctor(1, &["--offline"])
        .is("wrong", "bench-key", &["there is no bench key", " new"]);
    let _ = run(place.command("keys").arg("new")).expect(0);
    assert_eq!(place.doctor(0, &[]).troubles(), Vec::<String>::new());
    fs::set_permissions(place.file("bench.key"), fs::Permissions::from_mode(0o640)).unwrap();
    place
        .doctor(1, &["--offline"])
        .is("wrong", "bench-key", &["chmod 600"]);
}

#[test]
fn tokens_are_looked_at_where_boards_dial_in() {
    let place = Place::new();
    place.edit(
        "# listen = \"0.0.0.0:7443\"",
        &format!("listen = \"{}\"", free_address()),
    );
    let make = "token --boards 96 --valid-for 12h";
    let look = |code| place.doctor(code, &["--offline"]);
    look(1).is("wrong", "join-tokens", &["no token was made yet", make]);
    let token = |arguments: &[&str]| {
        let mut keys = place.command("keys");
        let made = run(keys.arg("token").args(arguments).arg("--json"))
            .expect(0)
            .json();
        made[0]["id"].as_str().unwrap().to_owned()
    };
    let short = token(&["--valid-for", "5m", "--boards", "4"]);
    look(0).is(
        "warning",
        "join-tokens",
        &["0 of 4 boards joined", "within 8 hours", make],
    );
    let long = token(&["--valid-for", "30d"]);
    look(0).is(
        "fine",
        "join-tokens",
        &[&short, &long, "any number of boards"],
    );
    for id in [&short, &long] {
        let _ = run(place.command("keys").args(["withdraw", id])).expect(0);
    }
    look(1).is(
        "wrong",
        "join-tokens",
        &["none of 2 tokens lets anybody in"],
    );
    let list = place.file("join-tokens.toml");
    let text = fs::read_to_string(&list).unwrap();
    private(&list, &text.replace("withdrawn", "withdrwan"));
    look(1).is("wrong", "join-tokens", &["nobody is let in"]);
    private(&list, &text);
    fs::set_permissions(&list, fs::Permissions::from_mode(0o644)).unwrap();
    look(1).is("wrong", "join-tokens", &["chmod 600"]);
}

#[test]
fn a_bench_that_runs_is_seen_by_its_lock_and_its_address() {
    let place = Place::new();
    let door = free_address();
    place.edit(
        "# listen = \"0.0.0.0:7443\"",
        &format!("listen = \"{door}\""),
    );
    let _ = run(place.command("keys").args(["token", "--boards", "1"])).expect(0);
    let mut running = Watched::start(&mut place.command("collect"));
    running.wait("it listens", |events| {
        events.iter().any(|event| event["event"] == "listening")
    });
    let pid = fs::read_to_string(place.file("batch.lock")).unwrap();
    let found = place.doctor(1, &["--offline"]);
    found.is("warning", "lock", &[&format!("(pid {})", pid.trim())]);
    found.is("wrong", "listen", &["somebody listens", "ss -ltnp"]);
    found.is("fine", "store", &["0 boards"]);
    found.is("fine", "log", &["whole"]);
    found.is("fine", "station-index", &["can be written"]);
    let _ = running.interrupt();
    let found = place.doctor(0, &["--offline"]);
    found.is("fine", "lock", &[]);
    found.is("fine", "listen", &[]);
}

#[test]
fn a_store_that_is_not_whole_or_another_batch_s_is_found() {
    let place = Place::new();
    let board = Fake::new(1).on_cable();
    let mut collect = place.command("collect");
    collect.arg("--serial").arg(board.port.as_ref().unwrap());
    let _ = run(collect.args(["--expect", "1"])).expect(0);
    place.doctor(0, &[]).is("fine", "store", &["1 board"]);
    place.edit("# name = \"line-3-2026-11-21\"", "name = \"line-4\"");
    let found = place.doctor(1, &["--offline"]);
    found.is("wrong", "store", &["\"line-3\"", "\"line-4\""]);
    place.edit("name = \"line-4\"", "name = \"line-3\"");
    let tamper = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\n\
        for (n,) in c.execute(\"SELECT name FROM sqlite_schema WHERE type = 'trigger'\").fetchall(): c.execute(f'DROP TRIGGER {n}')\n\
        c.execute(\"UPDATE log SET subject = 'other' WHERE seq = 2\")\nc.commit()";
    let mut python = std::process::Command::new("python3");
    let _ = run(python.args(["-c", tamper]).arg(place.file("batch.db"))).expect(0);
    place
        .doctor(1, &["--offline"])
        .is("wrong", "log", &["nameplate audit"]);
    let bytes = fs::read(place.file("batch.db")).unwrap();
    for log in ["batch.db-wal", "batch.db-shm"] {
        let _ = fs::remove_file(place.file(log));
    }
    fs::write(place.file("batch.db"), &bytes[..bytes.len() - 100]).unwrap();
    let found = place.doctor(1, &["--offline"]);
    found.is("wrong", "store", &["its end is missing"]);
    found.is("not-checked", "log", &[]);
    fs::write(
        place.home.path().join("data/nameplate/station.db"),
        "no database at all, but long enough to be none",
    )
    .unwrap();
    place
        .doctor(1, &["--offline"])
        .is("wrong", "station-index", &["batch.station_index"]);
}
