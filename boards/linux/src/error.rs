//! Why the program ends without having done what it was asked: the sentence, the next thing to do, the exit code.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::client_identity::ClientIdentityFault;
use crate::host_key::HostKeyFault;
use crate::join_token::JoinTokenFault;
use crate::network::SessionFault;
use crate::state::StateFault;

/// Everything that ends the program. `Display` is one sentence and leaves its source to [`chain`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Neither `--serial` nor `--connect`.
    #[error("there is no link to answer on")]
    NoLink,
    /// A file that the command line names can't be read.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The host key file gives no key.
    #[error("cannot take {} as a host key", path.display())]
    HostKey {
        /// The file.
        path: PathBuf,
        /// Why.
        source: HostKeyFault,
    },
    /// The token file gives no token.
    #[error("cannot take {} as a join token", path.display())]
    JoinToken {
        /// The file.
        path: PathBuf,
        /// Why.
        source: JoinTokenFault,
    },
    /// The files give no certificate that could be shown to the bench.
    #[error("cannot take {} for the board's client certificate", path.display())]
    ClientIdentity {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ClientIdentityFault,
    },
    /// The system does not list its network interfaces.
    #[error("cannot list the network interfaces")]
    Interfaces(#[source] mac_address::MacAddressError),
    /// The interface, or every one, is missing or has no MAC address.
    #[error("{}", match .0 {
        Some(interface) => format!("there is no network interface {interface} with a MAC address"),
        None => "no network interface has a MAC address".into(),
    })]
    NoMac(Option<String>),
    /// The state directory can't be used.
    #[error("cannot use the state directory {}", path.display())]
    State {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: StateFault,
    },
    /// The serial port can't be opened when the program starts.
    #[error("cannot open the serial port {}", path.display())]
    Serial {
        /// The port.
        path: PathBuf,
        /// Why.
        source: serialport::Error,
    },
    /// With `--once`: the port went away before the board was recorded.
    #[error("the serial port {} went away before this board was recorded", .0.display())]
    NotRecorded(PathBuf),
    /// No session with the bench, and trying again would not help or is not wanted.
    #[error("no session with the bench at {address}")]
    Session {
        /// `HOST:PORT`.
        address: String,
        /// Why.
        source: SessionFault,
    },
}

impl Error {
    /// What the person at the board can do about it.
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::NoLink => "give --serial or --connect",
            Self::File { .. } => "check the path and its permissions",
            Self::HostKey { source, .. } => match source {
                HostKeyFault::PrivateKey => {
                    "copy only the bench's certificate or public key here, and delete this file from the board"
                }
                _ => "give a PEM file with the bench's one P-256 certificate or public key",
            },
            Self::JoinToken { source, .. } => match source {
                JoinTokenFault::Open => "chmod 600 the file",
                JoinTokenFault::Form => "write the token into the file, as one line",
            },
            Self::ClientIdentity { source, .. } => match source {
                ClientIdentityFault::Open => "chmod 600 the file",
                _ => {
                    "give the certificate and its P-256 key as PEM files: one CERTIFICATE, one PRIVATE KEY"
                }
            },
            Self::Interfaces(_) => "give the address with --mac",
            Self::NoMac(_) => {
                "name another interface with --interface, or give the address with --mac"
            }
            Self::State { source, .. } => source.next_step(),
            Self::Serial { .. } => {
                "check the path, that nothing else has the port open, and your rights to it"
            }
            Self::NotRecorded(_) => "run again with the port connected",
            Self::Session { source, .. } => source.next_step(),
        }
    }

    /// 2 where the arguments, or the files they name, are wrong and nothing was started; otherwise 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::NoLink
            | Self::File { .. }
            | Self::HostKey { .. }
            | Self::JoinToken { .. }
            | Self::ClientIdentity { .. }
            | Self::NoMac(_) => 2,
            Self::Interfaces(_)
            | Self::State { .. }
            | Self::Serial { .. }
            | Self::NotRecorded(_)
            | Self::Session { .. } => 1,
        }
    }
}

/// An error and all its sources, joined by `: `.
pub fn chain(error: &dyn std::error::Error) -> impl fmt::Display + '_ {
    fmt::from_fn(move |f| {
        write!(f, "{error}")?;
        let mut source = error.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_says_each_thing_once() {
        let error = Error::HostKey {
            path: "bench.pem".into(),
            source: HostKeyFault::Missing,
        };
        assert_eq!(
            chain(&error).to_string(),
            "cannot take bench.pem as a host key: it holds neither a certificate nor a public key"
        );
    }
}
