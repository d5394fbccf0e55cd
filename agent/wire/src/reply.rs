//! What a board answers to a host.

use heapless::String;

use crate::answer;
use crate::frame::FrameError;
use crate::items::{Malformed, members};
use crate::message::{Head, Kind, MessageError};
use crate::value::{self, fixed, given, kept, needed, number, only};
use crate::{Bytes, ErrorNumber, Fixed, Mac, limits};

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
#[derive(Clone, Debug, PartialEq)]
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
    /// SHA-256 of the board's current certificate chain, over the bytes that its store gives back now; none where it has none.
    pub chain: Option<Fixed<32>>,
    /// Whether provisioning is over for good.
    pub locked: bool,
    /// What lets the board join over a network. Only ever sent inside a session whose host was authenticated.
    pub token: Option<String<{ limits::TOKEN }>>,
}

/// Fields of a reply that has none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Done {}

/// Fields of `csr`.
#[derive(Clone, Debug, PartialEq)]
pub struct Csr<'a> {
    /// The board's MAC address.
    pub mac: Mac,
    /// The board's name.
    pub name: String<{ limits::NAME }>,
    /// The PKCS#10 request in DER (RFC 2986), at most [`limits::CSR`] bytes.
    pub csr: Bytes<'a>,
    /// ECDSA over [`crate::proof::csr`] with SHA-256 by the key of the request: r and s, 32 bytes each.
    pub proof: Fixed<64>,
}

/// Fields of `install`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Install {
    /// How many bytes of the chain the board has now, without a gap from its beginning.
    pub have: u16,
    /// Whether the whole chain is there, was checked, and is the board's current one.
    pub current: bool,
}

/// Fields of `prove`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prove {
    /// ECDSA over [`crate::proof::possession`] with SHA-256 by the board's key: r and s, 32 bytes each.
    pub proof: Fixed<64>,
}

/// Fields of `error`. It is understood in every version; fields are only ever added.
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// The stable number; [`ErrorNumber`] where this side knows it.
    pub code: u16,
    /// The same in words. For people: nothing is decided by it.
    pub text: String<{ limits::ERROR_TEXT }>,
    /// Oldest and newest protocol version of the board, where it could not settle on one.
    pub versions: Option<[u8; 2]>,
}

impl From<ErrorNumber> for Error {
    fn from(error: ErrorNumber) -> Self {
        Self {
            code: error.number(),
            text: String::try_from(error.text()).unwrap_or_default(),
            versions: answer::versions_beside(error),
        }
    }
}

impl<'a> Reply<'a> {
    /// The kind as it stands in the message.
    pub fn kind(&self) -> &'static str {
        let kind = match self {
            Self::Hello(_) => Kind::Hello,
            Self::Identify(_) => Kind::Identify,
            Self::Csr(_) => Kind::Csr,
            Self::Recorded(_) => Kind::Recorded,
            Self::Install(_) => Kind::Install,
            Self::Prove(_) => Kind::Prove,
            Self::Lock(_) => Kind::Lock,
            Self::Erase(_) => Kind::Erase,
            Self::Error(_) => Kind::Error,
        };
        kind.word()
    }

    /// Writes the reply to the request `re` as a frame into `out`, in version [`crate::version::CURRENT`], and returns the frame.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] where it does not fit into `out` or into a frame.
    pub fn write<'o>(&self, re: u32, out: &'o mut [u8]) -> Result<&'o [u8], FrameError> {
        let written = match self {
            Self::Hello(fields) => answer::hello(out, re, &fields.borrowed()),
            Self::Identify(Done {}) => answer::identify(out, re),
            Self::Csr(fields) => {
                let Csr {
                    mac,
                    name,
                    csr,
                    proof,
                } = fields;
                answer::csr(out, re, *mac, name, *csr, proof)
            }
            Self::Recorded(Done {}) => answer::recorded(out, re),
            Self::Install(fields) => answer::install(out, re, fields.have, fields.current),
            Self::Prove(fields) => answer::prove(out, re, &fields.proof),
            Self::Lock(Done {}) => answer::lock(out, re),
            Self::Erase(Done {}) => answer::erase(out, re),
            Self::Error(fields) => {
                let Error {
                    code,
                    text,
                    versions,
                } = fields;
                answer::error_as_told(out, re, *code, text, *versions)
            }
        };
        written.ok_or(FrameError::TooLong)
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
        if !head.is_known() && !matches!(head.kind, Some(Kind::Hello | Kind::Error)) {
            return Err(MessageError::UnknownVersion(re));
        }
        let Some(kind) = head.kind else {
            return Err(MessageError::UnknownKind(re));
        };
        match Self::fields(kind, message) {
            Ok(reply) => Ok((re, reply)),
            Err(Malformed) => Err(MessageError::BadField(re)),
        }
    }

    fn fields(kind: Kind, message: &'a [u8]) -> Result<Self, Malformed> {
        Ok(match kind {
            Kind::Hello => Self::Hello(Hello::read(message)?),
            Kind::Identify => Self::Identify(Done {}),
            Kind::Csr => Self::Csr(Csr::read(message)?),
            Kind::Recorded => Self::Recorded(Done {}),
            Kind::Install => Self::Install(Install::read(message)?),
            Kind::Prove => Self::Prove(Prove {
                proof: fixed(only(message, "proof")?)?,
            }),
            Kind::Lock => Self::Lock(Done {}),
            Kind::Erase => Self::Erase(Done {}),
            Kind::Error => Self::Error(Error::read(message)?),
        })
    }
}

impl Hello {
    fn read(message: &[u8]) -> Result<Self, Malformed> {
        let [
            version,
            mac,
            name,
            firmware,
            agent,
            key,
            chain,
            locked,
            token,
        ] = members(
            message,
            "version mac name firmware agent key chain locked token",
        )?;
        Ok(Self {
            version: number(needed(version)?)?,
            mac: value::mac(needed(mac)?)?,
            name: kept(needed(name)?)?,
            firmware: kept(needed(firmware)?)?,
            agent: kept(needed(agent)?)?,
            key: value::flag(needed(key)?)?,
            chain: given(chain).map(fixed).transpose()?,
            locked: given(locked).map_or(Ok(false), value::flag)?,
            token: given(token).map(kept).transpose()?,
        })
    }

    fn borrowed(&self) -> answer::Hello<'_> {
        answer::Hello {
            version: self.version,
            mac: self.mac,
            name: &self.name,
            firmware: &self.firmware,
            agent: &self.agent,
            key: self.key,
            chain: self.chain,
            locked: self.locked,
            token: self.token.as_deref(),
        }
    }
}

impl<'a> Csr<'a> {
    fn read(message: &'a [u8]) -> Result<Self, Malformed> {
        let [mac, name, csr, proof] = members(message, "mac name csr proof")?;
        Ok(Self {
            mac: value::mac(needed(mac)?)?,
            name: kept(needed(name)?)?,
            csr: value::bytes(needed(csr)?)?,
            proof: fixed(needed(proof)?)?,
        })
    }
}

impl Install {
    fn read(message: &[u8]) -> Result<Self, Malformed> {
        let [have, current] = members(message, "have current")?;
        Ok(Self {
            have: number(needed(have)?)?,
            current: value::flag(needed(current)?)?,
        })
    }
}

impl Error {
    fn read(message: &[u8]) -> Result<Self, Malformed> {
        let [code, text, versions] = members(message, "code text versions")?;
        Ok(Self {
            code: number(needed(code)?)?,
            text: kept(needed(text)?)?,
            versions: given(versions).map(value::versions).transpose()?,
        })
    }
}
