//! What a board or a host can be sent, as fuzzers make it.
//!
//! Each of [`TARGETS`] takes any bytes and asserts what must hold whatever they are: that is its whole work, and a panic is a
//! finding. The programs under `fuzz_targets` give them to libFuzzer, `tests/corpora.rs` replays what was kept. README.md says
//! what each promises and how to run it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a panic is what this crate is for"
)]

pub mod der;
pub mod input;
pub mod line;
pub mod oracle;
pub mod scratch;
pub mod seeds;
pub mod targets;
pub mod tls_host;

/// One thing that is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name: of the program, of the folder of its corpus, of its module.
    pub name: &'static str,
    /// Takes any bytes; panics where something does not hold.
    pub run: fn(&[u8]),
    /// What it begins with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! targets {
    ($($name:ident)*) => {
        /// All of them.
        pub const TARGETS: &[Target] = &[$(Target {
            name: stringify!($name),
            run: targets::$name::run,
            seeds: seeds::$name,
        }),*];
    };
}

targets! {
    frames
    damaged_frames
    requests
    replies
    csr_checks
    csr_writer
    tls_join_board
    tls_join_host
    board_host_messages
    host_conversation
    service_answers
    batch_files
}
