//! How fast a bench of boards is collected, what it takes of the host, and how far that is from what the machine allows.
//!
//! `cargo bench -p nameplate-tests --bench collect` prints a table; `-- --pairs N` changes how often product and reference
//! are compared. It fails where a board is lost or where a board takes too many bytes over serial; speed never fails it,
//! since machines differ and are busy.
//!
//! The yardstick is the *reference*: a host in a process of its own that shakes hands, exchanges the same messages and
//! verifies the same two signatures a board, and does nothing else: no checks, no store. The same boards, in this process,
//! on the same processors, dial product and reference in turn.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::cast_precision_loss
)]

mod machine;
mod reference;
mod report;
mod runs;

use std::process::ExitCode;

use machine::Machine;
use report::{line, section};

/// Boards at once over TLS.
const NETWORK: u16 = 500;
/// Boards at once on ptys.
const SERIAL: u16 = 100;
/// Boards that come one after the other, this many at a time.
const AT_A_TIME: usize = 50;
/// Whether memory grows with the batch shows in these.
const ONE_BY_ONE: [u16; 3] = [500, 2000, 8000];
/// How often product and reference are compared.
const PAIRS: usize = 5;
/// A board may take fewer bytes than this over serial, both ways together.
const MOST_BYTES: u64 = 1500;
/// The share of the reference's speed that we aim for.
const AIM: f64 = 0.70;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let Some(at) = arguments
        .iter()
        .position(|word| word == reference::ARGUMENT)
    {
        reference::serve(&arguments[at + 1..]);
        return ExitCode::SUCCESS;
    }
    let pairs = arguments.iter().position(|word| word == "--pairs");
    let pairs = pairs.map_or(PAIRS, |at| {
        arguments[at + 1].parse().expect("--pairs takes a number")
    });
    nameplate::bench::raise_open_files();
    match std::panic::catch_unwind(|| measure(pairs.max(1))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn measure(pairs: usize) {
    let machine = Machine::measure();
    machine.print();
    network(&machine, pairs);
    serial();
    memory();
}

fn network(machine: &Machine, pairs: usize) {
    section(&format!(
        "{NETWORK} boards at once over TLS, {pairs} times each"
    ));
    let count = f64::from(NETWORK);
    let mut products = Vec::new();
    let mut references = Vec::new();
    let mut shaken = Vec::new();
    for pair in 1..=pairs {
        let product = runs::product(NETWORK, usize::from(NETWORK));
        let reference = runs::reference(NETWORK);
        let handshakes = runs::handshakes(NETWORK);
        println!(
            "  {pair}: product {:5.0}/s, reference {:5.0}/s, ratio {:.2}; handshakes alone {handshakes:5.0}/s; \
             processor time a board {:.0} µs, {:.0} µs",
            product.rate,
            reference.rate,
            product.rate / reference.rate,
            product.cpu / count * 1e6,
            reference.cpu / count * 1e6,
        );
        products.push(product);
        references.push(reference);
        shaken.push(handshakes);
    }
    let shaken = report::Spread::of(shaken.into_iter());
    let ratios = products.iter().zip(&references);
    let ratios =
        report::Spread::of(ratios.map(|(product, reference)| product.rate / reference.rate));
    let product = report::Spread::of(products.iter().map(|run| run.rate));
    let reference = report::Spread::of(references.iter().map(|run| run.rate));
    let peak = products.iter().map(|run| run.peak_kib).max().unwrap_or(0);
    let cpu = report::Spread::of(products.iter().map(|run| run.cpu / count * 1e6));
    let cpu_reference = report::Spread::of(references.iter().map(|run| run.cpu / count * 1e6));
    line("collected", &product.show("boards/s"));
    line("lost", "0");
    line(
        "reference: handshake, messages, 2 verifications",
        &reference.show("boards/s"),
    );
    line(
        "handshakes alone, the same boards",
        &shaken.show("handshakes/s"),
    );
    line("product / reference", &ratios.show_ratio());
    let verdict = if ratios.median >= AIM {
        "reached"
    } else {
        "MISSED"
    };
    line("the aim", &format!("at least {AIM:.2}: {verdict}"));
    line("processor time of the host", &cpu.show("µs a board"));
    line(
        "processor time of the reference",
        &cpu_reference.show("µs a board"),
    );
    line("peak memory of the host", &report::mib(peak));
    machine.print_model(product.median, shaken.median);
}

fn serial() {
    section(&format!("{SERIAL} boards on ptys, with the demo's columns"));
    let run = runs::serial(SERIAL);
    line(
        "collected, from the command's start",
        &format!("{:.0} boards/s", run.rate),
    );
    line("lost", "0");
    line(
        "bytes on the wire a board, both ways",
        &format!("{} on average, {} at most", run.mean, run.most),
    );
    line("peak memory of the host", &report::mib(run.peak_kib));
    assert!(
        run.most < MOST_BYTES,
        "{} bytes are not under {MOST_BYTES}",
        run.most
    );
}

fn memory() {
    section(&format!(
        "memory of the host, {AT_A_TIME} boards at a time over TLS"
    ));
    for count in ONE_BY_ONE {
        let run = runs::product(count, AT_A_TIME);
        let text = format!("{} ({:.0} boards/s)", report::mib(run.peak_kib), run.rate);
        line(&format!("{count} boards"), &text);
    }
}
