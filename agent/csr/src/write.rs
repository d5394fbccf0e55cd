//! Puts a request into a buffer and has it signed.
//!
//! The part to be signed is written once, in its final place, and the signature after it, so that no second buffer is
//! needed. Where that place is depends on the length of the outer header, and so on the signature's, which is not known
//! yet: room is left for the longest, and what came out shorter is moved up. Knows nothing of what the request says.

use core::cell::Cell;

use der::Length;

use crate::error::{Error, Invalid};
use crate::oids;
use crate::request::Request;
use crate::tlv::{BIT_STRING, INTEGER, SEQUENCE, Writer};

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
    let layout = Layout::of(request)?;
    let needed = layout.needed;
    if out.len() < needed {
        return Err(Error::BufferTooSmall { needed });
    }
    let info = layout.write_info(request, out).ok_or(Invalid::TooLarge)?;
    match sign(info) {
        // By reference: a copy would take the signer's stack.
        Ok(ref signature) => layout.complete(out, signature),
        Err(error) => Err(Error::Sign(error)),
    }
}

impl Request<'_> {
    /// The length of a buffer, in bytes, that holds this request whatever its signature turns out to be; up to 65 bytes
    /// more than a given signature needs.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn buffer_len(&self) -> Result<usize, Invalid> {
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
        request.check()?;
        let mut to = Writer::measure();
        to.skip(AFTER_INFO_MAX);
        request.write_info(&mut to);
        let content = to.written();
        to.header(SEQUENCE, 0);
        let needed = to.written();
        if needed == usize::MAX || Length::try_from(content).is_err() {
            return Err(Invalid::TooLarge);
        }
        Ok(Self {
            info: needed.saturating_sub(content),
            tail: needed.saturating_sub(AFTER_INFO_MAX),
            needed,
        })
    }

    #[inline(never)]
    fn write_info<'o>(&self, request: &Request<'_>, out: &'o mut [u8]) -> Option<&'o [u8]> {
        let room = out.get_mut(self.info..self.tail)?;
        request.write_info(&mut Writer::new(room));
        Some(room)
    }

    /// Adds the signature and the outer header.
    #[inline(never)]
    fn complete<'o, E>(
        &self,
        out: &'o mut [u8],
        signature: &[u8; 64],
    ) -> Result<&'o [u8], Error<E>> {
        let (r, s) = signature.split_at(32);
        let (r, s) = (without_leading_zeros(r), without_leading_zeros(s));
        if r.is_empty() || s.is_empty() {
            return Err(Error::ZeroSignature);
        }
        let mut to = Writer::measure();
        after_info(r, s, &mut to);
        let end = self.tail.saturating_add(to.written());
        let room = out.get_mut(..end).ok_or(Invalid::TooLarge)?;
        let mut to = Writer::new(room);
        after_info(r, s, &mut to);
        to.skip(self.tail.saturating_sub(self.info));
        to.header(SEQUENCE, 0);
        let length = to.written();
        move_up(room, end.saturating_sub(length));
        Ok(room.get(..length).ok_or(Invalid::TooLarge)?)
    }
}

/// Moves all towards the beginning. (`copy_within` would leave a panic in the firmware.)
fn move_up(bytes: &mut [u8], by: usize) {
    let cells = Cell::from_mut(bytes).as_slice_of_cells();
    for window in cells.windows(by.saturating_add(1)) {
        if let [to, .., from] = window {
            to.set(from.get());
        }
    }
}

/// `signatureAlgorithm` and `signature`, whose BIT STRING holds
/// `Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }` (RFC 3279 section 2.2.3).
fn after_info(r: &[u8], s: &[u8], to: &mut Writer<'_>) {
    to.nest(BIT_STRING, |to| {
        to.nest(SEQUENCE, |to| {
            integer(s, to);
            integer(r, to);
        });
        to.byte(0);
    });
    to.nest(SEQUENCE, |to| to.oid(&oids::ECDSA_WITH_SHA256));
}

/// A zero before the digits keeps a high bit from being a sign (X.690 section 8.3.3).
fn integer(digits: &[u8], to: &mut Writer<'_>) {
    to.nest(INTEGER, |to| {
        to.bytes(digits);
        if digits.first().is_some_and(|byte| *byte >= 0x80) {
            to.byte(0);
        }
    });
}

fn without_leading_zeros(mut number: &[u8]) -> &[u8] {
    while let [0, rest @ ..] = number {
        number = rest;
    }
    number
}
