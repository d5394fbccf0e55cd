//! A local batch service with the wire contract of Device Trust Manager and of IoT Trust Manager: real HTTPS, real multipart
//! uploads, real certificates from a throw-away CA. `nameplate sandbox` serves it; tests start it
//! in their own process.
//!
//! It stands in for a service that is not at hand, so it is strict: what the contract does not allow
//! is refused in the service's own error shapes. What the contract only guesses is a switch
//! ([`Switches`]). It uses none of the host tool's code: a mistake there must not be made here too.
//!
//! It speaks both dialects at once, each under its own path, for keys made on the device and
//! for keys that the service makes. The latter go out sealed for the key that was submitted only. Who asks may sign in with an API
//! key, a passcode, or, at an address of its own, a TLS client certificate.

mod ca;
mod data;
mod dialect;
mod error;
mod fault;
mod files;
mod http;
mod jobs;
mod record;
mod running;
mod seal;
mod switches;
mod tenant;

use std::net::SocketAddr;
use std::path::PathBuf;

pub use error::Error;
pub use fault::{Fault, FaultSyntax};
pub use jobs::report::Columns;
pub use record::{KeyShown, Seen};
pub use running::{Running, start};
pub use switches::{
    Approval, Certificates, ClientAuth, CreateBody, CsrForm, CsvReading, DEFAULT_DATA_LIMIT,
    DEFAULT_IOT_PATH_PREFIX, DEFAULT_PATH_PREFIX, ErrorShape, JobTypePlace, JsonCase, KeyType,
    ListMatch, ListShape, Mismatch, Presence, Renamed, RowFault, RowFaultKind, SealCipher,
    SealPadding, SignIn, StatusCase, Switches, Template, Unknown, Validate, ZipNames,
};

/// Where and how a sandbox runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where CAs, key, jobs and uploads are kept. A restart in the same folder goes on with them.
    pub dir: PathBuf,
    /// How it answers where the contract guesses.
    pub switches: Switches,
}
