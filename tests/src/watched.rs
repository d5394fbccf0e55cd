//! A `nameplate collect` or `deliver` that runs: what it says while it does, and its end by Ctrl-C.
//!
//! So a test waits for what it wants to see and not for a time.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Instant;

use serde_json::Value;

use crate::programs::{LONGEST, Ran};

/// A running command with `--json`; ended when dropped.
pub struct Watched {
    child: Child,
    lines: Receiver<Value>,
    /// Every event so far.
    pub events: Vec<Value>,
    stderr: Option<JoinHandle<String>>,
}

impl Watched {
    /// Starts it. `--json` is added.
    pub fn start(command: &mut Command) -> Self {
        command
            .arg("--json")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("nameplate starts");
        let stdout = child.stdout.take().expect("its output");
        let mut errors = child.stderr.take().expect("its errors");
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let event = serde_json::from_str(&line.expect("text")).expect("a JSON line");
                if send.send(event).is_err() {
                    return;
                }
            }
        });
        let stderr = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = errors.read_to_end(&mut text);
            String::from_utf8_lossy(&text).into_owned()
        });
        Self {
            child,
            lines,
            events: Vec::new(),
            stderr: Some(stderr),
        }
    }

    /// Waits until the events so far satisfy this, or stops the test.
    #[track_caller]
    pub fn wait(&mut self, what: &str, satisfied: impl Fn(&[Value]) -> bool) {
        let end = Instant::now() + LONGEST;
        while !satisfied(&self.events) {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(event) => self.events.push(event),
                Err(RecvTimeoutError::Timeout) => {
                    panic!("never: {what}; events: {:#?}", self.events)
                }
                Err(RecvTimeoutError::Disconnected) => {
                    panic!("it ended before: {what}; events: {:#?}", self.events)
                }
            }
        }
    }

    /// Waits until a board of each of these names was collected.
    #[track_caller]
    pub fn wait_collected(&mut self, names: &[String]) {
        self.wait_told("collected", names);
    }

    /// Waits until this was said of a board of each of these names.
    #[track_caller]
    pub fn wait_told(&mut self, what: &str, names: &[String]) {
        for name in names {
            self.wait(&format!("{name} is {what}"), |events| {
                let mut all = events.iter();
                all.any(|event| event["event"] == what && event["name"] == **name)
            });
        }
    }

    /// The most memory that it has used so far, in KiB.
    pub fn peak_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the process is there");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.expect("VmHWM").trim().trim_end_matches(" kB");
        number.parse().expect("a number")
    }

    /// Ctrl-C, and its end.
    #[must_use]
    pub fn interrupt(self) -> Ran {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
        self.finish()
    }

    /// Its end, which comes by itself.
    #[must_use]
    pub fn finish(mut self) -> Ran {
        let begun = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().expect("its end") {
                break status.code();
            }
            assert!(
                begun.elapsed() < LONGEST,
                "it did not end: {:#?}",
                self.events
            );
            std::thread::sleep(std::time::Duration::from_millis(20));
        };
        self.events.extend(self.lines.iter());
        let stderr = self
            .stderr
            .take()
            .expect("once")
            .join()
            .expect("its errors");
        let lines: Vec<_> = self.events.iter().map(Value::to_string).collect();
        Ran {
            code,
            stdout: lines.join("\n"),
            stderr,
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
