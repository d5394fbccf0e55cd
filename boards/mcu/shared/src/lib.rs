//! What bare-metal boards share, so that a board's own crate is no more than set-up, registers and memory layout.
//!
//! - [`Board`]: the whole of a board, made from its [`Parts`]; on a cable, [`Board::serve`] is all that is left to do.
//! - [`Page`]: what the factory wrote into the board: MAC, name, where the bench is and how to know it.
//! - [`Nameplate`]: the agent's [`nameplate_agent::Identity`] from that page.
//! - [`FlashStore`]: the agent's [`nameplate_agent::KeyStore`] and [`nameplate_agent::CertificateStore`] in blocks of any NOR flash.
//! - [`Exchange`]: bytes from a link in, answers out, for links that [`Board::serve`] does not serve.
//! - `network`, a feature: the same over Ethernet, DHCP, TCP and TLS, for boards that dial their bench.
//!
//! A new board starts from `boards/mcu/template`. This crate must know nothing of any one chip.
#![no_std]
#![deny(
    missing_docs,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

#[cfg(test)]
extern crate std;

mod board;
mod exchange;
mod identity;
#[cfg(feature = "network")]
pub mod network;
mod page;
mod stopwatch;
mod store;
#[cfg(feature = "test-faults")]
mod test_faults;
mod tested;

pub use board::{Board, BoardExchange, Parts};
pub use exchange::Exchange;
pub use identity::{Nameplate, Signal};
#[cfg(feature = "network")]
pub use page::Bench;
pub use page::{Page, PageFault};
pub use store::FlashStore;
pub use tested::Tested;

#[cfg(feature = "test-faults")]
pub use page::Test;
#[cfg(feature = "test-faults")]
pub use test_faults::Counter;
