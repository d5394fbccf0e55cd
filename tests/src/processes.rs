//! What runs on this machine, and waiting for something to become true.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::programs::LONGEST;

/// The processes of `program` whose command line names this folder.
pub fn naming(program: &str, folder: &Path) -> Vec<u32> {
    let folder = folder.as_os_str().as_bytes();
    let all = std::fs::read_dir("/proc").expect("/proc");
    let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| {
        // One that ends meanwhile has no command line any more.
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let called = line.split(|byte| *byte == 0).next().unwrap_or_default();
        let is_it = called.ends_with(format!("/{program}").as_bytes());
        is_it && line.windows(folder.len()).any(|part| part == folder)
    })
    .collect()
}

/// The processes whose working folder is this one, or in it.
pub fn within_folder(folder: &Path) -> Vec<u32> {
    let folder = folder.canonicalize().expect("the folder is there");
    let all = std::fs::read_dir("/proc").expect("/proc");
    let pids = all.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter(|pid: &u32| {
        // One that ends meanwhile is nowhere any more.
        let place = std::fs::read_link(format!("/proc/{pid}/cwd"));
        place.is_ok_and(|place| place.starts_with(&folder))
    })
    .collect()
}

/// Waits until it is so; stops the test where that takes too long.
#[track_caller]
pub fn until(what: &str, is_so: impl FnMut() -> bool) {
    assert!(within(LONGEST, is_so), "in vain: waiting until {what}");
}

/// Waits until it is so, but not for longer than this. Whether it is so.
pub fn within(time: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let end = Instant::now() + time;
    loop {
        if is_so() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}
