//! What a board answers to a host.

use heapless::String;
use serde::{Deserialize, Serialize};

use crate::frame::{self, FrameError};
use crate::message::{self, Head, MessageError};
use crate::{Bytes, ErrorNumber, Fixed, Mac, limits, version};

/// A reply, board to host; each but `error` answers the request of the same name.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply<'a> {
    /// Who the board is.
    Hello(Hello),
    /// The board shows which one it is.
    Identify(Done),
    /// The certificate request and the proof that it is this board's.
    Csr(Csr<'a>),
    /// The board knows that it is recorded.
    Recorded(Done),
    /// The board has taken a piece of its certificate chain.
    Install(Install),
    /// The proof that the board holds its key.
    Prove(Prove),
    /// Provisioning is over.
    Lock(Done),
    /// The key is gone.
    Erase(Done),
    /// It could not be done.
    Error(Error),
}

/// Fields of `hello`. It is understood in every version; fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol version that both will speak from now on.
    pub version: u8,
    /// The board's MAC address.
    pub mac: Mac,
    /// The board's name.
    pub name: String<{ limits::NAME }>,
    /// The firmware that the agent is built into, and its version.
    pub firmware: String<{ limits::FIRMWARE }>,
    /// The version of the agent.
    pub agent: String<{ limits::FIRMWARE }>,
    /// Whether the board has its key already.
    pub key: bool,
    /// What lets the board join over a network. Only ever sent inside a session whose host was authenticated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String<{ limits::TOKEN }>>,
}

/// Fields of a reply that has none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {}

/// Fields of `csr`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Csr<'a> {
    /// The board's MAC address.
    pub mac: Mac,
    /// The board's name.
    pub name: String<{ limits::NAME }>,
    /// The PKCS#10 request in DER (RFC 2986), at most [`limits::CSR`] bytes.
    #[serde(borrow)]
    pub csr: Bytes<'a>,
    /// ECDSA over [`crate::proof::csr`] with SHA-256 by the key of the request: r and s, 32 bytes each.
    pub proof: Fixed<64>,
}

/// Fields of `install`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Install {
    /// How many bytes of the chain the board has now, without a gap from its beginning.
    pub have: u16,
    /// Whether the whole chain is there, was checked, and is the board's current one.
    pub current: bool,
}

/// Fields of `prove`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prove {
    /// ECDSA over [`crate::proof::possession`] with SHA-256 by the board's key: r and s, 32 bytes each.
    pub proof: Fixed<64>,
}

/// Fields of `error`. It is understood in every version; fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Error {
    /// The stable number; [`ErrorNumber`] where this side knows it.
    pub code: u16,
    /// The same in words. For people: nothing is decided by it.
    pub text: String<{ limits::ERROR_TEXT }>,
    /// Oldest and newest protocol version of the board, where it could not settle on one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<[u8; 2]>,
}

impl From<ErrorNumber> for Error {
    fn from(error: ErrorNumber) -> Self {
        Self {
            code: error.number(),
            text: String::try_from(error.text()).unwrap_or_default(),
            versions: (error == ErrorNumber::NoCommonVersion)
                .then_some([version::MIN, version::CURRENT]),
        }
    }
}

impl<'a> Reply<'a> {
    /// The kind as it stands in the message.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Hello(_) => "hello",
            Self::Identify(_) => "identify",
            Self::Csr(_) => "csr",
            Self::Recorded(_) => "recorded",
            Self::Install(_) => "install",
            Self::Prove(_) => "prove",
            Self::Lock(_) => "lock",
            Self::Erase(_) => "erase",
            Self::Error(_) => "error",
        }
    }

    /// Writes the reply to the request `re` as a frame into `out`, in version [`version::CURRENT`], and returns the frame.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] where it does not fit into `out` or into a frame.
    pub fn write<'o>(&self, re: u32, out: &'o mut [u8]) -> Result<&'o [u8], FrameError> {
        frame::seal(out, |place| {
            let head = Head::reply(re, self.kind());
            match self {
                Self::Hello(fields) => message::write(place, head, fields),
                Self::Csr(fields) => message::write(place, head, fields),
                Self::Install(fields) => message::write(place, head, fields),
                Self::Prove(fields) => message::write(place, head, fields),
                Self::Error(fields) => message::write(place, head, fields),
                Self::Identify(fields)
                | Self::Recorded(fields)
                | Self::Lock(fields)
                | Self::Erase(fields) => message::write(place, head, fields),
            }
        })
    }

    /// Reads a reply from the message of a frame; with it the id of the request that it answers.
    ///
    /// # Errors
    /// [`MessageError`]; [`MessageError::Echo`] where it is a request: the line echoes.
    pub fn read(message: &'a [u8]) -> Result<(u32, Self), MessageError> {
        let head = Head::read(message)?;
        if head.id.is_some() {
            return Err(MessageError::Echo);
        }
        let re = head.re.ok_or(MessageError::NotAMessage)?;
        let known = (version::MIN..=version::CURRENT).contains(&head.v);
        if !known && !matches!(head.kind, "hello" | "error") {
            return Err(MessageError::UnknownVersion(re));
        }
        let reply = match head.kind {
            "hello" => Self::Hello(message::read_fields(message, re)?),
            "identify" => Self::Identify(message::read_fields(message, re)?),
            "csr" => Self::Csr(message::read_fields(message, re)?),
            "recorded" => Self::Recorded(message::read_fields(message, re)?),
            "install" => Self::Install(message::read_fields(message, re)?),
            "prove" => Self::Prove(message::read_fields(message, re)?),
            "lock" => Self::Lock(message::read_fields(message, re)?),
            "erase" => Self::Erase(message::read_fields(message, re)?),
            "error" => Self::Error(message::read_fields(message, re)?),
            _ => return Err(MessageError::UnknownKind(re)),
        };
        Ok((re, reply))
    }
}
