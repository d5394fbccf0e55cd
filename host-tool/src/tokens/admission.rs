//! Whether a board may join, by the token that it shows.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::list::{self, ListError, TokenList};
use crate::service::words::printable;
use crate::store::{hex, sha256};
use crate::verify::Refusal;

/// Greatest length of what is said of a list that can't be read, in bytes.
const MAX_WORDS: usize = 300;

/// By what a board was let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pass {
    /// It is on a cable: whoever plugged it in let it in.
    Cable,
    /// By the one token of `network.join_token_file`, which has no limits.
    BenchToken,
    /// By a token of the list.
    Token {
        /// What it is called.
        id: String,
        /// How many boards it is for.
        boards: Option<u64>,
    },
    /// By a certificate that a factory gave to it.
    Certificate {
        /// The certificate's subject.
        subject: String,
    },
}

/// The tokens that let boards in.
pub struct Admission {
    /// SHA-256 of the one without limits.
    plain: Option<[u8; 32]>,
    list: Option<Watched>,
}

/// A list that is read again when its file changes: a withdrawn token is to count at once.
struct Watched {
    path: PathBuf,
    read: Mutex<Read>,
}

struct Read {
    stamp: Option<Stamp>,
    list: Result<TokenList, String>,
}

/// What changes when a file is replaced or written: inode, size, and when in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp(u64, u64, i64, i64);

impl Admission {
    /// The token without limits, the list, or both.
    ///
    /// # Errors
    /// Where the list can't be used.
    pub fn new(plain: Option<&SecretString>, list: Option<PathBuf>) -> Result<Self, ListError> {
        let list = match list {
            Some(path) => {
                let stamp = stamp(&path);
                let read = Read {
                    stamp,
                    list: Ok(list::read(&path)?),
                };
                Some(Watched {
                    path,
                    read: Mutex::new(read),
                })
            }
            None => None,
        };
        Ok(Self {
            plain: plain.map(|token| sha256(token.expose_secret().as_bytes())),
            list,
        })
    }

    /// Whether a token lets its board in now. How many boards it has let in is not looked at here.
    ///
    /// # Errors
    /// The refusal, for whoever stands at the bench.
    pub fn judge(&self, token: &str, now: OffsetDateTime) -> Result<Pass, Refusal> {
        // What is compared are digests, so the time that it takes tells nothing of a token.
        let shown = sha256(token.as_bytes());
        let is = |known: &[u8]| verify_slices_are_equal(known, &shown).is_ok();
        if self.plain.as_ref().is_some_and(|plain| is(plain)) {
            return Ok(Pass::BenchToken);
        }
        match &self.list {
            Some(watched) => watched.judge(&hex(&shown), now),
            None => Err(Refusal::JoinToken),
        }
    }
}

impl Watched {
    fn judge(&self, shown: &str, now: OffsetDateTime) -> Result<Pass, Refusal> {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = stamp(&self.path);
        if read.stamp != stamp || read.list.is_err() {
            // A list that can't be read lets nobody in: it may be the one that withdraws a token.
            let list = list::read(&self.path).map_err(|error| words(&error));
            *read = Read { stamp, list };
        }
        let list = read
            .list
            .as_ref()
            .map_err(|why| Refusal::NoTokenList { why: why.clone() })?;
        let mut tokens = list.tokens.iter();
        let token = tokens
            .find(|token| token.sha256 == shown)
            .ok_or(Refusal::JoinToken)?;
        let id = token.id.clone();
        if token.withdrawn.is_some() {
            return Err(Refusal::TokenWithdrawn { id });
        }
        if let Some(ends) = token.ends.filter(|ends| *ends <= now) {
            let ended = ends.format(&Rfc3339).unwrap_or_default();
            return Err(Refusal::TokenEnded { id, ended });
        }
        let boards = token.boards;
        Ok(Pass::Token { id, boards })
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let file = fs::metadata(path).ok()?;
    Some(Stamp(
        file.ino(),
        file.size(),
        file.mtime(),
        file.mtime_nsec(),
    ))
}

fn words(error: &ListError) -> String {
    let text = match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    };

    printable(&text, MAX_WORDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::{NewToken, append, withdraw};
    use std::time::Duration;

    fn now() -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }

    #[test]
    fn a_token_lets_in_until_it_ends_or_is_withdrawn() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let new = NewToken::make(Some(Duration::from_hours(1)), Some(2), "").unwrap();
        append(&path, new.token.clone()).unwrap();
        let admission = Admission::new(None, Some(path.clone())).unwrap();
        let shown = new.secret.expose_secret();
        let id = new.token.id.clone();
        assert_eq!(id, crate::tokens::id_of(shown));
        let pass = Pass::Token {
            id: id.clone(),
            boards: Some(2),
        };
        assert_eq!(admission.judge(shown, now()), Ok(pass));
        for other in ["", "x", &shown[1..], &format!("{shown}A")] {
            assert_eq!(admission.judge(other, now()), Err(Refusal::JoinToken));
        }
        let later = now() + Duration::from_secs(3601);
        assert!(matches!(
            admission.judge(shown, later),
            Err(Refusal::TokenEnded { .. })
        ));
        withdraw(&path, &id).unwrap();
        assert_eq!(
            admission.judge(shown, now()),
            Err(Refusal::TokenWithdrawn { id })
        );
    }

    #[test]
    fn a_list_that_becomes_unreadable_lets_nobody_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let new = NewToken::make(None, None, "").unwrap();
        append(&path, new.token.clone()).unwrap();
        let plain = SecretString::from("plain");
        let admission = Admission::new(Some(&plain), Some(path.clone())).unwrap();
        let shown = new.secret.expose_secret();
        let good = fs::read_to_string(&path).unwrap();
        fs::write(&path, "no list").unwrap();
        for _ in 0..2 {
            assert!(matches!(
                admission.judge(shown, now()),
                Err(Refusal::NoTokenList { .. })
            ));
        }
        assert_eq!(admission.judge("plain", now()), Ok(Pass::BenchToken));
        fs::write(&path, good).unwrap();
        assert!(admission.judge(shown, now()).is_ok());
    }
}
