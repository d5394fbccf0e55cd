//! The `[network]` section: the door through which boards dial in.

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;

/// The network door. There is no setting that leaves out the bench's key, and none that lets a board in without a token or a
/// certificate.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// Where to listen.
    pub listen: Option<SocketAddr>,
    /// The bench's certificate in PEM. Boards pin its P-256 key; nothing else of it is looked at.
    pub certificate: PathBuf,
    /// The private key of the certificate in PEM, readable by its owner alone.
    pub key: PathBuf,
    /// One token without limits, which boards may show inside the session.
    pub join_token_file: Option<PathBuf>,
    /// Tokens with limits: the list that `nameplate keys` keeps.
    pub join_tokens: Option<PathBuf>,
    /// Authorities of client certificates that a factory gave to boards, in PEM: who has one needs no token.
    pub client_ca_file: Option<PathBuf>,
    /// How many boards may be connected at once; the next ones wait.
    #[serde(default = "most_connections")]
    pub most_connections: usize,
}

fn most_connections() -> usize {
    1024
}
