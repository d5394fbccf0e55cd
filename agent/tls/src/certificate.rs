//! Finds the public key in an X.509 certificate (RFC 5280 §4.1) by walking its DER.
//!
//! It must not judge anything else: names, dates, extensions and the certificate's own signature say
//! nothing here, because the key itself is pinned.
//!
//! ```asn1
//! Certificate    ::= SEQUENCE { tbsCertificate TBSCertificate, signatureAlgorithm AlgorithmIdentifier,
//!                               signatureValue BIT STRING }
//! TBSCertificate ::= SEQUENCE { version [0] EXPLICIT INTEGER DEFAULT v1, serialNumber INTEGER,
//!                               signature AlgorithmIdentifier, issuer Name, validity Validity,
//!                               subject Name, subjectPublicKeyInfo SubjectPublicKeyInfo, … }
//! SubjectPublicKeyInfo ::= SEQUENCE { algorithm AlgorithmIdentifier, subjectPublicKey BIT STRING }
//! ```

use der::asn1::{AnyRef, BitStringRef};
use der::{Decode, Error, ErrorKind, Reader, SliceReader, Tag, TagNumber};

/// id-ecPublicKey, 1.2.840.10045.2.1 (RFC 5480 §2.1.1), as the contents of an OBJECT IDENTIFIER.
const EC_PUBLIC_KEY: [u8; 7] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// secp256r1, 1.2.840.10045.3.1.7 (RFC 5480 §2.1.1.1).
const SECP256R1: [u8; 8] = [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

/// The SEC1 point in the certificate's SubjectPublicKeyInfo.
pub(crate) fn p256_point(certificate: &[u8]) -> Result<&[u8], Error> {
    AnyRef::from_der(certificate)?.sequence(|certificate| {
        let point = certificate.sequence(tbs_point)?;
        skip(certificate, Tag::Sequence)?;
        skip(certificate, Tag::BitString)?;
        Ok(point)
    })
}

/// The SEC1 point in a SubjectPublicKeyInfo that stands alone.
pub(crate) fn spki_point(spki: &[u8]) -> Result<&[u8], Error> {
    AnyRef::from_der(spki)?.sequence(key_of)
}

fn tbs_point<'a>(tbs: &mut SliceReader<'a>) -> Result<&'a [u8], Error> {
    let version = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(0),
    };
    if Tag::peek(tbs)? == version {
        skip(tbs, version)?;
    }
    skip(tbs, Tag::Integer)?; // serialNumber
    skip(tbs, Tag::Sequence)?; // signature
    skip(tbs, Tag::Sequence)?; // issuer
    skip(tbs, Tag::Sequence)?; // validity
    skip(tbs, Tag::Sequence)?; // subject
    let point = tbs.sequence(key_of)?;
    // issuerUniqueID, subjectUniqueID, extensions
    while !tbs.is_finished() {
        AnyRef::decode(tbs)?;
    }
    Ok(point)
}

fn key_of<'a>(spki: &mut SliceReader<'a>) -> Result<&'a [u8], Error> {
    spki.sequence(|algorithm| {
        expect_oid(algorithm, &EC_PUBLIC_KEY)?;
        expect_oid(algorithm, &SECP256R1)
    })?;
    BitStringRef::decode(spki)?.as_bytes().ok_or_else(|| {
        ErrorKind::Value {
            tag: Tag::BitString,
        }
        .into()
    })
}

fn expect_oid(reader: &mut SliceReader<'_>, oid: &[u8]) -> Result<(), Error> {
    let tag = Tag::ObjectIdentifier;
    let found = AnyRef::decode(reader)?;
    if found.header().tag() == tag && found.value() == oid {
        Ok(())
    } else {
        Err(ErrorKind::Value { tag }.into())
    }
}

fn skip(reader: &mut SliceReader<'_>, tag: Tag) -> Result<(), Error> {
    AnyRef::decode(reader)?.header().tag().assert_eq(tag)?;
    Ok(())
}
