//! Boards that end by themselves: a bench would wait for them in vain, and nobody would know why.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How often the boards are looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Does `work` while the boards are watched: once `ended` says why one has ended, `interrupt` is set, and the reason comes
/// back beside what `work` gave.
pub(super) fn while_watched<T>(
    ended: impl Fn() -> Option<String> + Send,
    interrupt: &AtomicBool,
    work: impl FnOnce() -> T,
) -> (T, Option<String>) {
    let (done, is_done) = channel::<()>();
    std::thread::scope(|scope| {
        let watcher = scope.spawn(move || {
            while is_done.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                if let Some(why) = ended() {
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

/// What a board said last before it ended, and where it says all.
pub(super) fn words(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let is_error = |line: &&str| line.starts_with("error");
    // What is indented belongs to the line above it.
    let begins = |line: &&str| line.starts_with(|first: char| !first.is_whitespace());
    let said = text.lines().find(is_error);
    let said = said.or_else(|| text.lines().rfind(begins));
    let said = crate::service::words::printable(said.unwrap_or("it says nothing"), 240);
    format!("{said} (its log: {})", log.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn until(interrupt: &AtomicBool) {
        let begun = Instant::now();
        while !interrupt.load(Ordering::Relaxed) && begun.elapsed() < Duration::from_mins(1) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_board_that_ends_interrupts_the_bench() {
        let interrupt = AtomicBool::new(false);
        let ended = || Some("exit status: 7".to_owned());
        let ((), why) = while_watched(ended, &interrupt, || until(&interrupt));
        assert_eq!(why.unwrap(), "exit status: 7");
    }

    #[test]
    fn boards_that_run_are_left_alone() {
        let interrupt = AtomicBool::new(false);
        let (result, why) = while_watched(|| None, &interrupt, || 5);
        assert_eq!((result, why), (5, None));
        assert!(!interrupt.load(Ordering::Relaxed));
    }

    #[test]
    fn last_words_are_the_error_or_else_the_last_line() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        for (text, said) in [
            ("starting\nerror: no such key\nend\n", "error: no such key"),
            (
                "warning\nqemu: no such file\n  next: look\n\n",
                "qemu: no such file",
            ),
            ("", "it says nothing"),
        ] {
            fs::write(&log, text).unwrap();
            let words = words(&log);
            assert!(words.starts_with(&format!("{said} (its log: /")), "{words}");
        }
        assert!(words(Path::new("/nonexistent")).starts_with("it says nothing"));
    }
}
