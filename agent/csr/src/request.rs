//! What a request says, and its `CertificationRequestInfo`: the part that is signed (RFC 2986 section 4.1).
//!
//! Knows nothing of buffers and signatures.

use der::Encode;

use crate::error::Invalid;
use crate::extensions::{Extensions, extension};
use crate::san::{AltName, general_names};
use crate::subject::{Attribute, name};
use crate::tlv::{Bytes, Chain, bit_string, sequence, set_of_one, tagged};
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
    pub(crate) fn info(&self) -> impl Encode {
        sequence(
            VERSION_1
                .followed_by(name(self.subject))
                .followed_by(public_key_info(self.public_key))
                .followed_by(tagged(0, self.extension_request())),
        )
    }

    /// `Attribute ::= SEQUENCE { type OBJECT IDENTIFIER, values SET OF Extensions }`, or nothing: the `[0]` around it
    /// stays either way.
    fn extension_request(&self) -> Option<impl Encode> {
        let names = (!self.san.is_empty()).then(|| {
            let is_critical = self.subject.is_empty();
            extension(oids::SUBJECT_ALT_NAME, is_critical, general_names(self.san))
        });
        if names.is_none() && self.extensions.is_empty() {
            return None;
        }
        let extensions = sequence(self.extensions.encoder().followed_by(names));
        Some(sequence(
            oids::EXTENSION_REQUEST.followed_by(set_of_one(extensions)),
        ))
    }
}

const VERSION_1: u8 = 0;

/// `SubjectPublicKeyInfo` of an elliptic-curve key (RFC 5480 section 2).
fn public_key_info(public_key: &[u8; 65]) -> impl Encode {
    let algorithm = sequence(oids::EC_PUBLIC_KEY.followed_by(oids::P256));
    sequence(algorithm.followed_by(bit_string(0, Bytes(public_key))))
}
