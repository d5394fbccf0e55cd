//! A program that has a whole terminal: what stands on it, and keys that are pressed.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::screen::Terminal;

/// Nothing on a screen takes longer.
const LONGEST: Duration = Duration::from_mins(1);

/// Lines of every terminal here.
pub const LINES: u16 = 50;

/// A program in a terminal; ended when dropped.
pub struct FullScreen {
    child: Child,
    keys: File,
    screen: Arc<Mutex<vt100::Parser>>,
    reader: Option<std::thread::JoinHandle<()>>,
}

impl FullScreen {
    /// Starts it with a terminal of so many columns as its input, output and error.
    pub fn start(command: &mut Command, columns: u16) -> Self {
        let (terminal, end) = Terminal::new(columns);
        let mut master = terminal.into_file();
        let keys = master.try_clone().expect("the same terminal");
        let size = |number| NonZero::new(number).expect("a size");
        let parser = vt100::Parser::new(size(LINES), size(columns), 1000);
        let screen = Arc::new(Mutex::new(parser));
        let child = command
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .stdin(Stdio::from(end.try_clone().expect("the same end")))
            .stdout(Stdio::from(end.try_clone().expect("the same end")))
            .stderr(Stdio::from(end))
            .spawn()
            .expect("it starts");
        // Otherwise the terminal would never end: a command keeps what it gives.
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let shared = Arc::clone(&screen);
        let reader = std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = master.read(&mut chunk) {
                shared.lock().unwrap().process(&chunk[..count]);
            }
        });
        Self {
            child,
            keys,
            screen,
            reader: Some(reader),
        }
    }

    /// What stands on it now.
    pub fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    /// Whether a program has the whole of it.
    pub fn is_full(&self) -> bool {
        self.screen.lock().unwrap().screen().alternate_screen()
    }

    /// Waits until what stands on it satisfies this, or stops the test.
    #[track_caller]
    pub fn wait(&self, what: &str, satisfied: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + LONGEST;
        loop {
            let text = self.text();
            if satisfied(&text) {
                return text;
            }
            assert!(Instant::now() < end, "never {what}:\n{text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for a line that has all of these words.
    #[track_caller]
    pub fn wait_for_line(&self, words: &[&str]) -> String {
        let has_all = |line: &&str| words.iter().all(|word| line.contains(word));
        let text = self.wait(&format!("a line with {words:?}"), |text| {
            text.lines().any(|line| has_all(&line))
        });
        text.lines().find(has_all).unwrap_or_default().to_owned()
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("pressed");
    }

    /// Waits until it has ended, and gives its exit code and what stands on the terminal then.
    #[track_caller]
    pub fn end(mut self) -> (Option<i32>, String) {
        let end = Instant::now() + LONGEST;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("its end") {
                break status;
            }
            assert!(Instant::now() < end, "it does not end:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        };
        if let Some(reader) = self.reader.take() {
            reader.join().expect("its output");
        }
        (status.code(), self.text())
    }
}

impl Drop for FullScreen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
