//! Real boards: `nameplate-board` processes.

use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use nameplate::demo::Cable;

use crate::bench::Bench;
use crate::programs;

/// A running board; ended when dropped. Its state stays.
pub struct Board {
    child: Child,
    /// Its name.
    pub name: String,
    /// The host's end of its cable, for a board on a cable.
    pub port: Option<PathBuf>,
    /// Kept plugged in as long as the board runs.
    cable: Option<Cable>,
}

/// The MAC of a test's board number N.
pub fn mac(number: u16) -> String {
    let [high, low] = number.to_be_bytes();
    format!("02:00:5e:00:{high:02x}:{low:02x}")
}

/// The name of a test's board number N.
pub fn name(number: u16) -> String {
    format!("board-{number:04}")
}

impl Board {
    /// Board number N on a cable of its own.
    pub fn on_cable(bench: &Bench, number: u16) -> Self {
        Self::plugged(bench, number, Cable::new().expect("a pty"))
    }

    /// Board number N on this cable.
    pub fn plugged(bench: &Bench, number: u16, cable: Cable) -> Self {
        let port = cable.host_end().to_owned();
        let arguments = [
            "--serial".to_owned(),
            cable.board_end().display().to_string(),
        ];
        let mut board = Self::start(
            &state(bench, number),
            &mac(number),
            &name(number),
            &arguments,
        );
        board.port = Some(port);
        board.cable = Some(cable);
        board
    }

    /// Board number N on a cable of somebody else's, on which other boards and other hosts may have been before.
    pub fn on(bench: &Bench, number: u16, cable: &Cable) -> Self {
        cable.forget_owners();
        cable.forget_unread();
        let arguments = [
            "--serial".to_owned(),
            cable.board_end().display().to_string(),
        ];
        Self::start(
            &state(bench, number),
            &mac(number),
            &name(number),
            &arguments,
        )
    }

    /// Board number N dialling the bench.
    pub fn on_network(bench: &Bench, number: u16) -> Self {
        let arguments = Self::network(bench);
        Self::start(
            &state(bench, number),
            &mac(number),
            &name(number),
            &arguments,
        )
    }

    /// The arguments of a board that dials the bench.
    pub fn network(bench: &Bench) -> Vec<String> {
        vec![
            "--connect".to_owned(),
            bench.door.to_string(),
            "--host-key".to_owned(),
            bench.certificate().display().to_string(),
            "--join-token-file".to_owned(),
            bench.token().display().to_string(),
        ]
    }

    /// Any board.
    pub fn start(state: &Path, mac: &str, name: &str, arguments: &[String]) -> Self {
        std::fs::create_dir_all(state.parent().expect("a folder above"))
            .expect("the boards' folder");
        let mut command = programs::nameplate_board();
        command
            .arg("--state")
            .arg(state)
            .args(["--mac", mac, &format!("--name={name}")])
            .args(arguments);
        let log = std::fs::File::create(state.with_extension("log")).expect("a log");
        let child = command
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the board starts");
        Self {
            child,
            name: name.to_owned(),
            port: None,
            cable: None,
        }
    }

    /// Pulls the plug: SIGKILL.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.cable = None;
    }
}

/// Collects boards number 1 to `count`, on cables, with the real program.
#[track_caller]
pub fn collect_on_cables(bench: &Bench, count: u16) {
    let boards: Vec<_> = (1..=count)
        .map(|number| Board::on_cable(bench, number))
        .collect();
    let mut command = bench.nameplate("collect");
    for board in &boards {
        command
            .arg("--serial")
            .arg(board.port.as_ref().expect("its cable"));
    }
    let count = count.to_string();
    command.args(["--expect", &count, "--timeout", "60"]);
    let _ = programs::run(&mut command).expect(0);
}

/// Where board number N keeps its key.
pub fn state(bench: &Bench, number: u16) -> PathBuf {
    bench.home().join("boards").join(name(number))
}

impl Drop for Board {
    fn drop(&mut self) {
        self.kill();
    }
}
