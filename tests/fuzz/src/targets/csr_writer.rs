//! The board's writer of certificate requests: any attributes, names and purposes, into buffers of any size.
//!
//! An error, or DER that another parser reads back as exactly what was asked, with a signature that verifies. Nothing is signed that
//! does not fit, and nothing is written behind what was said to be needed.

use std::convert::Infallible;
use std::net::IpAddr;

use nameplate_csr::{
    AltName, Attribute, BasicConstraints, Error, Extensions, KeyUsage, Purpose, Request, write,
};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::der_parser::asn1_rs::{Any, FromDer as _, Oid};
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::X509CertificationRequest;

use crate::input::Input;

/// What every byte of a buffer is before.
const UNTOUCHED: u8 = 0xA5;

const USAGES: [KeyUsage; 5] = [
    KeyUsage::DIGITAL_SIGNATURE,
    KeyUsage::NON_REPUDIATION,
    KeyUsage::KEY_AGREEMENT,
    KeyUsage::ENCIPHER_ONLY,
    KeyUsage::DECIPHER_ONLY,
];
/// Their bits as the parser numbers them.
const BITS: [u16; 5] = [1, 1 << 1, 1 << 4, 1 << 7, 1 << 8];

/// One thing that is asked for.
#[derive(Debug)]
enum Item {
    Subject(u8, String),
    Dns(String),
    Uri(String),
    Ip(IpAddr),
    Module(String, Vec<u8>),
    Purpose(String),
}

/// The buffer's size, usages, then item by item.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let size = input.below(4000);
    let (usages, basic) = (input.byte(), input.flag());
    let mut items = Vec::new();
    while !input.is_empty() && items.len() < 24 {
        items.push(item(&mut input));
    }
    let (subject, san, purposes) = borrowed(&items);
    let usage = USAGES
        .iter()
        .zip(0..)
        .filter(|(_, bit)| usages >> bit & 1 == 1);
    let request = Request {
        subject: &subject,
        san: &san,
        extensions: Extensions {
            basic_constraints: basic.then_some(BasicConstraints::EndEntity),
            key_usage: usage.map(|(usage, _)| *usage).reduce(|all, one| all | one),
            extended_key_usage: &purposes,
        },
        public_key: &public_key(),
    };
    let needed = request.buffer_len();
    let mut buffer = vec![UNTOUCHED; size];
    let mut signed = 0;
    let written = write(&request, &mut buffer, |info| {
        signed += 1;
        sign(info)
    });
    match written {
        Ok(der) => {
            let needed = needed.expect("it was written");
            assert!(der.len() <= needed && needed <= size && signed == 1);
            read_back(der, &items, usages, basic);
            assert!(buffer[needed..].iter().all(|byte| *byte == UNTOUCHED));
        }
        Err(Error::BufferTooSmall { needed: said }) => {
            assert_eq!(needed, Ok(said));
            assert!(size < said && signed == 0);
            assert!(buffer.iter().all(|byte| *byte == UNTOUCHED));
        }
        Err(Error::Invalid(invalid)) => {
            assert_eq!(needed, Err(invalid));
            assert_eq!(signed, 0);
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn item(input: &mut Input<'_>) -> Item {
    match input.below(12) {
        kind @ 0..=6 => Item::Subject(u8::try_from(kind).expect("small"), input.text()),
        7 => Item::Dns(input.text()),
        8 => Item::Uri(input.text()),
        9 => {
            let mut octets = [0; 16];
            let length = if input.flag() { 16 } else { 4 };
            let given = input.take(length);
            octets[..given.len()].copy_from_slice(given);
            match given.len() {
                16 => Item::Ip(IpAddr::from(octets)),
                _ => Item::Ip(IpAddr::from([octets[0], octets[1], octets[2], octets[3]])),
            }
        }
        10 => Item::Module(input.text(), input.some().to_vec()),
        _ => Item::Purpose(input.text()),
    }
}

type Borrowed<'a> = (Vec<Attribute<'a>>, Vec<AltName<'a>>, Vec<Purpose<'a>>);

fn borrowed(items: &[Item]) -> Borrowed<'_> {
    let (mut subject, mut san, mut purposes) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        match item {
            Item::Subject(kind, text) => subject.push(match kind {
                0 => Attribute::Country(text),
                1 => Attribute::State(text),
                2 => Attribute::Locality(text),
                3 => Attribute::Organization(text),
                4 => Attribute::OrganizationalUnit(text),
                5 => Attribute::CommonName(text),
                _ => Attribute::SerialNumber(text),
            }),
            Item::Dns(text) => san.push(AltName::Dns(text)),
            Item::Uri(text) => san.push(AltName::Uri(text)),
            Item::Ip(ip) => san.push(AltName::Ip(*ip)),
            Item::Module(hw_type, serial) => san.push(AltName::HardwareModule { hw_type, serial }),
            Item::Purpose(text) => purposes.push(Purpose::Other(text)),
        }
    }
    (subject, san, purposes)
}

/// A key for fuzzing alone, known to everybody.
fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).expect("a key")
}

fn public_key() -> [u8; 65] {
    let point = key().verifying_key().to_encoded_point(false);
    point.as_bytes().try_into().expect("a point")
}

#[expect(clippy::unnecessary_wraps, reason = "the callback's type")]
fn sign(info: &[u8]) -> Result<[u8; 64], Infallible> {
    let signature: Signature = key().sign(info);
    Ok(signature.to_bytes().into())
}

fn read_back(der: &[u8], items: &[Item], usages: u8, basic: bool) {
    let (rest, request) = X509CertificationRequest::from_der(der).expect("a request");
    assert!(rest.is_empty());
    request.verify_signature().expect("a signature");
    let info = &request.certification_request_info;
    assert_eq!(*info.subject_pki.subject_public_key.data, public_key());
    let arcs = ["6", "8", "7", "10", "11", "3", "5"];
    let subject = items.iter().filter_map(|item| match item {
        Item::Subject(kind, text) => {
            let arc = arcs.get(usize::from(*kind)).expect("a kind");
            Some((format!("2.5.4.{arc}"), text.clone()))
        }
        _ => None,
    });
    let found = info.subject.iter_attributes().map(|attribute| {
        let text = attribute.as_str().expect("a text");
        (attribute.attr_type().to_id_string(), text.to_owned())
    });
    assert_eq!(found.collect::<Vec<_>>(), subject.collect::<Vec<_>>());
    extensions(&request, items, usages, basic);
}

fn extensions(request: &X509CertificationRequest<'_>, items: &[Item], usages: u8, basic: bool) {
    let (mut names, mut purposes) = (Vec::new(), Vec::new());
    let (mut key_usage, mut constraints) = (0, false);
    for attribute in request.certification_request_info.iter_attributes() {
        let ParsedCriAttribute::ExtensionRequest(wanted) = attribute.parsed_attribute() else {
            panic!("another attribute");
        };
        for extension in &wanted.extensions {
            match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(san) => {
                    names.extend(san.general_names.iter().map(shown));
                }
                ParsedExtension::KeyUsage(usage) => key_usage = usage.flags,
                ParsedExtension::BasicConstraints(found) => {
                    constraints = true;
                    assert!(!found.ca && found.path_len_constraint.is_none());
                }
                ParsedExtension::ExtendedKeyUsage(_) => {
                    purposes = object_identifiers(extension.value);
                }
                other => panic!("not asked for: {other:?}"),
            }
        }
    }
    assert_eq!(constraints, basic);
    let bits = BITS
        .iter()
        .zip(0..)
        .filter(|(_, bit)| usages >> bit & 1 == 1);
    assert_eq!(key_usage, bits.map(|(flag, _)| flag).sum::<u16>());
    let expected: Vec<_> = items.iter().filter_map(expected_name).collect();
    assert_eq!(names, expected);
    let expected = items.iter().filter_map(|item| match item {
        Item::Purpose(text) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(purposes, expected.collect::<Vec<_>>());
}

fn expected_name(item: &Item) -> Option<String> {
    Some(match item {
        Item::Dns(text) => format!("dns {text}"),
        Item::Uri(text) => format!("uri {text}"),
        Item::Ip(IpAddr::V4(ip)) => format!("ip {:?}", ip.octets()),
        Item::Ip(IpAddr::V6(ip)) => format!("ip {:?}", ip.octets()),
        Item::Module(hw_type, serial) => format!("module {hw_type} {serial:?}"),
        _ => return None,
    })
}

fn shown(name: &GeneralName<'_>) -> String {
    match name {
        GeneralName::DNSName(text) => format!("dns {text}"),
        GeneralName::URI(text) => format!("uri {text}"),
        GeneralName::IPAddress(octets) => format!("ip {octets:?}"),
        GeneralName::OtherName(oid, value) => {
            assert_eq!(oid.to_id_string(), "1.3.6.1.5.5.7.8.4");
            let (_, outer) = Any::from_der(value).expect("[0]");
            let (_, sequence) = Any::from_der(outer.data).expect("a sequence");
            let (rest, hw_type) = Oid::from_der(sequence.data).expect("hwType");
            let (_, serial) = Any::from_der(rest).expect("hwSerialNum");
            format!(
                "module {} {:?}",
                crate::der::dotted(hw_type.as_bytes()),
                serial.data
            )
        }
        other => panic!("not asked for: {other}"),
    }
}

/// All of extendedKeyUsage, in order: the parser sorts them into fields.
fn object_identifiers(value: &[u8]) -> Vec<String> {
    let (_, sequence) = Any::from_der(value).expect("a sequence");
    let mut rest = sequence.data;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (behind, oid) = Oid::from_der(rest).expect("an object identifier");
        found.push(crate::der::dotted(oid.as_bytes()));
        rest = behind;
    }
    found
}
