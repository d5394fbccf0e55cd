//! Real firmware on emulated boards, against the real host tool.
//!
//! They need the images of `boards/mcu/build` and the emulators; `tests/emulated` brings both and runs them.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batch;
mod boards;
mod budgets;
#[path = "../../../agent/tests/common/ca.rs"]
mod ca;
mod delivery;
mod demo;
mod gdb;
mod generators;
mod idle;
mod image;
mod overflow;
mod power;
