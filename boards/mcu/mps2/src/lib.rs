//! What the boards on Arm's Versatile Express MPS2 share. Their FPGA images differ in the core and in where things stand;
//! UART, timers and Ethernet are the same.
//!
//! An MPS2 has neither a generator of random numbers nor flash that outlives the power. The feature `semihosting` borrows
//! both from the host of an emulator, for tests; a release build refuses it.
#![no_std]

#[cfg(not(feature = "semihosting"))]
compile_error!(
    "an MPS2 has no generator of random numbers and no lasting flash, so it can't keep a key: the feature \
     `semihosting` borrows both from the host of an emulator, for tests"
);

#[cfg(all(target_os = "none", feature = "semihosting", not(debug_assertions)))]
compile_error!(
    "`semihosting` makes keys from what the host of an emulator gives: it is refused where debug assertions are off"
);

mod board;
mod cable;
mod clock;
mod flash;
mod halt;
mod host_file;
mod lan9118;
mod network;
mod randomness;
mod registers;
mod uart;

pub use board::{Machine, run};
