//! Begins a bench: a configuration with comments, the bench's keys, and a join token where boards come by network.
//!
//! What was answered ([`Answers`]) becomes the text of a `bench.toml` ([`text()`]); [`write()`] puts it beside the keys, each
//! file whole or not at all, the configuration last: killed in the middle, the same call goes on. Who answers is a person at a
//! terminal or nobody ([`Person`]). Asks no service and no board.

mod answers;
mod ask;
mod gather;
mod sandbox;
mod text;
mod write;

use std::io;
use std::path::{Path, PathBuf};

pub use answers::{Answers, SignIn};
pub use ask::Person;
pub use gather::{TokenLimits, Wanted, gather};
pub use sandbox::Sandbox;
pub use text::text;
pub use write::{Token, Written, write};

use crate::bench_key::BenchKeyError;
use crate::config::SecretFileError;
use crate::tokens::ListError;

/// What a bench's files are called beside its configuration.
pub mod names {
    /// The bench's certificate.
    pub const CERTIFICATE: &str = "bench.pem";
    /// Its private key.
    pub const KEY: &str = "bench.key";
    /// The list of join tokens.
    pub const TOKENS: &str = "join-tokens.toml";
    /// The join token that boards are given.
    pub const TOKEN: &str = "join.token";
    /// The local service's API key.
    pub const API_KEY: &str = "api.key";
}

/// A bench can't be begun.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InitError {
    /// An answer can't be used.
    #[error("{flag}: {why}")]
    Answer {
        /// The argument that gives it.
        flag: &'static str,
        /// What is wrong and what would be right.
        why: String,
    },
    /// There is a configuration already.
    #[error("there is a configuration already: {}", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The local service's line can't be used.
    #[error("what `nameplate sandbox` says can't be used: {why}")]
    Sandbox {
        /// What is wrong with it.
        why: String,
        /// The fault, where there was one.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// Whoever was asked ended it.
    #[error("interrupted; nothing was written")]
    Interrupted,
    /// Nobody can be asked.
    #[error("can't ask at this terminal")]
    Ask(#[source] io::Error),
    /// The bench's keys.
    #[error(transparent)]
    Keys(#[from] BenchKeyError),
    /// The list of tokens.
    #[error(transparent)]
    Tokens(#[from] ListError),
    /// A token that stands there already.
    #[error("the join token that is there already can't be used")]
    Token(#[source] SecretFileError),
    /// The system gives no randomness.
    #[error("the system gives no random numbers")]
    Randomness,
    /// A file that holds something else already.
    #[error("{} is there already, and is another one", path.display())]
    Other {
        /// The file.
        path: PathBuf,
    },
    /// The file system.
    #[error("can't {operation} {}", path.display())]
    Io {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl InitError {
    /// Whether the arguments are wrong, and nothing was started.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Answer { .. } | Self::Exists { .. } | Self::Sandbox { .. } | Self::Other { .. }
        )
    }

    /// What a person does next.
    pub fn next_step(&self) -> String {
        match self {
            Self::Answer { flag, .. } => {
                format!("Give another {flag}; `nameplate init --help` has all of them.")
            }
            Self::Exists { path } => format!(
                "Change it with an editor; `nameplate doctor` says what is still missing. Or give --force: then a new one is written, and \
                 this one is kept as {}.1. Keys are never overwritten.",
                path.display()
            ),
            Self::Sandbox { .. } => {
                "Run `nameplate sandbox --dir sandbox | nameplate init --batch try --sandbox -`, and leave it running.".to_owned()
            }
            Self::Other { .. } => {
                "Give --force, which keeps a copy of it, or another --batch.".to_owned()
            }
            Self::Interrupted => "Run the same command again.".to_owned(),
            Self::Ask(_) => {
                "Run it at a terminal, or with --yes: then it asks nothing.".to_owned()
            }
            _ => "Mend that, then run the same command again: it goes on where this stopped.".to_owned(),
        }
    }
}

fn fault(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> InitError {
    let path = path.to_owned();
    move |source| InitError::Io {
        operation,
        path,
        source,
    }
}
