//! The extensions that a request asks for, the names apart (RFC 5280 section 4.2.1).
//!
//! Only what the certificate of a device with a P-256 key can have: nothing here asks for a CA, and key usages that
//! RFC 8813 section 3 forbids for elliptic-curve keys, or RFC 5280 without `cA`, cannot be said.

use core::ops::BitOr;

use der::Encode;

use crate::error::Invalid;
use crate::oids::{self, Dotted, Oid};
use crate::tlv::{Bytes, Chain, Each, bit_string, octet_string, sequence};

/// The extensions asked for beside the names; by default none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extensions<'a> {
    /// basicConstraints, critical.
    pub basic_constraints: Option<BasicConstraints>,
    /// keyUsage, critical.
    pub key_usage: Option<KeyUsage>,
    /// extKeyUsage, not critical; left out where empty.
    pub extended_key_usage: &'a [Purpose<'a>],
}

/// RFC 5280 section 4.2.1.9.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BasicConstraints {
    /// `cA FALSE`: DER leaves the default out, so the extension holds an empty SEQUENCE.
    EndEntity,
}

/// A set of key usages (RFC 5280 section 4.2.1.3); join them with `|`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyUsage(u16);

impl KeyUsage {
    /// Bit 0: signatures other than those on certificates; what TLS 1.3 needs.
    pub const DIGITAL_SIGNATURE: Self = Self::bit(0);
    /// Bit 1, also called contentCommitment.
    pub const NON_REPUDIATION: Self = Self::bit(1);
    /// Bit 4: ECDH.
    pub const KEY_AGREEMENT: Self = Self::bit(4);
    /// Bit 7; only together with [`KEY_AGREEMENT`](Self::KEY_AGREEMENT).
    pub const ENCIPHER_ONLY: Self = Self::bit(7);
    /// Bit 8; only together with [`KEY_AGREEMENT`](Self::KEY_AGREEMENT).
    pub const DECIPHER_ONLY: Self = Self::bit(8);

    /// ASN.1 counts bits from the most significant one.
    const fn bit(number: u32) -> Self {
        Self(0x8000 >> number)
    }

    const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn is_valid(self) -> bool {
        let needs_agreement = self.has(Self::ENCIPHER_ONLY) || self.has(Self::DECIPHER_ONLY);
        self.0 != 0 && (!needs_agreement || self.has(Self::KEY_AGREEMENT))
    }
}

impl BitOr for KeyUsage {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What a certificate may be used for (RFC 5280 section 4.2.1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose<'a> {
    /// TLS server authentication.
    ServerAuth,
    /// TLS client authentication.
    ClientAuth,
    /// Signing of code.
    CodeSigning,
    /// Protection of e-mail.
    EmailProtection,
    /// Binding the hash of an object to a time.
    TimeStamping,
    /// Any other, as a dotted object identifier.
    Other(&'a str),
}

impl<'a> Purpose<'a> {
    fn is_valid(&self) -> bool {
        match self {
            Self::Other(dotted) => Dotted(dotted).is_valid(),
            _ => true,
        }
    }

    /// `KeyPurposeId ::= OBJECT IDENTIFIER`
    fn encoder(&'a self) -> impl Encode {
        let known = match self {
            Self::ServerAuth => oids::SERVER_AUTH,
            Self::ClientAuth => oids::CLIENT_AUTH,
            Self::CodeSigning => oids::CODE_SIGNING,
            Self::EmailProtection => oids::EMAIL_PROTECTION,
            Self::TimeStamping => oids::TIME_STAMPING,
            Self::Other(dotted) => return None.followed_by(Some(Dotted(dotted))),
        };
        Some(known).followed_by(None)
    }
}

impl Extensions<'_> {
    /// Whether nothing is asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.basic_constraints.is_none()
            && self.key_usage.is_none()
            && self.extended_key_usage.is_empty()
    }

    pub(crate) fn check(&self) -> Result<(), Invalid> {
        if self.key_usage.is_some_and(|usage| !usage.is_valid()) {
            return Err(Invalid::KeyUsage);
        }
        match self
            .extended_key_usage
            .iter()
            .position(|purpose| !purpose.is_valid())
        {
            Some(index) => Err(Invalid::Purpose { index }),
            None => Ok(()),
        }
    }

    /// The members of `Extensions ::= SEQUENCE OF Extension`.
    pub(crate) fn encoder(&self) -> impl Encode {
        let purposes = self.extended_key_usage;
        let basic = self.basic_constraints.map(|BasicConstraints::EndEntity| {
            extension(oids::BASIC_CONSTRAINTS, true, sequence(Bytes([])))
        });
        let usage = self
            .key_usage
            .map(|usage| extension(oids::KEY_USAGE, true, named_bits(usage)));
        let extended = (!purposes.is_empty()).then(|| {
            extension(
                oids::EXTENDED_KEY_USAGE,
                false,
                sequence(Each(purposes, Purpose::encoder)),
            )
        });
        basic.followed_by(usage).followed_by(extended)
    }
}

/// `Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`
pub(crate) fn extension(oid: Oid, critical: bool, value: impl Encode) -> impl Encode {
    sequence(
        oid.followed_by(critical.then_some(true))
            .followed_by(octet_string(value)),
    )
}

/// A named BIT STRING ends after its last set bit (X.690 section 11.2.2).
fn named_bits(KeyUsage(bits): KeyUsage) -> impl Encode {
    let [first, second] = bits.to_be_bytes();
    let last = if second == 0 { first } else { second };
    // Zero only for an empty set, which `check` refuses: eight unused bits cannot be said.
    let unused = last.trailing_zeros().min(7) as u8;
    let second = (second != 0).then_some(Bytes([second]));
    bit_string(unused, Bytes([first]).followed_by(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_usage_is_cut_after_its_last_bit() {
        let cases: [(KeyUsage, &[u8]); 4] = [
            (KeyUsage::DIGITAL_SIGNATURE, &[3, 2, 7, 0x80]),
            (
                KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_AGREEMENT,
                &[3, 2, 3, 0x88],
            ),
            (
                KeyUsage::KEY_AGREEMENT | KeyUsage::ENCIPHER_ONLY,
                &[3, 2, 0, 0x09],
            ),
            (
                KeyUsage::KEY_AGREEMENT | KeyUsage::DECIPHER_ONLY,
                &[3, 3, 7, 0x08, 0x80],
            ),
        ];
        for (usage, expected) in cases {
            let mut buffer = [0; 8];
            assert_eq!(named_bits(usage).encode_to_slice(&mut buffer), Ok(expected));
        }
    }

    #[test]
    fn key_usages_that_say_nothing_are_refused() {
        for usage in [
            KeyUsage::default(),
            KeyUsage::ENCIPHER_ONLY,
            KeyUsage::DIGITAL_SIGNATURE | KeyUsage::DECIPHER_ONLY,
        ] {
            let extensions = Extensions {
                key_usage: Some(usage),
                ..Extensions::default()
            };
            assert_eq!(extensions.check(), Err(Invalid::KeyUsage));
        }
    }

    #[test]
    fn a_purpose_that_is_no_object_identifier_is_named() {
        for wrong in [
            "",
            "1",
            "1.2.",
            "3.1.2",
            "1.3.x",
            "1.40.1",
            "1.3.-6",
            "1.3.99999999999",
        ] {
            let extensions = Extensions {
                extended_key_usage: &[Purpose::ClientAuth, Purpose::Other(wrong)],
                ..Extensions::default()
            };
            assert_eq!(
                extensions.check(),
                Err(Invalid::Purpose { index: 1 }),
                "{wrong}"
            );
        }
    }
}
