//! A running `nameplate collect --json`: when it said what, and what it took of the machine.
//!
//! Its lines are kept as they come and read afterwards, so that watching it costs it next to nothing.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bench::Bench;
use crate::programs::LONGEST;

/// Ticks of `utime` and `stime` in `/proc/PID/stat` per second: the same on every Linux that these programs run on.
const TICKS: f64 = 100.0;

/// How many lines pass between two looks at its memory.
const LOOK: usize = 200;

/// The running command; ended when dropped.
pub struct Collecting {
    child: Child,
    begun: Instant,
    ready: Receiver<()>,
    cpu_before: Cell<f64>,
    reading: Option<JoinHandle<Read>>,
    log: std::path::PathBuf,
}

struct Read {
    lines: Vec<(Instant, String)>,
    peak_kib: u64,
}

/// What it said and took.
#[derive(Debug)]
pub struct Collected {
    /// Exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// When it was started.
    pub begun: Instant,
    /// Its JSON lines, and when each came.
    pub events: Vec<(Instant, Value)>,
    /// Its greatest resident memory (`VmHWM`), in KiB.
    pub peak_kib: u64,
    /// Its time on processors, in seconds, in user code and in the system for it; in steps of 10 ms. Where its door was
    /// waited for, from then on.
    pub cpu: f64,
    /// Its standard error.
    pub log: String,
}

impl Collecting {
    /// Starts a `nameplate collect` for this bench; more arguments may be on `command` already.
    pub fn start(bench: &Bench, command: &mut Command) -> Self {
        let log = bench.home().join("collect.log");
        let stderr = fs::File::create(&log).expect("a log");
        command.arg("--json").stdout(Stdio::piped()).stderr(stderr);
        let begun = Instant::now();
        let mut child = command.spawn().expect("nameplate starts");
        let stdout = child.stdout.take().expect("its output");
        let pid = child.id();
        let (say_ready, ready) = channel();
        let reading = std::thread::spawn(move || {
            let mut read = Read {
                lines: Vec::new(),
                peak_kib: 0,
            };
            for line in BufReader::new(stdout).lines() {
                let line = line.expect("its lines are text");
                let now = Instant::now();
                if line.contains("\"listening\"") {
                    let _ = say_ready.send(());
                }
                if read.lines.len().is_multiple_of(LOOK) || line.contains("\"collect-ended\"") {
                    read.peak_kib = read.peak_kib.max(peak_kib(pid));
                }
                read.lines.push((now, line));
            }
            read
        });
        Self {
            child,
            begun,
            ready,
            cpu_before: Cell::new(0.0),
            reading: Some(reading),
            log,
        }
    }

    /// Waits until its network door is open.
    pub fn wait_for_the_door(&self) {
        if self.ready.recv_timeout(Duration::from_mins(1)).is_err() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            panic!("the door did not open:\n{log}");
        }
        self.cpu_before.set(cpu(self.child.id()));
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Collected {
        let pid = rustix::process::Pid::from_child(&self.child);
        let late = Instant::now() + LONGEST;
        let reading = self.reading.take().expect("it is waited for once");
        while !reading.is_finished() {
            if Instant::now() > late {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let read = reading.join().expect("its lines");
        // Its output has ended, but nobody has asked for its exit code yet: what it took can still be read.
        let cpu = cpu(self.child.id()) - self.cpu_before.get();
        let code = self.child.wait().expect("its exit code").code();
        let events = read.lines.iter().map(|(at, line)| {
            let event = serde_json::from_str(line).expect("a JSON line");
            (*at, event)
        });
        Collected {
            code,
            begun: self.begun,
            events: events.collect(),
            peak_kib: read.peak_kib,
            cpu,
            log: fs::read_to_string(&self.log).unwrap_or_default(),
        }
    }
}

impl Drop for Collecting {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Collected {
    /// The events of one kind, and when each came.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (Instant, &'a Value)> {
        let kinds = self
            .events
            .iter()
            .filter(move |(_, event)| event["event"] == kind);
        kinds.map(|(at, event)| (*at, event))
    }
}

/// The greatest resident memory of a running process so far, in KiB; 0 where it has ended.
pub fn peak_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.map_or(0, |number| number.parse().expect("a number"))
}

/// The time on processors of a process that is not yet waited for, in seconds.
pub fn cpu(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process is there");
    // The program's name may hold anything; fields are counted after it. utime and stime are the 14th and 15th.
    let (_, fields) = stat.rsplit_once(')').expect("its name");
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks = ticks.map(|field| field.parse::<u32>().expect("a number"));
    f64::from(ticks.sum::<u32>()) / TICKS
}
