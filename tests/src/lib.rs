//! What end-to-end tests and benchmarks share: the real programs, a batch's folder, a service, boards.
//!
//! Everything here stops a test that can't go on with a panic that says why: a missing program or a missing judge is a
//! failure, never a test that is skipped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc
)]

pub mod bench;
pub mod board;
pub mod browser;
pub mod collecting;
pub mod fake_board;
pub mod full_screen;
pub mod hostile;
pub mod issued;
pub mod judged;
pub mod keyboard;
pub mod load;
pub mod preload;
pub mod processes;
pub mod programs;
pub mod random;
pub mod ready;
pub mod screen;
pub mod service;
pub mod staged;
pub mod watched;
pub mod web;
