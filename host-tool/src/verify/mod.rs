//! Whether what a board sent may go into the batch: who it says it is, its certificate request, its proof.
//!
//! An implementation of its own: the board's code that writes requests is not used. Everything here is hostile until it has
//! passed. Knows no link, no store and no service.

mod extensions;
mod identity;
mod proof;
mod refusal;
mod request;
mod undelivered;

pub(crate) use extensions::hardware_module;
pub use identity::check_identity;
pub(crate) use identity::is_invisible;
pub use proof::{check_possession, check_proof};
pub use refusal::Refusal;
pub use request::{VerifiedRequest, check_request, key_of_request};
pub use undelivered::Undelivered;

#[cfg(test)]
mod tests;
