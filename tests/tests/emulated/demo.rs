//! `nameplate demo --emulated`, as anybody would run it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use nameplate::store::Reader;
use nameplate_tests::processes::{until, within, within_folder};
use nameplate_tests::programs::{Ran, finish, nameplate, run, start};
use nameplate_tests::random::Random;
use rustix::process::{Pid, Signal, kill_process};

fn home() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("nameplate-emulated-test-")
        .tempdir()
        .unwrap()
}

fn demo(home: &Path, emulated: &str) -> Command {
    let mut command = nameplate(home);
    command
        .args(["demo", "--emulated", emulated, "--batch"])
        .arg(home.join("batch"));
    command
}

fn recorded(home: &Path) -> u64 {
    let counts = Reader::open(&home.join("batch")).and_then(|reader| reader.counts());
    counts.map_or(0, |counts| counts.boards())
}

#[track_caller]
fn nothing_runs(home: &Path) {
    let gone = within(Duration::from_secs(10), || within_folder(home).is_empty());
    assert!(gone, "emulators still run: {:?}", within_folder(home));
}

/// Exit 0, these boards once and issued, nothing left running.
#[track_caller]
fn is_done(home: &Path, ran: Ran, names: &[&str]) {
    let _ = ran.expect(0);
    nothing_runs(home);
    let mut list = nameplate(home);
    list.args(["list", "--json", "--batch"])
        .arg(home.join("batch"));
    let listed = run(&mut list).expect(0).json();
    assert!(
        listed.iter().all(|board| board["state"] == "done"),
        "{listed:?}"
    );
    let mut found: Vec<_> = listed
        .iter()
        .map(|board| board["name"].as_str().unwrap())
        .collect();
    found.sort_unstable();
    assert_eq!(found, names);
}

const TWO: [&str; 2] = ["demo-0001-microbit", "demo-0002-microbit"];

#[test]
fn killed_at_any_moment_it_leaves_no_emulator_behind_and_no_recorded_key_is_lost() {
    let seed = Random::seed();
    println!("NAMEPLATE_SEED={seed}");
    let mut random = Random::new(seed);
    let home = home();
    for _ in 0..4 {
        let mut running = start(&mut demo(home.path(), "microbit,microbit"));
        // Where the time before was enough for both boards, there is nothing left to start one for.
        until("an emulator runs, or all is done", || {
            !within_folder(home.path()).is_empty() || running.try_wait().unwrap().is_some()
        });
        std::thread::sleep(Duration::from_micros(random.below(1_500_000)));
        running.kill().unwrap();
        let _ = running.wait();
        nothing_runs(home.path());
    }
    // Once more when the first board is recorded: were its key lost, it would come again with another one and be refused.
    let mut running = start(&mut demo(home.path(), "microbit,microbit"));
    until("a board is recorded", || recorded(home.path()) > 0);
    running.kill().unwrap();
    let _ = running.wait();
    nothing_runs(home.path());
    // It may have been done with both before it was killed.
    let ran = run(&mut demo(home.path(), "microbit,microbit"));
    is_done(home.path(), ran, &TWO);
}

#[test]
fn an_emulator_that_ends_is_told_with_its_last_words() {
    let home = home();
    let running = start(&mut demo(home.path(), "microbit"));
    until("its emulator runs", || {
        !within_folder(home.path()).is_empty()
    });
    for pid in within_folder(home.path()) {
        let pid = Pid::from_raw(pid.cast_signed()).unwrap();
        // It may become the emulator just now, and is killed all the same.
        let _ = kill_process(pid, Signal::KILL);
    }
    let _ = finish(running)
        .expect(1)
        .says("demo-0001-microbit: signal: 9")
        .says("its log: ");
}

#[test]
fn other_boards_do_not_go_on_with_a_batch() {
    let home = home();
    fs::create_dir_all(home.path().join("batch/boards/demo-0001-virt")).unwrap();
    // As a demo leaves it that has just begun.
    fs::write(
        home.path().join("batch/bench.toml"),
        "# Written by `nameplate demo`, and written again by it.",
    )
    .unwrap();
    let _ = run(&mut demo(home.path(), "microbit"))
        .expect(2)
        .says("this batch was begun with demo-0001-virt, not with demo-0001-microbit");
}

#[test]
fn what_is_missing_or_can_not_be_is_told_before_anything_is_made() {
    let home = home();
    let batch = home.path().join("batch");
    let refused = |command: &mut Command, code, says: &[&str]| {
        let ran = run(command).expect(code);
        let _ = says.iter().fold(ran, |ran, text| ran.says(text));
        assert!(!batch.exists());
    };
    refused(
        demo(home.path(), "microbit").args(["--boards", "2"]),
        2,
        &["--boards", "cannot be used with"],
    );
    refused(
        &mut demo(home.path(), "microbit:tls"),
        2,
        &["microbit has no tls link, only serial"],
    );
    refused(
        &mut demo(home.path(), "microbit,pico"),
        2,
        &["there is no board \"pico\""],
    );
    let nowhere = home.path().join("nowhere");
    refused(
        demo(home.path(), "virt,microbit,virt")
            .arg("--images")
            .arg(&nowhere),
        1,
        &[
            &format!("no image of virt and of microbit in {}", nowhere.display()),
            "`boards/mcu/build virt microbit`",
        ],
    );
    refused(
        demo(home.path(), "microbit").env("PATH", "/nonexistent"),
        1,
        &["is not installed", "in the package util-linux"],
    );
}
