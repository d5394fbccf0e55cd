//! Speaking to one board: over a serial port or through the network door, always in the same frames.
//!
//! Knows what is asked of a board and what it answers; what the answers are worth is for [`crate::verify`] to say. A link
//! error costs one board and never the others.

mod board_log;
mod conversation;
pub mod network;
mod pace;
pub mod serial;
pub mod usb;

pub use board_log::BoardLog;
pub use conversation::{Answer, Conversation, CsrAnswer, LinkError, Patience, Stream};
