//! Why a board has no session with its bench, and whether dialling again can help.

use std::io;

use nameplate_wire::ErrorNumber;

/// Why there is no session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionFault {
    /// The name has no address.
    #[error("the bench's name cannot be looked up")]
    Lookup(#[source] io::Error),
    /// Nobody answers there.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// The connection can't be set up as needed.
    #[error("cannot prepare the connection")]
    Socket(#[source] io::Error),
    /// The board's own generator failed its tests.
    #[error("{}", .0.text())]
    Randomness(ErrorNumber),
    /// TLS failed, or the host is not the pinned one.
    #[error("{}", if is_refusal(*.0) { "the host was refused" } else { "the handshake failed" })]
    Tls(#[source] nameplate_tls::Error),
}

impl SessionFault {
    /// Whether dialling again is of no use: never where the board itself is broken, and where a person runs it `once`
    /// also not where somebody else sits at the bench's address.
    pub(crate) fn is_final(&self, once: bool) -> bool {
        match self {
            Self::Randomness(_) => true,
            Self::Tls(error) => once && is_refusal(*error),
            Self::Lookup(_) | Self::Connect(_) | Self::Socket(_) => false,
        }
    }

    /// What the person at the board can do about it.
    pub(crate) fn next_step(&self) -> &'static str {
        match self {
            Self::Lookup(_) | Self::Connect(_) => {
                "check the address, the cable, and that the bench is listening"
            }
            Self::Socket(_) => "check the limits of this process",
            Self::Randomness(_) => "do not use this board: its random number generator is broken",
            Self::Tls(error) if is_refusal(*error) => {
                "check that --connect leads to your bench and that --host-key is that bench's present key"
            }
            Self::Tls(_) => "look at the bench's log",
        }
    }
}

/// Whether somebody answered who is not the pinned bench, as opposed to a link that failed.
fn is_refusal(error: nameplate_tls::Error) -> bool {
    use nameplate_tls::Error;
    matches!(
        error,
        Error::HostKeyNotPinned
            | Error::HostNotAuthenticated
            | Error::BadSignature
            | Error::MalformedKey
            | Error::ServerHelloRefused
            | Error::UnexpectedRecord
            | Error::RecordTooLarge
    )
}
