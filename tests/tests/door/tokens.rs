//! Join tokens with limits.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

/// By the list alone.
const LIST: &str = "join_tokens = \"join-tokens.toml\"\n";

/// A bench that knows no token without limits.
fn bench() -> Bench {
    let bench = Bench::new();
    let path = bench.batch().join("bench.toml");
    configure(&bench, LIST);
    let text = fs::read_to_string(&path).unwrap();
    nameplate_tests::bench::private(
        &path,
        &text.replace("join_token_file = \"join.token\"\n", ""),
    );
    bench
}

fn show(bench: &Bench, id: &str) -> Value {
    let told = keys(bench, &["show"]);
    let mut tokens = told.into_iter().filter(|event| event["event"] == "token");
    tokens.find(|token| token["id"] == *id).unwrap()
}

#[test]
fn a_token_for_two_boards_lets_in_two_over_all_batches() {
    let bench = bench();
    let (id, file) = token(&bench, &["--boards", "2", "--note", "line 3"]);
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let pins = bench.certificate();
    let joining = |number| board(&bench, number, [Some(&pins), None], Some(&file));
    let mut collecting = Watched::start(&mut collect(&bench));
    let _boards = [1, 2].map(joining);
    collecting.wait_collected(&names(&[1, 2]));
    let _third = joining(3);
    wait_refused(&mut collecting, Some(3), "is for 2 boards");
    let ran = collecting.interrupt().expect(3);
    assert!(ran.stderr.contains("nameplate keys token"), "{ran:?}");
    let shown = show(&bench, &id);
    assert_eq!(
        (&shown["state"], &shown["joined"]),
        (&"used up".into(), &2.into())
    );

    // Another batch of the same station: the two that joined are in the first, and nobody else comes in by that token.
    let mut other = Watched::start(&mut collect_into(&bench, "other"));
    wait_refused(&mut other, Some(3), "is for 2 boards");
    drop(other);

    // The auditor sees by what each came in.
    let audit = bench
        .nameplate("audit")
        .arg("--json")
        .arg(name(1))
        .output()
        .unwrap();
    let audit = String::from_utf8(audit.stdout).unwrap();
    assert!(
        audit.contains(&format!("\"admitted_by\":\"token {id}\"")),
        "{audit}"
    );
}

#[test]
fn a_token_is_withdrawn_while_boards_join() {
    let bench = bench();
    let ((id, file), (_, good)) = (token(&bench, &[]), token(&bench, &[]));
    let pins = bench.certificate();
    let joining = |number, file| board(&bench, number, [Some(&pins), None], Some(file));
    let mut collecting = Watched::start(&mut collect(&bench));
    let _first = joining(1, &file);
    collecting.wait_collected(&names(&[1]));
    assert_eq!(keys(&bench, &["withdraw", &id])[0]["new"], true);
    let _others = [joining(2, &file), joining(3, &good)];
    wait_refused(
        &mut collecting,
        Some(2),
        &format!("token {id} was withdrawn"),
    );
    collecting.wait_collected(&names(&[3]));
    let _ = collecting.interrupt();
    assert_eq!(show(&bench, &id)["state"], "withdrawn");
    let _ = run(bench.nameplate("keys").args(["withdraw", "00000000"]))
        .expect(1)
        .says("there is no join token \"00000000\"");
}

#[test]
fn a_token_ends_while_boards_join() {
    let bench = bench();
    let (id, file) = token(&bench, &["--valid-for", "30d"]);
    let pins = bench.certificate();
    let joining = |number| board(&bench, number, [Some(&pins), None], Some(&file));
    let mut collecting = Watched::start(&mut collect(&bench));
    let _first = joining(1);
    collecting.wait_collected(&names(&[1]));
    // Nobody waits thirty days here: the end is moved into the past, as an editor would.
    let list = bench.batch().join("join-tokens.toml");
    let text = fs::read_to_string(&list).unwrap();
    let mut lines: Vec<_> = text.lines().collect();
    let ends = lines
        .iter_mut()
        .find(|line| line.starts_with("ends"))
        .unwrap();
    *ends = "ends = \"2026-01-01T00:00:00Z\"";
    nameplate_tests::bench::private(&list, &lines.join("\n"));
    let _second = joining(2);
    wait_refused(
        &mut collecting,
        Some(2),
        &format!("token {id} ended at 2026-01-01"),
    );
    // A list that can't be read lets nobody in, and says so.
    nameplate_tests::bench::private(&list, "token = 1");
    let _third = joining(3);
    wait_refused(
        &mut collecting,
        Some(3),
        "can't be read, so nobody is let in",
    );
}

#[test]
fn without_anything_that_lets_boards_in_nothing_is_started() {
    let bench = bench();
    let path = bench.batch().join("bench.toml");
    let text = fs::read_to_string(&path).unwrap();
    nameplate_tests::bench::private(&path, &text.replace(LIST, ""));
    let _ = run(&mut collect(&bench))
        .expect(2)
        .says("nobody could join");
    // A token of before the list is no secret of the list's: it is refused by its mode.
    nameplate_tests::bench::private(&path, &text);
    let (_, file) = token(&bench, &[]);
    let list = bench.batch().join("join-tokens.toml");
    fs::set_permissions(&list, fs::Permissions::from_mode(0o644)).unwrap();
    let _ = run(&mut collect(&bench)).expect(2).says("others can read");
    assert!(file.exists());
}

#[test]
fn a_token_s_file_is_never_written_over_and_the_list_is_as_it_was() {
    let bench = bench();
    let (_, file) = token(&bench, &[]);
    let list = bench.batch().join("join-tokens.toml");
    let (before, secret) = (fs::read(&list).unwrap(), fs::read(&file).unwrap());
    let mut again = bench.nameplate("keys");
    again.arg("token").arg("--output").arg(&file);
    let _ = run(&mut again).expect(1).says("can't write");
    assert_eq!(fs::read(&list).unwrap(), before);
    assert_eq!(fs::read(&file).unwrap(), secret);
    // The list holds no token.
    let secret = String::from_utf8(secret).unwrap();
    assert!(!String::from_utf8(before).unwrap().contains(secret.trim()));
}
