//! The bench's key, changed without a day on which boards are shut out.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nameplate_tests::issued::Authority;

use super::*;

#[test]
fn boards_that_knew_the_next_key_go_on_and_those_that_did_not_are_told_of() {
    let bench = Bench::new();
    // The bench had its key already; what is missing is the next one.
    let made = keys(&bench, &["new"]);
    let next = bench.batch().join("bench.next.pem");
    let (current, token) = (bench.certificate(), bench.token());
    // Boards keep what they were given, whatever becomes of the bench's files.
    let kept = |path: &Path, name: &str| {
        let copy = bench.home().join(name);
        fs::copy(path, &copy).unwrap();
        copy
    };
    let (first, second) = (kept(&current, "first.pem"), kept(&next, "second.pem"));
    let both = |number| board(&bench, number, [Some(&first), Some(&second)], Some(&token));
    let mut collecting = Watched::start(&mut collect(&bench));
    let boards = [both(1), both(2)];
    collecting.wait_collected(&names(&[1, 2]));
    let _ = collecting.interrupt().expect(0);
    drop(boards);
    let authority = Authority::new();
    authority.issue(&bench, &[], &[]);

    let changed = keys(&bench, &["change"]);
    assert_eq!(changed[0]["current"]["pin"], made[0]["next"]["pin"]);
    assert_ne!(changed[0]["next"]["pin"], made[0]["next"]["pin"]);
    let mut delivering = bench.nameplate("deliver");
    let mut delivering = Watched::start(delivering.args(["--listen", &bench.door.to_string()]));
    let _boards = [both(1), both(2)];
    // One that was never told of the next key, and one that was made after the change.
    let _late = board(&bench, 3, [Some(&first), None], Some(&token));
    delivering.wait_told("delivered", &names(&[1, 2]));
    let _ = delivering.finish();

    let mut collecting = Watched::start(&mut collect_into(&bench, "later"));
    let _new = board(&bench, 4, [Some(&current), Some(&next)], Some(&token));
    collecting.wait_collected(&names(&[4]));
    wait_refused(&mut collecting, None, "does not take this bench's key");
}

#[test]
fn from_nothing_to_a_board_that_joined() {
    let bench = Bench::new();
    let folder = bench.home().join("new");
    let new = |arguments: &[&str]| {
        let mut command = nameplate_tests::programs::nameplate(bench.home());
        command
            .arg("keys")
            .arg("--batch")
            .arg(&folder)
            .args(arguments);
        run(&mut command)
    };
    let _ = new(&[])
        .expect(1)
        .says("there is no bench key")
        .says("nameplate keys new");
    let made = new(&["new"]).expect(0);
    let mode = fs::metadata(&folder).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let _ = new(&[
        "token",
        "--boards",
        "1",
        "--output",
        bench.home().join("t").to_str().unwrap(),
    ])
    .expect(0);
    // What it says is missing is all that is missing.
    let section = made.stdout.split("\n\n").last().unwrap();
    assert!(section.starts_with("[network]"), "{made:?}");
    let toml = format!("{section}\n{}", nameplate_tests::bench::COLUMNS);
    nameplate_tests::bench::private(&folder.join("bench.toml"), &toml);
    let mut collecting = nameplate_tests::programs::nameplate(bench.home());
    collecting.arg("collect").arg("--batch").arg(&folder);
    collecting.args(["--listen", &bench.door.to_string(), "--expect", "1"]);
    let collecting = Watched::start(&mut collecting);
    let pins = ["bench.pem", "bench.next.pem"].map(|name| folder.join(name));
    let _board = board(
        &bench,
        1,
        [Some(&pins[0]), Some(&pins[1])],
        Some(&bench.home().join("t")),
    );
    let ran = collecting.finish().expect(0);
    assert!(ran.json().iter().any(|event| event["name"] == *name(1)));
    let shown = new(&["show"]).expect(0).says("used up");
    assert!(
        !shown.stdout.contains("[network]"),
        "nothing is missing any more: {shown:?}"
    );
}

#[test]
fn a_key_without_a_next_one_is_not_changed() {
    let bench = Bench::new();
    let before = fs::read(bench.certificate()).unwrap();
    let _ = run(bench.nameplate("keys").arg("change"))
        .expect(1)
        .says("boards know only the key of now")
        .says("nameplate keys new");
    assert_eq!(fs::read(bench.certificate()).unwrap(), before);
    let _ = run(bench.nameplate("keys").arg("show"))
        .expect(0)
        .says("There is no next key");
}

/// The pin that is shown is the one that `openssl` reads off the certificate, as PROVISIONING.md says.
#[test]
fn the_pin_is_what_openssl_says() {
    let bench = Bench::new();
    let told = keys(&bench, &["new"]);
    for (key, file) in [("current", "bench.pem"), ("next", "bench.next.pem")] {
        let mut openssl = Command::new("sh");
        openssl.arg("-c").arg(format!(
            "openssl x509 -in '{}' -noout -pubkey | openssl pkey -pubin -outform DER | tail -c 65 | od -An -v -tx1 | tr -d ' \\n'",
            bench.batch().join(file).display()
        ));
        assert_eq!(
            run(&mut openssl).expect(0).stdout,
            told[0][key]["pin"].as_str().unwrap()
        );
    }
}
