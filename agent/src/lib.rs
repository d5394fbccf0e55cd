//! The board's side of Nameplate: its key, its certificate request, its proofs.
//!
//! A board crate implements four small traits ([`Randomness`], [`KeyStore`] and [`CertificateStore`] on one type,
//! [`Identity`]), feeds the bytes of its link to a [`nameplate_wire::Reader`], and gives every frame to [`Agent::handle`]: a frame goes in, a frame comes out. The same
//! call serves real boards and simulated ones. The private key never leaves the board.
//!
//! ```
//! use nameplate_agent::{Agent, CertificateStore, Identity, KeyStore, Link, Name, Randomness, RandomnessFault, StoreFault};
//! use nameplate_wire::{Event, Mac, Reader};
//!
//! struct Generator; // the chip's true random number generator
//! impl Randomness for Generator {
//!     fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
//!         # let _ = samples;
//!         // read the generator's register once a byte; report its fault flag
//!         # Err(RandomnessFault)
//!     }
//! }
//!
//! struct Flash; // a page of flash, or a secure element
//! impl KeyStore for Flash {
//!     fn load(&mut self, key: &mut [u8; 32]) -> Result<bool, StoreFault> {
//!         # let _ = key; Ok(false) }
//!     fn store(&mut self, key: &[u8; 32]) -> Result<(), StoreFault> {
//!         # let _ = key; Err(StoreFault) }
//!     fn erase(&mut self) -> Result<(), StoreFault> {
//!         # Ok(()) }
//! }
//!
//! impl CertificateStore for Flash {} // a board that keeps no certificates; see there for one that does
//!
//! struct Who; // what the factory wrote into the board
//! impl Identity for Who {
//!     fn mac(&mut self) -> Option<Mac> { Some(Mac([0x02, 0, 0, 0x12, 0x34, 0x5a])) }
//!     fn name(&mut self) -> Option<Name> { Name::try_from("sensor-0001").ok() }
//!     fn firmware(&self) -> &str { "sensor-fw 2.4.1" }
//! }
//!
//! let mut agent = Agent::new(Generator, Flash, Who);
//! let mut reader = Reader::new();
//! # let uart_read = || b'x'; let uart_write = |_: &[u8]| (); for _ in 0..3 {
//! // for every byte that the UART receives:
//! match reader.push(uart_read()) {
//!     Some(Event::Frame(frame)) => uart_write(agent.handle(frame, Link::Cable)),
//!     Some(Event::Refused(error)) => uart_write(agent.refuse(error)),
//!     Some(Event::Outside(_)) | None => {}
//! }
//! # }
//! ```
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
mod chain;
mod der;
#[cfg(feature = "double")]
pub mod double;
mod entropy;
mod hash;
pub mod health;
mod install;
mod key;

pub use agent::{Agent, Link};
pub use board::{
    CertificateStore, Chain, ChainPlace, Identity, KeyStore, LONGEST_CHAIN, Name, Randomness,
    RandomnessFault, StoreFault,
};
pub use entropy::Entropy;
pub use key::{PRIVATE_KEY_BYTES, PrivateKey};

/// The version of the agent, as boards report it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
const _: () = assert!(VERSION.len() <= nameplate_wire::limits::FIRMWARE);
