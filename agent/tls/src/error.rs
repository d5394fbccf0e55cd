//! Why there is no session, or no longer one. Each kind keeps its meaning; new ones may be added.

use core::fmt;

use embedded_io::ErrorKind;
use embedded_tls::TlsError;

/// Why a session was not opened, or why it ended.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Error {
    /// The host showed a well-formed certificate whose key is not pinned.
    HostKeyNotPinned,
    /// The host did not prove that it holds its key: it left out, repeated or misplaced its
    /// Certificate or CertificateVerify.
    HostNotAuthenticated,
    /// The host's signature does not fit its key and this handshake, or has another scheme than
    /// `ecdsa_secp256r1_sha256`.
    BadSignature,
    /// What was given as a certificate or a key is not DER of an X.509 certificate or of a
    /// SubjectPublicKeyInfo with a P-256 key.
    MalformedKey,
    /// The host's ServerHello is not the one answer this board takes: TLS 1.3, AES-128-GCM with
    /// SHA-256, P-256, no pre-shared key, no retry.
    ServerHelloRefused,
    /// A record that has no place here, such as an unencrypted one after the keys are in use.
    UnexpectedRecord,
    /// The host sent a record larger than the read buffer.
    RecordTooLarge,
    /// The host ended the session with an alert (RFC 8446 §6). Its number is known only when it was
    /// sent before encryption began. A host that demands a client certificate and got none ends the
    /// session in this way, at the first read.
    HostAlert(Option<u8>),
    /// The seed is all zeros: it was used before, or the board's generator is dead.
    NoRandomness,
    /// The client certificate does not fit into the write buffer.
    IdentityTooLarge,
    /// The link ended without the host saying so (RFC 8446 §6.1): what was read may be cut short.
    Truncated,
    /// The session was ended before, by the host or by an error.
    Closed,
    /// The link failed.
    Link(ErrorKind),
    /// The TLS protocol failed in another way.
    Tls(TlsError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HostAlert(Some(code)) => write!(f, "{} {code}", self.text()),
            _ => f.write_str(self.text()),
        }
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Link(kind) => Some(kind),
            Self::Tls(error) => Some(error),
            _ => None,
        }
    }
}

impl embedded_io::Error for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Link(kind) => *kind,
            Self::HostKeyNotPinned | Self::HostNotAuthenticated | Self::BadSignature => {
                ErrorKind::PermissionDenied
            }
            Self::HostAlert(_) | Self::Truncated => ErrorKind::ConnectionAborted,
            Self::Closed => ErrorKind::NotConnected,
            Self::NoRandomness | Self::IdentityTooLarge => ErrorKind::InvalidInput,
            Self::MalformedKey
            | Self::ServerHelloRefused
            | Self::UnexpectedRecord
            | Self::RecordTooLarge => ErrorKind::InvalidData,
            Self::Tls(_) => ErrorKind::Other,
        }
    }
}

impl Error {
    /// The same in words, for boards that can't format; an alert without its number.
    pub const fn text(&self) -> &'static str {
        match self {
            Self::HostKeyNotPinned => "the host's key is not the pinned one",
            Self::HostNotAuthenticated => "the host did not prove that it holds its key",
            Self::BadSignature => "the host's signature is wrong",
            Self::MalformedKey => "not a certificate or public key with a P-256 key",
            Self::ServerHelloRefused => {
                "the host did not agree to TLS 1.3 with AES-128-GCM and P-256"
            }
            Self::UnexpectedRecord => "the host sent a TLS record that has no place here",
            Self::RecordTooLarge => "the host sent a TLS record larger than the read buffer",
            Self::HostAlert(None) => "the host ended the session with an alert",
            Self::HostAlert(Some(_)) => "the host ended the session with alert",
            Self::NoRandomness => "the seed is all zeros",
            Self::IdentityTooLarge => "the client certificate does not fit into the write buffer",
            Self::Truncated => "the link ended in the middle of the session",
            Self::Closed => "the session is over",
            Self::Link(_) => "the link failed",
            Self::Tls(_) => "the TLS session failed",
        }
    }

    /// The alert (RFC 8446 §6.2) that tells the host of this refusal; none where there is nobody to
    /// tell or nothing to blame on the host.
    pub(crate) fn alert(self) -> Option<u8> {
        const UNEXPECTED_MESSAGE: u8 = 10;
        const RECORD_OVERFLOW: u8 = 22;
        const HANDSHAKE_FAILURE: u8 = 40;
        const BAD_CERTIFICATE: u8 = 42;
        const CERTIFICATE_UNKNOWN: u8 = 46;
        const ILLEGAL_PARAMETER: u8 = 47;
        const DECRYPT_ERROR: u8 = 51;
        match self {
            Self::HostKeyNotPinned => Some(CERTIFICATE_UNKNOWN),
            Self::HostNotAuthenticated | Self::UnexpectedRecord => Some(UNEXPECTED_MESSAGE),
            Self::BadSignature => Some(DECRYPT_ERROR),
            Self::MalformedKey => Some(BAD_CERTIFICATE),
            Self::ServerHelloRefused => Some(ILLEGAL_PARAMETER),
            Self::RecordTooLarge => Some(RECORD_OVERFLOW),
            Self::Tls(_) => Some(HANDSHAKE_FAILURE),
            Self::HostAlert(_)
            | Self::NoRandomness
            | Self::IdentityTooLarge
            | Self::Truncated
            | Self::Closed
            | Self::Link(_) => None,
        }
    }
}
