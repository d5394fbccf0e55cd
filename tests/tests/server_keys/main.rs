//! Keys that the service makes, from a file of names, a MAC sequence or boards to private keys in files, with the real programs.
//! OpenSSL judges every certificate and key.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod damaged;
mod place;
mod refused;
mod whole;
