//! What a running `nameplate` holds while hostile ones are at it: its greatest number of threads, and its greatest memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::bench::Bench;
use crate::collecting::peak_kib;
use crate::processes;

/// A watcher of the one `nameplate` that runs for a bench.
pub struct Host {
    pid: u32,
    ended: Arc<AtomicBool>,
    watching: JoinHandle<usize>,
}

/// What it held at most.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Threads.
    pub threads: usize,
    /// Resident memory (`VmHWM`), in KiB.
    pub peak_kib: u64,
}

impl Host {
    /// Watches the `nameplate` that runs for this bench.
    pub fn watch(bench: &Bench) -> Self {
        let running = processes::naming("nameplate", &bench.batch());
        let [pid] = running[..] else {
            panic!("not one nameplate runs: {running:?}");
        };
        let ended = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ended);
        let watching = std::thread::spawn(move || {
            let mut most = 0;
            while !flag.load(Ordering::Relaxed) {
                most = most.max(threads(pid));
                std::thread::sleep(Duration::from_millis(5));
            }
            most.max(threads(pid))
        });
        Self {
            pid,
            ended,
            watching,
        }
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Threads that it has now.
    pub fn threads(&self) -> usize {
        threads(self.pid)
    }

    /// The end of watching, while it still runs.
    pub fn held(self) -> Held {
        self.ended.store(true, Ordering::Relaxed);
        let peak_kib = peak_kib(self.pid);
        assert!(peak_kib > 0, "it has ended");
        Held {
            threads: self.watching.join().expect("its threads"),
            peak_kib,
        }
    }
}

fn threads(pid: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("Threads:"));
    line.map_or(0, |number| number.trim().parse().expect("a number"))
}
