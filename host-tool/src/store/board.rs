//! A board as the store keeps it, and the forms of its values.
//!
//! Knows no SQL, and nothing of how a board was talked to or checked.

use std::fmt;
use std::str::FromStr;

use super::canonical::{Hash, hash, hex, hex_of, sha256};
use super::conflict::Identity;
use super::error::StoreError;
use super::limits::{self, MAX_COLUMNS_BYTES, MAX_CSR_BYTES, MAX_NAME_BYTES};

/// SHA-256 over a key's SubjectPublicKeyInfo in DER (RFC 5280 §4.1.2.7): one key, one value, however it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub [u8; 32]);

impl KeyHash {
    /// The hash of a SubjectPublicKeyInfo in DER.
    pub fn of_spki(der: &[u8]) -> Self {
        Self(sha256(der))
    }
}

impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

/// Where a board of the batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BoardState {
    /// Its request is verified and durable.
    Collected,
    /// It is in a job that the service took.
    Submitted,
    /// The service issued its certificate.
    Issued,
    /// The certificate is on the board.
    Installed,
    /// The board proved that it holds the certificate's key.
    Done,
    /// It ended without a certificate; `error` says why.
    Failed,
}

impl BoardState {
    /// Every state, in the order a board goes through them.
    pub const ALL: [Self; 6] = [
        Self::Collected,
        Self::Submitted,
        Self::Issued,
        Self::Installed,
        Self::Done,
        Self::Failed,
    ];

    /// The word that `nameplate list` shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Collected => "collected",
            Self::Submitted => "submitted",
            Self::Issued => "issued",
            Self::Installed => "installed",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for BoardState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such state")]
pub struct NoSuchState;

impl FromStr for BoardState {
    type Err = NoSuchState;

    fn from_str(word: &str) -> Result<Self, NoSuchState> {
        let mut all = Self::ALL.into_iter();
        all.find(|state| state.as_str() == word).ok_or(NoSuchState)
    }
}

/// A board whose request was verified and that is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBoard {
    /// Six lower-case pairs joined by colons.
    pub mac: String,
    /// At most [`MAX_NAME_BYTES`] bytes.
    pub name: String,
    /// Where it was met, such as `/dev/ttyACM0` or `tls 10.0.0.5:4033`; at most [`MAX_NAME_BYTES`] bytes.
    pub link: String,
    /// Its public key.
    pub key: KeyHash,
    /// The request in DER (RFC 2986 §4.2); at most [`MAX_CSR_BYTES`] bytes.
    pub csr: Vec<u8>,
    /// What the board says it runs; may be empty; at most [`MAX_NAME_BYTES`] bytes.
    pub firmware: String,
    /// The values of the batch's columns that the request was made for, as a JSON text; at most [`MAX_COLUMNS_BYTES`] bytes.
    pub columns: String,
}

impl NewBoard {
    /// Holds every value to its form and size.
    ///
    /// # Errors
    /// [`StoreError::BadValue`] for the first that does not fit.
    pub fn check(&self) -> Result<(), StoreError> {
        limits::mac(&self.mac)?;
        limits::text("the name", &self.name, MAX_NAME_BYTES)?;
        limits::text("the link", &self.link, MAX_NAME_BYTES)?;
        limits::text("the columns", &self.columns, MAX_COLUMNS_BYTES)?;
        if !self.firmware.is_empty() {
            limits::text("the firmware", &self.firmware, MAX_NAME_BYTES)?;
        }
        if self.csr.is_empty() || self.csr.len() > MAX_CSR_BYTES {
            return Err(StoreError::BadValue {
                field: "the request",
                rule: "between 1 byte and 16 KiB",
            });
        }
        Ok(())
    }

    pub(super) fn identity(&self) -> Identity<'_> {
        Identity {
            mac: &self.mac,
            name: &self.name,
            key: self.key,
        }
    }

    /// Covers all that is stored of the board and never changes by itself.
    pub(super) fn digest(&self) -> Hash {
        digest_of([
            self.mac.as_bytes(),
            self.name.as_bytes(),
            &hex_of(&self.key.0),
            self.link.as_bytes(),
            &self.csr,
            self.firmware.as_bytes(),
            self.columns.as_bytes(),
        ])
    }
}

/// The digest of a row: over MAC, name, the key's hash in hexadecimal, link, request, firmware and columns.
pub(super) fn digest_of([mac, name, key, link, csr, firmware, columns]: [&[u8]; 7]) -> Hash {
    let kind = b"nameplate-board".as_slice();
    hash(&[kind, mac, name, key, link, csr, firmware, columns])
}

/// A board of the batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// 1, 2, 3, … in the order of collection.
    pub sequence: i64,
    /// What was recorded of it.
    pub what: NewBoard,
    /// Where it stands.
    pub state: BoardState,
    /// Why it failed.
    pub error: Option<String>,
    /// The row of the job it is in ([`super::Job::row`]).
    pub job: Option<i64>,
    /// When it was recorded, Unix time in milliseconds.
    pub collected_ms: i64,
    /// When its state or request last changed, Unix time in milliseconds.
    pub changed_ms: i64,
}
