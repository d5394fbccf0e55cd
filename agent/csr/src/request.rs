//! What a request says, and its `CertificationRequestInfo`: the part that is signed (RFC 2986 section 4.1).
//!
//! Knows nothing of buffers and signatures. Written from the end to the beginning, as [`tlv`](crate::tlv) explains.

use crate::error::Invalid;
use crate::extensions::{Extensions, extension};
use crate::san::AltName;
use crate::subject::Attribute;
use crate::tlv::{BIT_STRING, INTEGER, SEQUENCE, SET, Writer, tagged};
use crate::{oids, san, subject};

/// Everything that a certificate request says; all of it borrowed.
///
/// Subject and names may both be empty: there are issuers that take every name from their own records.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The subject, written in this order with one relative name each.
    pub subject: &'a [Attribute<'a>],
    /// subjectAltName, written in this order; left out where empty, critical where the subject is empty
    /// (RFC 5280 section 4.2.1.6).
    pub san: &'a [AltName<'a>],
    /// The other extensions.
    pub extensions: Extensions<'a>,
    /// The P-256 key as an uncompressed point: 4, x, y (SEC 1 section 2.3.3). That it lies on the curve is for the one who
    /// made it to know.
    pub public_key: &'a [u8; 65],
}

impl Request<'_> {
    /// Says what is wrong, if anything, without writing.
    ///
    /// # Errors
    /// The first thing found that [`write`](crate::write) would refuse.
    pub fn check(&self) -> Result<(), Invalid> {
        subject::check(self.subject)?;
        san::check(self.san)?;
        self.extensions.check()?;
        match self.public_key {
            [4, ..] => Ok(()),
            _ => Err(Invalid::PublicKey),
        }
    }

    /// ```text
    /// CertificationRequestInfo ::= SEQUENCE {
    ///     version INTEGER, subject Name, subjectPKInfo SubjectPublicKeyInfo, attributes [0] IMPLICIT SET OF Attribute }
    /// ```
    pub(crate) fn write_info(&self, to: &mut Writer<'_>) {
        to.nest(SEQUENCE, |to| {
            to.nest(tagged(0), |to| self.extension_request(to));
            public_key_info(self.public_key, to);
            subject::write(self.subject, to);
            to.element(INTEGER, &[VERSION_1]);
        });
    }

    /// `Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET OF Extensions }`, or nothing: the `[0]` around it
    /// stays either way.
    fn extension_request(&self, to: &mut Writer<'_>) {
        let before = to.written();
        if !self.san.is_empty() {
            let critical = self.subject.is_empty();
            extension(to, oids::SUBJECT_ALT_NAME, critical, |to| {
                san::write(self.san, to);
            });
        }
        self.extensions.write(to);
        if to.written() > before {
            to.header(SEQUENCE, before);
            to.header(SET, before);
            to.oid(&oids::EXTENSION_REQUEST);
            to.header(SEQUENCE, before);
        }
    }
}

const VERSION_1: u8 = 0;

/// `SubjectPublicKeyInfo` of an elliptic-curve key (RFC 5480 section 2).
fn public_key_info(public_key: &[u8; 65], to: &mut Writer<'_>) {
    to.nest(SEQUENCE, |to| {
        to.nest(BIT_STRING, |to| {
            to.bytes(public_key);
            to.byte(0);
        });
        to.nest(SEQUENCE, |to| {
            to.oid(&oids::P256);
            to.oid(&oids::EC_PUBLIC_KEY);
        });
    });
}
