//! What a host asks of a board.

use crate::frame::FrameError;
use crate::items::{Malformed, members};
use crate::message::{Head, Kind, MessageError};
use crate::value::{self, each, fixed, given, needed, number, only};
use crate::words::words;
use crate::writer::Writer;
use crate::{Bytes, ErrorNumber, Fixed, Text, limits};

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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hello {
    /// Oldest and newest protocol version that the host speaks.
    pub versions: [u8; 2],
}

/// Fields of `identify`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Identify {
    /// How long to blink, beep or whatever the board can, in seconds; 0 ends it.
    pub seconds: u8,
}

words! {
    /// Which subject attribute a value is for (RFC 5280 section 4.1.2.4, X.520).
    pub enum AttributeKind {
        /// countryName: two letters.
        C = "C",
        /// stateOrProvinceName.
        St = "ST",
        /// localityName.
        L = "L",
        /// organizationName.
        O = "O",
        /// organizationalUnitName; may stand several times.
        Ou = "OU",
        /// commonName.
        Cn = "CN",
        /// serialNumber.
        SerialNumber = "serialNumber",
    }
}

words! {
    /// Which kind of subject alternative name a value is (RFC 5280 section 4.2.1.6).
    pub enum AltNameKind {
        /// dNSName.
        Dns = "dns",
        /// uniformResourceIdentifier.
        Uri = "uri",
        /// iPAddress, as IPv4 or IPv6 text.
        Ip = "ip",
        /// hardwareModuleName (RFC 4108 section 5): the type as a dotted object identifier, `:`, the serial number in hex.
        HardwareModule = "hw",
    }
}

words! {
    /// A bit of keyUsage (RFC 5280 section 4.2.1.3), by its name there. The number is the bit's. Hosts read it from their
    /// configuration, too.
    #[expect(missing_docs, reason = "the names are the RFC's own")]
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub enum KeyUsage {
        DigitalSignature = "digitalSignature",
        NonRepudiation = "nonRepudiation",
        KeyEncipherment = "keyEncipherment",
        DataEncipherment = "dataEncipherment",
        KeyAgreement = "keyAgreement",
        KeyCertSign = "keyCertSign",
        #[serde(rename = "cRLSign")]
        CrlSign = "cRLSign",
        EncipherOnly = "encipherOnly",
        DecipherOnly = "decipherOnly",
    }
}

/// A list of at most `N`, which the board holds without a heap.
pub type List<T, const N: usize> = heapless::Vec<T, N>;

/// Fields of `csr`: what is to stand in the certificate request. The order is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Csr<'a> {
    /// Makes the proof belong to this moment.
    pub nonce: Fixed<32>,
    /// Subject attributes.
    pub subject: List<(AttributeKind, Text<'a>), { limits::ATTRIBUTES }>,
    /// Subject alternative names.
    pub san: List<(AltNameKind, Text<'a>), { limits::ALT_NAMES }>,
    /// keyUsage as a requested extension; not requested where empty.
    pub key_usage: List<KeyUsage, { limits::KEY_USAGES }>,
    /// extendedKeyUsage as a requested extension, as dotted object identifiers; not requested where empty.
    pub purposes: List<&'a str, { limits::PURPOSES }>,
    /// basicConstraints as a requested extension with this `cA`; not requested where missing.
    pub ca: Option<bool>,
}

/// Fields of `recorded`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recorded {
    /// SHA-256 of the certificate request in DER.
    pub csr_sha256: Fixed<32>,
}

/// Fields of `install`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Install<'a> {
    /// SHA-256 over the whole chain: tells one chain's pieces from another's.
    pub chain_sha256: Fixed<32>,
    /// Length of the whole chain in bytes, at most [`limits::CHAIN`].
    pub length: u16,
    /// Where this piece begins in the chain, in bytes.
    pub offset: u16,
    /// The piece, at most [`limits::INSTALL_PIECE`] bytes.
    pub piece: Bytes<'a>,
}

/// Fields of `prove`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prove {
    /// Makes the proof belong to this moment.
    pub nonce: Fixed<32>,
}

/// Fields of `lock` and `erase`, which can't be undone: the board's own name must be given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Named<'a> {
    /// The board's name.
    pub name: Text<'a>,
}

impl<'a> Request<'a> {
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
        };
        kind.word()
    }

    /// Writes the request as a frame into `out`, in version [`crate::version::CURRENT`], and returns the frame.
    ///
    /// # Errors
    /// [`FrameError::TooLong`] where it does not fit into `out` or into a frame.
    pub fn write<'o>(&self, id: u32, out: &'o mut [u8]) -> Result<&'o [u8], FrameError> {
        let mut out = Writer::new(out, "id", id, self.kind());
        match self {
            Self::Hello(fields) => out.field("versions").versions(fields.versions),
            Self::Identify(fields) => out.field("seconds").number(fields.seconds.into()),
            Self::Csr(fields) => fields.write(&mut out),
            Self::Recorded(fields) => out.field("csr_sha256").bytes(&fields.csr_sha256.0),
            Self::Install(fields) => fields.write(&mut out),
            Self::Prove(fields) => out.field("nonce").bytes(&fields.nonce.0),
            Self::Lock(fields) | Self::Erase(fields) => out.field("name").text(fields.name),
        }
        out.finish().ok_or(FrameError::TooLong)
    }

    /// Reads a request from the message of a frame; with it its id.
    ///
    /// # Errors
    /// [`MessageError`]; [`MessageError::answer`] tells what to reply.
    pub fn read(message: &'a [u8]) -> Result<(u32, Self), MessageError> {
        let asked = Asked::read(message)?;
        let request = match asked.kind {
            Kind::Hello => asked.hello().map(Self::Hello),
            Kind::Identify => asked.identify().map(Self::Identify),
            Kind::Csr => asked.csr().map(Self::Csr),
            Kind::Recorded => asked.recorded().map(Self::Recorded),
            Kind::Install => asked.install().map(Self::Install),
            Kind::Prove => asked.prove().map(Self::Prove),
            Kind::Lock => asked.named().map(Self::Lock),
            Kind::Erase => asked.named().map(Self::Erase),
            Kind::Error => return Err(MessageError::UnknownKind(asked.id)),
        };
        match request {
            Ok(request) => Ok((asked.id, request)),
            Err(_) => Err(MessageError::BadField(asked.id)),
        }
    }
}

/// A request whose head is read and whose fields are not: a board reads them where it needs them, so that it never holds the
/// greatest of all requests when it was asked the smallest.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The host's number for it.
    pub id: u32,
    /// Which fields it has. Never [`Kind::Error`].
    pub kind: Kind,
    message: &'a [u8],
}

impl<'a> Asked<'a> {
    /// Reads the head of a request.
    ///
    /// # Errors
    /// [`MessageError`], but not yet [`MessageError::BadField`].
    pub fn read(message: &'a [u8]) -> Result<Self, MessageError> {
        let head = Head::read(message)?;
        if head.re.is_some() {
            return Err(MessageError::NotARequest);
        }
        let id = head.id.ok_or(MessageError::NotAMessage)?;
        if !head.is_known() && head.kind != Some(Kind::Hello) {
            return Err(MessageError::UnknownVersion(id));
        }
        match head.kind {
            Some(Kind::Error) | None => Err(MessageError::UnknownKind(id)),
            Some(kind) => Ok(Self { id, kind, message }),
        }
    }

    /// Fields of `hello`.
    ///
    /// # Errors
    /// [`ErrorNumber::BadField`], here and below.
    pub fn hello(&self) -> Result<Hello, ErrorNumber> {
        let versions = value::versions(only(self.message, "versions")?)?;
        Ok(Hello { versions })
    }

    /// Fields of `identify`.
    ///
    /// # Errors
    /// [`ErrorNumber::BadField`].
    pub fn identify(&self) -> Result<Identify, ErrorNumber> {
        let seconds = number(only(self.message, "seconds")?)?;
        Ok(Identify { seconds })
    }

    /// Fields of `csr`.
    ///
    /// # Errors
    /// [`ErrorNumber::BadField`].
    #[inline(never)]
    pub fn csr(&self) -> Result<Csr<'a>, ErrorNumber> {
        let [nonce, subject, san, key_usage, purposes, ca] =
            members(self.message, "nonce subject san key_usage purposes ca")?;
        let mut csr = Csr {
            nonce: fixed(needed(nonce)?)?,
            subject: List::new(),
            san: List::new(),
            key_usage: List::new(),
            purposes: List::new(),
            ca: given(ca).map(value::flag).transpose()?,
        };
        each(subject, &mut |item| {
            let (kind, text) = value::pair(item)?;
            keep(
                &mut csr.subject,
                (known(AttributeKind::from_word(kind))?, text),
            )
        })?;
        each(san, &mut |item| {
            let (kind, text) = value::pair(item)?;
            keep(&mut csr.san, (known(AltNameKind::from_word(kind))?, text))
        })?;
        each(key_usage, &mut |item| {
            let usage = KeyUsage::from_word(value::raw(item)?);
            keep(&mut csr.key_usage, known(usage)?)
        })?;
        each(purposes, &mut |item| {
            keep(&mut csr.purposes, value::plain(item)?)
        })?;
        Ok(csr)
    }

    /// Fields of `recorded`.
    ///
    /// # Errors
    /// [`ErrorNumber::BadField`].
    pub fn recorded(&self) -> Result<Recorded, ErrorNumber> {
        let csr_sha256 = fixed(only(self.message, "csr_sha256")?)?;
        Ok(Recorded { csr_sha256 })
    }

    /// Fields of `install`.
    ///
    /// # Errors
    /// [`ErrorNumber::BadField`].
    pub fn install(&self) -> Result<Install<'a>, ErrorNumber> {
        let [chain_sha256, length, offset, piece] =
            members(self.message, "chain_sha256 length offset piece")?;
        Ok(Install {
            chain_sha256: fixed(needed(chain_sha256)?)?,
            length: number(needed(length)?)?,
            offset: number(needed(offset)?)?,
            piece: value::bytes(needed(piece)?)?,
        })
    }

    /// Fields of `prove`.
    ///
    /// # Errors
    /// [`ErrorNumber::BadField`].
    pub fn prove(&self) -> Result<Prove, ErrorNumber> {
        let nonce = fixed(only(self.message, "nonce")?)?;
        Ok(Prove { nonce })
    }

    /// Fields of `lock` and `erase`.
    ///
    /// # Errors
    /// [`ErrorNumber::BadField`].
    pub fn named(&self) -> Result<Named<'a>, ErrorNumber> {
        let name = value::text(only(self.message, "name")?)?;
        Ok(Named { name })
    }
}

impl Csr<'_> {
    fn write(&self, out: &mut Writer<'_>) {
        out.field("nonce").bytes(&self.nonce.0);
        out.field("subject").list(&self.subject, |out, item| {
            out.pair(item.0.word(), item.1);
        });
        if !self.san.is_empty() {
            out.field("san").list(&self.san, |out, item| {
                out.pair(item.0.word(), item.1);
            });
        }
        if !self.key_usage.is_empty() {
            out.field("key_usage").list(&self.key_usage, |out, usage| {
                out.string(usage.word());
            });
        }
        if !self.purposes.is_empty() {
            out.field("purposes").list(&self.purposes, |out, purpose| {
                out.string(purpose);
            });
        }
        if let Some(ca) = self.ca {
            out.field("ca").flag(ca);
        }
    }
}

impl Install<'_> {
    fn write(&self, out: &mut Writer<'_>) {
        out.field("chain_sha256").bytes(&self.chain_sha256.0);
        out.field("length").number(self.length.into());
        out.field("offset").number(self.offset.into());
        out.field("piece").base64(self.piece);
    }
}

fn known<T>(word: Option<T>) -> Result<T, Malformed> {
    word.ok_or(Malformed)
}

fn keep<T, const N: usize>(list: &mut List<T, N>, item: T) -> Result<(), Malformed> {
    list.push(item).map_err(|_| Malformed)
}
