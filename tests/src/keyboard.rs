//! Somebody who types: reads what a program asks on its terminal, and answers by keyboard.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::programs::LONGEST;
use crate::screen::Terminal;

/// The width of the terminal: no question wraps.
const COLUMNS: u16 = 200;

/// A program on a terminal, and whoever sits there. Ended when dropped.
pub struct Typist {
    child: Child,
    keyboard: File,
    shown: Receiver<Vec<u8>>,
    screen: String,
    /// What was answered already is not read again.
    read: usize,
}

impl Typist {
    /// Starts the program with all of its streams on a terminal.
    pub fn at(command: &mut Command) -> Self {
        let (terminal, other) = Terminal::new(COLUMNS);
        let end = || Stdio::from(other.try_clone().expect("the terminal's end"));
        command.stdin(end()).stdout(end()).stderr(end());
        command.env("TERM", "xterm");
        let child = command.spawn().expect("the program starts");
        // Otherwise the command would keep the terminal open when the program is gone.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        drop(other);
        let keyboard = terminal.into_file();
        let mut output = keyboard.try_clone().expect("the terminal");
        let (send, shown) = channel();
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut chunk) {
                if send.send(chunk[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            keyboard,
            shown,
            screen: String::new(),
            read: 0,
        }
    }

    /// Waits for a question, and types.
    #[track_caller]
    pub fn answer(&mut self, question: &str, keys: &str) {
        let end = Instant::now() + LONGEST;
        loop {
            if let Some(at) = self.screen[self.read..].find(question) {
                self.read += at + question.len();
                break;
            }
            match self
                .shown
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(bytes) => self.screen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Timeout) => panic!("never {question:?}: {}", self.screen),
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("it ended before {question:?}: {}", self.screen)
                }
            }
        }
        self.keyboard.write_all(keys.as_bytes()).expect("typed");
    }

    /// The same, pressing these keys again and again until then: a key that comes between two questions is nobody's.
    #[track_caller]
    pub fn end_with(mut self, keys: &str) -> (Option<i32>, String) {
        let end = Instant::now() + LONGEST;
        while Instant::now() < end {
            let _ = self.keyboard.write_all(keys.as_bytes());
            match self.shown.recv_timeout(Duration::from_millis(50)) {
                Ok(bytes) => self.screen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        self.end()
    }

    /// Waits for the program's end: its exit code, and all that was shown.
    #[track_caller]
    pub fn end(mut self) -> (Option<i32>, String) {
        let end = Instant::now() + LONGEST;
        loop {
            match self
                .shown
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(bytes) => self.screen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("it does not end: {}", self.screen),
            }
        }
        let status = self.child.wait().expect("its end");
        (status.code(), std::mem::take(&mut self.screen))
    }
}

impl Drop for Typist {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
