//! The network door, with real boards: tokens that end, are for so many boards or are withdrawn; the bench's key changed under
//! boards that knew the next one; certificates that a factory gave.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod factory;
mod keys;
mod tokens;

use std::path::{Path, PathBuf};
use std::process::Command;

use nameplate_tests::bench::Bench;
use nameplate_tests::board::{Board, mac, name, state};
use nameplate_tests::programs::run;
use nameplate_tests::watched::Watched;
use serde_json::Value;

/// The door's settings, with what lets boards in.
fn configure(bench: &Bench, by: &str) {
    bench.configure_all(&format!("{by}\n{}", nameplate_tests::bench::COLUMNS));
}

/// `nameplate collect` on the network alone.
fn collect(bench: &Bench) -> Command {
    let mut command = bench.nameplate("collect");
    command.args(["--listen", &bench.door.to_string()]);
    command
}

/// The same into another batch of this bench and station.
fn collect_into(bench: &Bench, folder: &str) -> Command {
    let mut command = nameplate_tests::programs::nameplate(bench.home());
    command.args(["collect", "--listen", &bench.door.to_string()]);
    command
        .arg("--config")
        .arg(bench.batch().join("bench.toml"));
    command.arg("--batch").arg(bench.home().join(folder));
    command
}

/// `nameplate keys …`, and its JSON lines.
fn keys(bench: &Bench, arguments: &[&str]) -> Vec<Value> {
    run(bench.nameplate("keys").arg("--json").args(arguments))
        .expect(0)
        .json()
}

/// Makes a token with these limits: what it is called, and its file.
fn token(bench: &Bench, limits: &[&str]) -> (String, PathBuf) {
    let told = keys(bench, &[&["token"], limits].concat());
    let text = |key: &str| told[0][key].as_str().unwrap().to_owned();
    (text("id"), text("file").into())
}

/// Board number N, which pins these keys and shows this token.
fn board(bench: &Bench, number: u16, pins: [Option<&Path>; 2], token: Option<&Path>) -> Board {
    let mut arguments = vec!["--connect".to_owned(), bench.door.to_string()];
    let options = [
        ("--host-key", pins[0]),
        ("--next-host-key", pins[1]),
        ("--join-token-file", token),
    ];
    for (option, file) in options {
        if let Some(file) = file {
            arguments.extend([option.to_owned(), file.display().to_string()]);
        }
    }
    Board::start(
        &state(bench, number),
        &mac(number),
        &name(number),
        &arguments,
    )
}

/// Waits until a board is refused with these words.
#[track_caller]
fn wait_refused(collecting: &mut Watched, board: Option<u16>, words: &str) {
    collecting.wait(words, |events| {
        events.iter().any(|event| {
            event["event"] == "refused"
                && event["error"].as_str().unwrap().contains(words)
                && board.is_none_or(|number| event["name"] == *name(number))
        })
    });
}

fn names(numbers: &[u16]) -> Vec<String> {
    numbers.iter().copied().map(name).collect()
}
