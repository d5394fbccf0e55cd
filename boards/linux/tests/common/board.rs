//! A running `nameplate-board`, and what it says on standard error.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::host::Host;
use super::pty::Pty;

/// How long a test waits for a board before it fails.
const PATIENCE: Duration = Duration::from_mins(1);

pub const MAC: &str = "02:00:00:12:34:5a";
pub const NAME: &str = "bench-board";

/// A directory for one board: its state and its log.
pub struct Place {
    dir: TempDir,
}

impl Place {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { dir }
    }

    pub fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a file that is its owner's alone, and returns its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.file(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.to_str().unwrap().into()
    }

    /// Names in the state directory, in order.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.state()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Starts the program on this place's state.
    pub fn start(&self, args: &[&str]) -> Board {
        let log = self.file("log");
        let child = Command::new(env!("CARGO_BIN_EXE_nameplate-board"))
            .arg("--state")
            .arg(self.state())
            .args(["--mac", MAC, "--name", NAME, "--end-with-parent"])
            .args(args)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(File::create(self.file("output")).unwrap())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Board { child, log }
    }

    /// Starts the program on a pty of its own. A pty that a board was killed on loses what is written before the next
    /// board opens it, so each start gets a fresh one, as a fresh cable.
    pub fn start_on_pty(&self) -> (Board, Host<Pty>) {
        let pty = Pty::new();
        let board = self.start(&["--serial", pty.path()]);
        (board, Host::new(pty))
    }

    /// What the program wrote to standard output: nothing, ever.
    pub fn output(&self) -> Vec<u8> {
        fs::read(self.file("output")).unwrap()
    }
}

pub struct Board {
    child: Child,
    log: PathBuf,
}

impl Board {
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Waits for its end; a board that hangs fails the test instead of holding it for ever.
    pub fn end(&mut self) -> ExitStatus {
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.kill();
        panic!("the board did not end: {}", self.log());
    }

    /// Waits until the log says so.
    pub fn wait_for(&self, text: &str) {
        let patience = Instant::now() + PATIENCE;
        while !self.log().contains(text) {
            assert!(Instant::now() < patience, "no {text:?}: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn log(&self) -> String {
        read(&self.log)
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let ended = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{ended:?}, and it said: {}", self.log());
        }
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}
