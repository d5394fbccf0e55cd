//! The real programs, built before the first test needs them, and their runs.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// No single command in a test takes longer than this.
pub const LONGEST: Duration = Duration::from_mins(3);

/// The folder with the programs of this build.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let exe = std::env::current_exe().expect("this test has a path");
        // target/<profile>/deps/<test>
        let folder = exe
            .parent()
            .and_then(Path::parent)
            .expect("the folder of the profile")
            .to_owned();
        build(&folder);
        folder
    })
}

/// Tests of stale programs prove nothing; this is quick where they are fresh. Built as they are shipped: without the features
/// that the tests' crate turns on.
fn build(folder: &Path) {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--locked", "--quiet"]);
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    let status = cargo
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the programs could not be built");
}

/// `nameplate`, with a data folder of its own so that the station's index of this account is never touched.
pub fn nameplate(home: &Path) -> Command {
    let mut command = Command::new(folder().join("nameplate"));
    command
        .env("XDG_DATA_HOME", home.join("data"))
        .stdin(Stdio::null());
    command
}

/// `nameplate-board`, which ends with the thread that starts it.
pub fn nameplate_board() -> Command {
    let mut command = Command::new(folder().join("nameplate-board"));
    command.arg("--end-with-parent").stdin(Stdio::null());
    command
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Ran {
    /// Exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Stops the test unless the exit code is this one.
    #[track_caller]
    #[must_use]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "--- stdout\n{}\n--- stderr\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    /// Stops the test unless standard output or standard error holds this text.
    #[track_caller]
    #[must_use]
    pub fn says(self, text: &str) -> Self {
        let said = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(
            said,
            "{text:?} is not in\n--- stdout\n{}\n--- stderr\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// The JSON lines on standard output.
    pub fn json(&self) -> Vec<serde_json::Value> {
        self.stdout
            .lines()
            .map(|line| serde_json::from_str(line).expect("a JSON line"))
            .collect()
    }
}

/// Runs a command to its end, or stops the test after [`LONGEST`].
#[track_caller]
pub fn run(command: &mut Command) -> Ran {
    finish(start(command))
}

/// Starts a command with its output kept.
#[track_caller]
pub fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Waits for a command that was started.
#[track_caller]
pub fn finish(child: Child) -> Ran {
    let pid = rustix::process::Pid::from_child(&child);
    let (ended, watched) = std::sync::mpsc::channel();
    let watchdog = std::thread::spawn(move || {
        let begun = Instant::now();
        while watched.recv_timeout(Duration::from_millis(100))
            == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
        {
            if begun.elapsed() > LONGEST {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                return true;
            }
        }
        false
    });
    let Output {
        status,
        stdout,
        stderr,
    } = child.wait_with_output().expect("the command's output");
    let _ = ended.send(());
    let ran = Ran {
        code: status.code(),
        stdout: String::from_utf8_lossy(&stdout).into_owned(),
        stderr: String::from_utf8_lossy(&stderr).into_owned(),
    };
    assert!(
        !watchdog.join().unwrap(),
        "it did not end by itself: {ran:?}"
    );
    ran
}
