//! What a host asks of a board.

use serde::{Deserialize, Serialize};

use crate::frame::{self, FrameError};
use crate::message::{self, Head, MessageError};
use crate::{Bytes, Fixed, Text, limits, version};

/// A request, host to board.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "there is no heap to box on")]
pub enum Request<'a> {
    /// Who are you, and which versions do you speak?
    Hello(Hello),
    /// Show the person at the bench which board you are.
    Identify(Identify),
    /// Make your key if you have none, and a certificate request over it.
    Csr(Csr<'a>),
    /// Your certificate request is recorded: you may be unplugged.
    Recorded(Recorded),
    /// Take this piece of your certificate chain.
    Install(Install<'a>),
    /// Prove that you hold your key.
    Prove(Prove),
    /// Provisioning is over, for good.
    Lock(Named<'a>),
    /// Forget your key.
    Erase(Named<'a>),
}

/// Fields of `hello`. It is understood in every version and never changes its form.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// Oldest and newest protocol version that the host speaks.
    pub versions: [u8; 2],
}

/// Fields of `identify`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identify {
    /// How long to blink, beep or whatever the board can, in seconds; 0 ends it.
    pub seconds: u8,
}

/// Which subject attribute a value is for (RFC 5280 section 4.1.2.4, X.520).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AttributeKind {
    /// countryName: two letters.
    C,
    /// stateOrProvinceName.
    #[serde(rename = "ST")]
    St,
    /// localityName.
    L,
    /// organizationName.
    O,
    /// organizationalUnitName; may stand several times.
    #[serde(rename = "OU")]
    Ou,
    /// commonName.
    #[serde(rename = "CN")]
    Cn,
    /// serialNumber.
    #[serde(rename = "serialNumber")]
    SerialNumber,
}

/// Which kind of subject alternative name a value is (RFC 5280 section 4.2.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AltNameKind {
    /// dNSName.
    #[serde(rename = "dns")]
    Dns,
    /// uniformResourceIdentifier.
    #[serde(rename = "uri")]
    Uri,
    /// iPAddress, as IPv4 or IPv6 text.
    #[serde(rename = "ip")]
    Ip,
    /// hardwareModuleName (RFC 4108 section 5): the type as a dotted object identifier, `:`, the serial number in hex.
    #[serde(rename = "hw")]
    HardwareModule,
}

/// A bit of keyUsage (RFC 5280 section 4.2.1.3), by its name there. The number is the bit's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's own")]
pub enum KeyUsage {
    DigitalSignature = 0,
    NonRepudiation = 1,
    KeyEncipherment = 2,
    DataEncipherment = 3,
    KeyAgreement = 4,
    KeyCertSign = 5,
    #[serde(rename = "cRLSign")]
    CrlSign = 6,
    EncipherOnly = 7,
    DecipherOnly = 8,
}

/// A list of at most `N`, which the board holds without a heap.
pub type List<T, const N: usize> = heapless::Vec<T, N>;

/// Fields of `csr`: what is to stand in the certificate request. The order is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Csr<'a> {
    /// Makes the proof belong to this moment.
    pub nonce: Fixed<32>,
    /// Subject attributes.
    #[serde(borrow, default)]
    pub subject: List<(AttributeKind, Text<'a>), { limits::ATTRIBUTES }>,
    /// Subject alternative names.
    #[serde(borrow, default, skip_serializing_if = "List::is_empty")]
    pub san: List<(AltNameKind, Text<'a>), { limits::ALT_NAMES }>,
    /// keyUsage as a requested extension; not requested where empty.
    #[serde(default, skip_serializing_if = "List::is_empty")]
    pub key_usage: List<KeyUsage, { limits::KEY_USAGES }>,
    /// extendedKeyUsage as a requested extension, as dotted object identifiers; not requested where empty.
    #[serde(borrow, default, skip_serializing_if = "List::is_empty")]
    pub purposes: List<&'a str, { limits::PURPOSES }>,
    /// basicConstraints as a requested extension with this `cA`; not requested where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<bool>,
}

/// Fields of `recorded`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// SHA-256 of the certificate request in DER.
    pub csr_sha256: Fixed<32>,
}

/// Fields of `install`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Install<'a> {
    /// SHA-256 over the whole chain: tells one chain's pieces from another's.
    pub chain_sha256: Fixed<32>,
    /// Length of the whole chain in bytes, at most [`limits::CHAIN`].
    pub length: u16,
    /// Where this piece begins in the chain, in bytes.
    pub offset: u16,
    /// The piece, at most [`limits::INSTALL_PIECE`] bytes.
    #[serde(borrow)]
    pub piece: Bytes<'a>,
}

/// Fields of `prove`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prove {
    /// Makes the proof belong to this moment.
    pub nonce: Fixed<32>,
}

/// Fields of `lock` and `erase`, which can't be undone: the board's own name must be given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Named<'a> {
    /// The board's name.
    #[serde(borrow)]
    pub name: Text<'a>,
}

impl<'a> Request<'a> {
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
        }
    }

    /// Writes the request as a frame into `out`, in version [`version::CURRENT`], and returns the frame.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] where it does not fit into `out` or into a frame.
    pub fn write<'o>(&self, id: u32, out: &'o mut [u8]) -> Result<&'o [u8], FrameError> {
        frame::seal(out, |place| {
            let head = Head::request(id, self.kind());
            match self {
                Self::Hello(fields) => message::write(place, head, fields),
                Self::Identify(fields) => message::write(place, head, fields),
                Self::Csr(fields) => message::write(place, head, fields),
                Self::Recorded(fields) => message::write(place, head, fields),
                Self::Install(fields) => message::write(place, head, fields),
                Self::Prove(fields) => message::write(place, head, fields),
                Self::Lock(fields) | Self::Erase(fields) => message::write(place, head, fields),
            }
        })
    }

    /// Reads a request from the message of a frame; with it its id.
    ///
    /// # Errors
    /// [`MessageError`]; [`MessageError::answer`] tells what to reply.
    pub fn read(message: &'a [u8]) -> Result<(u32, Self), MessageError> {
        let head = Head::read(message)?;
        if head.re.is_some() {
            return Err(MessageError::NotARequest);
        }
        let id = head.id.ok_or(MessageError::NotAMessage)?;
        let known = (version::MIN..=version::CURRENT).contains(&head.v);
        if !known && head.kind != "hello" {
            return Err(MessageError::UnknownVersion(id));
        }
        let request = match head.kind {
            "hello" => Self::Hello(message::read_fields(message, id)?),
            "identify" => Self::Identify(message::read_fields(message, id)?),
            "csr" => Self::Csr(message::read_fields(message, id)?),
            "recorded" => Self::Recorded(message::read_fields(message, id)?),
            "install" => Self::Install(message::read_fields(message, id)?),
            "prove" => Self::Prove(message::read_fields(message, id)?),
            "lock" => Self::Lock(message::read_fields(message, id)?),
            "erase" => Self::Erase(message::read_fields(message, id)?),
            _ => return Err(MessageError::UnknownKind(id)),
        };
        Ok((id, request))
    }
}
