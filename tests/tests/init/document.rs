//! "The first five minutes" of CONFIGURATION.md, typed as they stand there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nameplate_tests::bench::free_address;
use nameplate_tests::judged::each_of_batch_has_its_own;
use nameplate_tests::processes::until;
use nameplate_tests::programs::{folder, nameplate, run};
use rustix::process::{Pid, Signal, kill_process_group};

/// A shell's command and all that it starts; ended when dropped.
struct Shell(Child);

impl Shell {
    fn command(home: &Path, line: &str) -> Command {
        let mut shell = Command::new("sh");
        let path = std::env::var("PATH").unwrap();
        shell
            .args(["-c", line])
            .current_dir(home)
            .env("PATH", format!("{}:{path}", folder().display()))
            .env("XDG_DATA_HOME", home.join("data"))
            .stdin(Stdio::null());
        shell
    }

    fn start(home: &Path, line: &str) -> Self {
        let mut shell = Self::command(home, line);
        shell
            .process_group(0)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self(shell.spawn().unwrap())
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

/// The lines behind the prompts of the section's blocks.
fn lines() -> Vec<String> {
    let document = include_str!("../../../host-tool/CONFIGURATION.md");
    let (_, section) = document.split_once("## The first five minutes\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let prompts = section.lines().filter_map(|line| line.strip_prefix("$ "));
    prompts.map(str::to_owned).collect()
}

#[test]
fn the_first_five_minutes_end_with_boards_that_are_done() {
    let home = tempfile::tempdir().unwrap();
    let door = free_address().to_string();
    let lines: Vec<_> = lines()
        .iter()
        .map(|line| line.replace("127.0.0.1:7443", &door))
        .collect();
    let [service, rest @ ..] = lines.as_slice() else {
        panic!("no commands")
    };
    let _service = Shell::start(home.path(), service);
    let config = home.path().join("try/bench.toml");
    until("the bench is begun", || config.exists());
    let mut boards = Vec::new();
    for line in rest {
        if let Some(board) = line.strip_suffix(" &") {
            boards.push(Shell::start(home.path(), board));
            continue;
        }
        let ran = run(&mut Shell::command(home.path(), line)).expect(0);
        if line.contains(" doctor ") {
            assert!(ran.stdout.contains(", 0 wrong\n"), "{ran:?}");
        }
    }
    assert_eq!(boards.len(), 2);
    let batch = home.path().join("try");
    let mut list = nameplate(home.path());
    let listed = run(list.args(["list", "--json", "--batch"]).arg(&batch))
        .expect(0)
        .json();
    assert_eq!(listed.len(), 2);
    assert!(
        listed.iter().all(|board| board["state"] == "done"),
        "{listed:?}"
    );
    let root = home.path().join("sandbox/device-root.pem");
    let names = ["board-1", "board-2"];
    let states = names.map(|name| (name.to_owned(), home.path().join(name)));
    each_of_batch_has_its_own(&batch, &root, states);
    // What it used stays nobody else's.
    let mode = fs::metadata(batch.join("api.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let ran = run(nameplate(home.path())
        .args(["doctor", "--batch"])
        .arg(&batch))
    .expect(0);
    let _ = ran
        .says("this batch's own job")
        .says("boards that joined by it still come in");
}
