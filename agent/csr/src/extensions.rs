//! The extensions that a request asks for, the names apart (RFC 5280 section 4.2.1).
//!
//! Only what the certificate of a device with a P-256 key can have: nothing here asks for a CA, and key usages that
//! RFC 8813 section 3 forbids for elliptic-curve keys, or RFC 5280 without `cA`, cannot be said.

use core::ops::BitOr;

use crate::error::Invalid;
use crate::oids::{self, Dotted};
use crate::tlv::{BIT_STRING, BOOLEAN, OCTET_STRING, SEQUENCE, Writer};

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

impl Purpose<'_> {
    fn is_valid(&self) -> bool {
        match self {
            Self::Other(dotted) => Dotted(dotted).is_valid(),
            _ => true,
        }
    }

    /// `KeyPurposeId ::= OBJECT IDENTIFIER`
    fn write(&self, to: &mut Writer<'_>) {
        let last = match self {
            Self::ServerAuth => oids::SERVER_AUTH,
            Self::ClientAuth => oids::CLIENT_AUTH,
            Self::CodeSigning => oids::CODE_SIGNING,
            Self::EmailProtection => oids::EMAIL_PROTECTION,
            Self::TimeStamping => oids::TIME_STAMPING,
            Self::Other(dotted) => {
                let _checked = Dotted(dotted).write(to);
                return;
            }
        };
        to.oid_under(&oids::KEY_PURPOSE, last);
    }
}

impl Extensions<'_> {
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
    pub(crate) fn write(&self, to: &mut Writer<'_>) {
        if !self.extended_key_usage.is_empty() {
            extension(to, oids::EXTENDED_KEY_USAGE, false, |to| {
                to.nest(SEQUENCE, |to| {
                    for purpose in self.extended_key_usage.iter().rev() {
                        purpose.write(to);
                    }
                });
            });
        }
        if let Some(usage) = self.key_usage {
            extension(to, oids::KEY_USAGE, true, |to| named_bits(usage, to));
        }
        if let Some(BasicConstraints::EndEntity) = self.basic_constraints {
            extension(to, oids::BASIC_CONSTRAINTS, true, |to| {
                to.element(SEQUENCE, &[]);
            });
        }
    }
}

/// `Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING }`
pub(crate) fn extension(
    to: &mut Writer<'_>,
    arc: u8,
    critical: bool,
    value: impl FnOnce(&mut Writer<'_>),
) {
    let before = to.written();
    value(to);
    finish_extension(to, before, arc, critical);
}

/// What is the same for all values, once in the firmware.
fn finish_extension(to: &mut Writer<'_>, before: usize, arc: u8, critical: bool) {
    to.header(OCTET_STRING, before);
    if critical {
        to.element(BOOLEAN, &[0xFF]);
    }
    to.oid_under(&oids::CERTIFICATE_EXTENSION, arc);
    to.header(SEQUENCE, before);
}

/// A named BIT STRING ends after its last set bit (X.690 section 11.2.2).
fn named_bits(KeyUsage(bits): KeyUsage, to: &mut Writer<'_>) {
    let [first, second] = bits.to_be_bytes();
    to.nest(BIT_STRING, |to| {
        let mut last = first;
        if second != 0 {
            to.byte(second);
            last = second;
        }
        to.byte(first);
        // No more than 7, also in an empty set, which `check` refuses: eight unused bits cannot be said.
        let mut unused = 0;
        while unused < 7 && last & (1 << unused) == 0 {
            unused += 1;
        }
        to.byte(unused);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlv::tests::written;

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
            assert_eq!(written(|to| named_bits(usage, to)), expected);
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
