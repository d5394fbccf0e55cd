//! What a Nameplate host and its boards say to each other: messages, frames, versions and limits.
//!
//! The same bytes travel over a UART, USB CDC, a pty or a TLS stream. `PROTOCOL.md` beside this crate is the
//! description for people who implement it in another language; the golden bytes under `tests/golden` hold it.
//!
//! This crate must know nothing of cryptography and do no I/O. It allocates nothing.
#![no_std]
#![deny(
    missing_docs,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

#[cfg(test)]
extern crate std;

pub mod address;
pub mod answer;
pub mod ascii;
mod base64;
mod bytes;
mod error_number;
pub mod frame;
mod items;
pub mod limits;
mod mac;
pub mod message;
pub mod proof;
mod reader;
pub mod reply;
pub mod request;
mod text;
mod value;
pub mod version;
pub mod words;
mod writer;

pub use bytes::{Bytes, Fixed, NotBase64};
pub use error_number::ErrorNumber;
pub use mac::{Mac, MacSyntax};
pub use message::{Kind, MessageError};
pub use reader::{Event, Reader};
pub use reply::Reply;
pub use request::Request;
pub use text::{Text, TextTooLong};
