//! Object identifiers: the known ones, each with the document that assigns it, and others from their dotted form.
//!
//! The known ones are turned into bytes by the compiler. The dotted form is written as it is read, arc by arc: no limit but
//! 32 bits an arc, no buffer, and no index that could be out of bounds.

use der::asn1::ObjectIdentifier;
use der::{EncodeValue, ErrorKind, FixedTag, Length, Result, Tag, Writer};

/// The content of a known object identifier.
#[derive(Clone, Copy)]
pub(crate) struct Oid(&'static [u8]);

impl FixedTag for Oid {
    const TAG: Tag = Tag::ObjectIdentifier;
}

impl EncodeValue for Oid {
    fn value_len(&self) -> Result<Length> {
        self.0.len().try_into()
    }

    fn encode_value(&self, writer: &mut impl Writer) -> Result<()> {
        writer.write(self.0)
    }
}

/// An object identifier in its dotted form.
pub(crate) struct Dotted<'a>(pub(crate) &'a str);

impl Dotted<'_> {
    /// Gives every number of the encoding to `each`: the first two arcs joined, then the others (X.690 section 8.19.4).
    fn numbers(&self, mut each: impl FnMut(u32) -> Result<()>) -> Result<()> {
        let mut arcs = self.0.as_bytes().split(|byte| *byte == b'.').map(arc);
        let mut next = || arcs.next().flatten().ok_or(ErrorKind::OidMalformed);
        let (root, second) = (next()?, next()?);
        let joined = match (root, second) {
            (0 | 1, 0..40) | (2, _) => second.checked_add(root * 40),
            _ => None,
        };
        each(joined.ok_or(ErrorKind::OidMalformed)?)?;
        arcs.try_for_each(|arc| each(arc.ok_or(ErrorKind::OidMalformed)?))
    }

    /// Whether it is one.
    pub(crate) fn is_valid(&self) -> bool {
        self.numbers(|_| Ok(())).is_ok()
    }
}

impl FixedTag for Dotted<'_> {
    const TAG: Tag = Tag::ObjectIdentifier;
}

impl EncodeValue for Dotted<'_> {
    fn value_len(&self) -> Result<Length> {
        let mut length = Length::ZERO;
        self.numbers(|number| {
            let groups = groups(number).count();
            length = (length + groups)?;
            Ok(())
        })?;
        Ok(length)
    }

    fn encode_value(&self, writer: &mut impl Writer) -> Result<()> {
        self.numbers(|number| groups(number).try_for_each(|octet| writer.write_byte(octet)))
    }
}

/// Reads digits without leading zeros.
fn arc(digits: &[u8]) -> Option<u32> {
    match digits {
        [] | [b'0', _, ..] => None,
        _ => digits.iter().try_fold(0u32, |number, digit| {
            let digit = digit.is_ascii_digit().then(|| digit & 0x0F)?;
            number.checked_mul(10)?.checked_add(digit.into())
        }),
    }
}

/// Groups of seven bits, the most significant first; all but the last are marked.
fn groups(number: u32) -> impl Iterator<Item = u8> {
    let marked = [28, 21, 14, 7]
        .into_iter()
        .filter(move |shift| number >> shift != 0)
        .map(move |shift| 0x80 | seven_bits(number >> shift));
    marked.chain([seven_bits(number)])
}

fn seven_bits(number: u32) -> u8 {
    let [.., octet] = number.to_be_bytes();
    octet & 0x7F
}

/// Evaluated by the compiler: a wrong one does not build.
macro_rules! oid {
    ($dotted:literal) => {
        Oid({
            const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap($dotted);
            OID.as_bytes()
        })
    };
}

/// RFC 5480 section 2.1.1: `id-ecPublicKey`.
pub(crate) const EC_PUBLIC_KEY: Oid = oid!("1.2.840.10045.2.1");
/// RFC 5480 section 2.1.1.1: `secp256r1`.
pub(crate) const P256: Oid = oid!("1.2.840.10045.3.1.7");
/// RFC 5758 section 3.2: `ecdsa-with-SHA256`; its parameters are absent.
pub(crate) const ECDSA_WITH_SHA256: Oid = oid!("1.2.840.10045.4.3.2");

/// RFC 2985 section 5.4.2: `extensionRequest`.
pub(crate) const EXTENSION_REQUEST: Oid = oid!("1.2.840.113549.1.9.14");

// X.520, as RFC 5280 appendix A.1 lists them.
pub(crate) const COMMON_NAME: Oid = oid!("2.5.4.3");
pub(crate) const SERIAL_NUMBER: Oid = oid!("2.5.4.5");
pub(crate) const COUNTRY: Oid = oid!("2.5.4.6");
pub(crate) const LOCALITY: Oid = oid!("2.5.4.7");
pub(crate) const STATE: Oid = oid!("2.5.4.8");
pub(crate) const ORGANIZATION: Oid = oid!("2.5.4.10");
pub(crate) const ORGANIZATIONAL_UNIT: Oid = oid!("2.5.4.11");

// RFC 5280 section 4.2.1.
pub(crate) const KEY_USAGE: Oid = oid!("2.5.29.15");
pub(crate) const SUBJECT_ALT_NAME: Oid = oid!("2.5.29.17");
pub(crate) const BASIC_CONSTRAINTS: Oid = oid!("2.5.29.19");
pub(crate) const EXTENDED_KEY_USAGE: Oid = oid!("2.5.29.37");

// RFC 5280 section 4.2.1.12.
pub(crate) const SERVER_AUTH: Oid = oid!("1.3.6.1.5.5.7.3.1");
pub(crate) const CLIENT_AUTH: Oid = oid!("1.3.6.1.5.5.7.3.2");
pub(crate) const CODE_SIGNING: Oid = oid!("1.3.6.1.5.5.7.3.3");
pub(crate) const EMAIL_PROTECTION: Oid = oid!("1.3.6.1.5.5.7.3.4");
pub(crate) const TIME_STAMPING: Oid = oid!("1.3.6.1.5.5.7.3.8");

/// RFC 4108 section 5: `id-on-hardwareModuleName`.
pub(crate) const HARDWARE_MODULE_NAME: Oid = oid!("1.3.6.1.5.5.7.8.4");

#[cfg(test)]
mod tests {
    use super::*;
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
            let mut buffer = [0; 64];
            let ours = Dotted(&dotted);
            match ObjectIdentifier::new(&dotted) {
                Ok(oid) => {
                    let mut expected = [0; 64];
                    prop_assert!(ours.is_valid());
                    prop_assert_eq!(ours.encode_to_slice(&mut buffer), oid.encode_to_slice(&mut expected));
                }
                // `der` refuses 2.40 and above, which X.660 allows.
                Err(error) => prop_assert!(!ours.is_valid() || dotted.starts_with("2."), "{error}"),
            }
        }
    }

    #[test]
    fn arcs_end_at_32_bits() {
        let mut buffer = [0; 16];
        let joined = Dotted("2.4294967215").encode_to_slice(&mut buffer);
        assert_eq!(joined, Ok(&[6, 5, 0x8F, 0xFF, 0xFF, 0xFF, 0x7F][..]));
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
