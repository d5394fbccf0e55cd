//! `nameplate demo` and `nameplate sandbox`, as anybody would run them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nameplate::store::Reader;
use nameplate_tests::judged::each_of_batch_has_its_own;
use nameplate_tests::processes::{naming, until, within};
use nameplate_tests::programs::{Ran, finish, nameplate, run, start};
use nameplate_tests::random::Random;
use nameplate_tests::screen::{Terminal, lines_after};
use rustix::process::{Pid, Signal, kill_process};

const BOARD: &str = "nameplate-board";

/// Columns of the terminal: the table fits, the paths below it may not.
const WIDTH: u16 = 100;

fn home() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("nameplate-demo-test-")
        .tempdir()
        .unwrap()
}

fn demo(home: &Path, folder: &Path, boards: u16) -> Command {
    let mut command = nameplate(home);
    command
        .args(["demo", "--boards", &boards.to_string(), "--batch"])
        .arg(folder);
    command
}

fn list(home: &Path, folder: &Path) -> Vec<serde_json::Value> {
    run(nameplate(home)
        .args(["list", "--json", "--batch"])
        .arg(folder))
    .expect(0)
    .json()
}

fn jobs(folder: &Path) -> Vec<PathBuf> {
    let jobs = fs::read_dir(folder.join("service/jobs")).unwrap();
    jobs.map(|entry| entry.unwrap().path()).collect()
}

#[track_caller]
fn nothing_runs(folder: &Path) {
    let gone = within(Duration::from_secs(10), || naming(BOARD, folder).is_empty());
    assert!(gone, "boards still run: {:?}", naming(BOARD, folder));
}

/// Exit 0, the files, every board once and done, nothing left running.
#[track_caller]
fn is_done(home: &Path, folder: &Path, ran: Ran, boards: usize) {
    let _ = ran.expect(0);
    nothing_runs(folder);
    for file in ["batch.csv", "report.csv", "batch.db"] {
        assert!(folder.join(file).metadata().unwrap().len() > 0, "{file}");
    }
    let listed = list(home, folder);
    let mut names: Vec<_> = listed
        .iter()
        .map(|board| board["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    let expected: Vec<_> = (1..=boards)
        .map(|number| format!("demo-{number:04}"))
        .collect();
    assert_eq!(names, expected);
    assert!(
        listed.iter().all(|board| board["state"] == "done"),
        "{listed:?}"
    );
    assert_eq!(jobs(folder).len(), 1);
    let root = folder.join("service/device-root.pem");
    let boards = expected
        .into_iter()
        .map(|name| (name.clone(), folder.join("boards").join(name)));
    each_of_batch_has_its_own(folder, &root, boards);
}

/// Waits until the demo has recorded so many boards.
fn until_recorded(folder: &Path, boards: u64) {
    until("boards are recorded", || {
        Reader::open(folder)
            .and_then(|reader| reader.counts())
            .is_ok_and(|counts| counts.boards() >= boards)
    });
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn a_whole_bench_and_the_same_again() {
    let home = home();
    // Neither the folder nor the one above it is there.
    let folder = home.path().join("line 3/batch");
    is_done(
        home.path(),
        &folder,
        run(&mut demo(home.path(), &folder, 8)),
        8,
    );
    let before = (
        list(home.path(), &folder),
        jobs(&folder),
        fs::read(folder.join("batch.csv")).unwrap(),
    );
    // With other boards, too, it stays the job that it is.
    for boards in [8, 5] {
        let again = run(&mut demo(home.path(), &folder, boards)).says("already submitted");
        is_done(home.path(), &folder, again, 8);
        let after = (
            list(home.path(), &folder),
            jobs(&folder),
            fs::read(folder.join("batch.csv")).unwrap(),
        );
        assert_eq!(before, after);
    }
}

#[test]
fn one_board_odd_numbers_and_json() {
    let home = home();
    for boards in [1, 3] {
        let folder = home.path().join(format!("{boards}"));
        let ran = run(demo(home.path(), &folder, boards).arg("--json"));
        let lines = ran.json();
        assert!(lines.iter().all(serde_json::Value::is_object), "{lines:?}");
        let events = |name: &str| lines.iter().filter(|line| line["event"] == name).count();
        assert_eq!(events("collected"), usize::from(boards));
        assert_eq!((events("submitted"), events("demo-ended")), (1, 1));
        is_done(home.path(), &folder, ran, usize::from(boards));
    }
    let none = run(&mut demo(home.path(), &home.path().join("none"), 0)).expect(2);
    assert!(none.stdout.is_empty());
    assert!(!home.path().join("none").exists());
}

#[test]
fn without_a_folder_it_makes_one_and_names_it() {
    let home = home();
    let temporary = home.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let ran = run(nameplate(home.path())
        .env("TMPDIR", &temporary)
        .args(["demo", "--boards", "2"]));
    let made: Vec<_> = fs::read_dir(&temporary)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let [folder] = made.as_slice() else {
        panic!("{made:?}");
    };
    let ran = ran.says(&format!("nameplate list --batch {}", folder.display()));
    is_done(home.path(), folder, ran, 2);
}

#[test]
fn somebody_elses_folder_is_refused_untouched() {
    let home = home();
    for (file, text) in [
        ("bench.toml", "[batch]\nname = \"line-3\"\n"),
        ("batch.db", "mine"),
        ("thesis.txt", "mine"),
    ] {
        let folder = home.path().join(file.replace('.', "-"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(file), text).unwrap();
        let _ = run(&mut demo(home.path(), &folder, 2))
            .expect(2)
            .says("that does not exist yet");
        let left: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, [file]);
        assert_eq!(fs::read_to_string(folder.join(file)).unwrap(), text);
    }
}

#[test]
fn ctrl_c_ends_it_with_words_and_a_rerun_goes_on() {
    let home = home();
    let folder = home.path().join("batch");
    let running = start(&mut demo(home.path(), &folder, 4));
    until_recorded(&folder, 1);
    signal(&running, Signal::INT);
    let _ = finish(running)
        .expect(1)
        .says("interrupted")
        .says("Run the same command again");
    nothing_runs(&folder);
    is_done(
        home.path(),
        &folder,
        run(&mut demo(home.path(), &folder, 4)),
        4,
    );
}

#[test]
fn killed_at_any_moment_it_leaves_no_board_behind_and_a_rerun_goes_on() {
    let seed = Random::seed();
    println!("NAMEPLATE_SEED={seed}");
    let mut random = Random::new(seed);
    let home = home();
    let folder = home.path().join("batch");
    for _ in 0..8 {
        let mut running = start(&mut demo(home.path(), &folder, 6));
        // The worst moment for a board: it runs, and has not tied itself to its parent yet. On a machine that is busy the kills before
        // may have come so late that nothing is left to do: then it ends, and no board runs.
        let runs_or_ended = within(Duration::from_mins(1), || {
            !naming(BOARD, &folder).is_empty() || running.try_wait().unwrap().is_some()
        });
        std::thread::sleep(Duration::from_micros(random.below(30_000)));
        let ended = running.try_wait().unwrap();
        let _ = running.kill();
        let ran = finish(running);
        assert!(runs_or_ended, "no board runs, and it does not end: {ran:?}");
        assert!(ended.is_none_or(|status| status.success()), "{ran:?}");
        nothing_runs(&folder);
    }
    is_done(
        home.path(),
        &folder,
        run(&mut demo(home.path(), &folder, 6)),
        6,
    );
}

#[test]
fn two_at_once_do_not_disturb_each_other() {
    let home = home();
    let folders = [home.path().join("one"), home.path().join("two")];
    let running = folders
        .each_ref()
        .map(|folder| start(&mut demo(home.path(), folder, 4)));
    // In a folder that is in use, though, a second one is refused.
    until_recorded(&folders[0], 1);
    let _ = run(&mut demo(home.path(), &folders[0], 4))
        .expect(1)
        .says("another demo is running");
    for (running, folder) in running.into_iter().zip(&folders) {
        is_done(home.path(), folder, finish(running), 4);
    }
}

#[test]
fn the_sandbox_says_one_line_and_ends_when_asked() {
    let home = home();
    for stop in [Signal::TERM, Signal::INT] {
        let sandbox = start(
            nameplate(home.path())
                .env("TMPDIR", home.path())
                .args(["sandbox"]),
        );
        // Its folder is the only one here, until it has ended.
        let dirs = || {
            fs::read_dir(home.path())
                .unwrap()
                .map(|entry| entry.unwrap().path())
        };
        until("the sandbox is up", || {
            dirs().any(|dir| dir.join("requests.jsonl").exists())
        });
        // It has said its line, or will before it looks for signals.
        signal(&sandbox, stop);
        let ran = finish(sandbox).expect(0);
        let lines = ran.json();
        let [ready] = lines.as_slice() else {
            panic!("{ran:?}");
        };
        for key in ["url", "api_key", "ca_file"] {
            assert!(
                ready[key].as_str().is_some_and(|text| !text.is_empty()),
                "{key}: {ready}"
            );
        }
        assert_eq!(dirs().count(), 0, "its temporary folder is gone");
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = port.local_addr().unwrap().to_string();
    let _ = run(nameplate(home.path()).args(["sandbox", "--listen", &taken]))
        .expect(1)
        .says(&taken);
}

#[test]
fn on_a_terminal_the_table_stands_whole() {
    for no_color in [false, true] {
        let home = home();
        let folder = home.path().join("batch");
        let (mut terminal, screen) = Terminal::new(WIDTH);
        let mut command = demo(home.path(), &folder, 4);
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
        if no_color {
            command.env("NO_COLOR", "1");
        }
        command
            .stdout(Stdio::from(screen.try_clone().unwrap()))
            .stderr(Stdio::from(screen));
        let mut running = command.spawn().unwrap();
        // The command keeps ends of the terminal open.
        drop(command);
        let output = terminal.read_to_end();
        assert_eq!(running.wait().unwrap().code(), Some(0), "{output}");
        assert!(output.contains("\u{1b}["), "a progress bar was drawn");
        let is_coloured = output.split("\u{1b}[").skip(1).any(|part| {
            part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';')
                .starts_with('m')
        });
        assert!(!(no_color && is_coloured), "{output:?}");
        let lines = lines_after(&output, WIDTH.into());
        let plain = run(nameplate(home.path())
            .args(["list", "--batch"])
            .arg(&folder))
        .expect(0)
        .stdout;
        let table: Vec<_> = plain.lines().collect();
        assert_eq!(table.len(), 5);
        assert!(
            lines.windows(5).any(|part| part == table),
            "{}",
            lines.join("\n")
        );
        for number in 1..=4 {
            for what in ["  recorded  ", "  done  "] {
                let said = lines.iter().filter(|line| {
                    line.starts_with(&format!("✓ demo-{number:04} ")) && line.contains(what)
                });
                assert_eq!(said.count(), 1, "{what}\n{}", lines.join("\n"));
            }
        }
        println!("{}", lines.join("\n"));
    }
}
