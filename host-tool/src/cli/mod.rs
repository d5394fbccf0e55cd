//! The command line: arguments, what is printed, exit codes. The library below reports; only this draws.

pub mod args;
pub mod colour;
pub mod events;
pub mod exit;
pub mod held;
pub mod lines;
pub mod log;
pub mod look;
pub mod output;
pub mod progress;
pub mod show;
mod start;
pub mod table;

pub use start::main;
