//! Object identifiers: the known ones, each with the document that assigns it, and others from their dotted form.
//!
//! The known ones are turned into bytes by the compiler; of those that stand under a common one only the last arc. The
//! dotted form is written as it is read, arc by arc: no limit but 32 bits an arc, no buffer, and no index that could be
//! out of bounds.

use der::asn1::ObjectIdentifier;

use crate::tlv::{OBJECT_IDENTIFIER, Writer};

/// An object identifier in its dotted form.
pub(crate) struct Dotted<'a>(pub(crate) &'a str);

impl Dotted<'_> {
    /// Whether it is one.
    pub(crate) fn is_valid(&self) -> bool {
        self.write(&mut Writer::measure()).is_some()
    }

    /// Writes it; what is no object identifier in part, and then gives nothing.
    pub(crate) fn write(&self, to: &mut Writer<'_>) -> Option<()> {
        let before = to.written();
        let (root, mut arcs) = match self.0.as_bytes() {
            [root @ b'0'..=b'2', b'.', arcs @ ..] => (u32::from(root & 0x0F), arcs),
            _ => return None,
        };
        while let Some(dot) = arcs.iter().rposition(|byte| *byte == b'.') {
            let (others, last) = arcs.split_at_checked(dot)?;
            base128(arc(last.get(1..)?)?, to);
            arcs = others;
        }
        // The first two arcs are joined (X.690 section 8.19.4).
        let second = arc(arcs)?;
        if root < 2 && second >= 40 {
            return None;
        }
        base128(second.checked_add(root * 40)?, to);
        to.header(OBJECT_IDENTIFIER, before);
        Some(())
    }
}

/// Reads digits without leading zeros.
fn arc(digits: &[u8]) -> Option<u32> {
    if let [] | [b'0', _, ..] = digits {
        return None;
    }
    let mut number = 0u32;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        let digit = u32::from(digit & 0x0F);
        number = number.checked_mul(10)?.checked_add(digit)?;
    }
    Some(number)
}

/// Groups of seven bits; all but the last, which is written first, are marked (X.690 section 8.19.2).
fn base128(mut number: u32, to: &mut Writer<'_>) {
    let mut mark = 0;
    loop {
        let [low, ..] = number.to_le_bytes();
        to.byte(low & 0x7F | mark);
        number >>= 7;
        mark = 0x80;
        if number == 0 {
            break;
        }
    }
}

/// The content of an object identifier, evaluated by the compiler: a wrong one does not build.
macro_rules! oid {
    ($dotted:literal) => {{
        const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap($dotted);
        // Its bytes alone: the whole takes 40 bytes of flash, however short it is.
        const CONTENT: [u8; OID.as_bytes().len()] = match OID.as_bytes().first_chunk() {
            Some(content) => *content,
            None => [0; OID.as_bytes().len()],
        };
        CONTENT
    }};
}

/// RFC 5480 section 2.1.1: `id-ecPublicKey`.
pub(crate) const EC_PUBLIC_KEY: [u8; 7] = oid!("1.2.840.10045.2.1");
/// RFC 5480 section 2.1.1.1: `secp256r1`.
pub(crate) const P256: [u8; 8] = oid!("1.2.840.10045.3.1.7");
/// RFC 5758 section 3.2: `ecdsa-with-SHA256`; its parameters are absent.
pub(crate) const ECDSA_WITH_SHA256: [u8; 8] = oid!("1.2.840.10045.4.3.2");

/// RFC 2985 section 5.4.2: `extensionRequest`.
pub(crate) const EXTENSION_REQUEST: [u8; 9] = oid!("1.2.840.113549.1.9.14");

/// X.520: `id-at`; below it what RFC 5280 appendix A.1 lists.
pub(crate) const ATTRIBUTE_TYPE: [u8; 2] = oid!("2.5.4");
pub(crate) const COMMON_NAME: u8 = 3;
pub(crate) const SERIAL_NUMBER: u8 = 5;
pub(crate) const COUNTRY: u8 = 6;
pub(crate) const LOCALITY: u8 = 7;
pub(crate) const STATE: u8 = 8;
pub(crate) const ORGANIZATION: u8 = 10;
pub(crate) const ORGANIZATIONAL_UNIT: u8 = 11;

/// RFC 5280 section 4.2.1: `id-ce`.
pub(crate) const CERTIFICATE_EXTENSION: [u8; 2] = oid!("2.5.29");
pub(crate) const KEY_USAGE: u8 = 15;
pub(crate) const SUBJECT_ALT_NAME: u8 = 17;
pub(crate) const BASIC_CONSTRAINTS: u8 = 19;
pub(crate) const EXTENDED_KEY_USAGE: u8 = 37;

/// RFC 5280 section 4.2.1.12: `id-kp`.
pub(crate) const KEY_PURPOSE: [u8; 7] = oid!("1.3.6.1.5.5.7.3");
pub(crate) const SERVER_AUTH: u8 = 1;
pub(crate) const CLIENT_AUTH: u8 = 2;
pub(crate) const CODE_SIGNING: u8 = 3;
pub(crate) const EMAIL_PROTECTION: u8 = 4;
pub(crate) const TIME_STAMPING: u8 = 8;

/// RFC 4108 section 5: `id-on-hardwareModuleName`.
pub(crate) const HARDWARE_MODULE_NAME: [u8; 8] = oid!("1.3.6.1.5.5.7.8.4");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tlv::tests::written;
    use der::Encode;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn dotted_forms_read_as_der_reads_them(
            dotted in prop_oneof![
                "[0-3](\\.(0|[1-9][0-9]?)){0,4}",
                "[012](\\.(0|[1-9][0-9]{0,9})){2,3}",
                "[1-3.x+]{0,9}",
            ],
        ) {
            let ours = Dotted(&dotted);
            match ObjectIdentifier::new(&dotted) {
                Ok(oid) => {
                    let mut buffer = [0; 64];
                    let expected = oid.encode_to_slice(&mut buffer).unwrap();
                    prop_assert!(ours.is_valid());
                    prop_assert_eq!(written(|to| ours.write(to).unwrap()), expected);
                }
                // `der` refuses 2.40 and above, which X.660 allows.
                Err(error) => prop_assert!(!ours.is_valid() || dotted.starts_with("2."), "{error}"),
            }
        }
    }

    #[test]
    fn arcs_end_at_32_bits() {
        let joined = written(|to| Dotted("2.4294967215").write(to).unwrap());
        assert_eq!(joined, [6, 5, 0x8F, 0xFF, 0xFF, 0xFF, 0x7F]);
        assert!(!Dotted("2.4294967216").is_valid());
        for wrong in [
            "", "1", "1.40", "3.1", "1.03", "2.x", "1..2", "1.2.", "1.+2",
        ] {
            assert!(!Dotted(wrong).is_valid(), "{wrong}");
        }
        assert!(Dotted("1.3.4294967295").is_valid());
        assert!(!Dotted("1.3.4294967296").is_valid());
    }
}
