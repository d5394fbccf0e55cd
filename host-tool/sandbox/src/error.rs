//! Why a sandbox could not start. What a *request* did wrong is [`crate::http::Refusal`], not this.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why the sandbox could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder of the sandbox could not be used.
    #[error("could not {operation} {}", path.display())]
    File {
        /// What was tried, as a verb: `write`, `create`, …
        operation: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A switch has a value that cannot be used.
    #[error("--{switch}: {reason}")]
    Switch {
        /// The switch's name on the command line.
        switch: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
    /// Another sandbox runs in the same folder.
    #[error("another sandbox is using {}; stop it or choose another --dir", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
    /// A file of the folder does not hold what this program wrote there.
    #[error("{} is damaged: {reason}; delete it to have it made again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The address cannot be listened on.
    #[error("could not listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A throw-away certificate could not be made.
    #[error("could not make {what}")]
    Certificate {
        /// Which one.
        what: &'static str,
        /// What the certificate library said.
        source: rcgen::Error,
    },
    /// The TLS library refused the sandbox's own certificate.
    #[error("could not set up TLS")]
    Tls(#[source] rustls::Error),
    /// The background threads could not be started.
    #[error("could not start the service's threads")]
    Threads(#[source] io::Error),
}

impl Error {
    /// For `map_err`: an I/O error with what was tried and where.
    pub(crate) fn file(
        operation: &'static str,
        path: &Path,
    ) -> impl FnOnce(io::Error) -> Error + use<> {
        let path = path.to_owned();
        move |source| Error::File {
            operation,
            path,
            source,
        }
    }
}
