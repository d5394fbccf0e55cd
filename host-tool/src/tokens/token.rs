//! One token as the bench keeps it: never the token itself.

use std::time::Duration;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::store::{hex, sha256};

/// Random bytes of a token: with 192 bits nobody guesses one, so a plain SHA-256 is enough to keep it by.
const RANDOM: usize = 24;

/// Greatest length of a note, in bytes.
pub const MAX_NOTE: usize = 120;

/// Hexadecimal digits of a token's id.
const ID: usize = 8;

/// A token of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// What it is called: the first eight digits of `sha256`.
    pub id: String,
    /// SHA-256 of the token's characters, in lower-case hexadecimal.
    pub sha256: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub made: OffsetDateTime,
    /// From when on it lets nobody in.
    #[serde(
        with = "time::serde::rfc3339::option",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub ends: Option<OffsetDateTime>,
    /// How many boards it lets in, over all batches of the station.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boards: Option<u64>,
    /// When it was withdrawn.
    #[serde(
        with = "time::serde::rfc3339::option",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub withdrawn: Option<OffsetDateTime>,
    /// What it is for, in the words of whoever made it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A token that was just made: the only moment at which it is known.
pub struct NewToken {
    /// What boards are given.
    pub secret: SecretString,
    /// What the bench keeps.
    pub token: Token,
}

impl NewToken {
    /// Makes a token of the system's randomness; `None` where there is none.
    pub fn make(valid_for: Option<Duration>, boards: Option<u64>, note: &str) -> Option<Self> {
        let mut random = Zeroizing::new([0; RANDOM]);
        rand::fill(random.as_mut()).ok()?;
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(random.as_ref()));
        let secret = SecretString::from(text.as_str());
        Some(Self::of(secret, valid_for, boards, note))
    }

    /// A token that stands in a file already and that no list has yet.
    pub fn of(
        secret: SecretString,
        valid_for: Option<Duration>,
        boards: Option<u64>,
        note: &str,
    ) -> Self {
        let sha256 = hex(&sha256(secret.expose_secret().as_bytes()));
        let made = whole_seconds(OffsetDateTime::now_utc());
        Self {
            secret,
            token: Token {
                id: sha256.chars().take(ID).collect(),
                sha256,
                made,
                ends: valid_for.map(|duration| made + duration),
                boards,
                withdrawn: None,
                note: note.to_owned(),
            },
        }
    }
}

impl Token {
    /// Why a token of a list can't be used, if so.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let is_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if self.sha256.len() != 64 || !is_hex(&self.sha256) {
            Some("sha256 must be 64 lower-case hexadecimal digits")
        } else if self.id.len() != ID || !self.sha256.starts_with(&self.id) {
            Some("id must be the first eight digits of sha256")
        } else if self.note.len() > MAX_NOTE || self.note.chars().any(char::is_control) {
            Some("note must be one line of at most 120 bytes")
        } else {
            None
        }
    }
}

/// What a token is called, without a list.
pub fn id_of(secret: &str) -> String {
    hex(&sha256(secret.as_bytes())).chars().take(ID).collect()
}

/// Times are written by the second.
pub(super) fn whole_seconds(time: OffsetDateTime) -> OffsetDateTime {
    time.replace_nanosecond(0).unwrap_or(time)
}
