//! Any valid request comes out of an independent parser as it went in, with a signature that verifies.

#![allow(clippy::expect_used, clippy::panic, reason = "a test's helpers")]

mod common;

use std::net::IpAddr;

use common::{public_key, try_write};
use nameplate_csr::{AltName, Attribute, BasicConstraints, Extensions, KeyUsage, Purpose, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::subsequence;
use x509_parser::asn1_rs::{Any, Oid, Tag};
use x509_parser::prelude::*;

/// Owned stand-ins for the borrowed request.
#[derive(Clone, Debug, PartialEq)]
enum Name {
    Dns(String),
    Uri(String),
    Ip(IpAddr),
    Module(Vec<u64>, Vec<u8>),
}

#[derive(Clone, Debug)]
struct Asked {
    /// Dotted type, tag, value.
    subject: Vec<(&'static str, String)>,
    san: Vec<Name>,
    basic: bool,
    usage: Vec<usize>,
    purposes: Vec<usize>,
}

type Usage = (KeyUsage, fn(&extensions::KeyUsage) -> bool);

const USAGES: [Usage; 5] = [
    (KeyUsage::KEY_AGREEMENT, |u| u.key_agreement()),
    (KeyUsage::DIGITAL_SIGNATURE, |u| u.digital_signature()),
    (KeyUsage::NON_REPUDIATION, |u| u.non_repudiation()),
    (KeyUsage::ENCIPHER_ONLY, |u| u.encipher_only()),
    (KeyUsage::DECIPHER_ONLY, |u| u.decipher_only()),
];

type Use = (Purpose<'static>, fn(&ExtendedKeyUsage<'_>) -> bool);

const PURPOSES: [Use; 6] = [
    (Purpose::ServerAuth, |u| u.server_auth),
    (Purpose::ClientAuth, |u| u.client_auth),
    (Purpose::CodeSigning, |u| u.code_signing),
    (Purpose::EmailProtection, |u| u.email_protection),
    (Purpose::TimeStamping, |u| u.time_stamping),
    (Purpose::Other("2.25.4294967295"), |u| !u.other.is_empty()),
];

fn text(limit: usize) -> impl Strategy<Value = String> {
    vec(
        any::<char>().prop_filter("control", |c| !c.is_control()),
        1..=limit,
    )
    .prop_map(String::from_iter)
}

fn subject() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let once = (
        "[A-Z]{2}",
        text(128),
        text(128),
        text(64),
        text(64),
        "[A-Za-z0-9 '()+,./:=?-]{1,64}",
    );
    let once = once.prop_map(|(c, st, l, o, cn, serial)| {
        vec![
            ("2.5.4.6", c),
            ("2.5.4.8", st),
            ("2.5.4.7", l),
            ("2.5.4.10", o),
            ("2.5.4.3", cn),
            ("2.5.4.5", serial),
        ]
    });
    let units = vec(text(64).prop_map(|unit| ("2.5.4.11", unit)), 0..5);
    (once.prop_flat_map(|all| subsequence(all, 0..=6)), units)
        .prop_map(|(once, units)| [once, units].concat())
        .prop_shuffle()
}

fn name() -> impl Strategy<Value = Name> {
    let arcs = (0..=2u64, 0..=39u64, vec(0..=u64::from(u32::MAX), 1..6));
    prop_oneof![
        "([a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?\\.){0,4}[a-z]{1,63}".prop_map(Name::Dns),
        "[a-z][a-z0-9+.-]{0,8}:[a-z0-9/?#@!$&'()*+,;=._~-]{1,300}".prop_map(Name::Uri),
        any::<IpAddr>().prop_map(Name::Ip),
        (arcs, vec(any::<u8>(), 1..200)).prop_map(|((first, second, rest), serial)| {
            Name::Module([vec![first, second], rest].concat(), serial)
        }),
    ]
}

prop_compose! {
    fn asked()(
        subject in subject(),
        san in vec(name(), 0..6),
        basic in any::<bool>(),
        usage in subsequence((1..USAGES.len()).collect::<Vec<_>>(), 0..USAGES.len()),
        agreement in any::<bool>(),
        purposes in subsequence((0..PURPOSES.len()).collect::<Vec<_>>(), 0..=PURPOSES.len()),
    ) -> Asked {
        // The last two bits go only with the first.
        let agreement = agreement || usage.iter().any(|bit| *bit >= 3);
        let usage = agreement.then_some(0).into_iter().chain(usage).collect();
        Asked { subject, san, basic, usage, purposes }
    }
}

fn attribute<'a>((oid, value): &'a (&'static str, String)) -> Attribute<'a> {
    match *oid {
        "2.5.4.6" => Attribute::Country(value),
        "2.5.4.8" => Attribute::State(value),
        "2.5.4.7" => Attribute::Locality(value),
        "2.5.4.10" => Attribute::Organization(value),
        "2.5.4.11" => Attribute::OrganizationalUnit(value),
        "2.5.4.3" => Attribute::CommonName(value),
        _ => Attribute::SerialNumber(value),
    }
}

fn dotted(arcs: &[u64]) -> String {
    let arcs: Vec<String> = arcs.iter().map(u64::to_string).collect();
    arcs.join(".")
}

fn write(asked: &Asked) -> Vec<u8> {
    let types: Vec<String> = asked
        .san
        .iter()
        .map(|name| match name {
            Name::Module(arcs, _) => dotted(arcs),
            _ => String::new(),
        })
        .collect();
    let subject: Vec<_> = asked.subject.iter().map(attribute).collect();
    let san: Vec<_> = asked
        .san
        .iter()
        .zip(&types)
        .map(|(name, hw_type)| match name {
            Name::Dns(name) => AltName::Dns(name),
            Name::Uri(uri) => AltName::Uri(uri),
            Name::Ip(ip) => AltName::Ip(*ip),
            Name::Module(_, serial) => AltName::HardwareModule { hw_type, serial },
        })
        .collect();
    let usages = asked.usage.iter().map(|bit| USAGES[*bit].0);
    let purposes: Vec<_> = asked
        .purposes
        .iter()
        .map(|place| PURPOSES[*place].0)
        .collect();
    let extensions = Extensions {
        basic_constraints: asked.basic.then_some(BasicConstraints::EndEntity),
        key_usage: usages.reduce(|all, bit| all | bit),
        extended_key_usage: &purposes,
    };
    let public_key = public_key();
    let request = Request {
        subject: &subject,
        san: &san,
        extensions,
        public_key: &public_key,
    };
    try_write(&request).expect("a valid request")
}

/// Type, tag and value of each attribute; each must stand alone in its relative name.
fn subject_of(name: &X509Name<'_>) -> Vec<(String, Tag, String)> {
    name.iter()
        .map(|relative| {
            let attributes: Vec<_> = relative.iter().collect();
            let [attribute] = attributes[..] else {
                panic!("a relative name of {}", attributes.len());
            };
            let value = attribute.as_str().expect("a string");
            (
                attribute.attr_type().to_id_string(),
                attribute.attr_value().tag(),
                value.to_owned(),
            )
        })
        .collect()
}

fn expected_subject(asked: &Asked) -> Vec<(String, Tag, String)> {
    let tag = |oid| match oid {
        "2.5.4.5" | "2.5.4.6" => Tag::PrintableString,
        _ => Tag::Utf8String,
    };
    let attributes = asked.subject.iter();
    attributes
        .map(|(oid, value)| (String::from(*oid), tag(oid), value.clone()))
        .collect()
}

fn name_of(name: &GeneralName<'_>) -> Name {
    match name {
        GeneralName::DNSName(name) => Name::Dns((*name).to_owned()),
        GeneralName::URI(uri) => Name::Uri((*uri).to_owned()),
        GeneralName::IPAddress(octets) => {
            let v4 = <[u8; 4]>::try_from(*octets).map(IpAddr::from);
            let v6 = <[u8; 16]>::try_from(*octets).map(IpAddr::from);
            Name::Ip(v4.or(v6).expect("4 or 16 octets"))
        }
        GeneralName::OtherName(oid, value) => {
            assert_eq!(oid.to_id_string(), "1.3.6.1.5.5.7.8.4");
            let (rest, outer) = Any::from_der(value).expect("[0]");
            assert_eq!((rest.len(), outer.tag()), (0, Tag(0)));
            let (_, sequence) = Any::from_der(outer.data).expect("HardwareModuleName");
            let (rest, hw_type) = Oid::from_der(sequence.data).expect("hwType");
            let (rest, serial) = <&[u8]>::from_der(rest).expect("hwSerialNum");
            assert!(rest.is_empty());
            let arcs = hw_type.iter().expect("arcs of 64 bits").collect();
            Name::Module(arcs, serial.to_vec())
        }
        other => panic!("not asked for: {other}"),
    }
}

/// Compares what the request asks for, extension by extension, and says which were critical.
fn assert_extensions(asked: &Asked, request: &X509CertificationRequest<'_>) {
    let mut expected = Vec::new();
    expected.extend(asked.basic.then_some(("2.5.29.19", true)));
    expected.extend((!asked.usage.is_empty()).then_some(("2.5.29.15", true)));
    expected.extend((!asked.purposes.is_empty()).then_some(("2.5.29.37", false)));
    expected.extend((!asked.san.is_empty()).then_some(("2.5.29.17", asked.subject.is_empty())));

    let attributes = request.certification_request_info.iter_attributes();
    let mut found = Vec::new();
    for attribute in attributes {
        let ParsedCriAttribute::ExtensionRequest(wanted) = attribute.parsed_attribute() else {
            panic!("another attribute");
        };
        for extension in &wanted.extensions {
            found.push((extension.oid.to_id_string(), extension.critical));
            assert_extension(asked, extension.parsed_extension());
        }
    }
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(oid, critical)| (oid.to_owned(), critical))
        .collect();
    assert_eq!(found, expected);
}

fn assert_extension(asked: &Asked, extension: &ParsedExtension<'_>) {
    match extension {
        ParsedExtension::BasicConstraints(basic) => {
            assert_eq!((basic.ca, basic.path_len_constraint), (false, None));
        }
        ParsedExtension::KeyUsage(usage) => {
            for (place, (_, is_set)) in USAGES.iter().enumerate() {
                assert_eq!(is_set(usage), asked.usage.contains(&place), "bit {place}");
            }
            assert!(!usage.key_cert_sign() && !usage.crl_sign());
            assert!(!usage.key_encipherment() && !usage.data_encipherment());
        }
        ParsedExtension::ExtendedKeyUsage(purposes) => {
            for (place, (_, is_set)) in PURPOSES.iter().enumerate() {
                assert_eq!(is_set(purposes), asked.purposes.contains(&place));
            }
        }
        ParsedExtension::SubjectAlternativeName(names) => {
            let names: Vec<_> = names.general_names.iter().map(name_of).collect();
            assert_eq!(names, asked.san);
        }
        other => panic!("not asked for: {other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn what_was_asked_comes_back(asked in asked()) {
        let der = write(&asked);
        let (rest, request) = X509CertificationRequest::from_der(&der).unwrap();
        prop_assert!(rest.is_empty());
        request.verify_signature().unwrap();
        let info = &request.certification_request_info;
        prop_assert_eq!(info.version, X509Version::V1);
        prop_assert_eq!(subject_of(&info.subject), expected_subject(&asked));
        prop_assert_eq!(&info.subject_pki.subject_public_key.data[..], &public_key()[..]);
        assert_extensions(&asked, &request);
    }
}
