//! The state machine against boards made of memory.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::cell::RefCell;

use common::{
    MAC, NAME, TestAgent, ask, board, csr_of, csr_request, error_of, frame_of, hello, key_of, read,
};
use nameplate_agent::double::{FixedIdentity, Memory, MemoryStore};
use nameplate_agent::{
    Agent, CertificateStore, KeyStore, Link, Randomness, RandomnessFault, StoreFault,
};
use nameplate_wire::request::{self, AltNameKind, AttributeKind, List};
use nameplate_wire::{
    Bytes, ErrorNumber, Event, Fixed, Reader, Reply, Request, Text, frame, limits, proof, reply,
};
use p256::ecdsa::Signature;
use p256::ecdsa::signature::Verifier;
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509CertificationRequest};

#[test]
fn hello_tells_who_it_is_and_makes_no_key() {
    let memory = RefCell::default();
    let mut agent = board(&memory);
    let answer = ask(&mut agent, &hello());
    let Reply::Hello(reply) = read(&answer) else {
        panic!()
    };
    assert_eq!((reply.mac.0, reply.name.as_str()), (MAC, NAME));
    assert_eq!((reply.version, reply.key, reply.token), (1, false, None));
    assert_eq!(memory.borrow().stored, 0);
}

#[test]
fn the_join_token_is_shown_only_where_the_host_is_authenticated() {
    let memory = RefCell::default();
    let mut agent = board(&memory);
    let asked = frame_of(42, &hello());
    let link = Link::Authenticated {
        join_token: Some("token"),
    };
    let Reply::Hello(over_tls) = read(agent.handle(&asked, link)) else {
        panic!()
    };
    assert_eq!(over_tls.token.unwrap(), "token");
    let over_cable = agent.handle(&asked, Link::Cable);
    assert!(!String::from_utf8_lossy(over_cable).contains("token"));
}

#[test]
fn the_request_is_for_what_was_asked_and_the_proof_is_over_the_nonce() {
    let memory = RefCell::default();
    let mut agent = board(&memory);
    let answer = ask(&mut agent, &csr_request(9, NAME));
    let (csr, signature) = csr_of(&answer);
    let key = key_of(&csr);
    let signed = |nonce| {
        let digest = Sha256::digest(&csr).into();
        proof::csr(&[nonce; 32], nameplate_wire::Mac(MAC), NAME, &digest).unwrap()
    };
    let signature = Signature::from_slice(&signature).unwrap();
    assert!(key.verify(&signed(9), &signature).is_ok());
    assert!(key.verify(&signed(8), &signature).is_err());
}

#[test]
fn the_same_request_gets_the_same_answer_and_one_key_for_ever() {
    let memory = RefCell::default();
    let first = ask(&mut board(&memory), &csr_request(1, NAME));
    let mut restarted = board(&memory);
    let again = ask(&mut restarted, &csr_request(1, NAME));
    assert_eq!(first, again);
    let other_nonce = ask(&mut restarted, &csr_request(2, NAME));
    assert_eq!(csr_of(&first).0, csr_of(&other_nonce).0);
    assert_ne!(csr_of(&first).1, csr_of(&other_nonce).1);
    assert_eq!(memory.borrow().stored, 1);
}

#[test]
fn a_key_that_was_not_kept_is_never_used() {
    for (fault, expected) in [
        ((true, false, false), ErrorNumber::StoreRead),
        ((false, true, false), ErrorNumber::StoreWrite),
        ((false, false, true), ErrorNumber::StoreWrite),
    ] {
        let (read_fault, write_fault, forgets) = fault;
        let memory = RefCell::new(Memory {
            read_fault,
            write_fault,
            forgets,
            ..Memory::default()
        });
        let answer = ask(&mut board(&memory), &csr_request(1, NAME));
        assert_eq!(error_of(&answer), expected);
    }
}

#[test]
fn a_stored_key_that_is_none_is_reported_and_not_replaced() {
    let memory = RefCell::new(Memory {
        key: Some([0xFF; 32]),
        ..Memory::default()
    });
    let answer = ask(&mut board(&memory), &csr_request(1, NAME));
    assert_eq!(error_of(&answer), ErrorNumber::StoredKeyBad);
    assert_eq!(memory.borrow().key, Some([0xFF; 32]));
}

struct Stuck;

impl Randomness for Stuck {
    fn fill(&mut self, samples: &mut [u8]) -> Result<(), RandomnessFault> {
        samples.fill(0x55);
        Ok(())
    }
}

#[test]
fn a_stuck_generator_makes_no_key() {
    let memory = RefCell::default();
    let mut agent = Agent::new(Stuck, MemoryStore(&memory), FixedIdentity::new(MAC, NAME));
    for _ in 0..2 {
        let answer = ask(&mut agent, &csr_request(1, NAME));
        assert_eq!(error_of(&answer), ErrorNumber::RandomnessStuck);
    }
    assert_eq!(memory.borrow().key, None);
}

#[test]
fn what_cannot_stand_in_a_request_is_told_apart() {
    let memory = RefCell::default();
    let mut agent = board(&memory);
    let base = || match csr_request(1, NAME) {
        Request::Csr(fields) => fields,
        _ => unreachable!(),
    };
    let long = "n".repeat(65);
    let unit = "ü".repeat(64);
    let mut bad_subject = base();
    bad_subject.subject = [(AttributeKind::Cn, Text::Plain(&long))]
        .into_iter()
        .collect();
    let mut bad_name = base();
    bad_name.san = [(AltNameKind::Ip, Text::Plain("10.0.0"))]
        .into_iter()
        .collect();
    let mut bad_serial = base();
    bad_serial.san = [(AltNameKind::HardwareModule, Text::Plain("1.2.3:0g"))]
        .into_iter()
        .collect();
    let mut bad_extension = base();
    bad_extension.ca = Some(true);
    let mut bad_usage = base();
    bad_usage.key_usage = [request::KeyUsage::KeyCertSign].into_iter().collect();
    let mut bad_purpose = base();
    bad_purpose.purposes = ["one.two"].into_iter().collect();
    let mut too_long = base();
    for _ in 0..8 {
        too_long
            .subject
            .push((AttributeKind::Ou, Text::Plain(&unit)))
            .unwrap();
    }
    for (asked, expected) in [
        (bad_subject, ErrorNumber::BadSubject),
        (bad_name, ErrorNumber::BadAltName),
        (bad_serial, ErrorNumber::BadAltName),
        (bad_extension, ErrorNumber::BadExtension),
        (bad_usage, ErrorNumber::BadExtension),
        (bad_purpose, ErrorNumber::BadExtension),
        (too_long, ErrorNumber::CsrTooLong),
    ] {
        let answer = ask(&mut agent, &Request::Csr(asked));
        assert_eq!(error_of(&answer), expected);
    }
}

#[test]
fn escaped_values_are_resolved() {
    let memory = RefCell::default();
    let asked = csr_request(1, "a \"quoted\" \\ name");
    let (csr, _) = csr_of(&ask(&mut board(&memory), &asked));
    let (_, csr) = X509CertificationRequest::from_der(&csr).unwrap();
    let subject = &csr.certification_request_info.subject;
    let name = subject.iter_common_name().next().unwrap().as_str().unwrap();
    assert_eq!(name, "a \"quoted\" \\ name");
}

#[test]
fn recorded_is_for_the_request_that_was_given_out() {
    let memory = RefCell::default();
    let mut agent = board(&memory);
    let recorded = |digest| {
        Request::Recorded(request::Recorded {
            csr_sha256: Fixed(digest),
        })
    };
    let none_yet = ask(&mut agent, &recorded([0; 32]));
    assert_eq!(error_of(&none_yet), ErrorNumber::WrongCsr);
    let (csr, _) = csr_of(&ask(&mut agent, &csr_request(1, NAME)));
    let right = ask(&mut agent, &recorded(Sha256::digest(&csr).into()));
    assert_eq!(read(&right), Reply::Recorded(reply::Done {}));
    let wrong = ask(&mut agent, &recorded([1; 32]));
    assert_eq!(error_of(&wrong), ErrorNumber::WrongCsr);
}

#[test]
fn prove_needs_a_key_and_erase_the_right_name() {
    let memory = RefCell::default();
    let mut agent = board(&memory);
    let prove = Request::Prove(request::Prove {
        nonce: Fixed([3; 32]),
    });
    let erase = |name| {
        Request::Erase(request::Named {
            name: Text::Plain(name),
        })
    };
    assert_eq!(error_of(&ask(&mut agent, &prove)), ErrorNumber::NoKey);
    let (csr, _) = csr_of(&ask(&mut agent, &csr_request(1, NAME)));
    let answer = ask(&mut agent, &prove);
    let Reply::Prove(reply) = read(&answer) else {
        panic!()
    };
    let signed = proof::possession(&[3; 32], nameplate_wire::Mac(MAC), NAME).unwrap();
    let signature = Signature::from_slice(&reply.proof.0).unwrap();
    assert!(key_of(&csr).verify(&signed, &signature).is_ok());
    assert_eq!(
        error_of(&ask(&mut agent, &erase("board-8"))),
        ErrorNumber::WrongName
    );
    assert!(memory.borrow().key.is_some());
    for _ in 0..2 {
        let answer = ask(&mut agent, &erase(NAME));
        assert_eq!(read(&answer), Reply::Erase(reply::Done {}));
        assert_eq!(memory.borrow().key, None);
    }
}

/// The store of a board that keeps no certificates.
struct KeyAlone<'a>(MemoryStore<'a>);

impl KeyStore for KeyAlone<'_> {
    fn load(&mut self, key: &mut [u8; 32]) -> Result<bool, StoreFault> {
        self.0.load(key)
    }

    fn store(&mut self, key: &[u8; 32]) -> Result<(), StoreFault> {
        self.0.store(key)
    }

    fn erase(&mut self) -> Result<(), StoreFault> {
        self.0.erase()
    }
}

impl CertificateStore for KeyAlone<'_> {}

#[test]
fn a_board_that_keeps_no_certificates_says_so() {
    let memory = RefCell::default();
    let store = KeyAlone(MemoryStore(&memory));
    let mut agent = Agent::new(common::randomness(), store, FixedIdentity::new(MAC, NAME));
    let lock = Request::Lock(request::Named {
        name: Text::Plain(NAME),
    });
    let install = Request::Install(request::Install {
        chain_sha256: Fixed([0; 32]),
        length: 1,
        offset: 0,
        piece: Bytes::Raw(&[0]),
    });
    csr_of(&ask(&mut agent, &csr_request(1, NAME)));
    for request in [lock, install] {
        assert_eq!(
            error_of(&ask(&mut agent, &request)),
            ErrorNumber::NotSupported
        );
    }
    let answer = ask(&mut agent, &hello());
    assert!(!String::from_utf8_lossy(&answer).contains("chain"));
}

fn raw(agent: &mut TestAgent<'_>, message: &str) -> Vec<u8> {
    let mut out = [0; limits::FRAME];
    let frame = frame::seal(&mut out, |place| {
        place
            .get_mut(..message.len())?
            .copy_from_slice(message.as_bytes());
        Some(message.len())
    });
    agent.handle(frame.unwrap(), Link::Cable).to_vec()
}

#[test]
fn versions_and_kinds_that_are_not_known_are_told_apart() {
    let memory = RefCell::default();
    let mut agent = board(&memory);
    let later = raw(
        &mut agent,
        r#"{"v":9,"id":42,"kind":"hello","versions":[8,9]}"#,
    );
    let Reply::Error(error) = read(&later) else {
        panic!()
    };
    assert_eq!(error.code, ErrorNumber::NoCommonVersion.number());
    assert_eq!(error.versions, Some([1, 1]));
    for (message, expected) in [
        (
            r#"{"v":9,"id":42,"kind":"prove"}"#,
            ErrorNumber::NoCommonVersion,
        ),
        (
            r#"{"v":1,"id":42,"kind":"dance"}"#,
            ErrorNumber::UnknownKind,
        ),
        (r#"{"v":1,"id":42,"kind":"prove"}"#, ErrorNumber::BadField),
        (r#"{"v":1,"kind":"prove"}"#, ErrorNumber::NotAMessage),
        (r#"{"id":42}"#, ErrorNumber::NotAMessage),
    ] {
        assert_eq!(error_of(&raw(&mut agent, message)), expected, "{message}");
    }
    let reply = raw(&mut agent, r#"{"v":1,"re":42,"kind":"lock"}"#);
    assert!(reply.is_empty(), "a reply is never answered");
}

/// What a board does with a stream: feeds the reader, answers frames; how often it did something other than refuse.
fn acted_upon(agent: &mut TestAgent<'_>, stream: &[u8]) -> usize {
    let mut reader = Reader::new();
    let mut acted = 0;
    for &byte in stream {
        let answer = match reader.push(byte) {
            Some(Event::Frame(frame)) => agent.handle(frame, Link::Cable),
            Some(Event::Refused(error)) => agent.refuse(error),
            _ => continue,
        };
        let refused = answer.is_empty()
            || matches!(
                Reply::read(frame::open(answer).unwrap()).unwrap().1,
                Reply::Error(_)
            );
        acted += usize::from(!refused);
    }
    acted
}

#[test]
fn a_damaged_request_is_never_acted_upon() {
    for request in [csr_request(1, NAME), hello()] {
        let good = frame_of(42, &request);
        let memory = RefCell::default();
        let mut agent = board(&memory);
        for bit in 0..good.len() * 8 {
            let mut damaged = good.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            damaged.push(frame::RS);
            assert_eq!(acted_upon(&mut agent, &damaged), 0, "bit {bit}");
        }
        for place in 0..good.len() {
            let mut lost = good.clone();
            lost.remove(place);
            lost.push(frame::RS);
            assert_eq!(acted_upon(&mut agent, &lost), 0, "byte {place} lost");
            let mut repeated = good.clone();
            repeated.insert(place, good[place]);
            let beside = place == 0 || place == good.len() - 1;
            if !beside {
                assert_eq!(
                    acted_upon(&mut agent, &repeated),
                    0,
                    "byte {place} repeated"
                );
            }
        }
        assert_eq!(memory.borrow().key, None);
    }
}

proptest! {
    #[test]
    fn any_stream_is_borne(stream in proptest::collection::vec(any::<u8>(), 0..5000)) {
        let memory = RefCell::default();
        prop_assert_eq!(acted_upon(&mut board(&memory), &stream), 0);
    }

    #[test]
    fn any_subject_gets_an_answer(
        values in proptest::collection::vec("\\PC{0,70}", 0..12),
        names in proptest::collection::vec("\\PC{0,40}", 0..6),
    ) {
        let memory = RefCell::default();
        let kinds = [AttributeKind::Ou, AttributeKind::Cn, AttributeKind::C, AttributeKind::L];
        let alt_kinds = [AltNameKind::Dns, AltNameKind::Uri, AltNameKind::HardwareModule];
        let fields = request::Csr {
            nonce: Fixed([0; 32]),
            subject: values.iter().enumerate()
                .map(|(place, value)| (kinds[place % 4], Text::Plain(value.as_str()))).collect(),
            san: names.iter().enumerate()
                .map(|(place, value)| (alt_kinds[place % 3], Text::Plain(value.as_str()))).collect(),
            key_usage: List::new(),
            purposes: List::new(),
            ca: None,
        };
        let mut out = [0; limits::FRAME];
        if let Ok(frame) = Request::Csr(fields).write(42, &mut out) {
            let mut agent = board(&memory);
            let answer = agent.handle(frame, Link::Cable);
            Reply::read(frame::open(answer).unwrap()).unwrap();
        }
    }
}
