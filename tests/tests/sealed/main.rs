//! What comes back with keys that the service made, judged by files that OpenSSL, GnuPG and RNP make while the test runs.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod command;
mod encryption_keys;
mod faults;
mod golden;
mod openpgp;
mod openssl;
mod private_keys;
mod ring;
mod workshop;
