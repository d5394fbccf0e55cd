//! By how much hostile ones slow the others down.
//!
//! `cargo bench -p nameplate-tests --bench hostile` prints a table; `-- --rounds N` changes how often each kind is compared.
//! In each round the same boards are collected over TLS without anybody else, then beside each kind, then without anybody
//! again; a kind is compared with the two runs around it. It fails where a board is lost; speed never fails it, since machines
//! differ and are busy.
//!
//! The hostile ones are in this process, as the boards are, so they do as little as they can while boards are collected:
//! what they cost is what they cost the host. Only the flooded ports are written to all the time, as fast as they are read.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss
)]

mod kinds;
mod runs;

use std::process::ExitCode;

use kinds::KINDS;
use runs::{BOARDS, Run};

/// How often each kind is compared.
const ROUNDS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let rounds = arguments.iter().position(|word| word == "--rounds");
    let rounds = rounds.map_or(ROUNDS, |at| {
        arguments[at + 1].parse().expect("--rounds takes a number")
    });
    nameplate::bench::raise_open_files();
    match std::panic::catch_unwind(|| measure(rounds.max(1))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// What one kind came to, compared with nobody there.
#[derive(Default)]
struct Compared {
    speed: Vec<f64>,
    cpu: Vec<f64>,
    peak_kib: u64,
    threads: usize,
}

fn measure(rounds: usize) {
    println!("{BOARDS} boards at once over TLS, {rounds} rounds");
    let mut all: Vec<_> = KINDS.iter().map(|_| Compared::default()).collect();
    let mut before = runs::alone();
    for round in 1..=rounds {
        for (kind, compared) in KINDS.iter().zip(&mut all) {
            let beside = runs::beside(kind);
            let after = runs::alone();
            let mean = |of: fn(&Run) -> f64| f64::midpoint(of(&before), of(&after));
            compared.speed.push(beside.rate / mean(|run| run.rate));
            compared.cpu.push(beside.cpu / mean(|run| run.cpu));
            compared.peak_kib = compared.peak_kib.max(beside.held.peak_kib);
            compared.threads = compared.threads.max(beside.held.threads);
            println!(
                "  {round}: {}: {:.0} boards/s, alone {:.0} and {:.0}; host's processor time a board {:.0} µs, alone {:.0} µs",
                kind.name,
                beside.rate,
                before.rate,
                after.rate,
                beside.cpu / f64::from(BOARDS) * 1e6,
                mean(|run| run.cpu) / f64::from(BOARDS) * 1e6,
            );
            before = after;
        }
    }
    println!(
        "\n{:<52} {:>22} {:>26} {:>10} {:>8}",
        "medians (least to most)",
        "speed of the others",
        "processor time a board",
        "memory",
        "threads"
    );
    for (kind, compared) in KINDS.iter().zip(all) {
        println!(
            "{:<52} {:>22} {:>26} {:>6.1} MiB {:>8}",
            kind.name,
            percent(compared.speed),
            percent(compared.cpu),
            compared.peak_kib as f64 / 1024.0,
            compared.threads,
        );
    }
    let none = before.held;
    println!(
        "{:<52} {:>22} {:>26} {:>6.1} MiB {:>8}",
        "nobody",
        "",
        "",
        none.peak_kib as f64 / 1024.0,
        none.threads
    );
}

/// By how many per cent it is more or less.
fn percent(mut ratios: Vec<f64>) -> String {
    ratios.sort_by(f64::total_cmp);
    let middle = ratios.len() / 2;
    let median = if ratios.len() % 2 == 1 {
        ratios[middle]
    } else {
        f64::midpoint(ratios[middle - 1], ratios[middle])
    };
    let shown = |ratio: f64| (ratio - 1.0) * 100.0;
    format!(
        "{:+.1} % ({:+.0} to {:+.0})",
        shown(median),
        shown(ratios[0]),
        shown(ratios[ratios.len() - 1])
    )
}
