//! A program's run, and a piece of this one's: how long, how much of a processor, how much memory.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use nameplate_tests::programs::{finish, start};

/// What it took.
pub struct Took {
    /// By the clock.
    pub wall: Duration,
    /// On processors, in steps of 10 ms.
    pub processor: Duration,
    /// Greatest resident memory (`VmHWM`); 0 where it was not looked at.
    pub peak_kib: u64,
}

/// A program to its end; it must be content.
pub fn watched(command: &mut Command) -> Took {
    let begun = Instant::now();
    let child = start(command);
    let folder = format!("/proc/{}", child.id());
    let looking = std::thread::spawn(move || {
        let (mut peak, mut time) = (0, Duration::ZERO);
        while let Some(now) = processor(&format!("{folder}/stat")) {
            time = time.max(now);
            let status = fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
            let line = status.lines().find(|line| line.starts_with("VmHWM:"));
            let kib = line.and_then(|line| line.split_whitespace().nth(1));
            peak = peak.max(kib.and_then(|kib| kib.parse().ok()).unwrap_or(0));
            std::thread::sleep(Duration::from_millis(2));
        }
        (peak, time)
    });
    let _ = finish(child).expect(0);
    let wall = begun.elapsed();
    let (peak_kib, processor) = looking.join().unwrap();
    Took {
        wall,
        processor,
        peak_kib,
    }
}

/// A piece of this program.
pub fn within(act: impl FnOnce()) -> Took {
    let now = || processor("/proc/self/stat").unwrap();
    let (begun, before) = (Instant::now(), now());
    act();
    Took {
        wall: begun.elapsed(),
        processor: now().saturating_sub(before),
        peak_kib: 0,
    }
}

/// Time on processors so far, of a process. `None` where it has ended.
fn processor(stat: &str) -> Option<Duration> {
    let text = fs::read_to_string(stat).ok()?;
    // The second field, a name in parentheses, may hold blanks.
    let (_, fields) = text.rsplit_once(") ")?;
    let mut fields = fields.split(' ').skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis(10 * (ticks()? + ticks()?)))
}
