//! Load: many quick boards in one process, so that what is measured is the host and not the boards.
//!
//! A quick board's key and certificate request are made beforehand, by the agent that real boards run. While it is collected
//! it speaks the real protocol and signs the real proof over the host's nonce, with the quickest implementation at hand.
//! It checks nothing that the host asks for: a request for anything else than the batch's columns is refused by the host.

pub mod network;
pub mod serial;

use std::cell::RefCell;
use std::io::{self, Read, Write};
use std::path::Path;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use nameplate::columns::Plan;
use nameplate::config::Config;
use nameplate_agent::double::{FixedIdentity, Memory, MemoryStore, SeededRandomness};
use nameplate_agent::{Agent, Link};
use nameplate_wire::reply::{self, Reply};
use nameplate_wire::{Bytes, Event, Fixed, Mac, Reader, Request, frame, limits, proof, version};
use p256::SecretKey;
use sha2::{Digest, Sha256};

/// A board that answers at once.
pub struct Quick {
    /// Its MAC.
    pub mac: Mac,
    /// Its name.
    pub name: String,
    key: EcdsaKeyPair,
    csr: Vec<u8>,
    csr_sha256: [u8; 32],
    random: SystemRandom,
}

/// The columns that a batch's configuration asks for.
pub fn plan(batch: &Path) -> Plan {
    let config = Config::load(None, batch).expect("the configuration");
    Plan::new(&config.columns, &config.request).expect("the columns")
}

/// `count` boards for the batch in this folder, numbered from `first`. The same numbers make the same keys.
pub fn make(batch: &Path, first: u16, count: u16) -> Vec<Quick> {
    let plan = plan(batch);
    let boards = (first..first + count).map(|number| Quick::new(&plan, number));
    boards.collect()
}

impl Quick {
    fn new(plan: &Plan, number: u16) -> Self {
        let name = crate::board::name(number);
        let mac = Mac::parse(&crate::board::mac(number)).expect("a MAC");
        let memory = RefCell::new(Memory::default());
        let mut agent = Agent::new(
            SeededRandomness(0x6e61_6d65 ^ u64::from(number) << 32),
            MemoryStore(&memory),
            FixedIdentity::new(mac.0, &name),
        );
        let mut out = [0; limits::FRAME];
        let asked = plan.for_board(&name, mac);
        let request = Request::Csr(asked.request([0; 32]).expect("it fits"));
        let frame = request.write(1, &mut out).expect("it fits");
        let csr = certificate_request(agent.handle(frame, Link::Cable));
        let secret = memory.borrow().key.expect("the agent made a key");
        Self {
            mac,
            name,
            key: key_pair(&secret),
            csr_sha256: Sha256::digest(&csr).into(),
            csr,
            random: SystemRandom::new(),
        }
    }

    /// The answer to a frame, and whether it was told that it is recorded.
    ///
    /// # Errors
    /// Where the frame is none, or asks for something that is not asked while boards are collected.
    pub fn answer<'o>(
        &self,
        frame: &[u8],
        token: Option<&str>,
        out: &'o mut [u8],
    ) -> io::Result<(&'o [u8], bool)> {
        let message = frame::open(frame).map_err(io::Error::other)?;
        let (id, request) = Request::read(message).map_err(|error| other(&error))?;
        let reply = match request {
            Request::Hello(_) => Reply::Hello(self.hello(token)),
            Request::Csr(asked) => Reply::Csr(self.csr(&asked.nonce.0)),
            Request::Recorded(told) if told.csr_sha256.0 == self.csr_sha256 => {
                Reply::Recorded(reply::Done {})
            }
            unasked => return Err(other(&unasked)),
        };
        let recorded = matches!(reply, Reply::Recorded(_));
        let frame = reply.write(id, out).map_err(io::Error::other)?;
        Ok((frame, recorded))
    }

    /// Answers whatever comes until the line ends. Whether it was told that it is recorded.
    ///
    /// # Errors
    /// Where the line breaks, or as [`Self::answer`].
    pub fn serve(
        &self,
        stream: &mut (impl Read + Write),
        token: Option<&str>,
        mut on_recorded: impl FnMut(),
    ) -> io::Result<bool> {
        let mut reader = Box::new(Reader::new());
        let mut chunk = [0; 1024];
        let mut out = [0; limits::FRAME];
        let mut is_recorded = false;
        loop {
            let count = match stream.read(&mut chunk) {
                Ok(0) => return Ok(is_recorded),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            for &byte in &chunk[..count] {
                let Some(Event::Frame(frame)) = reader.push(byte) else {
                    continue;
                };
                let (answer, recorded) = self.answer(frame, token, &mut out)?;
                stream.write_all(answer)?;
                stream.flush()?;
                if recorded && !is_recorded {
                    is_recorded = true;
                    on_recorded();
                }
            }
        }
    }

    fn hello(&self, token: Option<&str>) -> reply::Hello {
        let text = |text: &str| text.try_into().expect("it fits");
        reply::Hello {
            version: version::CURRENT,
            mac: self.mac,
            name: self.name.as_str().try_into().expect("it fits"),
            firmware: text("nameplate-board 0.1.0"),
            agent: text(nameplate_agent::VERSION),
            key: true,
            chain: None,
            locked: false,
            token: token.map(|token| token.try_into().expect("it fits")),
        }
    }

    fn csr(&self, nonce: &[u8; 32]) -> reply::Csr<'_> {
        let signed = proof::csr(nonce, self.mac, &self.name, &self.csr_sha256).expect("it fits");
        let signature = self.key.sign(&self.random, &signed).expect("a signature");
        reply::Csr {
            mac: self.mac,
            name: self.name.as_str().try_into().expect("it fits"),
            csr: Bytes::Raw(&self.csr),
            proof: Fixed(signature.as_ref().try_into().expect("64 bytes")),
        }
    }
}

fn other(what: &dyn std::fmt::Debug) -> io::Error {
    io::Error::other(format!("{what:?}"))
}

fn certificate_request(frame: &[u8]) -> Vec<u8> {
    let message = frame::open(frame).expect("the agent's frame");
    let Ok((_, Reply::Csr(answer))) = Reply::read(message) else {
        panic!("no certificate request: {}", String::from_utf8_lossy(frame));
    };
    let mut der = [0; limits::CSR];
    answer.csr.decode(&mut der).expect("base64").to_vec()
}

fn key_pair(secret: &[u8; 32]) -> EcdsaKeyPair {
    let point = SecretKey::from_slice(secret).expect("a key").public_key();
    let point = p256::EncodedPoint::from(point);
    let scheme = &ECDSA_P256_SHA256_FIXED_SIGNING;
    EcdsaKeyPair::from_private_key_and_public_key(scheme, secret, point.as_bytes()).expect("a key")
}
