//! `tests/scripts/durable.c`, built, and commands that run with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use nameplate_tests::preload;
use nameplate_tests::programs::{Ran, run};

/// How a call fails; the head of `durable.c` says what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    Enospc,
    Eio,
    Half,
    Full,
    Broken,
    Kill,
}

impl Fault {
    pub const ALL: [Self; 6] = [
        Self::Enospc,
        Self::Eio,
        Self::Half,
        Self::Full,
        Self::Broken,
        Self::Kill,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Enospc => "enospc",
            Self::Eio => "eio",
            Self::Half => "half",
            Self::Full => "full",
            Self::Broken => "broken",
            Self::Kill => "kill",
        }
    }
}

/// The library, built once.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| preload::build("durable"))
}

/// Runs a command and counts its calls below `home`; gives each as `CALL PATH`. With a fault, that call fails.
pub fn watched(
    command: &mut Command,
    home: &Path,
    fault: Option<(u64, Fault)>,
) -> (Ran, Vec<String>) {
    let home = home.canonicalize().unwrap();
    let log = home.join("calls");
    let under = ["batch", "data", "out"].map(|name| home.join(name).display().to_string());
    command
        .env("LD_PRELOAD", library())
        .env("DURABLE_UNDER", under.join(":"))
        .env("DURABLE_LOG", &log);
    if let Some((at, fault)) = fault {
        command.env("DURABLE_AT", at.to_string());
        command.env("DURABLE_FAULT", fault.word());
    }
    let ran = run(command);
    let text = fs::read_to_string(&log).unwrap_or_default();
    let _ = fs::remove_file(&log);
    let mut calls: Vec<_> = text
        .lines()
        .map(|line| {
            let (number, call) = line.split_once(' ').unwrap();
            (number.parse::<u64>().unwrap(), call.to_owned())
        })
        .collect();
    // Threads may log in another order than they were counted in.
    calls.sort();
    (ran, calls.into_iter().map(|(_, call)| call).collect())
}
