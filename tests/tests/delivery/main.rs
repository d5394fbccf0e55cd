//! Certificates on their way back: boards that come in any order on any port, hosts and boards that are killed, and boards
//! that are not given one, each for its own reason.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod identify;
mod killed;
mod liars;
mod moved;
mod policy;
mod refused;
mod whole;

use std::path::Path;
use std::process::Command;

use nameplate_tests::bench::Bench;
use nameplate_tests::board::name;

/// `nameplate deliver` on these ports and the network.
fn deliver(bench: &Bench, ports: &[&Path]) -> Command {
    let mut command = bench.nameplate("deliver");
    for port in ports {
        command.arg("--serial").arg(port);
    }
    command.args(["--listen", &bench.door.to_string()]);
    command
}

fn names(numbers: impl IntoIterator<Item = u16>) -> Vec<String> {
    numbers.into_iter().map(name).collect()
}

/// The names of the boards that `nameplate list` shows in a state.
fn in_state(bench: &Bench, state: &str) -> Vec<String> {
    let mut found: Vec<_> = bench
        .list()
        .iter()
        .filter(|board| board["state"] == state)
        .map(|board| board["name"].as_str().unwrap().to_owned())
        .collect();
    found.sort_unstable();
    found
}
