//! A board made of memory, a host's side of the protocol, and a CA.
#![allow(
    missing_docs,
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "each test file uses a part of it"
)]

pub mod ca;

use std::cell::RefCell;
use std::string::String;
// For crates without std, whose own tests include this file.
use std::vec::Vec;

use nameplate_agent::double::{FixedIdentity, Memory, MemoryStore, SeededRandomness};
use nameplate_agent::{Agent, CertificateStore, KeyStore, Link, Randomness};
use nameplate_wire::request::{self, AttributeKind, List};
use nameplate_wire::{Bytes, ErrorNumber, Fixed, Reply, Request, Text, frame, limits, reply};
use p256::ecdsa::VerifyingKey;
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, X509CertificationRequest};

pub const MAC: [u8; 6] = [2, 0, 0, 0, 0, 7];
pub const NAME: &str = "board-7";

pub type TestAgent<'a> = Agent<SeededRandomness, MemoryStore<'a>, FixedIdentity>;

pub fn board(memory: &RefCell<Memory>) -> TestAgent<'_> {
    Agent::new(
        randomness(),
        MemoryStore(memory),
        FixedIdentity::new(MAC, NAME),
    )
}

pub fn randomness() -> SeededRandomness {
    SeededRandomness(7)
}

pub fn frame_of(id: u32, request: &Request<'_>) -> Vec<u8> {
    let mut out = [0; limits::FRAME];
    request.write(id, &mut out).unwrap().to_vec()
}

pub fn ask<R: Randomness, S: KeyStore + CertificateStore>(
    agent: &mut Agent<R, S, FixedIdentity>,
    request: &Request<'_>,
) -> Vec<u8> {
    agent.handle(&frame_of(42, request), Link::Cable).to_vec()
}

pub fn read(frame: &[u8]) -> Reply<'_> {
    let (id, reply) = Reply::read(frame::open(frame).unwrap()).unwrap();
    assert!(id == 42 || id == 0);
    reply
}

pub fn error_of(frame: &[u8]) -> ErrorNumber {
    match read(frame) {
        Reply::Error(error) => ErrorNumber::from_number(error.code).unwrap(),
        other => panic!("not an error: {other:?}"),
    }
}

pub fn csr_request(nonce: u8, name: &str) -> Request<'_> {
    Request::Csr(request::Csr {
        nonce: Fixed([nonce; 32]),
        subject: [(AttributeKind::Cn, Text::Plain(name))]
            .into_iter()
            .collect(),
        san: List::new(),
        key_usage: List::new(),
        purposes: List::new(),
        ca: None,
    })
}

pub fn hello() -> Request<'static> {
    Request::Hello(request::Hello { versions: [1, 1] })
}

/// The certificate request in a reply, and its proof.
pub fn csr_of(frame: &[u8]) -> (Vec<u8>, [u8; 64]) {
    let Reply::Csr(reply) = read(frame) else {
        panic!(
            "not a certificate request: {}",
            String::from_utf8_lossy(frame)
        );
    };
    let mut out = [0; limits::CSR];
    (reply.csr.decode(&mut out).unwrap().to_vec(), reply.proof.0)
}

pub fn key_of(csr: &[u8]) -> VerifyingKey {
    let (_, csr) = X509CertificationRequest::from_der(csr).unwrap();
    let info = csr.certification_request_info;
    VerifyingKey::from_sec1_bytes(&info.subject_pki.subject_public_key.data).unwrap()
}

/// What the board says of itself.
pub fn asked_hello<R: Randomness, S: KeyStore + CertificateStore>(
    agent: &mut Agent<R, S, FixedIdentity>,
) -> reply::Hello {
    match read(&ask(agent, &hello())) {
        Reply::Hello(hello) => hello,
        other => panic!("{other:?}"),
    }
}

pub fn lock(name: &str) -> Request<'_> {
    Request::Lock(request::Named {
        name: Text::Plain(name),
    })
}

pub fn erase(name: &str) -> Request<'_> {
    Request::Erase(request::Named {
        name: Text::Plain(name),
    })
}

pub fn sha256(bytes: &[u8]) -> Fixed<32> {
    Fixed(Sha256::digest(bytes).into())
}

/// The piece of a chain from `offset` to `end`.
pub fn piece(chain: &[u8], offset: usize, end: usize) -> Request<'_> {
    Request::Install(request::Install {
        chain_sha256: sha256(chain),
        length: chain.len().try_into().unwrap(),
        offset: offset.try_into().unwrap(),
        piece: Bytes::Raw(&chain[offset..end]),
    })
}

/// Gives the board a chain as a host does, in pieces of this size, and goes by `have`.
///
/// # Errors
/// The number with which the board refused.
pub fn install<R: Randomness, S: KeyStore + CertificateStore>(
    agent: &mut Agent<R, S, FixedIdentity>,
    chain: &[u8],
    size: usize,
) -> Result<(), ErrorNumber> {
    let mut have = 0;
    loop {
        let end = chain.len().min(have + size);
        match read(&ask(agent, &piece(chain, have, end))) {
            Reply::Install(reply) if reply.current => {
                assert_eq!(usize::from(reply.have), chain.len());
                return Ok(());
            }
            Reply::Install(reply) => {
                assert_eq!(usize::from(reply.have), end);
                have = end;
            }
            Reply::Error(error) => return Err(ErrorNumber::from_number(error.code).unwrap()),
            other => panic!("{other:?}"),
        }
    }
}
