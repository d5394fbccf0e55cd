//! The handover file: what the next department needs to know of each board that is done, signed with the bench's key.
//!
//! It is a ZIP of two files, so that neither is lost: a CSV that any spreadsheet opens, and its detached signature, which
//! `openssl cms -verify` checks as well as `nameplate check`. `table` is the CSV, `signature` the CMS (RFC 5652), `file` the
//! ZIP, `check` reads one that somebody sends.

mod check;
mod file;
mod signature;
mod table;

pub use check::{Checked, HandoverFault, check, is_handover};
pub use file::{HandoverError, write};
pub use signature::{Signer, SignerError, key_sha256, spki_of};

/// The CSV within the ZIP.
pub const TABLE: &str = "handover.csv";
/// Its signature.
pub const SIGNATURE: &str = "handover.csv.p7s";
