//! Puts a request into a buffer and has it signed.
//!
//! The part to be signed is written once, in its final place, and the signature after it, so that no second buffer is
//! needed. Where that place is depends on the length of the outer header, and so on the signature's, which is not known
//! yet: room is left for the longest, and what came out shorter is moved up. Knows nothing of what the request says.

use core::cell::Cell;

use der::asn1::UintRef;
use der::{Encode, Header, Length, Tag};

use crate::error::{Error, Invalid};
use crate::oids;
use crate::request::Request;
use crate::tlv::{Chain, Made, bit_string, sequence};

/// The most bytes that follow `CertificationRequestInfo`: 12 of signature algorithm, and 75 of a BIT STRING with two
/// INTEGERs of 33 bytes. The outer header before it takes 4 more in a request of 256 bytes to 64 KiB.
pub const AFTER_INFO_MAX: usize = 12 + 75;

/// Writes a request at the beginning of `out` and gives back its DER.
///
/// `sign` gets `CertificationRequestInfo` in DER, and gives `r` and `s` of its ECDSA signature with P-256 and SHA-256,
/// 32 bytes each, most significant first. It is called once, and only after all else that can fail was checked.
///
/// Of a request that failed, `out` may hold pieces.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::BufferTooSmall`] before signing; [`Error::Sign`] and [`Error::ZeroSignature`] after.
pub fn write<'o, E>(
    request: &Request<'_>,
    out: &'o mut [u8],
    sign: impl FnOnce(&[u8]) -> Result<[u8; 64], E>,
) -> Result<&'o [u8], Error<E>> {
    request.check()?;
    let layout = Layout::of(request)?;
    let needed = layout.needed;
    if out.len() < needed {
        return Err(Error::BufferTooSmall { needed });
    }
    let info = layout.write_info(request, out)?;
    let signature = sign(info).map_err(Error::Sign)?;
    let (r, s) = signature.split_at(32);
    if is_zero(r) || is_zero(s) {
        return Err(Error::ZeroSignature);
    }
    Ok(layout.complete(out, r, s)?)
}

impl Request<'_> {
    /// The length of a buffer, in bytes, that holds this request whatever its signature turns out to be; up to 65 bytes
    /// more than a given signature needs.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn buffer_len(&self) -> Result<usize, Invalid> {
        self.check()?;
        Ok(Layout::of(self)?.needed)
    }
}

/// Where the parts stand in the buffer.
///
/// Its functions are never inlined: the signer, which needs the most stack of all, would have their frames below it.
struct Layout {
    /// Where `CertificationRequestInfo` begins: after the longest outer header.
    info: usize,
    /// Where it ends.
    tail: usize,
    /// The whole at its longest.
    needed: usize,
}

impl Layout {
    #[inline(never)]
    fn of(request: &Request<'_>) -> Result<Self, Invalid> {
        let length = request.info().encoded_len().and_then(usize::try_from);
        let length = length.map_err(Invalid::from_der)?;
        let content = length.checked_add(AFTER_INFO_MAX);
        let content = content.ok_or(Invalid::TooLarge)?;
        let header = outer_header(content)?.encoded_len();
        let header = header.and_then(usize::try_from);
        let info = header.map_err(Invalid::from_der)?;
        let needed = info.checked_add(content).ok_or(Invalid::TooLarge)?;
        Ok(Self {
            info,
            tail: info.saturating_add(length),
            needed,
        })
    }

    #[inline(never)]
    fn write_info<'o>(
        &self,
        request: &Request<'_>,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Invalid> {
        encode(&request.info(), out.get_mut(self.info..self.tail))
    }

    /// Adds the signature and the outer header.
    #[inline(never)]
    fn complete<'o>(&self, out: &'o mut [u8], r: &[u8], s: &[u8]) -> Result<&'o [u8], Invalid> {
        let signed = encode(&after_info(r, s), out.get_mut(self.tail..))?.len();
        let end = self.tail.saturating_add(signed);
        let content = end.saturating_sub(self.info);
        let begin = encode(&outer_header(content)?, Some(out))?.len();
        if begin < self.info {
            move_up(out, self.info, begin, content);
        }
        out.get(..begin.saturating_add(content))
            .ok_or(Invalid::TooLarge)
    }
}

/// Moves `length` bytes towards the beginning. (`copy_within` would leave a panic in the firmware.)
fn move_up(bytes: &mut [u8], from: usize, to: usize, length: usize) {
    let cells = Cell::from_mut(bytes).as_slice_of_cells();
    let pairs = cells.iter().skip(to).zip(cells.iter().skip(from));
    for (to, from) in pairs.take(length) {
        to.set(from.get());
    }
}

fn encode<'o>(part: &impl Encode, room: Option<&'o mut [u8]>) -> Result<&'o [u8], Invalid> {
    part.encode_to_slice(room.ok_or(Invalid::TooLarge)?)
        .map_err(Invalid::from_der)
}

fn outer_header(content: usize) -> Result<Header, Invalid> {
    let length = Length::try_from(content).map_err(Invalid::from_der)?;
    Ok(Header::new(Tag::Sequence, length))
}

/// `signatureAlgorithm` and `signature`, whose BIT STRING holds
/// `Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 section 2.2.3).
fn after_info(r: &[u8], s: &[u8]) -> impl Encode {
    let algorithm = sequence(oids::ECDSA_WITH_SHA256);
    algorithm.followed_by(bit_string(0, sequence(integer(r).followed_by(integer(s)))))
}

fn integer(number: &[u8]) -> impl Encode {
    Made(UintRef::new(number))
}

fn is_zero(number: &[u8]) -> bool {
    number.iter().all(|byte| *byte == 0)
}
