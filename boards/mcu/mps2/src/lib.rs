//! What the boards on Arm's Versatile Express MPS2 share. Their FPGA images differ in the core and in where things stand;
//! UART, timers and Ethernet are the same.
//!
//! An MPS2 has neither a generator of random numbers nor flash that outlives the power. The feature `semihosting` borrows
//! both from the host of an emulator, for tests, and the boards refuse to be built with it in a release. The host makes `flash.bin`, 8 KB of 0xFF with the
//! provisioning page at 4096, in the folder where the emulator then runs:
//!
//! ```text
//! qemu-system-arm -M mps2-an386 -display none -monitor none -serial pty -semihosting-config enable=on,target=native
//!     -nic user,model=lan9118,mac=<that of the page> -kernel an386
//! ```
//!
//! Where the page names no bench, `-nic none`.
#![no_std]

#[cfg(not(feature = "semihosting"))]
compile_error!(
    "an MPS2 has no generator of random numbers and no lasting flash, so it can't keep a key: the feature \
     `semihosting` borrows both from the host of an emulator, for tests"
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
