//! The bench's own key, which boards pin, and the one that comes after it.
//!
//! Boards are given both public keys. So the bench can change to the next one on any day, and every board that knew both goes on
//! joining; whoever is made afterwards is given the new pair. There is always a next key, made long before it is used, and
//! nobody needs a switch that turns the pinning off.

mod change;
mod files;
mod made;

use std::io;
use std::path::{Path, PathBuf};

pub use change::{Changed, change};
pub(crate) use files::is_p256;
pub use files::{BenchKey, Files};
pub use made::{Completed, complete};

use crate::config::SecretFileError;

/// A key or a certificate of the bench can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchKeyError {
    /// A private key's file.
    #[error("the bench's key")]
    Key(#[source] SecretFileError),
    /// A file is not what it must be.
    #[error("{} {why}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Key and certificate are there and do not belong together.
    #[error("{} and {} are not of one key", key.display(), certificate.display())]
    NotAPair {
        /// The key's file.
        key: PathBuf,
        /// The certificate's file.
        certificate: PathBuf,
    },
    /// There is no key yet.
    #[error("there is no bench key at {}", path.display())]
    NoKey {
        /// Where it is looked for.
        path: PathBuf,
    },
    /// There is no next key that boards could know.
    #[error(
        "there is no next key at {}: boards know only the key of now, and would be shut out by another",
        path.display()
    )]
    NoNextKey {
        /// Where it is looked for.
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
    /// The system's randomness, or the library that makes certificates.
    #[error("can't make a key and its certificate")]
    Make(#[source] rcgen::Error),
}

fn fault(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BenchKeyError {
    let path = path.to_owned();
    move |source| BenchKeyError::Io {
        operation,
        path,
        source,
    }
}
