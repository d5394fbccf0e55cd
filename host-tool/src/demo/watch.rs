//! Boards that end by themselves: a bench would wait for them in vain, and nobody would know why.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often the boards are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// A board's process and where its log is.
pub(super) struct Process {
    pub child: Child,
    pub log: PathBuf,
}

/// Does `work` while the boards are watched. Once one has ended, `interrupt` is set; why it ended comes back beside what
/// `work` gave.
pub(super) fn while_watched<T>(
    boards: &Mutex<Vec<Process>>,
    interrupt: &AtomicBool,
    work: impl FnOnce() -> T,
) -> (T, Option<String>) {
    let (done, is_done) = channel::<()>();
    std::thread::scope(|scope| {
        let watcher = scope.spawn(move || {
            while is_done.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if let Some(why) = ended(boards) {
                    interrupt.store(true, Ordering::Relaxed);
                    return Some(why);
                }
            }
            None
        });
        let result = work();
        drop(done);
        (result, watcher.join().unwrap_or(None))
    })
}

/// Why a board has ended, if one has.
fn ended(boards: &Mutex<Vec<Process>>) -> Option<String> {
    let mut boards = boards.lock().unwrap_or_else(PoisonError::into_inner);
    boards.iter_mut().find_map(|board| {
        let status = board.child.try_wait().ok()??;
        Some(format!("{status}; {}", words(&board.log)))
    })
}

/// What the board said last, and where it says all.
fn words(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let said = text
        .lines()
        .find(|line| line.starts_with("error"))
        .unwrap_or("it says nothing");
    let said = crate::service::words::printable(said, 240);
    format!("{said} (its log: {})", log.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;
    use std::time::Instant;

    fn board(script: &str, log: &Path) -> Mutex<Vec<Process>> {
        let child = Command::new("sh").args(["-c", script]).spawn().unwrap();
        Mutex::new(vec![Process {
            child,
            log: log.to_owned(),
        }])
    }

    fn until(interrupt: &AtomicBool) {
        let begun = Instant::now();
        while !interrupt.load(Ordering::Relaxed) && begun.elapsed() < Duration::from_mins(1) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_board_that_ends_interrupts_the_bench_and_its_words_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, "starting\nerror: no such key\n").unwrap();
        let interrupt = AtomicBool::new(false);
        let boards = board("exit 7", &log);
        let ((), why) = while_watched(&boards, &interrupt, || until(&interrupt));
        let why = why.unwrap();
        assert!(why.contains('7') && why.contains("no such key"), "{why}");
    }

    #[test]
    fn a_board_that_runs_is_left_alone() {
        let interrupt = AtomicBool::new(false);
        let boards = board("exec sleep 60", Path::new("/nonexistent"));
        let (result, why) = while_watched(&boards, &interrupt, || 5);
        assert_eq!((result, why), (5, None));
        assert!(!interrupt.load(Ordering::Relaxed));
        let mut boards = boards.lock().unwrap();
        boards[0].child.kill().unwrap();
        boards[0].child.wait().unwrap();
    }
}
