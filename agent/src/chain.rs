//! Whether what is staged is a certificate chain for this board (RFC 5280), as far as a board can tell: it has no clock and no roots.
//!
//! ```text
//! Certificate    ::= SEQUENCE { tbsCertificate, signatureAlgorithm SEQUENCE, signatureValue BIT STRING }
//! tbsCertificate ::= SEQUENCE { version [0] OPTIONAL, serialNumber INTEGER, signature SEQUENCE, issuer SEQUENCE,
//!                      validity SEQUENCE { notBefore Time, notAfter Time }, subject SEQUENCE,
//!                      subjectPublicKeyInfo SEQUENCE, … }
//! ```
//!
//! Knows nothing of how the chain came here, or what becomes of it.

use nameplate_wire::ErrorNumber;

use crate::CertificateStore;
use crate::der::{BIT_STRING, Der, GENERALIZED_TIME, INTEGER, SEQUENCE, Span, TAGGED_0, UTC_TIME};

/// What stands before the point in the `SubjectPublicKeyInfo` of a P-256 key (RFC 5480 section 2): id-ecPublicKey with
/// prime256v1, and a BIT STRING without unused bits.
const P256: [u8; 24] = [
    0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48,
    0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// A point of P-256 behind it.
const KEY_INFO: usize = P256.len() + 65;

/// What of a certificate is held against others.
struct Certificate {
    issuer: Span,
    subject: Span,
    key_info: Span,
}

/// Checks the first `length` bytes that are staged: certificates, the first for the key with this public point, each from
/// the one behind it.
///
/// # Errors
/// [`ErrorNumber`] 603 to 607.
#[inline(never)]
pub(crate) fn check(
    store: &mut impl CertificateStore,
    length: u16,
    public: &[u8; 65],
) -> Result<(), ErrorNumber> {
    let mut der = Der(store);
    let mut rest = Span::first(length);
    let own = certificate(&mut der, &mut rest)?;
    if !is_for(&mut der, own.key_info, public)? {
        return Err(ErrorNumber::OtherKey);
    }
    let mut issuer = own.issuer;
    while !rest.is_empty() {
        let next = certificate(&mut der, &mut rest)?;
        if !der.same(issuer, next.subject)? {
            return Err(ErrorNumber::ChainOrder);
        }
        issuer = next.issuer;
    }
    Ok(())
}

/// Takes a certificate off `rest`.
fn certificate<S: CertificateStore>(
    der: &mut Der<'_, S>,
    rest: &mut Span,
) -> Result<Certificate, ErrorNumber> {
    let mut outer = der.expect(SEQUENCE, rest)?;
    let mut tbs = der.expect(SEQUENCE, &mut outer)?;
    der.expect(SEQUENCE, &mut outer)?;
    der.expect(BIT_STRING, &mut outer)?;
    let (mut tag, _) = der.element(&mut tbs)?;
    if tag == TAGGED_0 {
        (tag, _) = der.element(&mut tbs)?;
    }
    if tag != INTEGER || !outer.is_empty() {
        return Err(ErrorNumber::ChainUnreadable);
    }
    der.expect(SEQUENCE, &mut tbs)?;
    let issuer = der.expect(SEQUENCE, &mut tbs)?;
    let mut validity = der.expect(SEQUENCE, &mut tbs)?;
    let subject = der.expect(SEQUENCE, &mut tbs)?;
    let key_info = der.expect(SEQUENCE, &mut tbs)?;
    while !tbs.is_empty() {
        der.element(&mut tbs)?;
    }
    let not_before = time(der, &mut validity)?;
    let not_after = time(der, &mut validity)?;
    if not_before > not_after || !validity.is_empty() {
        return Err(ErrorNumber::BadValidity);
    }
    Ok(Certificate {
        issuer,
        subject,
        key_info,
    })
}

/// Whether a `SubjectPublicKeyInfo` is of the key with this public point.
#[inline(never)]
fn is_for<S: CertificateStore>(
    der: &mut Der<'_, S>,
    key_info: Span,
    public: &[u8; 65],
) -> Result<bool, ErrorNumber> {
    let mut bytes = [0; KEY_INFO];
    der.read(key_info, &mut bytes)?;
    let is_whole = usize::from(key_info.length()) == KEY_INFO;
    Ok(is_whole && bytes.strip_prefix(&P256) == Some(public))
}

/// Year with four digits, month, day, hour, minute, second, `Z`: in this form times can be compared.
type Time = [u8; 15];

/// The least and the greatest month, day, hour, minute and second.
const LEAST: &[u8; 10] = b"0101000000";
const GREATEST: &[u8; 10] = b"1231235959";

/// Takes a time off `rest` (RFC 5280 section 4.1.2.5).
#[inline(never)]
fn time<S: CertificateStore>(der: &mut Der<'_, S>, rest: &mut Span) -> Result<Time, ErrorNumber> {
    let (tag, content) = der.element(rest)?;
    let mut time: Time = *b"20             ";
    let (century, digits) = time.split_at_mut(2);
    let is_whole = match (tag, content.length()) {
        (UTC_TIME, 13) => {
            der.read(content, digits)?;
            // Two digits mean 1950 to 2049.
            if digits.first() >= Some(&b'5') {
                century.copy_from_slice(b"19");
            }
            true
        }
        (GENERALIZED_TIME, 15) => {
            der.read(content, &mut time)?;
            true
        }
        _ => false,
    };
    let [digits @ .., last] = &time;
    let is_time = digits.iter().all(u8::is_ascii_digit) && *last == b'Z';
    let (_, in_year) = digits.split_at(4);
    let limits = LEAST.chunks_exact(2).zip(GREATEST.chunks_exact(2));
    let mut parts = in_year.chunks_exact(2).zip(limits);
    let in_range = parts.all(|(part, (least, greatest))| least <= part && part <= greatest);
    if is_whole && is_time && in_range {
        Ok(time)
    } else {
        Err(ErrorNumber::BadValidity)
    }
}

#[cfg(test)]
mod tests;
