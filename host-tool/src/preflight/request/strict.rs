//! Whether a request is DER to its last byte (X.690 sections 8, 10 and 11), without a copy of anything.
//!
//! The parser that reads requests bears BER, and bytes behind the last field of a sequence. Knows nothing of what a request says.

use x509_cert::der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use x509_cert::der::{self, Decode as _, ErrorKind, Header, Reader, SliceReader, Tag, TagNumber};
use x509_cert::request::Version;
use x509_cert::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

/// CertificationRequest (RFC 2986 section 4.2) and nothing behind it.
pub(super) fn check(request: &[u8]) -> der::Result<()> {
    let mut reader = SliceReader::new(request)?;
    reader.sequence(|request| {
        request.sequence(info)?;
        AlgorithmIdentifierRef::decode(request)?;
        BitStringRef::decode(request).map(drop)
    })?;
    reader.finish()
}

/// CertificationRequestInfo (RFC 2986 section 4.1).
fn info(info: &mut SliceReader<'_>) -> der::Result<()> {
    Version::decode(info)?;
    info.sequence(|name| {
        while !name.is_finished() {
            within(name, Tag::Set, |relative| {
                each_in_order(relative, attribute_value)
            })?;
        }
        der::Result::Ok(())
    })?;
    SubjectPublicKeyInfoRef::decode(info)?;
    let attributes = Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(0),
    };
    within(info, attributes, |set| each_in_order(set, attribute))
}

/// AttributeTypeAndValue (RFC 5280 section 4.1.2.4).
fn attribute_value(item: &mut SliceReader<'_>) -> der::Result<()> {
    item.sequence(|pair| {
        <ObjectIdentifier>::decode(pair)?;
        AnyRef::decode(pair).map(drop)
    })
}

/// Attribute (RFC 2986 section 4.1).
fn attribute(item: &mut SliceReader<'_>) -> der::Result<()> {
    item.sequence(|pair| {
        <ObjectIdentifier>::decode(pair)?;
        within(pair, Tag::Set, |values| {
            each_in_order(values, |value| AnyRef::decode(value).map(drop))
        })
    })
}

/// Everything within the next value, which has this tag.
fn within<'a>(
    reader: &mut SliceReader<'a>,
    tag: Tag,
    read: impl FnOnce(&mut SliceReader<'a>) -> der::Result<()>,
) -> der::Result<()> {
    let header = Header::decode(reader)?;
    header.tag().assert_eq(tag)?;
    reader.read_nested(header.length(), read)
}

/// The elements of a SET OF, which ascend by their encodings (X.690 section 11.6).
fn each_in_order<'a>(
    set: &mut SliceReader<'a>,
    read: impl Fn(&mut SliceReader<'a>) -> der::Result<()>,
) -> der::Result<()> {
    let mut before: &[u8] = &[];
    while !set.is_finished() {
        let element = set.clone().tlv_bytes()?;
        if element < before {
            return Err(ErrorKind::SetOrdering.into());
        }
        before = element;
        read(set)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
    use x509_cert::request::CertReq;

    use super::*;

    fn request() -> Vec<u8> {
        let mut parameters = CertificateParams::new(vec!["a.example.com".to_owned()]).unwrap();
        parameters.distinguished_name = DistinguishedName::new();
        for (kind, value) in [(DnType::CommonName, "a"), (DnType::OrganizationName, "b")] {
            parameters.distinguished_name.push(kind, value);
        }
        let key = KeyPair::generate().unwrap();
        parameters.serialize_request(&key).unwrap().der().to_vec()
    }

    /// Hex with blanks.
    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<_> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let (pairs, []) = digits.as_chunks::<2>() else {
            panic!("{hex}");
        };
        let pair =
            |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        pairs.iter().map(pair).collect()
    }

    /// A request of a few bytes around a name and attributes.
    fn around(name: &str, attributes: &str) -> Vec<u8> {
        let wrapped = |tag: u8, content: &[u8]| {
            let mut out = vec![tag, u8::try_from(content.len()).unwrap()];
            out.extend_from_slice(content);
            out
        };
        let algorithm = bytes("3003 060103");
        let bits = bytes("0302 0001");
        let mut info = bytes("020100");
        info.extend(wrapped(0x30, &bytes(name)));
        info.extend(wrapped(0x30, &[algorithm.clone(), bits.clone()].concat()));
        info.extend(wrapped(0xA0, &bytes(attributes)));
        let info = wrapped(0x30, &info);
        wrapped(0x30, &[info, algorithm, bits].concat())
    }

    #[test]
    fn what_is_der_and_what_is_not() {
        let a = "3006 060103 0C0161";
        let b = "3006 060103 0C0162";
        for (name, attributes, good) in [
            ("", "", true),
            ("3108 3006 060103 0C0161", "", true),
            ("", "3009 060103 3104 0C0161 00", false),
            ("", "3008 060103 3103 0C0161", true),
            // Bytes behind the last field.
            ("310A 3008 060103 0C0161 0500", "", false),
            // A length that could be shorter.
            ("3109 308106 060103 0C0161", "", false),
            // An indefinite one.
            ("310A 3080 060103 0C0161 0000", "", false),
            (&format!("3110 {a} {b}"), "", true),
            (&format!("3110 {b} {a}"), "", false),
            ("", "300B 060103 3106 0C0161 0C0162", true),
            ("", "300B 060103 3106 0C0162 0C0161", false),
        ] {
            let request = around(name, attributes);
            assert_eq!(check(&request).is_ok(), good, "{name}, {attributes}");
        }
    }

    #[test]
    fn no_cut_and_no_byte_behind_it() {
        let request = request();
        assert_eq!(check(&request), Ok(()));
        for length in 0..request.len() {
            assert!(check(&request[..length]).is_err(), "{length}");
        }
        let mut longer = request;
        longer.push(0);
        assert!(check(&longer).is_err());
    }

    proptest! {
        /// A reader that makes copies of everything, and orders sets by their fields, says the same.
        #[test]
        fn another_reader_says_the_same(at in 0_usize..400, byte: u8) {
            let mut request = request();
            let at = at % request.len();
            request[at] = byte;
            prop_assert_eq!(check(&request).is_ok(), CertReq::from_der(&request).is_ok(), "{}", at);
        }
    }
}
