//! The log in a file: for its owner, in UTC, without colours and without secrets; and no file where none was asked for.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nameplate_tests::bench::{Bench, private};
use nameplate_tests::service::Service;

use super::with;

#[test]
fn the_log_s_file_is_its_owner_s_and_holds_no_secret() {
    const KEY: &str = "wrong-api-key-that-nobody-may-see";
    let bench = Bench::new();
    let service = Service::start(bench.home(), &[]);
    let wrong = bench.home().join("wrong");
    private(&wrong, KEY);
    let key = service.dir.join("api-key").display().to_string();
    bench.configure(&Bench::service_section(&service).replace(&key, &wrong.display().to_string()));
    let path = bench.home().join("log");
    let log = path.to_str().unwrap();
    let ran = with(
        &bench,
        &["jobs", "-vv", "--log-file", log],
        &[("CLICOLOR_FORCE", "1")],
    )
    .expect(1);
    assert!(ran.stderr.contains('\u{1b}'));
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    let first = fs::read_to_string(&path).unwrap();
    assert!(first.contains("key-rejected"), "{first}");
    assert!(!first.contains('\u{1b}') && !first.contains(KEY), "{first}");
    let line = first.lines().last().unwrap();
    let (time, _) = line.split_once(' ').unwrap();
    assert!(time.ends_with('Z') && time.contains('T'), "{line}");

    // A second command is added to it, by the variable as well; somebody has opened it to others meanwhile.
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = with(&bench, &["jobs"], &[("NAMEPLATE_LOG_FILE", log)]).expect(1);
    assert_eq!(
        ran.stderr.matches("key-rejected").count(),
        2,
        "told once: {ran:?}"
    );
    assert_eq!(mode(), 0o600);
    let both = fs::read_to_string(&path).unwrap();
    assert!(both.starts_with(&first) && both.len() > first.len());
}

#[test]
fn a_file_that_can_t_be_used_starts_nothing_and_none_is_made_unasked() {
    let bench = Bench::new();
    for bad in ["/no/such/folder/log", "/dev/null", "/"] {
        let ran = with(&bench, &["list", "--log-file", bad], &[]).expect(2);
        assert!(
            ran.stderr.starts_with("error[log-file-unusable]: "),
            "{ran:?}"
        );
    }
    let files = |bench: &Bench| fs::read_dir(bench.home()).unwrap().count();
    let before = files(&bench);
    let _ = with(&bench, &["list", "-vv"], &[]).expect(1);
    assert_eq!((files(&bench), bench.left_over().len()), (before, 0));
}

#[test]
fn how_much_is_logged_is_as_many_v_s_or_what_log_says() {
    let board = nameplate_tests::fake_board::Fake::new(1).on_cable();
    let port = board.port.as_ref().unwrap().to_str().unwrap();
    let collect = |more: &[&str]| {
        let arguments = [
            "collect",
            "--serial",
            port,
            "--timeout",
            "60",
            "--expect",
            "1",
        ];
        // In a batch of its own: where the board is in it already, nothing is left to do.
        let ran = with(&Bench::new(), &[&arguments, more].concat(), &[]).expect(0);
        ran.stderr.contains("DEBUG")
    };
    assert!(!collect(&[]));
    assert!(!collect(&["-v"]));
    assert!(collect(&["-vv"]));
    assert!(
        !collect(&["-vv", "--log", "warn"]),
        "what --log says goes before"
    );
}
