//! The board's side of Nameplate: its key, its certificate request, its proofs.
//!
//! A board crate implements three small traits ([`Randomness`], [`KeyStore`], [`Identity`]), feeds the bytes of its link
//! to a [`nameplate_wire::Reader`], and gives every frame to [`Agent::handle`]: a frame goes in, a frame comes out. The same
//! call serves real boards and simulated ones. The private key never leaves the board.
//!
//! This crate must know nothing of links, of what a board is made of, or of time.
#![no_std]
#![deny(
    missing_docs,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

#[cfg(test)]
extern crate std;

mod agent;
mod board;
mod certificate_request;
#[cfg(feature = "double")]
pub mod double;
mod entropy;
pub mod health;
mod key;

pub use agent::{Agent, Link};
pub use board::{Identity, KeyStore, Name, Randomness, RandomnessFault, StoreFault};
pub use entropy::Entropy;
pub use key::{PRIVATE_KEY_BYTES, PrivateKey};

/// The version of the agent, as boards report it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
