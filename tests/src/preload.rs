//! Small C libraries that stand between a program and the system (LD_PRELOAD), so that a test can have a call fail or a clock jump.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::programs::run;

/// Builds `tests/scripts/NAME.c`; gives the library's path.
pub fn build(name: &str) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = crate::programs::folder().join("preload");
    fs::create_dir_all(&folder).expect("a folder");
    let built = folder.join(format!("{name}.so"));
    // Whoever else builds it puts the same in its place.
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let own = folder.join(format!("{name}-{}-{number}.so", std::process::id()));
    let mut cc = Command::new("cc");
    cc.args([
        "-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o",
    ]);
    cc.arg(&own).arg(tests.join(format!("scripts/{name}.c")));
    let _ = run(cc.arg("-ldl")).expect(0);
    fs::rename(own, &built).expect("in its place");
    built
}
