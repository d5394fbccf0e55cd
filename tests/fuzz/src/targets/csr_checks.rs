//! The host's check of a certificate request and its proof: a valid one with something changed, and any bytes at all.
//!
//! Nothing passes but what the board signed:
//!
//! - A request that passes says byte for byte what the board's said (all that is signed), under the same key.
//! - Its signature is the board's (r, s), or (r, n − s). That is how ECDSA is: whoever sees the one can compute the other, over the same
//!   bytes, and it verifies (SEC 1 section 4.1.6). It says nothing new, and beside it the proof fails, which covers the request's
//!   SHA-256. So request and proof together pass only where the request is the original to its last byte.
//! - The same twin exists of the proof's own signature; no other passes.
//! - A dishonest board may sign anything, under a key of its own. What passes of that says, extension by extension and attribute by
//!   attribute, what was asked for: values byte for byte as the honest board wrote them, save in which kind of string a name stands, in
//!   which order extensions and purposes come, and which of them are marked critical.

use std::cell::RefCell;
use std::sync::OnceLock;

use nameplate::columns::{Asked, Attribute, Value};
use nameplate::verify::{check_proof, check_request, key_of_request};
use nameplate_agent::double::{FixedIdentity, Memory, MemoryStore, SeededRandomness};
use nameplate_agent::{Agent, Link};
use nameplate_wire::request::{AltNameKind, AttributeKind, KeyUsage};
use nameplate_wire::{Mac, Reply, Request, frame, limits};

use crate::input::Input;

const MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);
const NAME: &str = "board";
const NONCE: [u8; 32] = [7; 32];

/// n of P-256 (FIPS 186-5 section 3.2.1.3 by way of SP 800-186).
const ORDER: [u8; 32] = [
    0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
];

/// What the board was asked for, and what it gave.
#[derive(Debug)]
pub struct Original {
    asked: Asked,
    /// The request in DER.
    pub der: Vec<u8>,
    proof: [u8; 64],
    key: [u8; 32],
}

/// What honest boards gave: one asked for little, one for all that there is.
pub fn originals() -> &'static [Original; 2] {
    static ORIGINALS: OnceLock<[Original; 2]> = OnceLock::new();
    ORIGINALS.get_or_init(|| [original(false), original(true)])
}

fn original(all: bool) -> Original {
    let mut values = vec![(Attribute::Subject(AttributeKind::Cn), NAME)];
    if all {
        values.extend([
            (Attribute::Subject(AttributeKind::C), "DE"),
            (Attribute::Subject(AttributeKind::Ou), "Ü"),
            (Attribute::AltName(AltNameKind::Dns), "board.example.com"),
            (
                Attribute::AltName(AltNameKind::Uri),
                "urn:dev:mac:020000000001",
            ),
            (Attribute::AltName(AltNameKind::Ip), "192.0.2.1"),
            (
                Attribute::AltName(AltNameKind::HardwareModule),
                "1.3.6.1.4.1.99:00abff",
            ),
        ]);
    }
    let value = |(attribute, value): (Attribute, &str)| Value {
        attribute,
        value: value.to_owned(),
    };
    let asked = Asked {
        row: Vec::new(),
        values: values.into_iter().map(value).collect(),
        key_usage: if all {
            vec![KeyUsage::DigitalSignature, KeyUsage::KeyAgreement]
        } else {
            Vec::new()
        },
        purposes: if all {
            vec!["1.3.6.1.5.5.7.3.2".to_owned(), "1.2.3.4".to_owned()]
        } else {
            Vec::new()
        },
        basic_constraints: all,
    };
    let memory = RefCell::new(Memory::default());
    let identity = FixedIdentity::new(MAC.0, NAME);
    let mut agent = Agent::new(SeededRandomness(1), MemoryStore(&memory), identity);
    let mut out = [0; limits::FRAME];
    let answer = {
        let request = Request::Csr(asked.request(NONCE).expect("a request"));
        let frame = request.write(1, &mut out).expect("it fits");
        agent.handle(frame, Link::Cable)
    };
    let message = frame::open(answer).expect("a frame");
    let Ok((1, Reply::Csr(reply))) = Reply::read(message) else {
        panic!("no certificate request");
    };
    let mut place = [0; limits::CSR];
    let der = reply.csr.decode(&mut place).expect("base64").to_vec();
    let proof = reply.proof.0;
    let key = memory.borrow().key.expect("a key");
    Original {
        asked,
        der,
        proof,
        key,
    }
}

/// Which original; its changes or other bytes; and changes of what the proof is held against.
pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let kind = input.byte();
    let original = &originals()[usize::from(kind & 1)];
    let (mut mac, mut nonce, mut name) = (MAC, NONCE, NAME.to_owned());
    let mut proof = original.proof;
    let mut der = original.der.clone();
    match kind >> 1 & 7 {
        4..=7 => return dishonest(original, &mut input),
        0 => der = input.edited(&original.der, 4),
        1 => der = input.rest().to_vec(),
        2 => {
            let changed = input.edited(&original.proof, 4);
            for (place, byte) in proof.iter_mut().zip(changed) {
                *place = byte;
            }
            mac.0[input.below(6)] ^= input.byte();
            nonce[input.below(32)] ^= input.byte();
            name.extend(input.text().chars().take(80));
        }
        _ => {
            let twin = twin(&original.der);
            // The one that the mathematics allow passes alone, and not beside its proof.
            let passed = check_request(&twin, &original.asked).expect("n - s is a signature too");
            assert!(check_proof(&passed, &NONCE, MAC, NAME, &original.proof).is_err());
            proof = twin_of_raw(&original.proof);
        }
    }
    judge(original, &der, &proof, (mac, &nonce, &name));
}

fn judge(original: &Original, der: &[u8], proof: &[u8; 64], who: (Mac, &[u8; 32], &str)) {
    // Of a request that was stored, which is read again without its signature: no panic.
    let key = key_of_request(der);
    let Ok(passed) = check_request(der, &original.asked) else {
        assert!(der != original.der, "the original itself is refused");
        return;
    };
    assert_eq!(passed.der(), der);
    assert_eq!(key.as_deref(), Ok(passed.public_key()));
    assert_eq!(signed_part(der), signed_part(&original.der));
    let is_original = der == original.der;
    assert!(
        is_original || der == twin(&original.der),
        "a changed request passes"
    );
    let (mac, nonce, name) = who;
    if check_proof(&passed, nonce, mac, name, proof).is_ok() {
        assert!(is_original, "a changed request has a proof");
        assert_eq!((mac, nonce, name), (MAC, &NONCE, NAME));
        assert!(*proof == original.proof || *proof == twin_of_raw(&original.proof));
    }
}

/// Signs what a fuzzer makes of a request, which no honest board would.
fn dishonest(original: &Original, input: &mut Input<'_>) {
    use p256::ecdsa::signature::Signer as _;
    use p256::ecdsa::{DerSignature, SigningKey};
    let info = input.edited(&signed_part(&original.der), 6);
    let key = SigningKey::from_slice(&original.key).expect("a key");
    let signature: DerSignature = key.sign(&info);
    let der = request_of(&info, signature.as_bytes());
    if check_request(&der, &original.asked).is_ok() {
        assert_eq!(said(&der), said(&original.der));
    }
}

/// What a request says: its key, and each name and extension with its object identifier.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    key: Vec<u8>,
    names: Vec<(String, Vec<u8>)>,
    extensions: Vec<(String, Vec<u8>)>,
}

/// All that a request says, by another parser: key, names, extensions; sorted where the order does not matter.
fn said(der: &[u8]) -> Said {
    use x509_cert::der::{Decode as _, Encode as _};
    use x509_cert::request::{CertReq, ExtensionReq};
    let request = CertReq::from_der(der).expect("a request that passed");
    let info = &request.info;
    let names = info.subject.iter();
    let names = names.map(|it| (it.oid.to_string(), it.value.value().to_vec()));
    let mut extensions = Vec::new();
    for attribute in info.attributes.iter() {
        assert_eq!(attribute.oid.to_string(), "1.2.840.113549.1.9.14");
        for value in attribute.values.iter() {
            let value = value.to_der().expect("it was read");
            let ExtensionReq(list) = ExtensionReq::from_der(&value).expect("extensions");
            for extension in list {
                extensions.push(sorted(
                    extension.extn_id.to_string(),
                    extension.extn_value.as_bytes(),
                ));
            }
        }
    }
    extensions.sort();
    let key = info.public_key.to_der().expect("it was read");
    Said {
        key,
        names: names.collect(),
        extensions,
    }
}

/// An extension's value; of extendedKeyUsage its purposes in any order, each once.
fn sorted(id: String, value: &[u8]) -> (String, Vec<u8>) {
    use x509_parser::asn1_rs::{Any, FromDer as _};
    if id != "2.5.29.37" {
        return (id, value.to_vec());
    }
    let (_, sequence) = Any::from_der(value).expect("a sequence");
    let mut rest = sequence.data;
    let mut purposes = std::collections::BTreeSet::new();
    while let Ok((behind, _)) = Any::from_der(rest) {
        purposes.insert(rest[..rest.len() - behind.len()].to_vec());
        rest = behind;
    }
    let purposes: Vec<_> = purposes.into_iter().collect();
    (id, purposes.concat())
}

/// What a request's signature covers: its first element.
fn signed_part(der: &[u8]) -> Vec<u8> {
    use x509_parser::asn1_rs::{Any, FromDer as _};
    let (_, outer) = Any::from_der(der).expect("a request that passed");
    let (rest, _) = Any::from_der(outer.data).expect("its first element");
    outer.data[..outer.data.len() - rest.len()].to_vec()
}

/// (r, n − s) for (r, s).
fn twin_of_raw(signature: &[u8; 64]) -> [u8; 64] {
    let mut twin = *signature;
    let mut borrow = 0;
    for place in (0..32).rev() {
        let difference = i16::from(ORDER[place]) - i16::from(signature[32 + place]) - borrow;
        borrow = i16::from(difference < 0);
        twin[32 + place] = difference.rem_euclid(256).try_into().expect("a byte");
    }
    twin
}

/// The same request with (r, n − s), in the one DER that this has.
fn twin(der: &[u8]) -> Vec<u8> {
    use p256::ecdsa::{DerSignature, Signature};
    use x509_parser::prelude::{FromDer as _, X509CertificationRequest};
    let (_, request) = X509CertificationRequest::from_der(der).expect("a request");
    let signature = Signature::from_der(&request.signature_value.data).expect("a signature");
    let twin = twin_of_raw(&signature.to_bytes().into());
    let twin: DerSignature = Signature::from_slice(&twin).expect("a signature").to_der();
    request_of(&signed_part(der), twin.as_bytes())
}

/// A request of what is signed and a signature in DER.
fn request_of(info: &[u8], signature: &[u8]) -> Vec<u8> {
    let algorithm = [
        0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02,
    ];
    let bits = crate::der::element(0x03, &[&[0], signature].concat());
    crate::der::sequence(&[info, &algorithm, &bits])
}
