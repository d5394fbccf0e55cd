//! Requests of an honest board pass; whatever is changed, added or forged is refused for its reason.

use std::cell::RefCell;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use indexmap::IndexMap;
use nameplate_agent::double::{FixedIdentity, Memory, MemoryStore, SeededRandomness};
use nameplate_agent::{Agent, Link};
use nameplate_wire::{Mac, Reply, Request, frame, limits};
use rcgen::{CertificateParams, CustomExtension, KeyPair};
use x509_parser::prelude::{FromDer as _, X509CertificationRequest};

use super::*;
use crate::columns::{Asked, Plan, RequestSettings};
use crate::config::Templates;

const MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);
const NAME: &str = "board";
const NONCE: [u8; 32] = [7; 32];

const COLUMNS: &str = r#"
device_name = "{name}"
"subject.country" = "DE"
"subject.organization_unit" = ["A", "Ü"]
"subject.common_name" = "{name}"
"san.dns_name" = "{name}.example.com"
"san.uri" = "urn:dev:mac:{mac_plain}"
"san.ip_address" = ["192.0.2.1", "2001:db8::1"]
"san.hardware_module_name" = "1.3.6.1.4.1.99:00ABff"
"#;

const REQUEST: &str = r#"
key_usage = ["digitalSignature", "keyAgreement", "decipherOnly"]
extended_key_usage = ["clientAuth", "1.2.3.4"]
basic_constraints = true
"#;

fn asked(columns: &str, request: &str) -> Asked {
    let columns: IndexMap<String, Templates> = toml::from_str(columns).unwrap();
    let request: RequestSettings = toml::from_str(request).unwrap();
    Plan::new(&columns, &request).unwrap().for_board(NAME, MAC)
}

fn all() -> Asked {
    asked(COLUMNS, REQUEST)
}

/// Nothing but a common name.
fn simple() -> Asked {
    asked("\"subject.common_name\" = \"{name}\"", "")
}

/// The request and the proof of an honest board.
fn honest(asked: &Asked) -> (Vec<u8>, [u8; 64]) {
    let memory = RefCell::new(Memory::default());
    let identity = FixedIdentity::new(MAC.0, NAME);
    let mut agent = Agent::new(SeededRandomness(1), MemoryStore(&memory), identity);
    let mut out = [0; limits::FRAME];
    let request = Request::Csr(asked.request(NONCE).unwrap());
    let answer = agent.handle(request.write(1, &mut out).unwrap(), Link::Cable);
    match Reply::read(frame::open(answer).unwrap()) {
        Ok((1, Reply::Csr(csr))) => {
            let mut der = [0; limits::CSR];
            (csr.csr.decode(&mut der).unwrap().to_vec(), csr.proof.0)
        }
        other => panic!("{other:?}"),
    }
}

fn key() -> KeyPair {
    KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()
}

fn parameters() -> CertificateParams {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    parameters
        .distinguished_name
        .push(rcgen::DnType::CommonName, NAME);
    parameters
}

fn extension(oid: &[u64], content: &[u8]) -> CertificateParams {
    let mut parameters = parameters();
    let extension = CustomExtension::from_oid_content(oid, content.to_vec());
    parameters.custom_extensions = vec![extension];
    parameters
}

fn der(parameters: &CertificateParams, key: &KeyPair) -> Vec<u8> {
    parameters.serialize_request(key).unwrap().der().to_vec()
}

/// DER of one value of up to 65,535 bytes.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let mut out = match length {
        [0, short @ ..0x80] => vec![tag, short],
        [0, long] => vec![tag, 0x81, long],
        [high, low] => vec![tag, 0x82, high, low],
    };
    out.extend_from_slice(content);
    out
}

/// A whole request around these bytes, signed by the key.
fn signed(info: &[u8], key: &KeyPair) -> Vec<u8> {
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &key.serialize_der());
    let signature = pair.unwrap().sign(&SystemRandom::new(), info).unwrap();
    let algorithm = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    let bits = tlv(3, &[&[0], signature.as_ref()].concat());
    tlv(0x30, &[info, algorithm, &bits].concat())
}

/// CertificationRequestInfo with these parts.
fn info(version: u8, spki: &[u8], attributes: &[u8]) -> Vec<u8> {
    let name = tlv(
        0x30,
        &tlv(
            0x31,
            &tlv(
                0x30,
                &[
                    b"\x06\x03\x55\x04\x03".as_slice(),
                    &tlv(0x0C, NAME.as_bytes()),
                ]
                .concat(),
            ),
        ),
    );
    tlv(
        0x30,
        &[&tlv(2, &[version]), &name, spki, &tlv(0xA0, attributes)].concat(),
    )
}

fn refused(der: &[u8], asked: &Asked) -> Refusal {
    check_request(der, asked).expect_err("it is refused")
}

fn unreadable(der: &[u8], asked: &Asked, why: &str) {
    match refused(der, asked) {
        Refusal::UnreadableRequest(text) => assert!(text.contains(why), "{text}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_honest_board_passes_with_everything_that_can_be_asked() {
    for asked in [all(), simple()] {
        let (der, proof) = honest(&asked);
        let request = check_request(&der, &asked).unwrap();
        check_proof(&request, &NONCE, MAC, NAME, &proof).unwrap();
        assert_eq!(request.der(), der);
    }
}

/// Found by the fuzzer `csr_writer`: the library's dotted form is wrong where the first two arcs take more than one byte, and a
/// board that was asked for such a purpose was refused for it.
#[test]
fn object_identifiers_under_every_root_are_those_that_were_asked_for() {
    for oid in [
        "0.0",
        "1.39.4294967295",
        "2.0.1",
        "2.39",
        "2.40",
        "2.47.5",
        "2.48",
        "2.999.1",
        "2.25.4294967295",
    ] {
        let columns = format!(
            "\"subject.common_name\" = \"{{name}}\"\n\"san.hardware_module_name\" = \"{oid}:00\""
        );
        let request = format!("extended_key_usage = [\"clientAuth\", \"{oid}\"]");
        let asked = asked(&columns, &request);
        let (der, _) = honest(&asked);
        let passed = check_request(&der, &asked);
        assert!(passed.is_ok(), "{oid}: {passed:?}");
    }
}

/// Found by the fuzzer `csr_checks`: an object identifier whose tag says that it is none was read as one.
#[test]
fn what_an_extension_holds_has_the_tags_of_it() {
    let asked = all();
    let (der, _) = honest(&asked);
    let request = X509CertificationRequest::from_der(&der).unwrap().1;
    let info = request.certification_request_info.raw;
    let key = key();
    let point = key.public_key_raw();
    let theirs = info
        .windows(2)
        .position(|pair| pair == [0x00, 0x04])
        .unwrap()
        + 1;
    let mut info = info.to_vec();
    info[theirs..theirs + 65].copy_from_slice(point);
    check_request(&signed(&info, &key), &asked).unwrap();
    let extensions = info
        .windows(2)
        .position(|pair| pair == [0x55, 0x1D])
        .unwrap();
    for at in extensions..info.len() {
        for bit in 5..8 {
            let mut changed = info.clone();
            changed[at] ^= 1 << bit;
            let passed = check_request(&signed(&changed, &key), &asked);
            assert!(passed.is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn every_changed_bit_is_refused() {
    let asked = all();
    let (der, proof) = honest(&asked);
    for at in 0..der.len() {
        for bit in 0..8 {
            let mut changed = der.clone();
            changed[at] ^= 1 << bit;
            assert!(
                check_request(&changed, &asked).is_err(),
                "bit {bit} of byte {at}"
            );
        }
    }
    let request = check_request(&der, &asked).unwrap();
    for at in 0..proof.len() * 8 {
        let mut changed = proof;
        changed[at / 8] ^= 1 << (at % 8);
        let verdict = check_proof(&request, &NONCE, MAC, NAME, &changed);
        assert_eq!(verdict, Err(Refusal::BadProof), "bit {at} of the proof");
    }
}

#[test]
fn every_lost_or_added_byte_is_refused() {
    let asked = simple();
    let (der, _) = honest(&asked);
    for at in 0..der.len() {
        let mut changed = der.clone();
        changed.remove(at);
        assert!(check_request(&changed, &asked).is_err(), "byte {at} lost");
        assert!(check_request(&der[..at], &asked).is_err(), "cut at {at}");
        changed.insert(at, der[at]);
        changed.insert(at, der[at]);
        assert!(check_request(&changed, &asked).is_err(), "byte {at} twice");
    }
    unreadable(&vec![0x30; limits::CSR + 1], &asked, "are more than");
    unreadable(&[der, vec![0]].concat(), &asked, "1 bytes follow it");
}

#[test]
fn a_proof_is_for_one_moment_and_one_board() {
    let asked = simple();
    let (der, proof) = honest(&asked);
    let request = check_request(&der, &asked).unwrap();
    let check = |nonce, mac, name: &str| check_proof(&request, &nonce, mac, name, &proof);
    assert_eq!(check([8; 32], MAC, NAME), Err(Refusal::BadProof));
    assert_eq!(check(NONCE, Mac([2; 6]), NAME), Err(Refusal::BadProof));
    assert_eq!(check(NONCE, MAC, "b"), Err(Refusal::BadProof));
    assert_eq!(check(NONCE, MAC, &"n".repeat(300)), Err(Refusal::BadProof));
    let other = check_request(&self::der(&parameters(), &key()), &asked).unwrap();
    let copied = check_proof(&other, &NONCE, MAC, NAME, &proof);
    assert_eq!(copied, Err(Refusal::BadProof));
}

#[test]
fn other_keys_and_algorithms_are_named() {
    let asked = simple();
    let of = |algorithm| der(&parameters(), &KeyPair::generate_for(algorithm).unwrap());
    for (algorithm, name) in [
        (&rcgen::PKCS_RSA_SHA256, "RSA"),
        (&rcgen::PKCS_ECDSA_P384_SHA384, "P-384"),
        (&rcgen::PKCS_ED25519, "Ed25519"),
    ] {
        assert_eq!(
            refused(&of(algorithm), &asked),
            Refusal::KeyType(name.to_owned())
        );
    }
}

/// What is not under the signature could be changed by anybody, and one request would pass as two.
#[test]
fn what_the_signature_does_not_cover_has_one_form() {
    let (asked, key) = (simple(), key());
    let good = signed(&info(0, &key_der(&key), &[]), &key);
    assert!(
        check_request(&good, &asked).is_ok(),
        "the builder here is right"
    );
    let content = good
        .get(4..)
        .filter(|_| good[1] == 0x82)
        .unwrap_or(&good[3..]);
    unreadable(
        &tlv(0x30, &[content, &[5, 0]].concat()),
        &asked,
        "it is not DER",
    );
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let long = [&[0x30, 0x83, 0, length[0], length[1]], content].concat();
    assert!(
        check_request(&long, &asked).is_err(),
        "a length with a zero before it"
    );
    let marker = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    let at = content
        .windows(marker.len())
        .position(|window| window == marker)
        .unwrap();
    let (before, after) = (&content[..at], &content[at + marker.len()..]);
    let with_null = b"\x30\x0c\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x05\x00";
    let refusal = refused(&tlv(0x30, &[before, with_null, after].concat()), &asked);
    let name = "ecdsa-with-SHA256 with parameters".to_owned();
    assert_eq!(refusal, Refusal::SignatureAlgorithm(name));
}

fn key_der(key: &KeyPair) -> Vec<u8> {
    use rcgen::PublicKeyData as _;
    key.subject_public_key_info()
}

/// A second encoding of one key would have another hash, and two boards could share the key unseen.
#[test]
fn one_key_has_one_encoding() {
    let (asked, key) = (simple(), key());
    let spki = key_der(&key);
    let point = &spki[spki.len() - 65..];
    let compressed = [&[2 + (point[64] & 1)], &point[1..33]].concat();
    let algorithm = &spki[2..23];
    let bits = |unused: u8, point: &[u8]| tlv(3, &[&[unused], point].concat());
    for (what, other) in [
        (
            "compressed",
            tlv(0x30, &[algorithm, &bits(0, &compressed)].concat()),
        ),
        (
            "hybrid",
            tlv(
                0x30,
                &[
                    algorithm,
                    &bits(0, &[&[6 + (point[64] & 1)], &point[1..]].concat()),
                ]
                .concat(),
            ),
        ),
        (
            "unused bits",
            tlv(0x30, &[algorithm, &bits(1, point)].concat()),
        ),
        (
            "a byte more",
            tlv(
                0x30,
                &[algorithm, &bits(0, &[point, &[0]].concat())].concat(),
            ),
        ),
        (
            "no curve",
            tlv(
                0x30,
                &[tlv(0x30, &algorithm[2..11]), bits(0, point)].concat(),
            ),
        ),
        ("a long length", [&[0x30, 0x81, 0x59], &spki[2..]].concat()),
    ] {
        assert!(
            check_request(&signed(&info(0, &other, &[]), &key), &asked).is_err(),
            "{what}"
        );
    }
}

#[test]
fn what_nobody_asked_for_is_refused() {
    let (asked, key) = (simple(), key());
    unreadable(&signed(&info(1, &key_der(&key), &[]), &key), &asked, "");
    let san = &[2, 5, 29, 17];
    unreadable(
        &der(&extension(&[1, 2, 3], &[5, 0]), &key),
        &asked,
        "nobody asked for",
    );
    unreadable(
        &der(&extension(san, &[0x30, 0]), &key),
        &asked,
        "empty list of names",
    );
    unreadable(
        &der(&extension(san, b"\x30\x03\x82\x01a\0"), &key),
        &asked,
        "not DER",
    );
    unreadable(
        &der(&extension(san, b"\x30\x03\x81\x01a"), &key),
        &asked,
        "a kind of name",
    );
    unreadable(
        &der(&extension(san, b"\x30\x05\x87\x03\x01\x02\x03"), &key),
        &asked,
        "IP address",
    );
    unreadable(
        &der(
            &extension(&[2, 5, 29, 19], b"\x30\x06\x01\x01\xff\x02\x01\x00"),
            &key,
        ),
        &asked,
        "path length",
    );
    unreadable(
        &der(
            &extension(&[2, 5, 29, 37], b"\x30\x06\x06\x04\x55\x1d\x25\x00"),
            &key,
        ),
        &asked,
        "any extended",
    );
    let unasked = der(&extension(san, b"\x30\x03\x82\x01a"), &key);
    assert!(matches!(
        refused(&unasked, &asked),
        Refusal::OtherThanAsked { .. }
    ));
    let mut twice = extension(san, b"\x30\x03\x82\x01a");
    twice
        .custom_extensions
        .push(twice.custom_extensions[0].clone());
    unreadable(&der(&twice, &key), &asked, "twice");
}

#[test]
fn there_is_one_extension_request_or_none() {
    let (asked, key) = (
        asked(
            "\"subject.common_name\" = \"{name}\"\n\"san.dns_name\" = \"a\"",
            "",
        ),
        key(),
    );
    let oid = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e";
    let san = |name| {
        let names = tlv(4, &tlv(0x30, &tlv(0x82, &[name])));
        let extension = tlv(0x30, &[b"\x06\x03\x55\x1d\x11".as_slice(), &names].concat());
        tlv(0x30, &extension)
    };
    let request = |values: &[u8]| {
        let attribute = tlv(0x30, &[oid.as_slice(), &tlv(0x31, values)].concat());
        signed(&info(0, &key_der(&key), &attribute), &key)
    };
    assert!(
        check_request(&request(&san(b'a')), &asked).is_ok(),
        "the builder here is right"
    );
    unreadable(
        &request(&[san(b'a'), san(b'b')].concat()),
        &asked,
        "more extension requests than one",
    );
    let other = refused(&request(&san(b'b')), &asked);
    assert!(
        other.to_string().contains("DNS:b") && other.to_string().contains("DNS:a"),
        "{other}"
    );
    let nothing = signed(&info(0, &key_der(&key), &[]), &key);
    assert!(matches!(
        refused(&nothing, &asked),
        Refusal::OtherThanAsked { .. }
    ));
}

#[test]
fn every_refusal_says_what_to_do_and_is_one_line() {
    let text = || "x".to_owned();
    let all = [
        Refusal::ZeroMac,
        Refusal::BroadcastMac,
        Refusal::MulticastMac(text()),
        Refusal::MacOutOfRange(text()),
        Refusal::BadName("x"),
        Refusal::UnreadableRequest(text()),
        Refusal::SignatureAlgorithm(text()),
        Refusal::KeyType(text()),
        Refusal::BadSignature,
        Refusal::OtherThanAsked {
            found: text(),
            asked: text(),
        },
        Refusal::BadProof,
        Refusal::ChangedIdentity {
            before: text(),
            after: text(),
        },
        Refusal::Version {
            oldest: 0,
            newest: 0,
        },
        Refusal::Version {
            oldest: 9,
            newest: 9,
        },
        Refusal::JoinToken,
        Refusal::TokenEnded {
            id: text(),
            ended: text(),
        },
        Refusal::TokenWithdrawn { id: text() },
        Refusal::TokenUsedUp {
            id: text(),
            boards: 1,
        },
        Refusal::NoTokenList { why: text() },
        Refusal::HostKey,
        Refusal::AsksTooMuch,
        Refusal::Echo,
        Refusal::WrongAnswer,
        Refusal::Conflict(Box::new(crate::store::Conflict {
            what: crate::store::What::Mac,
            value: text(),
            mac: text(),
            name: text(),
            other_mac: text(),
            other_name: text(),
            other_batch: None,
        })),
    ];
    let numbers = nameplate_wire::ErrorNumber::ALL
        .iter()
        .map(|error| error.number());
    let board = numbers.chain([0, 999]).map(|number| Refusal::Board {
        number,
        text: text(),
    });
    for refusal in all.into_iter().chain(board) {
        let (words, step) = (refusal.to_string(), refusal.next_step());
        assert!(!words.is_empty() && step.ends_with('.'), "{words} {step}");
        assert!(
            !words.contains('\n') && !step.contains('\n'),
            "{words} {step}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_are_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..1100)) {
        assert!(check_request(&bytes, &all()).is_err());
    }

    /// Several places at once: what one change leaves whole, others may break further in.
    #[test]
    fn a_torn_request_is_refused(
        changes in proptest::collection::vec((proptest::num::u16::ANY, proptest::num::u8::ANY), 1..12),
    ) {
        let asked = all();
        let (good, _) = honest(&asked);
        let mut torn = good.clone();
        for (at, value) in changes {
            let at = usize::from(at) % torn.len();
            torn[at] = value;
        }
        assert!(torn == good || check_request(&torn, &asked).is_err());
    }
}
