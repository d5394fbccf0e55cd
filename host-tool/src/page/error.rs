//! Why the page can't be served.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::url;
use crate::config::SecretFileError;

/// The page can't be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// The address can't be listened on.
    #[error("can't show the page on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Threads can't be started.
    #[error("can't start the page's threads")]
    Threads(#[source] io::Error),
    /// A file of the page's can't be written.
    #[error("can't write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the page's can't be used.
    #[error("can't use the page's token, key or certificate")]
    Secret(#[from] SecretFileError),
    /// Key and certificate can't be used.
    #[error("{} {why}", path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A certificate can't be made.
    #[error("can't make the page's certificate")]
    Make(#[from] rcgen::Error),
    /// The system has no randomness.
    #[error("the system gives no randomness for the page's token")]
    Randomness,
}

impl PageError {
    /// What to do.
    pub fn next_step(&self) -> String {
        match self {
            Self::Listen { address, source } if source.kind() == io::ErrorKind::AddrInUse => {
                format!(
                    "Another program listens there, perhaps another bench. Give --page another port, or {}:0 for any that is free.",
                    url::host(address.ip())
                )
            }
            Self::Listen { .. } => {
                "Give --page an address of this machine, such as 127.0.0.1:8080.".to_owned()
            }
            Self::Secret(_) | Self::Unfit { .. } => {
                "Mend that file, or remove it: the page makes a new one.".to_owned()
            }
            Self::Threads(_) | Self::Write { .. } | Self::Make(_) | Self::Randomness => {
                "Mend that, then run the same command again; without --page it runs without one."
                    .to_owned()
            }
        }
    }
}
