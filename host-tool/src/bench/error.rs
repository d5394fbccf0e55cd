//! Why the work at a bench could not go on.

use std::net::SocketAddr;

use crate::link::serial::PortError;
use crate::store::{Lost, RecordError, StoreError};

/// The work itself could not go on. What a board was told is safe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// Nowhere to look for boards.
    #[error("there is nowhere to look for boards: no serial port and no network door")]
    NoLinks,
    /// A port.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The network door can't be opened.
    #[error("can't listen for boards on {address}")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The network door broke.
    #[error("the network door broke")]
    Listen(#[source] std::io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A board could not be recorded, though nothing was wrong with it.
    #[error("a board could not be recorded")]
    Record(#[source] RecordError),
    /// Notes could not be recorded.
    #[error(transparent)]
    Lost(#[from] Lost),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Randomness,
}
