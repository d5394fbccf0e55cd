//! The boards: `nameplate-board` processes, the first half on ptys, the others over TLS.

use std::fs::{self, File};
use std::io;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use super::cable::Cable;
use super::files::{CERTIFICATE, TOKEN, fault};
use super::watch::words;
use crate::cli::exit::Failure;
use crate::codes::Code;

/// The board's program, which stands beside this one.
pub const BOARD_PROGRAM: &str = "nameplate-board";

/// A board's process and where its log is.
struct Process {
    child: Child,
    log: PathBuf,
}

/// Boards that run until this is dropped.
pub(super) struct Boards {
    processes: Mutex<Vec<Process>>,
    cables: Vec<Cable>,
}

impl Boards {
    /// The host's ends of the cables.
    pub fn ports(&self) -> Vec<String> {
        self.cables
            .iter()
            .map(|cable| cable.host_end().display().to_string())
            .collect()
    }

    /// Why one of them has ended by itself, if one has.
    pub fn ended(&self) -> Option<String> {
        let mut processes = self
            .processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        processes.iter_mut().find_map(|board| {
            let status = board.child.try_wait().ok()??;
            Some(format!("{status}; {}", words(&board.log)))
        })
    }
}

impl Drop for Boards {
    fn drop(&mut self) {
        let processes = self.processes.get_mut();
        for board in processes.unwrap_or_else(PoisonError::into_inner) {
            // It may have ended by itself; either way it is gone afterwards.
            let _ = board.child.kill();
            let _ = board.child.wait();
        }
    }
}

/// How many of so many boards are on cables.
pub(super) fn on_cables(count: u16) -> u16 {
    count.div_ceil(2)
}

/// Starts so many boards; their keys are kept under `boards/` in the folder.
pub(super) fn start(
    program: &Path,
    folder: &Path,
    door: SocketAddr,
    count: u16,
) -> Result<Boards, Failure> {
    // A cable takes four files and a pipe.
    crate::bench::raise_open_files();
    let mut boards = Boards {
        processes: Mutex::default(),
        cables: Vec::new(),
    };
    for number in 1..=count {
        let (mut command, log) = board(program, folder, number)?;
        if number <= on_cables(count) {
            let cable = Cable::new().map_err(no_pty)?;
            command.arg("--serial").arg(cable.board_end());
            boards.cables.push(cable);
        } else {
            command
                .args(["--connect", &door.to_string()])
                .arg("--host-key")
                .arg(folder.join(CERTIFICATE))
                .arg("--join-token-file")
                .arg(folder.join(TOKEN));
        }
        let child = command.spawn().map_err(fault("start", program))?;
        let processes = boards.processes.get_mut();
        processes
            .unwrap_or_else(PoisonError::into_inner)
            .push(Process { child, log });
    }
    Ok(boards)
}

/// What board number N is called.
pub(super) fn name(number: u16) -> String {
    format!("demo-{number:04}")
}

/// Board number N, but for its link. What it says of itself goes to `log` beside its key.
fn board(program: &Path, folder: &Path, number: u16) -> Result<(Command, PathBuf), Failure> {
    let name = name(number);
    let state = folder.join("boards").join(&name);
    fs::create_dir_all(&state).map_err(fault("make", &state))?;
    let log = state.join("log");
    let stderr = File::create(&log).map_err(fault("make", &log))?;
    let [high, low] = number.to_be_bytes();
    let mut command = Command::new(program);
    command
        .arg("--state")
        .arg(&state)
        .args(["--name", &name])
        .args(["--mac", &format!("02:4e:50:00:{high:02x}:{low:02x}")])
        .arg(format!("--end-with-parent={}", std::process::id()))
        // Ctrl-C is for the bench, which lets its boards finish.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(stderr);
    Ok((command, log))
}

fn no_pty(error: io::Error) -> Failure {
    Failure::new(
        Code::NoMorePtys,
        anyhow::Error::new(error).context("can't make a pty for a board's cable"),
    )
    .next("Run it with fewer boards: this system gives no more ptys.")
}

/// Where the board's program is.
pub(super) fn program() -> Result<PathBuf, Failure> {
    let here = std::env::current_exe().map_err(|error| {
        Failure::new(
            Code::SystemRefuses,
            anyhow::Error::new(error).context("can't find this program's own folder"),
        )
    })?;
    let program = here.with_file_name(BOARD_PROGRAM);
    if program.exists() {
        return Ok(program);
    }
    let error = anyhow::anyhow!("{} is not there", program.display());
    Err(Failure::new(Code::DemoPartMissing, error).next("Build the whole workspace with `cargo build --release`, or install nameplate-board beside nameplate."))
}
